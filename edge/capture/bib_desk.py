"""Bib numbers of those who cross, read beside the counting: a crop takes longer than a picture may."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from edge.capture.bib_reader import BibReader, BibsUnreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    import numpy as np
    from numpy.typing import NDArray

    from edge.counting.gate_line import GateEnd

log = logging.getLogger(__name__)

MOST_WAITING: Final = 8
"""Two seconds of work; a bunch that is larger is named by the other witnesses."""


class BibDesk:
    """Reads crops one after the other on a thread of its own.

    Args:
        numbers: those that somebody of the heat wears, asked at every crop.
        on_read: gets the end, the track, the number and how sure it is; called on the thread, must not block.

    Attributes:
        left_out: crops that were not read, because too many waited.
        error: why none can be read, a sentence for the technician; empty while they can.
    """

    def __init__(self, numbers: Callable[[], Collection[int]], on_read: Callable[[GateEnd, int, int, float], None]) -> None:
        self._numbers, self._on_read = numbers, on_read
        self._reader: tuple[frozenset[int], BibReader] | None = None
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="bibs")
        self._waiting = 0
        self.left_out, self.error = 0, ""

    def offer(self, end: GateEnd, track: int, torso: NDArray[np.uint8]) -> None:
        """Take the torso (uint8[height, width, 3], BGR) of somebody who crosses; never waits."""
        if self.error:
            return
        if self._waiting >= MOST_WAITING:
            self.left_out += 1
            return
        self._waiting += 1
        self._worker.submit(self._read, end, track, torso)

    def close(self) -> None:
        """Read no more."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def _read(self, end: GateEnd, track: int, torso: NDArray[np.uint8]) -> None:
        try:
            numbers = frozenset(self._numbers())
            if self._reader is None or self._reader[0] != numbers:
                self._reader = (numbers, BibReader(numbers))
            found = self._reader[1].read(torso)
            if found is not None:
                self._on_read(end, track, found.number, found.confidence)
        except BibsUnreadable as exc:
            self.error = str(exc)
            log.error("bibs=unreadable error=%r", self.error)  # noqa: TRY400 - the sentence is all
        finally:
            self._waiting -= 1
