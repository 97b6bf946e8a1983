"""What is waiting, as batches for a USB stick: the same that would travel by MQTT, in the order of the journal."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

from cloud_sync.contract.messages import VERSION, Batch, ClockSet, Status
from cloud_sync.stick import StickHeader
from cloud_sync.uplink import MOST_BYTES, MOST_EVENTS
from edge.outgoing import MOST_CLOCKS, Known, load_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloud_sync.spans import Spans
    from edge.store.look import Look


def header_of(look: Look, gateway: str, public_key: str, now_ms: int) -> StickHeader:
    """Whose events these are, with what the gateway would tell of itself by MQTT."""
    clocks = tuple(
        ClockSet(boot.name, boot.utc_offset_ms) for boot in look.early_boots[-MOST_CLOCKS:] if boot.utc_offset_ms is not None
    )
    freed = look.delivered.whole_from_one()
    status = Status(VERSION, "offline", look.epoch, freed, version("touchline"), look.since_seq, clocks)
    return StickHeader(VERSION, gateway, status, now_ms, public_key)


def waiting_batches(look: Look, gateway: str) -> Iterator[Batch]:
    """Everything that the platform does not have, dead letters and what is gone as such; one batch in memory at a time."""
    known = Known(look.boots, look.letters, look.earlier, look.since_seq)
    for numbers, found in look.undelivered(MOST_EVENTS):
        wanted: Spans = numbers
        rows = found
        while wanted:
            load, _ = load_of(rows, wanted, known, MOST_BYTES)
            yield Batch(VERSION, gateway, look.epoch, tuple(load.events), tuple(load.gone))
            at = load.spans[-1][1]
            wanted = tuple((max(low, at + 1), high) for low, high in wanted if high > at)
            rows = [row for row in rows if row[0] > at]
