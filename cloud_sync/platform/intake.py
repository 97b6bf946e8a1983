"""What gateways send, into the database: several messages in one transaction, and what is said of each after its commit."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cloud_sync.contract.codec import decode
from cloud_sync.contract.directives import Answer, EvidencePart
from cloud_sync.contract.messages import VERSION, Receipt, Refused, Status, Telemetry
from cloud_sync.errors import DecodeError
from cloud_sync.platform import directives, evidence, gateways
from cloud_sync.platform.batches import ROW_FAULTS, Stored, store
from cloud_sync.platform.ledger import Ledger
from cloud_sync.platform.parcels import Load, Parcel, unpack

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence

    from cloud_sync.platform.database import Database
    from cloud_sync.spans import Spans

MOST_SPANS: Final = 1_000
"""As many as a receipt holds."""
Content = Load | Status | Telemetry | Answer | EvidencePart | DecodeError


@dataclass(slots=True)
class Outcome:
    """What became of a message.

    Attributes:
        receipt: to be published; `None` where there is nothing to say.
        error: why it was not taken.
        revoked: because its gateway is.
    """

    receipt: Receipt | None = None
    error: str = ""
    revoked: bool = False
    new: int = 0
    known: int = 0
    quarantined: int = 0


@dataclass(slots=True)
class _Due:
    """A receipt that is made at the end of the transaction."""

    outcome: Outcome
    gateway: str
    epoch: str
    stored: Stored = field(default_factory=Stored)


class Intake:
    """Takes messages into one database. For one thread at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, parcels: Sequence[Parcel], window: int) -> list[Outcome]:
        """Take messages in the order they came, all in one transaction; it has been committed when this returns.

        Raises:
            sqlite3.Error: nothing of it was stored, and none of the messages is to blame (a full disk, say).
        """
        opened = [(parcel.gateway, _opened(parcel)) for parcel in parcels]
        now_ms = time.time_ns() // 1_000_000
        outcomes: list[Outcome] = []
        due: list[_Due] = []
        revoked: dict[str, bool] = {}
        with self._database.turn() as connection:
            for gateway, content in opened:
                if gateway not in revoked:
                    revoked[gateway] = gateways.is_revoked(connection, gateway)
                outcome = Outcome()
                outcomes.append(outcome)
                if revoked[gateway]:
                    outcome.error, outcome.revoked = "the gateway is revoked", True
                else:
                    _take(connection, gateway, content, now_ms, outcome, due)
                if outcome.error:
                    gateways.count_refused(connection, gateway)
            for one in due:
                one.outcome.receipt = receipt(connection, one.gateway, one.epoch, window, one.stored.spans, one.stored.refused)
        return outcomes


def receipt(
    connection: sqlite3.Connection, gateway: str, epoch: str, window: int, spans: Spans = (), refused: Sequence[Refused] = ()
) -> Receipt:
    """What is here of a journal: whole up to where, and what of these spans beyond it."""
    ledger = Ledger(connection, gateway, epoch)
    also = tuple((max(first, ledger.whole_to + 1), last) for first, last in spans if last > ledger.whole_to)
    return Receipt(
        VERSION, epoch, ledger.whole_to, ledger.gaps(), also[:MOST_SPANS], tuple(refused[:MOST_SPANS]), window,
        ledger.witness_mono_ns(),
    )  # fmt: skip


def _opened(parcel: Parcel) -> Content:
    try:
        match parcel.channel:
            case "events":
                load = unpack(parcel.wire)
                if load.gateway != parcel.gateway:
                    return DecodeError(f"a batch of {load.gateway!r} came from {parcel.gateway}")
                return load
            case "status":
                return decode(Status, parcel.wire)
            case "telemetry":
                return decode(Telemetry, parcel.wire)
            case "answer":
                return decode(Answer, parcel.wire)
            case "evidence":
                return decode(EvidencePart, parcel.wire)
            case _:
                return DecodeError(f"{parcel.channel}: a platform does not take this")
    except DecodeError as exc:
        return exc


def _take(connection: sqlite3.Connection, gateway: str, content: Content, now_ms: int, outcome: Outcome, due: list[_Due]) -> None:
    match content:
        case DecodeError():
            outcome.error = str(content)
        case Load():
            gateways.heard_of(connection, gateway, content.epoch, now_ms)
            stored = store(connection, content, now_ms)
            outcome.new, outcome.known, outcome.quarantined = stored.new, stored.known, len(stored.refused)
            due.append(_Due(outcome, gateway, content.epoch, stored))
        case Status():
            if (
                _whole(connection, outcome, lambda: _take_status(connection, gateway, content, now_ms))
                and content.state == "online"
            ):
                due.append(_Due(outcome, gateway, content.epoch))
        case Telemetry():
            _whole(connection, outcome, lambda: gateways.told_telemetry(connection, gateway, content))
        case Answer():
            _whole(connection, outcome, lambda: directives.answered(connection, gateway, content, now_ms))
        case EvidencePart():
            _whole(connection, outcome, lambda: evidence.take_part(connection, gateway, content, now_ms))


def _take_status(connection: sqlite3.Connection, gateway: str, status: Status, now_ms: int) -> None:
    gateways.told_status(connection, gateway, status, now_ms)
    if status.state == "online":
        directives.gateway_is_back(connection, gateway, now_ms)


def _whole(connection: sqlite3.Connection, outcome: Outcome, effect: Callable[[], None]) -> bool:
    """All of an effect or nothing of it; an unreasonable value (a time beyond all years) is the message's own fault."""
    connection.execute("SAVEPOINT message")
    try:
        effect()
    except (DecodeError, *ROW_FAULTS) as exc:
        outcome.error = str(exc)
        # What an effect has tidied up before it refused a message (parts that do not fit their hash) stays tidied up.
        connection.execute("RELEASE message" if isinstance(exc, DecodeError) else "ROLLBACK TO message")
        if not isinstance(exc, DecodeError):
            connection.execute("RELEASE message")
        return False
    connection.execute("RELEASE message")
    return True
