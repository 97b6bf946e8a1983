"""Right time later: what was written before a gateway's clock was right gets its time from the monotonic clock.

`Status.clocks` tells how the clocks of one start of the machine lie to each other. It may come before the events, or after.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cloud_sync.platform.standing import name_classes, stand

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from cloud_sync.contract.messages import ClockSet, Event

NOT_BELIEVED, PUT_RIGHT = 0, 2
_THOSE: Final = "event INDEXED BY event_clock"
_WHERE: Final = "WHERE gateway = ? AND boot = ? AND clock_ok <> 1"
_PUT_RIGHT: Final = f"UPDATE {_THOSE} SET t_utc_ms = t_mono_ns / 1000000 + ?, clock_ok = {PUT_RIGHT} {_WHERE}"  # noqa: S608
_ATTEMPTS: Final = f"SELECT DISTINCT attempt FROM {_THOSE} {_WHERE} AND kind IN ('result', 'corrected')"  # noqa: S608 - fixed text
_LESSONS: Final = f"SELECT DISTINCT lesson FROM {_THOSE} {_WHERE} AND kind = 'lesson_opened'"  # noqa: S608 - fixed text


def offsets(database: sqlite3.Connection, gateway: str) -> dict[str, int]:
    """UTC minus monotonic time, in ms, of the starts that are known."""
    return dict(database.execute("SELECT boot, utc_offset_ms FROM clock WHERE gateway = ?", (gateway,)))


def put_right(event: Event, known: Mapping[str, int]) -> tuple[int, int]:
    """Time and `clock_ok` of an event whose wall time is not to be believed."""
    offset_ms = known.get(event.boot)
    if offset_ms is None:
        return event.t_utc_ms, NOT_BELIEVED
    return event.t_mono_ns // 1_000_000 + offset_ms, PUT_RIGHT


def set_clocks(database: sqlite3.Connection, gateway: str, clocks: Iterable[ClockSet], now_ms: int) -> None:
    """Note how clocks lie, and put right what is here already, results too."""
    known = offsets(database, gateway)
    for clock in clocks:
        if known.get(clock.boot) == clock.utc_offset_ms:
            continue
        sql = (
            "INSERT INTO clock (gateway, boot, utc_offset_ms) VALUES (?,?,?)"
            " ON CONFLICT DO UPDATE SET utc_offset_ms = excluded.utc_offset_ms"
        )
        database.execute(sql, (gateway, clock.boot, clock.utc_offset_ms))
        database.execute(_PUT_RIGHT, (clock.utc_offset_ms, gateway, clock.boot))
        of = (gateway, clock.boot)
        stand(database, gateway, [attempt for (attempt,) in database.execute(_ATTEMPTS, of).fetchall()], now_ms)
        name_classes(database, gateway, [lesson for (lesson,) in database.execute(_LESSONS, of).fetchall()], now_ms)
