"""Messages to bytes and back. Decoding gives a value or `DecodeError`, and never grows beyond its bounds."""

from __future__ import annotations

import zlib
from typing import Final, TypeVar

import msgspec

from cloud_sync.contract.directives import Answer, Directive, EvidencePart
from cloud_sync.contract.messages import Batch, Receipt, Status, Telemetry
from cloud_sync.errors import DecodeError

MOST_WIRE_BYTES: Final = 256 * 1024
MOST_BATCH_BYTES: Final = 2 * 1024 * 1024
"""A batch after inflating; a small message that inflates beyond it is refused before it does."""

MessageT = TypeVar("MessageT", Batch, Receipt, Status, Telemetry, Directive, Answer, EvidencePart)


Message = Batch | Receipt | Status | Telemetry | Directive | Answer | EvidencePart


def encode(message: Message) -> bytes:
    """A message as it travels: JSON, and compressed where it is a batch."""
    body = msgspec.json.encode(message)
    return zlib.compress(body, 6) if isinstance(message, Batch) else body


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


def lenient_batch(wire: bytes) -> tuple[str, str, list[msgspec.Raw]]:
    """Gateway, epoch and the undecoded events of a batch of which one event does not decode, so that the others are not lost.

    Raises:
        DecodeError: not even the envelope can be read.
    """
    try:
        envelope = msgspec.json.decode(_inflated(wire), type=_Envelope)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise DecodeError(f"message: {exc}") from exc
    return envelope.gateway, envelope.epoch, envelope.events


class _Envelope(msgspec.Struct, frozen=True):
    v: int
    gateway: str
    epoch: str
    events: list[msgspec.Raw]


def _inflated(wire: bytes) -> bytes:
    inflater = zlib.decompressobj()
    try:
        body = inflater.decompress(wire, MOST_BATCH_BYTES)
    except zlib.error as exc:
        raise DecodeError(f"message: not compressed ({exc})") from exc
    if inflater.unconsumed_tail or not inflater.eof:
        raise DecodeError(f"message: cut short, or larger than {MOST_BATCH_BYTES} bytes when inflated")
    return body
