"""What cannot be delivered, and why: it waits for a person, holds nothing up, and never goes away by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from edge.store.database import Database

Why = Literal["damaged", "untranslatable", "refused", "given_up"]
"""The bytes on disk are not what was written; this version cannot read them; the platform has set it aside; it failed again and
again on the way."""
MOST_SHOWN: Final = 100
MOST_REASON: Final = 200
"""As long as a reason may be in the contract."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One row that cannot be delivered."""

    seq: int
    why: Why
    reason: str
    at_utc_ms: int


class DeadLetters:
    """All of them; `load` first."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._why: dict[int, Why] = {}

    async def load(self) -> None:
        """Learn which there are."""
        rows = await self._database.read("SELECT seq, why FROM dead_letter")
        self._why = {int(seq): why for seq, why in rows if why in get_args(Why)}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._why)

    @property
    def why(self) -> Mapping[int, Why]:
        """Number to kind. One that the platform refused is sent again when it asks for it; the others are told as gone."""
        return self._why

    def by_why(self) -> dict[str, int]:
        """How many of each kind."""
        kinds = list(self._why.values())
        return {why: kinds.count(why) for why in get_args(Why)}

    async def bury(self, letters: Iterable[DeadLetter]) -> int:
        """Note them; one that is noted keeps its first reason. How many are new."""
        new = [one for one in letters if one.seq not in self._why]
        if new:
            async with self._database.transaction() as connection:
                await connection.executemany(
                    "INSERT OR IGNORE INTO dead_letter VALUES (?, ?, ?, ?)",
                    [(one.seq, one.why, one.reason[:MOST_REASON], one.at_utc_ms) for one in new],
                )
            self._why |= {one.seq: one.why for one in new}
        return len(new)

    async def revive(self, first: int, last: int) -> Sequence[int]:
        """Forget those in a range, so that they are sent again; damaged ones stay, they cannot be. The numbers."""
        going = [seq for seq, why in self._why.items() if first <= seq <= last and why != "damaged"]
        if going:
            async with self._database.transaction() as connection:
                await connection.executemany("DELETE FROM dead_letter WHERE seq = ?", [(seq,) for seq in going])
            for seq in going:
                del self._why[seq]
        return sorted(going)

    async def shown(self) -> list[DeadLetter]:
        """The newest hundred, for a person."""
        sql = "SELECT seq, why, reason, at_utc_ms FROM dead_letter ORDER BY at_utc_ms DESC, seq LIMIT ?"
        rows = await self._database.read(sql, (MOST_SHOWN,))
        return [DeadLetter(int(seq), why, str(reason), int(at)) for seq, why, reason, at in rows]
