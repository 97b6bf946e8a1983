"""What the receivers of a gate hear of a runner's band: strength by distance, shadow of bodies, fading, lost packets.

RSSI at 1 m of -62 dBm and a spread of 6 dB were measured indoors (Position-annotated BLE RSSI, Danis et al. 2021: one walked
beacon, twelve receivers); the exponent there was 1.4, free space has 2. The 6 dB are parted here into what differs from band to
band (2.5 dB), a body that comes between (2 to 8 dB, about 2.5 dB of spread), what stays for a metre or two (2.5 dB: a fifth to a
third of the rest in that set) and what is new in each packet (4.2 dB). No public recording of runners past a receiver was found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.signal import lfilter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from simulators.running_course import Course

    Floats = NDArray[np.float64]

WORN_DB: Final = 2.5
BODY_DB: Final = (2.0, 8.0)
SLOW_DB: Final = 2.5
FAST_DB: Final = 4.2
CHANGES_EVERY_M: Final = 1.5
CHANGES_EVERY_S: Final = 5.0
DEAF_DBM: Final = -97.0


@dataclass(frozen=True, slots=True)
class Air:
    """The radio of one field on one day.

    Attributes:
        receivers_m: places along the track, 0 at the line; they stand at its edge.
        loss: share of packets that each receiver loses to collisions; 0.16 to 0.31 with 50 bands at 10 Hz.
        at_1m_dbm, exponent: the mean strength by distance.
        rate_hz: advertisements a second.
    """

    receivers_m: tuple[float, ...] = (-2.0, 2.0)
    loss: float = 0.25
    at_1m_dbm: float = -62.0
    exponent: float = 1.7
    rate_hz: float = 10.0
    above_m: float = 0.7


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """Samples of one band: ascending `t_ns`, the receiver's number, whole dBm."""

    t_ns: NDArray[np.int64]
    receiver: NDArray[np.int64]
    rssi_dbm: NDArray[np.int64]


def hear(air: Air, course: Course, t_s: Floats, way_m: Floats, aside_m: Floats, draw: np.random.Generator, until_s: float) -> Heard:
    """What is heard of one band until it falls silent."""
    end_s = min(float(t_s[-1]), until_s)
    count = max(1, int((end_s - t_s[0]) * air.rate_hz))
    sent_s = t_s[0] + draw.random() / air.rate_hz + np.cumsum(1.0 / air.rate_hz + draw.uniform(-0.005, 0.005, count))
    sent_s = sent_s[sent_s < end_s]
    way, aside = np.interp(sent_s, t_s, way_m), np.interp(sent_s, t_s, aside_m)
    x, y = course.place_m(way, aside)
    changes = np.concatenate([[0.0], np.cumsum(np.diff(way) / CHANGES_EVERY_M + np.diff(sent_s) / CHANGES_EVERY_S)])
    worn_db, body_db = draw.normal(0.0, WORN_DB), draw.uniform(*BODY_DB)
    common = _slow(changes, draw)
    parts = []
    for number, at_m in enumerate(air.receivers_m):
        away_m = np.sqrt((x - at_m) ** 2 + y**2 + air.above_m**2)
        behind = 1.0 / (1.0 + np.exp(-(x - at_m - 0.3) / 0.5)) if not course.shuttle else 0.5
        rssi = air.at_1m_dbm + worn_db - 10.0 * air.exponent * np.log10(away_m) - body_db * behind
        rssi = rssi + SLOW_DB * (np.sqrt(0.3) * common + np.sqrt(0.7) * _slow(changes, draw)) + draw.normal(0.0, FAST_DB, len(x))
        kept = (draw.random(len(x)) >= air.loss) & (rssi > DEAF_DBM + draw.normal(0.0, 1.0, len(x)))
        late_s = draw.exponential(0.002, len(x))
        parts.append((sent_s[kept] + late_s[kept], np.full(int(kept.sum()), number), np.round(rssi[kept])))
    t, receiver, rssi = (np.concatenate(part) for part in zip(*parts, strict=True))
    order = np.argsort(t, kind="stable")
    return Heard(np.round(t[order] * 1e9).astype(np.int64), receiver[order].astype(np.int64), rssi[order].astype(np.int64))


def _slow(changes: Floats, draw: np.random.Generator) -> Floats:
    """A first-order course of unit spread that forgets itself over one unit of `changes`."""
    fine = 0.1
    keep = np.exp(-fine)
    count = int(changes[-1] / fine) + 3
    drawn = draw.normal(size=count)
    drawn[1:] *= np.sqrt(1.0 - keep**2)
    course: Floats = lfilter([1.0], [1.0, -keep], drawn)
    return np.interp(changes / fine, np.arange(count), course)
