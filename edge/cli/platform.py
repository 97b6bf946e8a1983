"""`touchline platform`: the reference platform, and what a person does beside it while it runs."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cloud_sync.contract.topics import GatewayIdentity
from cloud_sync.errors import DecodeError, PermanentError
from edge.cli.process import run_until_stopped

if TYPE_CHECKING:
    from cloud_sync.platform.database import Database

platform_app = typer.Typer(help="The reference platform: takes what gateways send, and shows it.")

Data = Annotated[Path, typer.Option(help="folder of its database")]
Gateway = Annotated[str, typer.Argument(help="the gateway, as tenant.gateway", metavar="GATEWAY")]
DATA = Path("var/platform")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    platform_app.callback(invoke_without_command=True)(platform)
    for command in (send, revoke, restore, trust, quarantine):
        platform_app.command(command.__name__)(command)
    platform_app.command("import")(import_)
    app.add_typer(platform_app, name="platform")


def platform(
    context: typer.Context,
    port: Annotated[int, typer.Option(help="port of its page")] = 8490,
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    mqtt: Annotated[str, typer.Option(help="the broker")] = "mqtt://127.0.0.1:1883",
    data: Data = DATA,
) -> None:
    """Run the reference platform on SQLite: takes what gateways send, and shows it. The commands below work beside it."""
    if context.invoked_subcommand is not None:
        # `platform --data X revoke G` means the same as with the option behind.
        context.default_map = {context.invoked_subcommand: {"data": str(data)}}
        return
    from cloud_sync.link import parse_broker
    from cloud_sync.platform.server import run_platform
    from cloud_sync.serving import check_port

    async def main(stop: asyncio.Event) -> None:
        check_port(host, port, "the platform", "Stop the other program, or choose another one with --port.")
        await run_platform(parse_broker(mqtt), data, host, port, stop)

    run_until_stopped(main)


def send(
    gateway: Gateway,
    file: Annotated[str, typer.Argument(help="a directive, or a list of them, in JSON; - reads it from the terminal")],
    data: Data = DATA,
) -> None:
    """Have a gateway told something: it goes out when the gateway is there, again and again until it is answered."""
    from cloud_sync.platform.directives import order, read_wanted

    with _database(data) as database:
        wanted = read_wanted(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes())
        with database.turn() as connection:
            given = [order(connection, _known(gateway), one, _now_ms()) for one in wanted]
    for directive in given:
        typer.echo(f"{directive.key} version {directive.version}: waits for {gateway}")


def revoke(gateway: Gateway, data: Data = DATA) -> None:
    """Refuse a gateway's data from now on; it keeps what it cannot deliver."""
    _set_revoked(gateway, data, revoked=True)
    typer.echo(f"{gateway}: refused from now on")


def restore(gateway: Gateway, data: Data = DATA) -> None:
    """Take a gateway's data again."""
    _set_revoked(gateway, data, revoked=False)
    typer.echo(f"{gateway}: taken again; what it could not deliver comes by itself")


def trust(
    gateway: Gateway,
    key: Annotated[str, typer.Argument(help="its public key, 64 hex digits, as `touchline outbox export` prints it")],
    data: Data = DATA,
) -> None:
    """Note the key that a gateway signs its sticks with. Have it told by somebody who stands before the gateway."""
    from cloud_sync.platform.gateways import trust as note
    from cloud_sync.signing import parse_public_key

    with _database(data) as database, database.turn() as connection:
        note(connection, _known(gateway), parse_public_key(key))
    typer.echo(f"{gateway}: its sticks are taken")


def import_(
    file: Annotated[Path, typer.Argument(help="what `touchline outbox export` has written")],
    answer: Annotated[Path | None, typer.Option(help="write the answer that the technician carries back")] = None,
    data: Data = DATA,
) -> None:
    """Take events from a USB stick, each once as if it had come by network, and write the answer for the way back."""
    from cloud_sync.platform.sticks import import_stick
    from cloud_sync.signing import load_or_make_key
    from cloud_sync.stick import write_answer

    with _database(data) as database:
        key = load_or_make_key(database.path.with_name("signing.key"))
        done = import_stick(database, file, key, _now_ms())
        if answer is not None:
            write_answer(answer, done.answer, key)
    receipt = done.answer.receipt
    typer.echo(f"{done.answer.gateway}: {done.new:,} events new, {done.known:,} known, {done.quarantined:,} set aside")
    typer.echo(f"stored up to {receipt.stored_up_to:,} of epoch {receipt.epoch}")
    if answer is not None:
        typer.echo(f"{answer}: carry it back; `touchline outbox answer` takes it. The platform's key: {done.answer.public_key}")


def quarantine(data: Data = DATA) -> None:
    """Tell what was set aside, with the reason, the newest last."""
    with _database(data) as database:
        sql = "SELECT received_utc_ms, gateway, epoch, seq, reason FROM quarantine ORDER BY id"
        count = 0
        for at_ms, gateway, epoch, seq, reason in database.connection.execute(sql):
            when = f"{datetime.fromtimestamp(at_ms / 1e3, UTC):%Y-%m-%d %H:%M:%S}"
            typer.echo(f"{when} {gateway} {epoch} {seq if seq is not None else '?'}: {_printable(reason)}")
            count += 1
    typer.echo(f"{count} set aside")


@contextmanager
def _database(data: Path) -> Iterator[Database]:
    """The platform's database, which has to be there; what a person has to act on becomes one line and exit status 1."""
    try:
        database = _open(data / "platform.db")
        try:
            yield database
        finally:
            database.close()
    except (PermanentError, DecodeError, OSError) as exc:
        typer.echo(_printable(str(exc)), err=True)
        raise typer.Exit(1) from exc


def _open(file: Path) -> Database:
    from cloud_sync.platform.database import Database

    if not file.is_file():
        raise PermanentError(f"{file}: no platform here; give --data, or start the platform once")
    return Database(file)


def _set_revoked(gateway: str, data: Path, *, revoked: bool) -> None:
    from cloud_sync.platform.gateways import revoke as note

    with _database(data) as database, database.turn() as connection:
        note(connection, _known(gateway), revoked=revoked)


def _known(gateway: str) -> str:
    """The gateway's name; raises `PermanentError` for what could be none."""
    try:
        return str(GatewayIdentity(*gateway.split(".", 1)))
    except (ValueError, TypeError) as exc:
        raise PermanentError(f"'{gateway}' is no gateway: write tenant.gateway, such as school-5.hall") from exc


def _printable(text: str) -> str:
    """What a peer has sent may end in a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
