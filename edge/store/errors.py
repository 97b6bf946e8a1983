"""What can go wrong with the store, by what a caller can do about it."""

from __future__ import annotations


class StoreError(Exception):
    """Root of the errors of this room."""


class StoreUnusable(StoreError):
    """The file cannot be used here; a person has to act (another gateway holds it, a network file system, a newer schema)."""


class StoreFull(StoreError):
    """The logical limit is reached: nothing was written, nothing is lost. Free space or raise `store.max_bytes`."""


class RowDamaged(StoreError):
    """A row's checksum does not fit its bytes; `seq` says which."""

    def __init__(self, seq: int) -> None:
        super().__init__(f"row {seq} of the journal is damaged")
        self.seq = seq
