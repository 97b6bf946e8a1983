"""How much of the work is done on a computer that cannot keep up: poses first, pictures last, slowly back."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.capture.load_shedding import LEAST_POSE_HZ, LoadShedding

S = 1_000_000_000


class Computer:
    """Work on a camera of 30 pictures a second: so long for a picture, so long for a pose; the newest picture wins."""

    def __init__(self, shedding: LoadShedding, rate_hz: float = 30.0) -> None:
        self.shedding, self.every_ns = shedding, round(S / rate_hz)
        self.now_ns, self.seen, self.pose_due_ns = 0, 0, 0

    def run(self, seconds: float, picture_s: float, pose_s: float) -> list[str]:
        """The states it went through."""
        states = [self.shedding.load]
        end_ns = self.now_ns + round(seconds * S)
        while self.now_ns < end_ns:
            newest = max(self.now_ns // self.every_ns, self.seen + 1)
            dropped, self.seen = newest - self.seen - 1, newest
            began_ns = max(self.now_ns, newest * self.every_ns)
            self.now_ns = began_ns
            if not self.shedding.wants():
                continue
            took_s = picture_s
            if began_ns >= self.pose_due_ns:
                took_s += pose_s
                self.pose_due_ns = began_ns + round(S / self.shedding.pose_hz)
            self.shedding.worked(began_ns, round(took_s * S), began_ns - newest * self.every_ns, dropped)
            self.now_ns = began_ns + round(took_s * S)
            if self.shedding.load != states[-1]:
                states.append(self.shedding.load)
        return states


def test_a_computer_that_keeps_up_does_everything() -> None:
    shedding = LoadShedding(5.0)
    assert Computer(shedding).run(60, 0.010, 0.030) == ["full"]
    assert shedding.pose_hz == 5.0
    assert shedding.pictures_left_out == 0


def test_poses_go_first_and_their_rate_settles_where_the_computer_keeps_up() -> None:
    shedding = LoadShedding(5.0)
    assert Computer(shedding).run(60, 0.005, 0.20) == ["full", "fewer_poses"]
    assert LEAST_POSE_HZ <= shedding.pose_hz < 5.0
    assert shedding.pictures_left_out == 0


def test_pictures_go_last_and_poses_stay_at_their_floor() -> None:
    shedding = LoadShedding(5.0)
    states = Computer(shedding).run(60, 0.040, 0.05)
    assert states[:3] == ["full", "fewer_poses", "fewer_pictures"]
    assert shedding.pose_hz == LEAST_POSE_HZ
    assert shedding.pictures_left_out > 100


def test_it_recovers_step_by_step_in_the_opposite_order() -> None:
    shedding = LoadShedding(5.0)
    computer = Computer(shedding)
    computer.run(30, 0.040, 0.05)
    assert computer.run(60, 0.005, 0.02) == ["fewer_pictures", "fewer_poses", "full"]
    assert shedding.pose_hz == 5.0


@pytest.mark.parametrize("pose_s", [0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.8])
def test_it_does_not_swing_between_two_states(pose_s: float) -> None:
    shedding = LoadShedding(5.0)
    computer = Computer(shedding)
    computer.run(60, 0.005, pose_s)
    rates = []
    for _ in range(300):
        computer.run(1, 0.005, pose_s)
        rates.append((shedding.pose_hz, shedding.load))
    assert sum(before != after for before, after in pairwise(rates)) <= 2


def test_a_step_up_that_does_not_hold_is_tried_less_and_less_often() -> None:
    shedding = LoadShedding(1.8)  # one step above the floor
    loads = ["full"]
    for second in range(300):
        for tenth in range(10):
            busy = 0.95 if shedding.load == "full" else 0.3
            shedding.worked(second * S + tenth * S // 10, round(busy * S / 10), 0, 0)
        loads.append(shedding.load)
    ups = [second for second, (before, after) in enumerate(pairwise(loads)) if (before, after) == ("fewer_poses", "full")]
    waits = [later - sooner for sooner, later in pairwise(ups)]
    assert waits[0] < 12
    assert waits == sorted(waits)
    assert 30 < waits[-1] < 40


def test_pictures_that_a_network_drops_are_not_the_computers_fault() -> None:
    shedding = LoadShedding(5.0)
    for index in range(900):
        shedding.worked(index * S // 10, S // 50, 400_000_000, 2)
    assert shedding.load == "full"


def test_a_pause_says_nothing_about_the_load() -> None:
    shedding = LoadShedding(5.0)
    for lesson in range(20):
        for index in range(20):
            shedding.worked(lesson * 600 * S + index * S // 15, S // 16, 0, 0)
    assert shedding.load == "full"


def test_looking_for_everybody_at_the_start_of_a_heat_is_no_overload() -> None:
    shedding = LoadShedding(5.0)
    for heat in range(10):
        start_ns = heat * 100 * S
        shedding.worked(start_ns, round(0.9 * S), 0, 20)
        for index in range(300):
            shedding.worked(start_ns + S + index * S // 30, S // 100, 0, 0)
    assert shedding.load == "full"


def test_a_computer_on_which_one_picture_takes_many_seconds_sheds_too() -> None:
    shedding = LoadShedding(5.0)
    assert Computer(shedding).run(120, 5.0, 1.0)[-1] == "fewer_pictures"


@pytest.mark.parametrize("pose_hz", [1.0, 1.5])
def test_a_rate_wished_at_or_below_the_floor_is_kept(pose_hz: float) -> None:
    shedding = LoadShedding(pose_hz)
    assert Computer(shedding).run(30, 0.040, 0.05) == ["full", "fewer_pictures"]
    assert shedding.pose_hz == pose_hz


@settings(deadline=None)
@given(
    pose_hz=st.floats(1.0, 30.0),
    rate_hz=st.sampled_from([10.0, 15.0, 30.0, 60.0]),
    loads=st.lists(st.tuples(st.floats(0.0, 0.2), st.floats(0.0, 0.6)), min_size=1, max_size=6),
)
def test_whatever_happens_the_rate_stays_within_bounds_and_comes_back(
    pose_hz: float, rate_hz: float, loads: list[tuple[float, float]]
) -> None:
    shedding = LoadShedding(pose_hz)
    computer = Computer(shedding, rate_hz)
    for picture_s, pose_s in loads:
        computer.run(10, picture_s, pose_s)
        assert min(pose_hz, LEAST_POSE_HZ) <= shedding.pose_hz <= pose_hz
        assert shedding.load != "fewer_pictures" or shedding.pose_hz == min(pose_hz, LEAST_POSE_HZ)
    computer.run(400, 0.0, 0.0)
    assert (shedding.load, shedding.pose_hz) == ("full", pose_hz)
