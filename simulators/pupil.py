"""A pupil who skips: when the rope passes, when it is caught, how the heart follows, how the body is held.

Everything else that simulates (band, wrist, camera) is drawn from the same attempt, so they all agree on the truth.
"""

from __future__ import annotations

import bisect
import math
import random
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Ability:
    """How one pupil skips.

    Attributes:
        cadence_per_min: turns of the rope a minute when fresh; pupils of 7 to 12 make 100 to 200.
        unevenness: standard deviation of one period as a share of it; 0.03 is a good pupil, 0.08 a poor one.
        trips_per_min: how often the rope is caught.
        fatigue_per_min: share of the cadence that is lost in a minute.
        rest_heart_rate_bpm: before the start.
        top_heart_rate_bpm: what the heart tends to under this load.
        rests_per_min: how often the pupil stops by choice, for 2 to 6 s.
        stumbles_per_min: how often the rope is touched without a stop.
    """

    cadence_per_min: float = 140.0
    unevenness: float = 0.04
    trips_per_min: float = 1.0
    fatigue_per_min: float = 0.08
    rest_heart_rate_bpm: float = 95.0
    top_heart_rate_bpm: float = 175.0
    rests_per_min: float = 0.0
    stumbles_per_min: float = 0.0


@dataclass(frozen=True, slots=True)
class Posture:
    """The body at one moment, in torso lengths; heights grow upwards.

    Attributes:
        lift: how far the feet are off the ground.
        crouch: how far the hip has sunk by bending the knees.
        rope_angle_rad: 0 when the rope is under the feet, growing by 2 pi a turn.
        skipping: false while standing, before the first skip, after a trip, after the end.
    """

    lift: float
    crouch: float
    rope_angle_rad: float
    skipping: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """The truth of one attempt, in seconds after the start signal, ascending.

    Attributes:
        landings_s: landings after a jump over the rope; one skip each.
        trips_s: when the rope was caught.
        hops_s: every landing of the feet; two a turn in a double bounce.
        turns_s: when the rope has been round; two a landing in a double under. The last turn of a jump ends with its landing.
        stumbles_s: when the rope was touched without a stop.
        bouts_s: first and last landing of each run of skips between two pauses.
    """

    landings_s: tuple[float, ...]
    trips_s: tuple[float, ...]
    duration_s: float
    ability: Ability
    hops_s: tuple[float, ...] = ()
    turns_s: tuple[float, ...] = ()
    stumbles_s: tuple[float, ...] = ()
    bouts_s: tuple[tuple[float, float], ...] = ()

    def with_hops(self, hops_a_turn: int) -> Attempt:
        """The same attempt with so many landings of the feet in each interval of two skips."""
        usual_s = 60.0 / self.ability.cadence_per_min
        runs = [[t for t in self.landings_s if first_s <= t <= last_s] for first_s, last_s in self.bouts_s]
        return replace(self, hops_s=tuple(t for run in runs for t in _parts(run, hops_a_turn, usual_s)))

    def later(self, by_s: float) -> Attempt:
        """The same attempt, told from `by_s` seconds before its signal."""

        def moved(times_s: tuple[float, ...]) -> tuple[float, ...]:
            return tuple(t_s + by_s for t_s in times_s)

        return replace(
            self, landings_s=moved(self.landings_s), trips_s=moved(self.trips_s), duration_s=self.duration_s + by_s,
            hops_s=moved(self.hops_s), turns_s=moved(self.turns_s), stumbles_s=moved(self.stumbles_s),
            bouts_s=tuple((first_s + by_s, last_s + by_s) for first_s, last_s in self.bouts_s),
        )  # fmt: skip

    def skips_until(self, t_s: float) -> int:
        """How often the rope has passed until `t_s`."""
        return bisect.bisect_right(self.landings_s, t_s)

    def heart_rate_bpm(self, t_s: float) -> int:
        """First-order rise to the top rate (time constant 30 s), and the way back after the end (60 s)."""
        rest, top = self.ability.rest_heart_rate_bpm, self.ability.top_heart_rate_bpm
        if t_s <= 0:
            return round(rest)
        worked_s = min(t_s, self.duration_s)
        rate = top - (top - rest) * math.exp(-worked_s / 30.0)
        if t_s > self.duration_s:
            rate = rest + (rate - rest) * math.exp(-(t_s - self.duration_s) / 60.0)
        return round(rate)

    def cadence_per_min(self, t_s: float, window_s: float = 5.0) -> int:
        """Skips a minute over the last `window_s` seconds."""
        seen = self.skips_until(t_s) - self.skips_until(t_s - window_s)
        return round(seen * 60.0 / window_s)

    def posture(self, t_s: float) -> Posture:
        """The body at `t_s`: ballistic flight before a landing, a short crouch after it, stillness in pauses."""
        after = bisect.bisect_right(self.landings_s, t_s)
        last_s = self.landings_s[after - 1] if after else None
        next_s = self.landings_s[after] if after < len(self.landings_s) else None
        usual_s = 60.0 / self.ability.cadence_per_min
        if next_s is None or next_s - t_s > 1.5 * usual_s:
            sunk = 0.0 if last_s is None else 0.12 * math.exp(-(t_s - last_s) / 0.12)
            return Posture(0.0, sunk, 0.0, skipping=False)
        start_s = last_s if last_s is not None and next_s - last_s <= 1.5 * usual_s else next_s - usual_s
        phase = min(1.0, max(0.0, (t_s - start_s) / (next_s - start_s)))
        ground = 0.42
        if phase < ground:
            return Posture(0.0, 0.12 * math.sin(math.pi * phase / ground), 2 * math.pi * phase, skipping=True)
        flight = (phase - ground) / (1.0 - ground)
        height = 9.81 * ((1.0 - ground) * (next_s - start_s)) ** 2 / 8.0 / 0.45
        return Posture(4.0 * min(height, 0.5) * flight * (1.0 - flight), 0.0, 2 * math.pi * phase, skipping=True)


def attempt(ability: Ability, duration_s: float, seed: int, *, turns_a_jump: int = 1, hops_a_turn: int = 1) -> Attempt:
    """Draw one attempt; the same seed gives the same attempt.

    After the signal a pupil needs 0.4 to 1.2 s to the first landing; after a trip 1 to 2.5 s to the next.

    Args:
        turns_a_jump: 2 for a double under.
        hops_a_turn: 2 for a double bounce.
    """
    draw = random.Random(seed)
    bouts: list[list[float]] = [[]]
    trips: list[float] = []
    t_s = draw.uniform(0.4, 1.2)
    while t_s < duration_s:
        bouts[-1].append(t_s)
        tired = max(0.5, 1.0 - ability.fatigue_per_min * t_s / 60.0)
        period_s = turns_a_jump * 60.0 / (ability.cadence_per_min * tired)
        if draw.random() < ability.trips_per_min * period_s / 60.0:
            trips.append(t_s + 0.6 * period_s)
            t_s = trips[-1] + draw.uniform(1.0, 2.5)
            bouts.append([])
        elif ability.rests_per_min and draw.random() < ability.rests_per_min * period_s / 60.0:
            t_s += draw.uniform(2.0, 6.0)
            bouts.append([])
        else:
            t_s += period_s * max(0.6, draw.gauss(1.0, ability.unevenness))
    bouts = [bout for bout in bouts if bout]
    usual_s = turns_a_jump * 60.0 / ability.cadence_per_min
    landings = [t for bout in bouts for t in bout]
    touched = ability.stumbles_per_min * usual_s / 60.0
    return Attempt(
        tuple(landings),
        tuple(t for t in trips if t < duration_s),
        duration_s,
        ability,
        hops_s=tuple(t for bout in bouts for t in _parts(bout, hops_a_turn, usual_s)),
        turns_s=tuple(t for bout in bouts for t in _parts(bout, turns_a_jump, usual_s)),
        stumbles_s=tuple(t for t in landings if touched and draw.random() < touched),
        bouts_s=tuple((bout[0], bout[-1]) for bout in bouts),
    )


def _parts(bout: list[float], parts: int, usual_s: float) -> list[float]:
    """Each interval that ends with a time of `bout`, cut into equal parts: the ends of the parts."""
    shares = [1.0 - (part + 1) / parts for part in range(parts)]
    intervals = zip([bout[0] - usual_s, *bout[:-1]], bout, strict=True)
    return [end - share * (end - start) for start, end in intervals for share in shares]
