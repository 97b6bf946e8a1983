"""Simulated heats that the vision bench looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from edge.capture.stations import Square

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from simulators.heat_film import HeatFilm

RATE_HZ: Final = 30.0
STATIONS: Final = 10
SMALL_HEAT: Final = 4
SEED: Final = 11
FIRST_S: Final = 1.2
"""By then everybody skips."""


def heat_of_ten(seconds: float) -> HeatFilm:
    """Ten pupils in a row in 1920×1080, about 130 px high; among five of them one with alternate feet, one with double unders."""
    from simulators.heat_film import HeatFilm
    from simulators.skipping_style import Style

    five = (Style.SINGLE_BOUNCE, Style.DOUBLE_BOUNCE, Style.ALTERNATE_FEET, Style.SINGLE_BOUNCE, Style.DOUBLE_UNDER)
    return HeatFilm([five[n % len(five)] for n in range(STATIONS)], seconds=seconds, seed=SEED, size=(1920, 1080))


def heat_of_four(pictures: int) -> tuple[list[NDArray[np.uint8]], list[Square]]:
    """So many pictures of four pupils in 1280×720 who skip with both feet, and their squares."""
    from simulators.heat_film import HeatFilm
    from simulators.skipping_style import Style

    film = HeatFilm([Style.SINGLE_BOUNCE] * SMALL_HEAT, seconds=FIRST_S + pictures / RATE_HZ + 2.6, seed=SEED, size=(1280, 720))
    first = round(FIRST_S * RATE_HZ)
    shots = zip(range(first + pictures), film.shots(), strict=False)
    return [shot.picture for number, shot in shots if number >= first], squares_of(film)


def squares_of(film: HeatFilm) -> list[Square]:
    """The squares of a film."""
    return [Square(*square) for square in film.squares]


def write_heat(path: Path, seconds: float) -> HeatFilm:
    """A heat of ten as a clip of JPEG pictures."""
    film = heat_of_ten(seconds)
    film.write(path)
    return film
