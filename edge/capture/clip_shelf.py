"""Where clips of heats stand: one folder a heat, for a stated life, within a byte budget. Nothing sends them anywhere."""

from __future__ import annotations

import logging
import re
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from edge.capture.clip_file import Clip, open_clip, size_of

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from pathlib import Path

log = logging.getLogger(__name__)

DAY_MS: Final = 86_400_000
YOUNG_MS: Final = 3_600_000
"""A clip without evidence is not removed before this: the heat may still be going."""
LEAST_FREE_BYTES: Final = 512 << 20
"""Of the disk: below this no clip is begun."""
NAME: Final = re.compile(r"(\d{13,})-[0-9a-z-]{1,60}")
"""When the heat began, ms of the wall clock; then which one it is."""


@dataclass(frozen=True, slots=True)
class ShelfStatus:
    """For the technician; `removed` and `refused` are clips since the start."""

    clips: int = 0
    bytes_used: int = 0
    bytes_limit: int = 0
    removed: int = 0
    refused: int = 0


class ClipShelf:
    """Clips by the name of the heat, which begins with its time. Methods block on the disk: call them from a thread.

    Args:
        folder: made when the first clip is begun.
    """

    def __init__(self, folder: Path, *, life_days: float, max_bytes: int) -> None:
        self._folder = folder
        self._life_ms, self._max_bytes = round(life_days * DAY_MS), max_bytes
        self.status = ShelfStatus(bytes_limit=max_bytes)

    def begin(self, name: str) -> Path | None:
        """The folder of a new clip, only for this user to read; `None` when the disk has too little room."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if shutil.disk_usage(self._folder).free < LEAST_FREE_BYTES:
            self.status = replace(self.status, refused=self.status.refused + 1)
            log.warning("clip=%s refused: the disk has less than %d MB left", name, LEAST_FREE_BYTES >> 20)
            return None
        folder = self._folder / name
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def find(self, name: str, station: int) -> Clip | None:
        """The clip of a heat that shows a station, or `None`."""
        return open_clip(self._folder / name, station) if NAME.fullmatch(name) else None

    def broken_off(self) -> None:
        """A clip could not be written to its end: counted as refused."""
        self.status = replace(self.status, refused=self.status.refused + 1)

    def tidy(self, now_utc_ms: int, with_evidence: AbstractSet[str]) -> None:
        """Remove clips that have had their life, that belong to no evidence any more, and the oldest beyond the budget."""
        folders = (
            sorted(f for f in self._folder.glob("*") if f.is_dir() and NAME.fullmatch(f.name)) if self._folder.is_dir() else []
        )
        kept: list[tuple[Path, int]] = []
        removed = 0
        for folder in folders:
            age_ms = now_utc_ms - _began_ms(folder)
            if age_ms > self._life_ms or (age_ms > YOUNG_MS and folder.name not in with_evidence):
                removed += _remove(folder)
            else:
                kept.append((folder, size_of(folder)))
        while kept and sum(size for _, size in kept) > self._max_bytes and now_utc_ms - _began_ms(kept[0][0]) > YOUNG_MS:
            removed += _remove(kept.pop(0)[0])
        self.status = replace(
            self.status,
            clips=len(kept),
            bytes_used=sum(size for _, size in kept),
            removed=self.status.removed + removed,
        )


def _began_ms(folder: Path) -> int:
    return int(folder.name.split("-", 1)[0])


def _remove(folder: Path) -> int:
    shutil.rmtree(folder, ignore_errors=True)
    return 1
