"""One row of the journal, and how it lies on disk: every column is under its checksum."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from edge.store.errors import RowDamaged

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS: Final = 11
NEVER_FITS: Final = -1
"""A checksum that no row has."""


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One change, to be written."""

    kind: str
    lesson: str
    attempt: str | None
    t_utc_ms: int
    t_mono_ns: int
    body: bytes


class Row(msgspec.Struct, frozen=True, gc=False):
    """One change, written.

    Attributes:
        seq: its place in the journal, without gaps within an epoch.
        entry: what was written; the wall time of a row from before the clock was right is put right when it is read.
        boot: the start of the machine that `t_mono_ns` belongs to.
        clock_ok: whether the wall time can be believed, as written or as put right.
        chain: SHA-256 over the chain before it and its own bytes; one chain an attempt (or a lesson, for what has no attempt).
    """

    seq: int
    entry: Entry
    boot: str
    clock_ok: bool
    chain: bytes


@dataclass(frozen=True, slots=True)
class Boot:
    """One start of the machine.

    Attributes:
        utc_offset_ms: wall clock minus monotonic clock once the wall clock was right, or `None`.
    """

    name: str
    utc_offset_ms: int | None


def values_of(seq: int, entry: Entry, boot: int, clock_ok: int, chain: bytes) -> tuple[object, ...]:
    """A row as SQLite takes it, checksum and all."""
    kind, lesson, attempt, body = entry.kind, entry.lesson, entry.attempt, entry.body
    t_utc_ms, t_mono_ns = entry.t_utc_ms, entry.t_mono_ns
    checksum = checksum_of(seq, kind, lesson, attempt, t_utc_ms, t_mono_ns, boot, clock_ok, body, chain)
    return seq, kind, lesson, attempt, t_utc_ms, t_mono_ns, boot, clock_ok, body, chain, checksum


def row_of(values: Any, boots: Mapping[int, Boot]) -> Row:
    """A row as it lies on disk, checked and with its wall time put right.

    Raises:
        RowDamaged: the checksum does not fit, or the start it belongs to is not known.
    """
    seq, kind, lesson, attempt, t_utc_ms, t_mono_ns, boot, clock_ok, body, chain, checksum = values
    of = boots.get(boot)
    try:
        fits = checksum_of(seq, kind, lesson, attempt, t_utc_ms, t_mono_ns, boot, clock_ok, body, chain) == checksum
    except (TypeError, AttributeError, UnicodeError):  # a flipped byte can change a value's type
        fits = False
    if not fits or of is None:
        raise RowDamaged(seq)
    if not clock_ok and of.utc_offset_ms is not None:
        t_utc_ms, clock_ok = t_mono_ns // 1_000_000 + of.utc_offset_ms, 1
    return Row(seq, Entry(kind, lesson, attempt, t_utc_ms, t_mono_ns, body), of.name, bool(clock_ok), chain)


def checksum_of(
    seq: int, kind: str, lesson: str, attempt: str | None, t_utc_ms: int, t_mono_ns: int, boot: int, clock_ok: int,
    body: bytes, chain: bytes,
) -> int:  # fmt: skip
    """CRC-32 over all of a row: 1 of 4 billion damaged rows would pass."""
    fields = f"{seq}\0{kind}\0{lesson}\0{attempt}\0{t_utc_ms}\0{t_mono_ns}\0{boot}\0{clock_ok}".encode()
    return zlib.crc32(body, zlib.crc32(chain, zlib.crc32(fields)))


def span_checksum(low: int, high: int) -> int:
    """CRC-32 over a span of what was delivered."""
    return zlib.crc32(f"{low}-{high}".encode())


def slim_checksum(*values: Any) -> int:
    """For schema 0005: the checksum of today of a row whose checksum of before, over body and chain alone, fits."""
    *columns, before = values
    body, chain = columns[-2:]
    if zlib.crc32(body, zlib.crc32(chain)) != before:
        return NEVER_FITS
    return checksum_of(*columns)
