"""Messages to bytes and back. Decoding gives a value or `DecodeError`, and never grows beyond its bounds."""

from __future__ import annotations

import zlib
from typing import Annotated, Final, Literal, TypeVar

import msgspec

from cloud_sync.contract.directives import Answer, Directive, EvidencePart
from cloud_sync.contract.messages import Batch, Gone, Id, Receipt, Status, Telemetry
from cloud_sync.errors import DecodeError

MOST_WIRE_BYTES: Final = 256 * 1024
MOST_BATCH_BYTES: Final = 2 * 1024 * 1024
"""A batch after inflating; a small message that inflates beyond it is refused before it does."""
LEVEL: Final = 1
"""Of zlib, the fastest: when a backlog is sent, the processor is the bound, not the line."""

MessageT = TypeVar("MessageT", Batch, Receipt, Status, Telemetry, Directive, Answer, EvidencePart)


Message = Batch | Receipt | Status | Telemetry | Directive | Answer | EvidencePart


def encode(message: Message) -> bytes:
    """A message as it travels: JSON, and compressed where it is a batch."""
    body = msgspec.json.encode(message)
    return zlib.compress(body, LEVEL) if isinstance(message, Batch) else body


def decode(kind: type[MessageT], wire: bytes) -> MessageT:
    """Read a message of a kind.

    Raises:
        DecodeError: too large, not compressed where it should be, not JSON, of another version, or with a wrong field (named).
    """
    if len(wire) > MOST_WIRE_BYTES:
        raise DecodeError(f"message: {len(wire)} bytes, {MOST_WIRE_BYTES} allowed")
    try:
        return msgspec.json.decode(_inflated(wire) if kind is Batch else wire, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise DecodeError(f"message: {exc}") from exc


class LooseBatch(msgspec.Struct, frozen=True):
    """A batch whose events have not been looked at."""

    v: Literal[1]
    gateway: Annotated[str, msgspec.Meta(max_length=64)]
    epoch: Id
    events: Annotated[tuple[msgspec.Raw, ...], msgspec.Meta(max_length=1_000)]
    gone: Annotated[tuple[Gone, ...], msgspec.Meta(max_length=100)] = ()


def lenient_batch(wire: bytes) -> LooseBatch:
    """A batch of which one event does not decode, so that the others are not lost.

    Raises:
        DecodeError: not even the envelope can be read.
    """
    try:
        return msgspec.json.decode(_inflated(wire), type=LooseBatch)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise DecodeError(f"message: {exc}") from exc


def _inflated(wire: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        body = inflater.decompress(wire, MOST_BATCH_BYTES)
    except zlib.error as exc:
        raise DecodeError(f"message: not compressed ({exc})") from exc
    if inflater.unconsumed_tail or not inflater.eof:
        raise DecodeError(f"message: cut short, or larger than {MOST_BATCH_BYTES} bytes when inflated")
    return body
