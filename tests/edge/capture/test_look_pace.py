"""Which pictures are looked at."""

from __future__ import annotations

from itertools import pairwise

import pytest

from edge.capture.look_pace import LookPace

SECONDS = 12.0


def looks(cost_ms: float, pictures_hz: float, off_s: float = 0.0) -> list[float]:
    """Times of the looks in the second half, when each takes so long; every second picture is off by `off_s`."""
    pace, found = LookPace(share=0.25, least_hz=15.0), []
    for n in range(round(SECONDS * pictures_hz)):
        t_s = n / pictures_hz + (off_s if n % 2 else 0.0)
        if pace.wants(round(t_s * 1e9)):
            pace.took(round(cost_ms * 1e6))
            found.append(t_s)
    return [t_s for t_s in found if t_s >= SECONDS / 2]


@pytest.mark.parametrize("pictures_hz", [10.0, 15.0, 25.0, 30.0])
def test_a_quick_computer_looks_at_every_picture(pictures_hz: float) -> None:
    assert len(looks(8.0, pictures_hz)) == round(pictures_hz * SECONDS / 2)


@pytest.mark.parametrize("pictures_hz", [25.0, 30.0, 60.0])
@pytest.mark.parametrize("cost_ms", [10.5, 12.5, 15.0])
def test_a_slow_one_keeps_to_its_share(cost_ms: float, pictures_hz: float) -> None:
    took_s = len(looks(cost_ms, pictures_hz)) * cost_ms / 1e3
    assert took_s / (SECONDS / 2) == pytest.approx(min(0.25, pictures_hz * cost_ms / 1e3), rel=0.03)


def test_however_slow_it_looks_fifteen_times_a_second() -> None:
    assert len(looks(80.0, 30.0)) == 15 * SECONDS / 2


def test_of_thirty_pictures_a_second_two_of_three_are_looked_at_evenly() -> None:
    apart = [round(30 * (after - before)) for before, after in pairwise(looks(12.5, 30.0))]
    assert set(apart) == {1, 2}
    assert abs(apart.count(1) - apart.count(2)) <= 1


def test_a_camera_that_is_not_even_loses_nothing_it_need_not_lose() -> None:
    assert len(looks(12.5, 20.0, off_s=-0.012)) == 20 * SECONDS / 2


def test_two_long_looks_change_nothing() -> None:
    pace = LookPace(share=0.25)
    for n in range(40):
        assert pace.wants(n * 33_000_000)
        pace.took(600_000_000 if n in {20, 21} else 5_000_000)


def test_pictures_that_are_not_looked_at_are_counted() -> None:
    pace = LookPace(share=0.25)
    for n in range(200):
        if pace.wants(round(n / 30 * 1e9)):
            pace.took(12_500_000)
    assert pace.left_out == pytest.approx(200 / 3, abs=12)


def test_times_that_go_back_begin_anew() -> None:
    pace = LookPace()
    assert pace.wants(60_000_000_000)
    pace.took(12_000_000)
    assert pace.wants(1_000_000_000)
