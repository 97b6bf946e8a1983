"""What the field tells the lesson room: news of bands, of squares, and of the line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edge.counting.events import Crossing
    from edge.counting.gate_line import GateEnd
    from edge.counting.samples import BodySample, MotionSamples


@dataclass(frozen=True, slots=True)
class Heard:
    """News of a band: its running totals of skips and steps where it keeps them, and how the pupil is."""

    device: str
    t_ns: int
    total: int | None = None
    heart_rate_bpm: int | None = None
    battery_percent: int | None = None
    steps: int | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """Raw motion of a band that streams it."""

    device: str
    samples: MotionSamples


@dataclass(frozen=True, slots=True)
class Seen:
    """A camera's look at one square."""

    station: int
    sample: BodySample


@dataclass(frozen=True, slots=True)
class Crossed:
    """A camera saw a body over the line of one end."""

    end: GateEnd
    crossing: Crossing


@dataclass(frozen=True, slots=True)
class Strong:
    """How strongly a receiver heard a band."""

    device: str
    radio: str
    t_ns: int
    rssi_dbm: int


@dataclass(frozen=True, slots=True)
class BibSeen:
    """The number on the chest of a body that crossed."""

    end: GateEnd
    track: int
    number: int
    confidence: float


News = Heard | Moved | Seen | Crossed | Strong | BibSeen


@dataclass(frozen=True, slots=True)
class Signs:
    """How a band was last heard; not part of the record."""

    heard_ns: int
    heart_rate_bpm: int | None
    battery_percent: int | None

    @classmethod
    def after(cls, old: Signs | None, news: Heard) -> Signs:
        """What is known once `news` has come: what it does not tell stays."""
        if old is None:
            return cls(news.t_ns, news.heart_rate_bpm, news.battery_percent)
        return cls(
            max(old.heard_ns, news.t_ns),
            old.heart_rate_bpm if news.heart_rate_bpm is None else news.heart_rate_bpm,
            old.battery_percent if news.battery_percent is None else news.battery_percent,
        )
