"""A class as the platform knows it, and how it and the school's own list become one.

The two share the class's name and the numbers in it, nothing else: the platform knows no names of pupils, and the school's list has
random ids of its own. So the number decides who is who. Everything here follows from the two lists alone, whichever came first.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from edge.lesson.roster import Pupil
from edge.lesson.standard import Sex  # noqa: TC001 - part of this module's own words

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class ToldPupil:
    """A pupil without a name; see `edge.lesson.roster.Pupil`."""

    id: str
    number: int
    sex: Sex
    grade: int
    band: int | None = None
    station: int | None = None


@dataclass(frozen=True, slots=True)
class ToldClass:
    """A class of the platform; a number occurs once in it, a pupil too."""

    class_id: str
    class_name: str
    pupils: tuple[ToldPupil, ...]


def same_name(class_name: str) -> str:
    """What two ways of writing the name of a class share: full-width letters, spaces and capitals do not count."""
    return "".join(unicodedata.normalize("NFKC", class_name).split()).casefold()


def one_class(own: Sequence[Pupil], told: Sequence[ToldPupil]) -> tuple[Pupil, ...]:
    """The pupils of a class from both lists, by number.

    Whom the platform knows has its id, and the name of the school's list, or an empty one. Whom only the school knows stays as
    he is. Band and station are the platform's where it gives one, and nobody gets one that the platform has given to another.
    """
    named = {pupil.number: pupil for pupil in own}
    bands = {pupil.band for pupil in told}
    stations = {pupil.station for pupil in told}
    joined: list[Pupil] = []
    for one in told:
        mine = named.pop(one.number, None)
        band, station = _free(mine, bands, stations)
        joined.append(
            Pupil(one.id, one.number, mine.name if mine else "", one.sex, one.grade, one.band or band, one.station or station)
        )
    for mine in named.values():
        band, station = _free(mine, bands, stations)
        joined.append(replace(mine, band=band, station=station))
    return tuple(sorted(joined, key=lambda pupil: pupil.number))


def _free(mine: Pupil | None, bands: set[int | None], stations: set[int | None]) -> tuple[int | None, int | None]:
    if mine is None:
        return None, None
    return (None if mine.band in bands else mine.band), (None if mine.station in stations else mine.station)


def same_pupils(own: Sequence[Pupil], told: Sequence[ToldPupil]) -> dict[str, str]:
    """Who is who, both ways: ids of the own list to those of the platform, and back."""
    ids = {pupil.number: pupil.id for pupil in own}
    pairs = [(ids[one.number], one.id) for one in told if one.number in ids]
    return {a: b for pair in pairs for a, b in (pair, pair[::-1])}
