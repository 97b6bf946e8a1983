"""When feet stand and when they fly, and what that does to the body: thrown up in each contact, falling freely in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from simulators.limb_motion import GRAVITY_MPS2

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Contacts:
    """Contacts of the feet with the ground, ascending; each array has one entry a contact.

    Attributes:
        start_s: when a foot lands (or begins to push, before the first hop).
        length_s: how long it stands.
        flight_s: how long nothing touches the ground afterwards; 0 at the end of a run.
        landing: false for the push before the first hop.
        left: which foot, where feet alternate.
    """

    start_s: Floats
    length_s: Floats
    flight_s: Floats
    landing: NDArray[np.bool_]
    left: NDArray[np.bool_]


def contacts(hops_s: Sequence[float], ground_share: float, *, usual_s: float, small_hop: float = 1.0, group: int = 1) -> Contacts:
    """Contacts from the landings of a body.

    Args:
        hops_s: landings, ascending; where they are further apart than 1.7 times the usual interval the body stands in between.
        ground_share: share of a hop that is spent on the ground.
        usual_s: usual interval of two landings.
        small_hop: height in time of the second of each `group` of hops, as a share of the first.
    """
    rows: list[tuple[float, float, float, bool, bool]] = []
    previous_s, number = -np.inf, 0
    for index, hop_s in enumerate(hops_s):
        if hop_s - previous_s > 1.7 * usual_s:
            number = 0
            flight_s = (1.0 - ground_share) * usual_s
            rows.append((hop_s - usual_s, usual_s - flight_s, flight_s, False, False))
        gap_s = hops_s[index + 1] - hop_s if index + 1 < len(hops_s) else np.inf
        flies = gap_s <= 1.7 * usual_s
        number += 1
        share = small_hop if group > 1 and number % group else 1.0
        flight_s = (1.0 - ground_share) * gap_s * share if flies else 0.0
        rows.append((hop_s, gap_s - flight_s if flies else ground_share * usual_s, flight_s, True, bool(index % 2)))
        previous_s = hop_s
    table = np.array(rows or [(-1e9, 1.0, 0.0, False, False)], dtype=np.float64)
    return Contacts(table[:, 0], table[:, 1], table[:, 2], table[:, 3] > 0, table[:, 4] > 0)


def thrown(feet: Contacts, t_s: Floats, *, stands: bool = False) -> Floats:
    """Upward acceleration of the body (m/s²): a half wave in each contact that turns the fall round, free fall in flight.

    The half wave is the usual picture of a hop on springy legs (Blickhan, The spring-mass model for running and hopping, J.
    Biomechanics 22, 1989); its area is the change of speed between the flight before and the flight after.

    Args:
        stands: for a foot, which stops in the first half of a contact and starts again in the second.
    """
    index = np.maximum(np.searchsorted(feet.start_s, t_s, side="right") - 1, 0)
    since_s = t_s - feet.start_s[index]
    length_s, flight_s = feet.length_s[index], feet.flight_s[index]
    before_s = np.concatenate([[0.0], feet.flight_s[:-1]])[index]
    inside = (since_s >= 0) & (since_s < length_s)
    flies = (since_s >= length_s) & (since_s < length_s + flight_s)
    share = np.clip(since_s / length_s, 0.0, 1.0)
    if stands:
        stop, start = _half_wave(np.minimum(2.0 * share, 1.0)), _half_wave(np.maximum(2.0 * share - 1.0, 0.0))
        push = GRAVITY_MPS2 / length_s * (before_s * stop + flight_s * start)
    else:
        push = 0.5 * GRAVITY_MPS2 / length_s * (before_s + flight_s) * _half_wave(share)
    return np.where(inside, push, np.where(flies, -GRAVITY_MPS2, 0.0))


def _half_wave(share: Floats) -> Floats:
    """Of area 1 between 0 and 1."""
    wave: Floats = 0.5 * np.pi * np.sin(np.pi * share)
    return wave


def in_air(start_s: Floats, length_s: Floats, t_s: Floats, longest_s: float) -> Floats:
    """How far through the air one foot is: 0 on the ground, 0 to 1 from the end of a contact to the start of the next."""
    if len(start_s) < 2:
        return np.zeros_like(t_s)
    index = np.clip(np.searchsorted(start_s, t_s, side="right") - 1, 0, len(start_s) - 2)
    leaves_s, lands_s = start_s[index] + length_s[index], start_s[index + 1]
    air_s = np.maximum(lands_s - leaves_s, 1e-3)
    share = np.clip((t_s - leaves_s) / air_s, 0.0, 1.0)
    return np.where(air_s <= longest_s, share, 0.0)
