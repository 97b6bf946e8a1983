"""A class list from a spreadsheet: every fault at once, with its line, and nothing half taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.lesson.roster import RosterFault, read_roster

CHINESE = "班级,学号,姓名,性别,年级,手环,站位\n四(3)班,2,石溪,女,4,12,2\n四(3)班,1,柳小禾,男,4,,\n五(1)班,1,云舒,女,5,13,\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_as_a_spreadsheet_writes_it(encoding: str) -> None:
    first, second = read_roster(CHINESE.encode(encoding))
    assert (first.class_name, [p.name for p in first.pupils]) == ("四(3)班", ["柳小禾", "石溪"])
    assert first.pupils[1].device == "band-0012"
    assert first.pupils[0].device is None
    assert second.pupils[0].grade == 5


def test_english_names_of_the_columns() -> None:
    (only,) = read_roster(b"number,class,name,sex,grade\n1,4-3,Stone B,F,4\n")
    assert only.pupils[0].sex == "female"


def test_every_fault_is_told_at_once_in_both_languages() -> None:
    text = "班级,学号,姓名,性别,年级,手环\n四班,x,石溪,女,4,1\n四班,2,,女,4,1\n四班,2,云舒,?,40,70000\n"
    with pytest.raises(RosterFault) as fault:
        read_roster(text.encode())
    told = fault.value.message_en.splitlines()
    assert [line.split(":")[0] for line in told] == ["Line 2", "Line 3", "Line 3", "Line 4", "Line 4", "Line 4", "Line 4"]
    assert "第 2 行" in fault.value.message_zh
    assert len(fault.value.message_zh.splitlines()) == len(told)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"a,b\n1,2\n", "Column missing"),
        ("班级,学号,姓名,性别,年级\n".encode(), "no pupils"),
        (b"PK\x03\x04\0\0", "CSV"),
    ],
)
def test_what_is_no_class_list_is_said(content: bytes, words: str) -> None:
    with pytest.raises(RosterFault, match=words):
        read_roster(content)


@given(st.binary(max_size=200))
def test_any_file_gives_classes_or_a_fault(content: bytes) -> None:
    try:
        assert read_roster(content)
    except RosterFault as fault:
        assert fault.message_en
        assert fault.message_zh
