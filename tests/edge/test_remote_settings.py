"""What may be changed from afar is a short list, checked by the model of the settings, and written down."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edge.remote_settings import CHANGEABLE, SettingRefused, checked, with_told
from edge.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
GOOD = {
    "gateway.title": "东操场",
    "evidence.keep": False,
    "evidence.life_days": 7,
    "evidence.doubt_life_days": 90.5,
    "uplink.max_kbit_s": 256,
    "uplink.quiet_hours": "07:30-16:30",
    "lesson.countdown_s": 3,
    "lesson.settle_s": 2,
}


@pytest.mark.parametrize("name", sorted(CHANGEABLE))
def test_each_of_the_list_is_a_setting_and_has_its_effect(name: str) -> None:
    changed = with_told(Settings(), {name: GOOD[name]})
    section, field = name.split(".")
    assert getattr(getattr(changed, section), field) == GOOD[name]
    assert changed.model_copy(update={section: getattr(Settings(), section)}) == Settings(), "and nothing else has changed"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("web.host", "0.0.0.0"),
        ("evidence.clips", True),
        ("uplink.broker", "mqtt://elsewhere"),
        ("title", "x"),
        ("lesson.countdown_s", 31),
        ("lesson.countdown_s", "5"),
        ("lesson.settle_s", True),
        ("evidence.keep", 0),
        ("gateway.title", 7),
        ("gateway.title", "x" * 61),
    ],
)
def test_others_and_wrong_values_are_refused(name: str, value: object) -> None:
    with pytest.raises(SettingRefused, match=re.escape(name)):
        checked(Settings(), name, value)
    assert with_told(Settings(), {name: value}) == Settings(), "one that no longer fits stops no start"


def test_the_settings_page_says_which_and_when() -> None:
    text = (ROOT / "docs/settings.md").read_text(encoding="utf-8").split("## From afar")[1]
    assert dict(re.findall(r"^\| `([a-z_.]+)` \| ([a-z ]+) \|", text, re.MULTILINE)) == CHANGEABLE
