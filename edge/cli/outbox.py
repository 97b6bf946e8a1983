"""`touchline outbox status`: what is saved here and not yet delivered, for a technician; also while the gateway runs."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from edge.cli.run import read_settings

outbox_app = typer.Typer(no_args_is_help=True, help="What is saved here and not yet delivered.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    outbox_app.callback()(_room)
    outbox_app.command("status")(status)
    app.add_typer(outbox_app, name="outbox")


def _room() -> None:
    """What is saved here and not yet delivered."""


def status(
    config: Annotated[Path | None, typer.Option(help="settings file (TOML)")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """Tell how much is waiting, since when, and how full the journal is; exit status 1 when there is no journal."""
    settings = read_settings(config)
    file = settings.gateway.data_dir / "gateway.db"
    if not file.is_file():
        typer.echo(f"{file}: no journal here; give --config, or start the gateway once", err=True)
        raise typer.Exit(1)
    try:
        told = _look(file, settings.store.max_bytes)
    except sqlite3.DatabaseError as exc:
        typer.echo(f"{file}: {exc}; start this version of the gateway once, it repairs or sets aside what it can", err=True)
        raise typer.Exit(1) from exc
    if as_json:
        typer.echo(json.dumps(told))
        return
    since = told["oldest_waiting_utc_ms"]
    when = f", the oldest from {datetime.fromtimestamp(since / 1e3, UTC):%Y-%m-%d %H:%M} UTC" if since is not None else ""
    typer.echo(f"waiting   {told['waiting']:,} of {told['newest_seq']:,} events{when}")
    typer.echo(f"journal   {told['bytes_used'] / 2**20:,.1f} of {told['bytes_limit'] / 2**20:,.0f} MiB, epoch {told['epoch']}")
    for name in told["set_aside"]:
        typer.echo(f"damaged   {name}: kept for a technician, not read by the gateway")


def _look(file: Path, limit: int) -> dict[str, Any]:
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as one:
        one.execute("BEGIN")  # all of it of one moment
        (written,) = one.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()
        freed, newest = one.execute("SELECT coalesce(sum(high - low + 1), 0), coalesce(max(high), 0) FROM delivered").fetchone()
        newest = max(newest, written)
        waits = "NOT EXISTS (SELECT 1 FROM delivered WHERE seq BETWEEN low AND high)"
        oldest = one.execute(f"SELECT t_utc_ms FROM journal WHERE {waits} ORDER BY seq LIMIT 1").fetchone()  # noqa: S608 - fixed text
        (epoch,) = one.execute("SELECT value FROM about WHERE key = 'epoch'").fetchone()
        pages, free, page = (one.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size"))
    aside = sorted(
        {one.name.removesuffix("-wal").removesuffix("-shm") for one in file.parent.glob(f"{file.name}.damaged-????????")}
    )
    return {
        "waiting": newest - freed, "newest_seq": newest, "oldest_waiting_utc_ms": oldest[0] if oldest else None, "epoch": epoch,
        "bytes_used": (pages - free) * page, "bytes_limit": limit, "set_aside": aside,
    }  # fmt: skip
