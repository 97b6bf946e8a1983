"""The platform's SQLite file: WAL, `synchronous=FULL`, numbered schema files, and one writer at a time, over processes too.

A command that works beside the running platform (`touchline platform import`) is a second writer. They take turns by a lock on a
file beside the database, for the whole of a transaction and the checkpoint that its commit may make: SQLite before 3.51.3 has a
fault when two connections write and checkpoint at the very same time, and who waits here is woken, not made to ask again.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cloud_sync.errors import PermanentError

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA: Final = Path(__file__).parent / "schema"
BUSY_S: Final = 10.0


class Database:
    """The open file, for one thread at a time.

    Raises:
        PermanentError: the file is of a newer version.
        sqlite3.Error: it is no database, or cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._turn = os.open(path.with_name(f"{path.name}-turn"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self.connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "journal_size_limit=8388608"):
                self.connection.execute(f"PRAGMA {pragma}")
            self._upgrade()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()
        os.close(self._turn)

    def reader(self) -> sqlite3.Connection:
        """A connection that only reads, for another thread: what it does, no writer waits for."""
        connection = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA query_only=1")
        return connection

    @contextmanager
    def turn(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is on the disk when the block has ended, or nothing of it after an error.

        Raises:
            sqlite3.Error: it could not be committed.
        """
        with self._alone():
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield self.connection
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _alone(self) -> Iterator[None]:
        fcntl.flock(self._turn, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(self._turn, fcntl.LOCK_UN)

    def _upgrade(self) -> None:
        files = [(int(file.name.split("_")[0]), file) for file in sorted(SCHEMA.glob("[0-9]*.sql"))]
        with self._alone():
            (version,) = self.connection.execute("PRAGMA user_version").fetchone()
            if version > files[-1][0]:
                raise PermanentError(f"{self.path} is of a newer version ({version}): install the newer Touchline again")
            for number, file in files:
                if number > version:
                    sql = file.read_text(encoding="utf-8")
                    self.connection.executescript(f"BEGIN IMMEDIATE;\n{sql}\nPRAGMA user_version={number};\nCOMMIT;")
