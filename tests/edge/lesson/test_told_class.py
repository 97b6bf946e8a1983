"""A class of the platform and the school's own list of it become one, by number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.lesson.roster import Pupil
from edge.lesson.told_class import ToldPupil, one_class, same_name, same_pupils


def own(number: int, name: str, band: int | None = None, station: int | None = None) -> Pupil:
    return Pupil(f"own{number}", number, name, "female", 4, band, station)


def told(number: int, band: int | None = None, station: int | None = None) -> ToldPupil:
    return ToldPupil(f"told{number}", number, "male", 5, band, station)


def test_whom_both_know_has_the_platforms_id_and_the_schools_name() -> None:
    both = one_class([own(1, "石溪"), own(2, "云舒")], [told(2), told(3)])
    assert [(p.id, p.number, p.name, p.grade) for p in both] == [
        ("own1", 1, "石溪", 4),
        ("told2", 2, "云舒", 5),
        ("told3", 3, "", 5),
    ]
    assert same_pupils([own(1, "石溪"), own(2, "云舒")], [told(2), told(3)]) == {"own2": "told2", "told2": "own2"}


def test_a_band_of_the_platform_goes_before_one_of_the_list_and_nobody_else_keeps_it() -> None:
    both = one_class([own(1, "石溪", band=7, station=1), own(2, "云舒", band=8, station=2)], [told(2, band=7), told(3, station=1)])
    assert [(p.number, p.band, p.station) for p in both] == [(1, None, None), (2, 7, 2), (3, None, 1)]


@pytest.mark.parametrize("written", ["三（2）班", "三(2)班", " 三 (2) 班", "三（２）班"])
def test_a_class_is_the_same_however_its_name_is_written(written: str) -> None:
    assert same_name(written) == same_name("三(2)班")
    assert same_name("3a") == same_name("3A")
    assert same_name("三(2)班") != same_name("三(3)班")


@st.composite
def pupils(draw: st.DrawFn) -> tuple[list[Pupil], list[ToldPupil]]:
    numbers = st.lists(st.integers(1, 12), unique=True, max_size=8)
    bands = st.none() | st.integers(1, 6)
    own_bands, told_bands = set[int | None](), set[int | None]()

    def once(band: int | None, taken: set[int | None]) -> int | None:
        fresh = None if band in taken else band
        taken.add(fresh)
        return fresh

    mine = [own(n, f"name{n}", once(draw(bands), own_bands)) for n in draw(numbers)]
    theirs = [told(n, once(draw(bands), told_bands)) for n in draw(numbers)]
    return mine, theirs


@given(pupils())
def test_nobody_is_lost_and_no_band_is_given_twice(lists: tuple[list[Pupil], list[ToldPupil]]) -> None:
    mine, theirs = lists
    both = one_class(mine, theirs)
    assert [p.number for p in both] == sorted({p.number for p in mine} | {p.number for p in theirs})
    assert {p.name for p in both if p.name} == {p.name for p in mine}
    bands = [p.band for p in both if p.band is not None]
    assert len(bands) == len(set(bands))
