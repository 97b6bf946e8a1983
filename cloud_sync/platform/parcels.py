"""What has come, read: a batch of which one event cannot be read is still a batch of all its others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from cloud_sync.contract.codec import decode, lenient_batch
from cloud_sync.contract.messages import Batch, Event, Seq
from cloud_sync.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloud_sync.contract.messages import Gone
    from cloud_sync.contract.topics import Channel

MOST_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message as it came: from which gateway, on which channel."""

    gateway: str
    channel: Channel
    wire: bytes


@dataclass(frozen=True, slots=True)
class BadEvent:
    """One event of a batch that cannot be taken; `seq` is `None` where not even its number can be read.

    `clash`: it can be read, but another event has its number.
    """

    seq: int | None
    reason: str
    wire: bytes
    clash: bool = False


@dataclass(frozen=True, slots=True)
class Load:
    """A batch, read: what is good, what is not, and what the gateway cannot send."""

    gateway: str
    epoch: str
    events: Sequence[Event]
    bad: Sequence[BadEvent] = ()
    gone: Sequence[Gone] = ()


def unpack(wire: bytes) -> Load:
    """Read a batch.

    Raises:
        DecodeError: not even the envelope can be read.
    """
    try:
        batch = decode(Batch, wire)
    except DecodeError:
        loose = lenient_batch(wire)
    else:
        return Load(batch.gateway, batch.epoch, batch.events, (), batch.gone)
    good: list[Event] = []
    bad: list[BadEvent] = []
    for one in loose.events:
        text = bytes(one)
        try:
            good.append(msgspec.json.decode(text, type=Event))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
            bad.append(BadEvent(_seq_of(text), str(exc)[:MOST_REASON], text))
    return Load(loose.gateway, loose.epoch, good, bad, loose.gone)


def _seq_of(wire: bytes) -> int | None:
    try:
        return msgspec.json.decode(wire, type=_OnlySeq).seq
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


class _OnlySeq(msgspec.Struct, frozen=True):
    seq: Seq
