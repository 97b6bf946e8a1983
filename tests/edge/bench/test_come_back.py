"""Many gateways come back at once: all events arrive once, no window is broken, nobody comes in step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge.bench.come_back import World, come_back

if TYPE_CHECKING:
    import pytest

SMALL = World(gateways=300, backlog=400, events_s=5_000.0, messages_s=500.0, waiting=400)


def test_all_arrive_and_the_platform_is_never_flooded() -> None:
    course = come_back(SMALL)
    assert (course.lost, course.given_up, course.window_broken) == (0, 0, 0)
    assert course.connections_s < SMALL.gateways / 8, "full jitter: no second sees them all"
    assert course.repeated < SMALL.gateways * SMALL.backlog / 20, "what is on its way is not sent again while it waits"


def test_messages_that_find_no_room_come_again() -> None:
    course = come_back(World(gateways=300, backlog=400, events_s=5_000.0, messages_s=100.0, waiting=5))
    assert course.dropped > 0
    assert (course.lost, course.given_up) == (0, 0)


def test_without_jitter_they_would_come_in_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cloud_sync.back_off.BackOff.next_s", lambda _: 20.0)
    assert come_back(SMALL).connections_s > SMALL.gateways / 2
