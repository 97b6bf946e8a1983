"""The last sequence that was accepted of each band: a packet that is not newer is a replay, also after a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from edge.store.database import Database


class BandMemory:
    """Sequences on disk; written at most once a second, so a power cut may forget the newest second of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self) -> dict[str, int]:
        """Device to its last accepted sequence."""
        rows = await self._database.read("SELECT device, sequence FROM band_sequence")
        return {str(device): int(sequence) for device, sequence in rows}

    async def save(self, sequences: Mapping[str, int]) -> None:
        """Keep the newest sequences, in one commit."""
        async with self._database.transaction() as connection:
            await connection.executemany("INSERT OR REPLACE INTO band_sequence VALUES (?, ?)", list(sequences.items()))
