"""A stick into the database, with the guarantees of the network: each event once, and a receipt that names what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from cloud_sync.contract.messages import VERSION
from cloud_sync.errors import PermanentError
from cloud_sync.platform import gateways
from cloud_sync.platform.intake import MOST_SPANS, Intake, receipt
from cloud_sync.platform.parcels import Parcel
from cloud_sync.platform.window import MOST
from cloud_sync.signing import public_key_of
from cloud_sync.spans import union
from cloud_sync.stick import StickAnswer, read_stick

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from cloud_sync.contract.messages import Refused, Span
    from cloud_sync.platform.database import Database
    from cloud_sync.stick import Stick

TOGETHER: Final = 20
"""Batches in one transaction: a few thousand events."""


@dataclass(slots=True)
class Imported:
    """What became of a stick.

    Attributes:
        new: events that were not here.
        known: events that were.
        quarantined: set aside, with the reason.
        refused: batches that could not be read at all; their events stay with the gateway.
    """

    answer: StickAnswer
    new: int = 0
    known: int = 0
    quarantined: int = 0
    refused: int = 0


def import_stick(database: Database, file: Path, key: Ed25519PrivateKey, now_ms: int) -> Imported:
    """Take what a stick holds. It may be interrupted, and done again: what is here stays once.

    Args:
        key: the platform's, for the answer.

    Raises:
        DecodeError: no such file, cut off, or changed after it was signed; nothing was taken.
        PermanentError: its gateway is revoked, or nobody has said that this key is the gateway's; nothing was taken.
        OSError: it cannot be read.
        sqlite3.Error: the database cannot store it.
    """
    with read_stick(file) as stick:
        gateway = stick.header.gateway
        with database.turn() as connection:
            known_key = _trusted(connection, stick)
            _note(connection, stick, now_ms)
        status = stick.header.status
        intake = Intake(database)
        spans: list[Span] = []
        refused: list[Refused] = []
        new = known = quarantined = unread = 0
        wires = stick.batches(known_key)
        while some := list(islice(wires, TOGETHER)):
            for outcome in intake.take([Parcel(gateway, "events", wire) for wire in some], MOST):
                new, known, quarantined = new + outcome.new, known + outcome.known, quarantined + outcome.quarantined
                if outcome.receipt is None:
                    unread += 1
                elif outcome.receipt.epoch == status.epoch:
                    spans = list(union([*spans, *outcome.receipt.also]))
                    refused = [*refused, *outcome.receipt.refused][:MOST_SPANS]
        with database.turn() as connection:
            told = receipt(connection, gateway, status.epoch, MOST, tuple(spans), refused)
    answer = StickAnswer(VERSION, gateway, told, now_ms, stick.sha256, public_key_of(key))
    return Imported(answer, new, known, quarantined, unread)


def _trusted(connection: sqlite3.Connection, stick: Stick) -> str:
    """The key that this gateway is known by, which has to be the one that signed."""
    gateway = stick.header.gateway
    if gateways.is_revoked(connection, gateway):
        raise PermanentError(f"{gateway} is revoked: its data is refused (`touchline platform restore` takes it again)")
    known = gateways.key_of(connection, gateway)
    if known != stick.header.public_key:
        what = "nobody has said which key is the gateway's" if known is None else "it is signed by another key than the gateway's"
        raise PermanentError(
            f"the stick says that it is of {gateway}, but {what}. Ask somebody who stands before that gateway whether its key is"
            f" {stick.header.public_key}, then: touchline platform trust {gateway} KEY"
        )
    return known


def _note(connection: sqlite3.Connection, stick: Stick, now_ms: int) -> None:
    """What the gateway would have told by its status; whether it is connected is another matter."""
    gateway, status = stick.header.gateway, stick.header.status
    gateways.heard_of(connection, gateway, status.epoch, now_ms, state="offline")
    sql = "UPDATE gateway SET epoch = ?, version = ? WHERE id = ? AND state = 'offline'"
    connection.execute(sql, (status.epoch, status.version, gateway))
    gateways.told_journal(connection, gateway, status, now_ms)
