"""What a gateway has said it cannot send: kept, so that nobody asks for it for ever, and shown, so that somebody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloud_sync.spans import minus, union

if TYPE_CHECKING:
    import sqlite3

    from cloud_sync.spans import Span, Spans


def record(connection: sqlite3.Connection, gateway: str, epoch: str, spans: Spans, why: str) -> None:
    """Note numbers that are missing for good; none of them may be a hole already. Neighbours of the same reason become one."""
    for first, last in spans:
        near = [
            (low, high)
            for low, high, reason in _touching(connection, gateway, epoch, (first - 1, last + 1))
            if reason == why and (high == first - 1 or low == last + 1)
        ]
        ((low, high),) = union([(first, last), *near])
        _delete(connection, gateway, epoch, near)
        connection.execute("INSERT INTO hole VALUES (?, ?, ?, ?, ?)", (gateway, epoch, low, high, why))


def fill(connection: sqlite3.Connection, gateway: str, epoch: str, spans: Spans) -> None:
    """These have come after all."""
    if not spans:
        return
    whole = (spans[0][0], spans[-1][1])
    for low, high, why in _touching(connection, gateway, epoch, whole):
        left = minus(((low, high),), spans)
        if left != ((low, high),):
            _delete(connection, gateway, epoch, [(low, high)])
            connection.executemany("INSERT INTO hole VALUES (?, ?, ?, ?, ?)", [(gateway, epoch, *span, why) for span in left])


def _touching(connection: sqlite3.Connection, gateway: str, epoch: str, span: Span) -> list[tuple[int, int, str]]:
    sql = "SELECT first, last, why FROM hole WHERE gateway = ? AND epoch = ? AND last >= ? ORDER BY last"
    found = []
    for first, last, why in connection.execute(sql, (gateway, epoch, span[0])):
        if first > span[1]:
            break
        found.append((first, last, why))
    return found


def _delete(connection: sqlite3.Connection, gateway: str, epoch: str, spans: list[Span]) -> None:
    sql = "DELETE FROM hole WHERE gateway = ? AND epoch = ? AND last = ?"
    connection.executemany(sql, [(gateway, epoch, last) for _, last in spans])
