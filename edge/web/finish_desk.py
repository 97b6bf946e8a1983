"""The desk where the line is looked at again: pieces of the photo finish, by the time since the signal."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Protocol

from edge.lesson.session import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LONGEST_MS: Final = 20_000
WIDEST_PX: Final = 4_096


class SlitScan(Protocol):
    """What the desk asks of a camera at the line."""

    def jpeg(self, from_ns: int, to_ns: int, px_per_s: float) -> bytes | None:
        """The line from one moment to another, time running to the right at `px_per_s`; `None` where nothing is kept of it."""
        ...


class FinishDesk:
    """Gives pieces of the photo finish.

    Args:
        starts_ns: the signal of the heat on the page, `None` before it.
        scans: of the cameras at a line, the finish first.
    """

    def __init__(self, starts_ns: Callable[[], int | None], scans: Sequence[SlitScan]) -> None:
        self._starts_ns, self._scans = starts_ns, scans

    @property
    def there(self) -> bool:
        """Whether any camera keeps a photo finish."""
        return bool(self._scans)

    async def photo(self, from_ms: int, to_ms: int, px_per_s: float) -> bytes:
        """A piece of it as a JPEG picture, `(to_ms - from_ms) * px_per_s / 1000` wide; times since the signal.

        Raises:
            Refused: no camera is at the line, nothing is kept of that time, or too much is asked at once.
        """
        starts_ns = self._starts_ns()
        if starts_ns is None or not self._scans:
            raise Refused("no_photo", "没有终点摄影：没有镜头对着线", "There is no photo finish: no camera looks at the line")
        if not 0 < to_ms - from_ms <= LONGEST_MS or (to_ms - from_ms) * px_per_s / 1e3 > WIDEST_PX:
            raise Refused("photo_range", "一次最多看 20 秒", "At most 20 s can be looked at together")
        first, last = starts_ns + from_ms * 1_000_000, starts_ns + to_ms * 1_000_000
        for scan in self._scans:
            found = await asyncio.to_thread(scan.jpeg, first, last, px_per_s)
            if found is not None:
                return found
        raise Refused("photo_gone", "这段时间的画面没有保留", "Nothing is kept of that time")
