"""Whether SQLite had to leave out committed transactions when it read the write-ahead log.

SQLite reads the log up to the first frame whose checksum does not fit and is silent about what follows. After a power cut that is
right: the last transaction may be torn, and nobody was told that it was saved. But each transaction is synced before the next
begins, so two that are left out mean a damaged disk, and that what was called saved is gone. The layout is told at
sqlite.org/fileformat2.html, 4.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

HEADER: Final = struct.Struct(">8I")
"""Magic, version, page size, checkpoint, two salts, two checksums."""
FRAME: Final = struct.Struct(">6I")
"""Page, size of the database after a commit (or 0), two salts, two checksums."""
FOUND: Final = "-wal-found"
"""A damaged log is kept beside the database under this ending, for whoever wants to look at it."""
MAGIC: Final = frozenset({0x377F0682, 0x377F0683})


def wal_damage(path: Path, connection: sqlite3.Connection) -> str | None:
    """What is wrong with the log of a database, or `None`; it is checkpointed on the way.

    Args:
        connection: to the database, with nothing done on it yet.

    Raises:
        sqlite3.DatabaseError: the database itself cannot be read.
    """
    wal = path.with_name(path.name + "-wal")
    log = wal.read_bytes() if wal.exists() else b""
    connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    _, frames, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    fault = _left_out(log, max(0, int(frames)))
    if fault is not None:  # closing the database removes the log
        path.with_name(path.name + FOUND).write_bytes(log)
    return fault


def _head_fits(log: bytes) -> bool:
    """SQLite takes nothing of a log whose head does not fit its checksum."""
    words = struct.unpack_from(">6I" if log[3] & 1 else "<6I", log)
    first = second = 0
    for odd, even in zip(words[::2], words[1::2], strict=True):
        first = (first + odd + second) & 0xFFFFFFFF
        second = (second + even + first) & 0xFFFFFFFF
    return (first, second) == struct.unpack_from(">2I", log, 24)


def _left_out(log: bytes, taken: int) -> str | None:
    if len(log) < HEADER.size:
        return None
    magic, _, page, _, salt, salt_too, _, _ = HEADER.unpack_from(log)
    step = FRAME.size + page
    if magic not in MAGIC or not _head_fits(log):  # frames are written only after the head was synced
        return "the head of the write-ahead log is damaged" if any(log[HEADER.size :]) else None
    commits = []
    for number, at in enumerate(range(HEADER.size, len(log) - FRAME.size + 1, step), 1):
        _, size, first, second, _, _ = FRAME.unpack_from(log, at)
        if size and (first, second) == (salt, salt_too):
            commits.append(number)
    lost = [number for number in commits if number > taken]
    return f"{len(lost)} transactions of the write-ahead log are damaged" if len(lost) > 1 else None
