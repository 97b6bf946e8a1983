"""The witness of a rope: hands that turn one go round once a turn, both together.

Poses are few (five a second), skips may be as fast: single hand positions say little, but the phase of every skip is known from the
bounce, so the hands' motion at that phase can be fitted (least squares of a sine and a cosine, as a Lomb-Scargle periodogram at one
frequency does for uneven stamps). Key frames are not evenly spaced, so the fit is not fooled by their own rhythm.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edge.counting.samples import BodySample
    from edge.counting.signal import Floats

SHOULDERS: Final = (11, 12)
WRISTS: Final = (15, 16)
TERMS: Final = 4
"""Of the fit: a constant, a trend, a sine and a cosine."""
LEAST_KEYS: Final = 12
"""Fewer key frames than three a term fit anything."""
TURNING: Final = 0.30
"""Least share of the hands' motion that is at a rhythm, to say that they turn a rope at it (0.39 to 0.79 on clips)."""
LEAST_ARMS: Final = 0.045
"""Torso lengths: hands at the hips of a jumping body move by 0.03."""
LEAST_SIZE: Final = 1e-9
"""Of a term that the ones before it leave nothing of."""


@dataclass(frozen=True, slots=True)
class ArmTurns:
    """How the hands move at the rhythm of the skips.

    Attributes:
        explained: share of their motion that is at that rhythm, corrected for the number of key frames; 0 where there is none.
        size: amplitude in torso lengths, in the mean of both hands.
        together: 1 when both hands rise at the same time, -1 when in turn (running arms).
        keys: key frames that were looked at.
    """

    explained: float
    size: float
    together: float
    keys: int

    @property
    def turn_a_rope(self) -> bool:
        """Whether the hands bear witness of a rope at that rhythm; where they are hidden or blurred they do not."""
        return self.explained >= TURNING and self.size >= LEAST_ARMS and self.together > 0


def arm_turns(t_ns: NDArray[np.int64], hands: Floats, skips_ns: Sequence[int], turns_a_skip: float = 1.0) -> ArmTurns:
    """Look at the hands of a bout.

    Args:
        t_ns: int64[n], times of the key frames, ascending.
        hands: float64[n, 4], see `hands_of`.
        skips_ns: times of the skips, ascending.
        turns_a_skip: rhythm that is looked for; 0.5 looks for one turn every second hop.
    """
    first, end = np.searchsorted(t_ns, [skips_ns[0], skips_ns[-1] + 1])
    count = int(end - first)
    if count < LEAST_KEYS:
        return ArmTurns(0.0, 0.0, 0.0, count)
    moved = hands[first:end]
    angle = 2 * np.pi * turns_a_skip * np.interp(t_ns[first:end], skips_ns, np.arange(len(skips_ns)))
    # Orthonormal rows (Gram-Schmidt), the plain ones first: what each pair of them explains is then read off.
    base = np.empty((TERMS, count))
    base[:2] = _plain(count)
    cos, sin = np.cos(angle), np.sin(angle)
    cos -= (base[:2] @ cos) @ base[:2]
    cos_size = max(sqrt(float(cos @ cos)), LEAST_SIZE)
    base[2] = cos / cos_size
    sin -= (base[:2] @ sin) @ base[:2]
    shared = float(base[2] @ sin)
    sin -= shared * base[2]
    sin_size = max(sqrt(float(sin @ sin)), LEAST_SIZE)
    base[3] = sin / sin_size
    parts = base @ moved
    without = float((moved**2).sum() - (parts[:2] ** 2).sum())
    left_over = without - float((parts[2:] ** 2).sum())
    free = (count - 2) / (count - TERMS)
    explained = min(1.0, max(0.0, 1.0 - free * left_over / max(without, 1e-12)))
    up = parts[3] / sin_size
    swing: list[complex] = ((parts[2] - shared * up) / cos_size + 1j * up).tolist()
    sizes = [abs(one) for one in swing]
    size = 0.5 * (max(sizes[:2]) + max(sizes[2:]))
    up_left, up_right = swing[1], swing[3]
    together = (up_left * up_right.conjugate()).real / max(sizes[1] * sizes[3], 1e-12)
    return ArmTurns(explained, size, together, count)


@lru_cache(maxsize=256)
def _plain(count: int) -> Floats:
    """float64[2, count]: a constant and a trend, of size 1, at right angles."""
    trend = np.linspace(-1.0, 1.0, count)
    return np.array([np.full(count, 1 / sqrt(count)), trend / sqrt(float(trend @ trend))])


def hands_of(keys: Sequence[BodySample]) -> Floats:
    """float64[n, 4]: left x, left height, right x, right height against the middle of the shoulders, in torso lengths."""
    if not keys:
        return np.zeros((0, 4))
    poses = np.array([key.pose_px for key in keys], dtype=np.float64)
    scales = np.array([key.torso_px for key in keys])[:, None, None]
    middle = poses[:, list(SHOULDERS)].mean(axis=1, keepdims=True)
    result: Floats = ((poses[:, list(WRISTS)] - middle) / scales * [1.0, -1.0]).reshape(len(keys), 4)
    return result
