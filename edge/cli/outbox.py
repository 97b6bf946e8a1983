"""`touchline outbox …`: what is saved here and not yet delivered, and what a technician can do about it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from edge.cli.run import read_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from edge.outgoing import JournalOutbox
    from edge.settings import Settings
    from edge.store.look import Look

outbox_app = typer.Typer(no_args_is_help=True, help="What is saved here and not yet delivered.")
Config = Annotated[Path | None, typer.Option(help="settings file (TOML)")]
LETTERS_SHOWN: Final = 10


def register(app: typer.Typer) -> None:
    """Add the commands."""
    outbox_app.callback()(_room)
    for command in (status, replay, export, answer):
        outbox_app.command(command.__name__)(command)
    app.add_typer(outbox_app, name="outbox")


def _room() -> None:
    """What is saved here and not yet delivered."""


def status(
    config: Config = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Tell how much is waiting, since when, how full the journal is, and what waits for a person; also while the gateway runs."""
    settings = read_settings(config)
    with _look(settings) as look:
        told = _told(look, settings)
    if as_json:
        typer.echo(json.dumps(told))
        return
    since = told["oldest_waiting_utc_ms"]
    when = f", the oldest from {_day(since)}" if since is not None else ""
    typer.echo(f"waiting   {told['waiting']:,} of {told['newest_seq']:,} events{when}")
    typer.echo(f"lanes     {told['results_waiting']:,} results and corrections first, then {told['moments_waiting']:,} moments")
    typer.echo(f"journal   {told['bytes_used'] / 2**20:,.1f} of {told['bytes_limit'] / 2**20:,.0f} MiB, epoch {told['epoch']}")
    if told["quiet_hours"] or told["max_kbit_s"]:
        quiet = f"only results travel {told['quiet_hours']} (local time)" if told["quiet_hours"] else ""
        limit = f"at most {told['max_kbit_s']:,} kbit/s" if told["max_kbit_s"] else ""
        typer.echo(f"pace      {', '.join(filter(None, (quiet, limit)))}")
    for letter in told["dead_letters"][:LETTERS_SHOWN]:
        typer.echo(f"dead      {letter['seq']:,} ({letter['why']}, {_day(letter['at_utc_ms'])}): {letter['reason']}")
    if (more := told["dead_letters_count"] - LETTERS_SHOWN) > 0:
        typer.echo(f"dead      and {more:,} more; --json shows the newest hundred")
    for name in told["set_aside"]:
        typer.echo(f"damaged   {name}: kept for a technician, not read by the gateway")


def replay(
    first: Annotated[int | None, typer.Option(min=1, help="first number")] = None,
    last: Annotated[int | None, typer.Option(min=1, help="last number")] = None,
    dead: Annotated[bool, typer.Option("--dead", help="all dead letters instead of a range")] = False,
    config: Config = None,
) -> None:
    """Put delivered events, or dead letters, into the outbox again; the platform stores each once. The gateway must not run."""
    if dead == (first is not None or last is not None):
        typer.echo("say what: --first and --last, or --dead", err=True)
        raise typer.Exit(2)

    async def again() -> int:
        async with _stopped(read_settings(config)) as outbox:
            if dead:
                return await outbox.revive_dead_letters()
            return await outbox.send_again(first or 1, last or outbox.newest_seq)

    typer.echo(f"{asyncio.run(again()):,} events go out (again) when the gateway is connected")


def export(
    file: Annotated[Path, typer.Argument(help="where to write, such as /media/stick/touchline.stick")],
    config: Config = None,
) -> None:
    """Write what is waiting into one signed file, for a school without network; also while the gateway runs.

    Nothing leaves the outbox by it: only the platform's answer (`touchline outbox answer`), or the network, frees what it has.
    """
    from cloud_sync.errors import PermanentError
    from cloud_sync.signing import load_or_make_key, public_key_of
    from cloud_sync.stick import write_stick
    from edge.stick_export import header_of, waiting_batches

    settings = read_settings(config)
    gateway = f"{settings.gateway.tenant}.{settings.gateway.id}"
    try:
        with _look(settings) as look:
            key = load_or_make_key(settings.gateway.data_dir / "gateway-key")
            header = header_of(look, gateway, public_key_of(key), _now_ms())
            written = write_stick(file, header, waiting_batches(look, gateway), key)
    except (PermanentError, OSError, ValueError) as exc:
        typer.echo(f"{file}: {exc}", err=True)
        raise typer.Exit(1) from exc
    typer.echo(f"{file}: {written.events:,} events in {written.batches:,} batches, {_size(written.size_bytes)}")
    typer.echo(f"The key of {gateway}: {header.public_key}")
    typer.echo(f"Once: `touchline platform trust {gateway} KEY` at the platform, with this key. Then: `touchline platform import`.")


def answer(
    file: Annotated[Path, typer.Argument(help="the platform's answer")],
    config: Config = None,
) -> None:
    """Take the platform's signed answer to a stick, and free what it has stored. The gateway must not run.

    The platform's key is noted at the first answer (`platform-key` beside the journal); another one is refused from then on.
    """
    from cloud_sync.errors import SyncError
    from cloud_sync.stick import read_answer

    settings = read_settings(config)
    known = settings.gateway.data_dir / "platform-key"
    gateway = f"{settings.gateway.tenant}.{settings.gateway.id}"
    try:
        told = read_answer(file, known.read_text(encoding="ascii").strip() if known.is_file() else None)
    except (SyncError, OSError) as exc:
        typer.echo(f"{file}: {exc}", err=True)
        raise typer.Exit(1) from exc
    if told.gateway != gateway:
        typer.echo(f"{file}: an answer to {told.gateway}, this gateway is {gateway}", err=True)
        raise typer.Exit(1)

    async def take() -> str:
        async with _stopped(settings) as outbox:
            if told.receipt.epoch != outbox.epoch:
                return "the answer is to an earlier journal of this gateway: nothing changed"
            if (why := await outbox.why_old_copy(told.receipt)) is not None:
                await outbox.begin_epoch(why)
                return f"this journal is an old copy ({why}): what is not delivered has a new epoch, export it again"
            before = (await outbox.waiting()).events
            await outbox.stored([told.receipt])
            after = await outbox.waiting()
            return f"{before - after.events:,} events freed, {after.events:,} waiting, {after.dead_letters:,} wait for a person"

    typer.echo(asyncio.run(take()))
    if not known.is_file():
        known.write_text(told.public_key + "\n", encoding="ascii")
        typer.echo(f"The platform's key is noted: {told.public_key}")


# --- the journal --------------------------------------------------------------------------------------------------------


@contextmanager
def _look(settings: Settings) -> Iterator[Look]:
    """The file as it is now, also while the gateway holds it; exit status 1 when there is none."""
    from edge.store.look import look_at

    file = _file_of(settings)
    try:
        with look_at(file) as look:
            yield look
    except sqlite3.DatabaseError as exc:
        typer.echo(f"{file}: {exc}; start this version of the gateway once, it repairs or sets aside what it can", err=True)
        raise typer.Exit(1) from exc


@asynccontextmanager
async def _stopped(settings: Settings) -> AsyncIterator[JournalOutbox]:
    """The outbox of a gateway that does not run; exit status 1 when it does: it holds a lock on its file as long as it lives."""
    from edge.clock import SystemClock
    from edge.outgoing import JournalOutbox
    from edge.store.database import open_database
    from edge.store.errors import StoreError
    from edge.store.journal import Journal

    try:
        database = await open_database(_file_of(settings), max_bytes=settings.store.max_bytes)
    except StoreError as exc:
        typer.echo(f"{exc}. While a gateway runs, the platform can ask it for a range: `touchline platform send`.", err=True)
        raise typer.Exit(1) from exc
    try:
        clock = SystemClock()
        journal = Journal(database, boot=clock.boot, clock_ok=clock.utc_is_set)
        await journal.load()
        yield JournalOutbox(journal)
    finally:
        await database.close()


def _file_of(settings: Settings) -> Path:
    file = settings.gateway.data_dir / "gateway.db"
    if not file.is_file():
        typer.echo(f"{file}: no journal here; give --config, or start the gateway once", err=True)
        raise typer.Exit(1)
    return file


def _told(look: Look, settings: Settings) -> dict[str, Any]:
    file = _file_of(settings)
    aside = {one.name.removesuffix("-wal").removesuffix("-shm") for one in file.parent.glob(f"{file.name}.damaged-????????")}
    waiting, results = look.waiting, look.results_waiting
    return {
        "waiting": waiting, "results_waiting": results, "moments_waiting": waiting - results, "newest_seq": look.newest_seq,
        "oldest_waiting_utc_ms": look.oldest_waiting_utc_ms, "epoch": look.epoch, "since_seq": look.since_seq,
        "bytes_used": look.bytes_used, "bytes_limit": settings.store.max_bytes,
        "quiet_hours": settings.uplink.quiet_hours, "max_kbit_s": settings.uplink.max_kbit_s,
        "dead_letters_count": len(look.letters),
        "dead_letters": [
            {"seq": one.seq, "why": one.why, "reason": one.reason, "at_utc_ms": one.at_utc_ms} for one in look.dead_letters()
        ],
        "set_aside": sorted(aside),
    }  # fmt: skip


def _day(t_utc_ms: int) -> str:
    return f"{datetime.fromtimestamp(t_utc_ms / 1e3, UTC):%Y-%m-%d %H:%M} UTC"


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 2**20:,.1f} MiB" if size_bytes >= 1 << 20 else f"{size_bytes / 2**10:,.1f} KiB"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
