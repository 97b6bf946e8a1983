"""What a tile says of the pupil's square."""

from __future__ import annotations

import pytest

from edge.counting.samples import BodySample
from edge.counting.square_watch import SquareWatch
from edge.lesson import changes as ch
from edge.lesson import session
from edge.web.presenter import Presenter
from edge.web.views.lesson import FootView

S = 1_000_000_000
STATION = 3


def watched(bodies: int) -> SquareWatch:
    """A square that was looked at for four seconds."""
    watch = SquareWatch(0)
    for index in range(41):
        watch.feed(BodySample(index * S // 10, present=bodies > 0, bodies=max(1, bodies)))
    return watch


def foot(squares: dict[int, SquareWatch], *, now_s: float = 4.0, device: str | None = None, absent: bool = False) -> FootView:
    place = ch.Place(ch.AttemptId("a0"), ch.PupilId("p0"), STATION, device)
    told: list[ch.Change] = [ch.LessonOpened(ch.LessonId("l"), "4-3", "rope-60", ((place,),))]
    if absent:
        told.append(ch.PresenceSet(place.pupil, present=False))
    state = session.fold([(change, 0) for change in told])
    assert state is not None
    (tile,) = Presenter(
        state, {}, {}, {}, now_ns=round(now_s * S), now_ms=0, camera_stations=frozenset({STATION}), silent_after_s=-1.0,
        squares=squares,
    ).tiles()  # fmt: skip
    return tile.foot


@pytest.mark.parametrize(
    ("bodies", "said"),
    [
        (0, FootView(kind="need", code="out_of_station", value=STATION)),
        (1, FootView(kind="none", code="none")),
        (2, FootView(kind="need", code="two_in_station", value=STATION)),
    ],
)
def test_a_tile_tells_who_left_the_square_and_who_is_not_alone_in_it(bodies: int, said: FootView) -> None:
    assert foot({STATION: watched(bodies)}) == said


def test_nothing_is_said_of_a_square_that_the_camera_does_not_see_any_more() -> None:
    assert foot({STATION: watched(0)}, now_s=5.9).code == "out_of_station"
    assert foot({STATION: watched(0)}, now_s=6.1).code == "none"
    assert foot({STATION: SquareWatch(0)}).code == foot({}).code == foot({STATION + 1: watched(0)}).code == "none"


def test_an_empty_square_comes_before_a_silent_band_and_an_absent_pupil_before_both() -> None:
    assert foot({}, device="b").code == "band_silent"
    assert foot({STATION: watched(0)}, device="b").code == "out_of_station"
    assert foot({STATION: watched(0)}, device="b", absent=True).code == "absent"
