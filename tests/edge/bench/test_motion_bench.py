"""The bench on motion: the counters beat the naive baselines, and a figure that falls short is not left out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from typer.testing import CliRunner

from edge.bench import cases, live, motion, peers
from edge.bench.cases import Cases
from edge.bench.peers import NotInstalledError, Peer, guest
from edge.cli import app
from edge.counting.rope_motion import RopeMotionCounter

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """One run, few bands, and no packages of others."""
    monkeypatch.setattr(motion, "RUNS", 1)
    monkeypatch.setattr(motion, "GUESTS", {})
    monkeypatch.setattr(live, "BANDS", 20)


@pytest.fixture(scope="module")
def simulated() -> Cases:
    return cases.load(None)


@pytest.fixture
def few(simulated: Cases, monkeypatch: pytest.MonkeyPatch) -> Cases:
    """Two attempts and one recording of each other kind, which the bench then takes for all that there is."""
    made = Cases(simulated.kind, simulated.rope[:2], simulated.swings[:1], simulated.quiet[:1], simulated.walks[:1])
    monkeypatch.setattr(cases, "load", lambda _: made)
    return made


@pytest.mark.recordings
@pytest.mark.timeout(240)
@pytest.mark.usefixtures("quick")
def test_ours_is_better_than_what_a_tutorial_does(recordings: Path) -> None:
    figures = {one.figure: one for one in motion.run(recordings)}
    for kind in ("official", "live"):
        wrong = figures[f"{kind} turns wrong, Turns of the rope, real recordings"]
        assert wrong.value < 0.03
        assert all(wrong.value < 0.3 * peer for peer in wrong.beside.values())
        within = figures[f"{kind} within tolerance, Turns of the rope, real recordings"]
        assert all(within.value > peer for peer in within.beside.values())
        assert figures[f"{kind} false in a quiet minute, Turns of the rope, real recordings"].value == 0


@pytest.mark.usefixtures("quick", "few")
def test_without_recordings_it_simulates_and_says_so() -> None:
    notes: list[str] = []
    figures = motion.run(None, notes)
    assert any("simulated" in note for note in notes)
    assert {one.place.table.split(",")[0] for one in figures if one.place} == {
        "Turns of the rope", "Steps", "Turns by subject", "Steps by subject",
    }  # fmt: skip
    assert {"find_peaks", "autocorr."} == set(figures[0].beside)


@pytest.mark.usefixtures("quick", "few")
def test_it_prints_tables_or_an_object_a_figure() -> None:
    printed = CliRunner().invoke(app, ["bench", "motion"], env={"COLUMNS": "120", "TOUCHLINE_DATA": ""})
    assert printed.exit_code == 0, printed.output
    assert max(map(len, printed.stdout.splitlines())) <= 120
    (row,) = [line for line in printed.stdout.splitlines() if line.startswith(" turns wrong")]
    assert len(row.split("wrong")[1].split("≤")[0].split()) >= 4
    told = CliRunner().invoke(app, ["bench", "motion", "--json"], env={"TOUCHLINE_DATA": ""})
    names = [json.loads(line)["figure"] for line in told.stdout.splitlines()]
    assert len(names) == len(set(names)) > 20


def test_simulated_cases_know_their_truth(simulated: Cases) -> None:
    assert all(r.truth > 0 and len(samples.t_ns) > 500 for r, samples in [*simulated.rope, *simulated.swings, *simulated.walks])
    assert all((r.truth, r.low, r.high) == (0, 0, 0) for r, _ in simulated.quiet)
    assert len({r.subject for r, _ in simulated.rope}) == cases.PUPILS


def test_live_is_late_by_what_it_waits() -> None:
    turns = np.arange(1.0, 6.0, 0.5)
    assert live._lateness(turns, turns + 0.1, turns + 0.3) == pytest.approx([0.2] * 10)
    missed = live._lateness(turns, turns[2:], turns[2:])
    assert missed[:2] == [np.inf, np.inf]
    assert missed[2:] == pytest.approx([0.0] * 8)
    assert live._lateness(turns, np.zeros(0), np.zeros(0)) == [np.inf] * 10


def test_side_by_side_is_as_one_by_one(few: Cases) -> None:
    assert live.side_by_side(few.all) == tuple(motion._live(RopeMotionCounter, samples) for _, samples in few.all)


def test_a_live_turn_is_one_official_turns() -> None:
    turns = np.array([1.0, 1.5, 2.0])
    assert sorted(live._lateness(turns, np.array([1.0]), np.array([1.0]))) == [0.0, np.inf, np.inf]


def test_a_package_that_is_not_there_is_said(few: Cases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(peers.GUESTS, "ghost", "touchline-no-such-package")
    monkeypatch.delenv(peers.OTHER_PYTHON, raising=False)
    with pytest.raises(NotInstalledError, match="touchline-no-such-package is not installed"):
        guest("ghost", few.rope, 1, 1)


@pytest.mark.parametrize(("name", "module"), [("skdh", "skdh"), ("ampd", "ampdlib"), ("mobgap", "mobgap"), ("oak", "forest")])
def test_a_package_counts_in_a_process_of_its_own(few: Cases, name: str, module: str) -> None:
    pytest.importorskip(module, reason="the bench extra does not have it")
    peer = guest(name, few.rope[:1], 1, 2)
    assert isinstance(peer, Peer)
    assert 0 < peer.counts[0] < 3 * few.rope[0][0].truth
    assert len(peer.us_a_sample) == 2
