"""How much and when: a school's line is for lessons first. No clock in here; times come in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

BURST_S: Final = 1.0
"""What may go at once after a rest, in seconds of the rate."""
QUIET_HOURS_PATTERN: Final = "^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$"
_HOURS: Final = re.compile(QUIET_HOURS_PATTERN)


class Bandwidth:
    """A bucket that fills at a rate; what is sent is taken out, and a debt has to be waited for.

    A message goes whole, however large it is; over a minute the rate holds all the same.

    Args:
        max_kbit_s: `None`: no limit.
    """

    def __init__(self, max_kbit_s: int | None) -> None:
        self._bytes_s = None if max_kbit_s is None else max_kbit_s * 125.0
        self._left = self.burst_bytes
        self._at_s: float | None = None

    @property
    def limited(self) -> bool:
        """Whether there is a limit."""
        return self._bytes_s is not None

    @property
    def burst_bytes(self) -> float:
        """What may go at once after a rest; 0 without a limit."""
        return (self._bytes_s or 0.0) * BURST_S

    def limit(self, max_kbit_s: int | None, now_s: float) -> None:
        """Another rate from now on; a debt stays one."""
        self._fill(now_s)
        self._bytes_s = None if max_kbit_s is None else max_kbit_s * 125.0
        self._left = min(self._left, self.burst_bytes)

    def wait_s(self, now_s: float) -> float:
        """How long until something may be sent; 0: now."""
        if self._bytes_s is None:
            return 0.0
        self._fill(now_s)
        return max(0.0, -self._left / self._bytes_s)

    def sent(self, size_bytes: int, now_s: float) -> None:
        """So much has been sent."""
        if self._bytes_s is not None:
            self._fill(now_s)
            self._left -= size_bytes

    def _fill(self, now_s: float) -> None:
        if self._at_s is not None and self._bytes_s is not None:
            self._left = min(self.burst_bytes, self._left + max(0.0, now_s - self._at_s) * self._bytes_s)
        self._at_s = now_s


@dataclass(frozen=True, slots=True)
class QuietHours:
    """A part of the day in which only results travel; minutes of the local day, `to_minute` is not within."""

    from_minute: int
    to_minute: int

    def hold(self, minute: int) -> bool:
        """Whether a minute of the day is within; hours may go over midnight."""
        if self.from_minute <= self.to_minute:
            return self.from_minute <= minute < self.to_minute
        return minute >= self.from_minute or minute < self.to_minute

    def __str__(self) -> str:
        ends = (self.from_minute, self.to_minute)
        return "-".join(f"{minute // 60:02d}:{minute % 60:02d}" for minute in ends)


def parse_quiet_hours(text: str) -> QuietHours:
    """Hours such as `07:30-16:30`.

    Raises:
        ValueError: not of this form.
    """
    if not _HOURS.fullmatch(text):
        raise ValueError(f"'{text}' are no hours: write them as 07:30-16:30")
    begin, end = (60 * int(time[:2]) + int(time[3:]) for time in text.split("-"))
    return QuietHours(begin, end)
