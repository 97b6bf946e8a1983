"""Who may look: this machine freely, others with the code; every page under a strict policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.web.auth import COOKIE, Door, is_loopback, load_or_make_code

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("host", "only_here"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("gw", False)]
)
def test_which_addresses_are_this_machine(host: str, *, only_here: bool) -> None:
    assert is_loopback(host) is only_here


def test_the_code_is_made_once_and_is_for_the_gateway_alone(tmp_path: Path) -> None:
    code = load_or_make_code(tmp_path / "data" / "access-code")
    assert load_or_make_code(tmp_path / "data" / "access-code") == code
    assert (tmp_path / "data" / "access-code").stat().st_mode & 0o077 == 0
    assert len(code) >= 12


@given(st.text(max_size=30))
def test_no_guess_opens_the_door(guess: str) -> None:
    door = Door("the-real-code-42")
    assert door.knows(guess) is (guess == "the-real-code-42")
    assert not door.lets_in({})
    assert door.lets_in({COOKIE: "the-real-code-42"})
    assert Door(None).lets_in({})


def test_a_name_that_a_spreadsheet_would_run_is_plain_text() -> None:
    from edge.web.app import _cell

    values: list[Any] = ["=1+1", "+1", "-1", "@x", "石溪"]
    assert [_cell(value) for value in values] == ["'=1+1", "'+1", "'-1", "'@x", "石溪"]
