"""`touchline bench sync`: how fast events get from the journal into the platform's database, and what a return of many costs.

mosquitto, the platform (SQLite, with its page) and the gateway are three processes on the same machine.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from edge.bench.come_back import Course, World, come_back
from edge.bench.figure import figure
from edge.bench.journal import PUPILS, WEEK
from edge.bench.progress import stages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from edge.bench.figure import Figure

RUNS: Final = 3
LIVE: Final = 200_000
BACKLOG: Final = 1_000_000
STARTS: Final = 100_000
"""Rows pending for the figure of the start."""
WORLD: Final = World(gateways=10_000, backlog=500)
START_WITHIN_S: Final = 30.0


def run(data: Path | None, notes: list[str] | None = None, *, scale: float = 1.0) -> list[Figure]:  # noqa: ARG001 - recordings have no say here
    """The figures of the way to the platform.

    Args:
        notes: takes what the figures cannot say.
        scale: of all numbers of events and gateways: 0.01 is a quick look, and its figures are none.
    """
    told = [] if notes is None else notes
    figures: list[Figure] = []
    broker = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    with stages(2 * RUNS + 3) as begin, tempfile.TemporaryDirectory(prefix="touchline-bench-", dir=_disk()) as place:
        if broker is None:
            told.append("mosquitto is not installed: only the return of many gateways is played")
        else:
            figures += _one_gateway(Path(place), broker, scale, begin)
        begin("many gateways come back")
        world = World(gateways=max(2, round(WORLD.gateways * scale)), backlog=WORLD.backlog)
        figures += _many(world, come_back(world))
    told.append(f"loads of the machine in the last 1, 5, 15 minutes: {', '.join(f'{load:.1f}' for load in os.getloadavg())}")
    if scale != 1.0:
        told.append(f"scale {scale:g}: a quick look, no figures to quote")
    return figures


def _one_gateway(folder: Path, broker: str, scale: float, begin: object) -> list[Figure]:
    assert callable(begin)
    live, drains, starts = [], [], []
    for number in range(RUNS):
        begin("accepted to freed")
        live.append(_measured(folder / f"live-{number}", broker, None, round(LIVE * scale)))
    begin("a backlog is written")
    left = _filled(folder / "backlog", round(BACKLOG * scale))
    for number in range(RUNS):
        begin("a backlog is drained")
        drains.append(_measured(folder / f"drain-{number}", broker, left, 0))
    shutil.rmtree(left)
    begin("a week is drained")
    left = _filled(folder / "start", round(STARTS * scale))
    starts = [_measured(folder / f"start-{number}", broker, left, 0) for number in range(RUNS)]
    shutil.rmtree(left)
    left = _filled(folder / "week", round(WEEK * scale))
    week = _measured(folder / "drain-week", broker, left, 0)
    speeds = [one["events"] / one["took_s"] for one in live]
    drained = [one["events"] / one["took_s"] for one in drains]
    return [
        figure("accepted, stored by the platform, receipted and freed", speeds, "events/s", goal=25_000, better="more"),
        figure(f"backlog of {drains[0]['events']:,.0f} drained", drained, "events/s", goal=25_000, better="more"),
        figure("memory of the gateway grew meanwhile", [one["grown_mb"] for one in drains], "MB", goal=20),
        figure("batches sent again meanwhile", [one["resends"] for one in drains], "batches"),
        figure(
            f"start with {starts[0]['events']:,.0f} pending to the first publish", [one["first_s"] for one in starts], "s", goal=2
        ),
        figure(f"week of {PUPILS:,} pupils without network drained", [week["took_s"] / 60], "min", goal=10),
        figure("events of that week", [week["events"]], "events"),
    ]


def _many(world: World, course: Course) -> list[Figure]:
    name = f"{world.gateways:,} gateways back at once, {world.backlog:,} events each"
    ideal_s = world.gateways * world.backlog / world.events_s
    return [
        figure(f"{name}: connections in the busiest second", [course.connections_s], "1/s"),
        figure("all connected after", [course.connected_s], "s"),
        figure("most messages that waited for the platform", [course.longest_queue], "messages"),
        figure("messages that found no room and came again", [course.dropped], "messages"),
        figure("events that came twice", [course.repeated], "events"),
        figure("events lost, or given up", [course.lost + course.given_up], "events", goal=0),
        figure(f"all drained after (at {world.events_s:,.0f} events/s not before {ideal_s:,.0f} s)", [course.drained_s], "s"),
    ]


# --- processes ----------------------------------------------------------------------------------------------------------


def _filled(folder: Path, many: int) -> Path:
    folder.mkdir()
    _gateway("fill", folder, many)
    return folder


def _measured(folder: Path, broker: str, left: Path | None, many: int) -> dict[str, float]:
    """One delivery into a fresh platform, by a broker of its own; what stands there in the end is counted."""
    folder.mkdir()
    if left is not None:
        for file in left.glob("gateway.db*"):
            shutil.copy(file, folder / file.name)
    with _services(folder, broker) as port:
        told = _gateway("live", folder, port, many) if many else _gateway("drain", folder, port)
    with closing(sqlite3.connect(folder / "platform" / "platform.db")) as database:
        (stored,) = database.execute("SELECT count(*) FROM event").fetchone()
    if stored != told["events"]:
        raise RuntimeError(f"{told['events']:.0f} events were freed, {stored} are in the platform's database")
    shutil.rmtree(folder)
    return told


def _gateway(what: str, folder: Path, *numbers: int) -> dict[str, float]:
    command = [sys.executable, "-m", "edge.bench.sync_gateway", what, str(folder), *map(str, numbers)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603 - our own program
    return {str(name): float(value) for name, value in json.loads(done.stdout.splitlines()[-1]).items()}


@contextmanager
def _services(folder: Path, broker: str) -> Iterator[int]:
    """Start mosquitto as shipped (but for `TCP_NODELAY`, docs/decisions/0005) and the platform; gives the broker's port."""
    port, page = _free_ports()
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nlog_type error\n", encoding="ascii")
    platform = [sys.executable, "-c", "from edge.cli import main; main()", "platform", "--port", str(page)]
    platform += ["--mqtt", f"mqtt://127.0.0.1:{port}", "--data", str(folder / "platform")]
    running: list[subprocess.Popen[bytes]] = []
    try:
        for command, at in (([broker, "-c", str(config)], port), (platform, page)):
            running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))  # noqa: S603 - our own
            _wait_for(at, running[-1])
        yield port
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait(START_WITHIN_S)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.05)
        else:
            break
    if process.poll() is not None or time.monotonic() >= until:
        raise RuntimeError(f"{process.args!r} does not start")


def _free_ports() -> tuple[int, int]:
    """Two different ones: the first is held while the second is looked for."""
    with socket.socket() as first, socket.socket() as second:
        for probe in (first, second):
            probe.bind(("127.0.0.1", 0))
        return int(first.getsockname()[1]), int(second.getsockname()[1])


def _disk() -> str | None:
    """Not in memory: `TMPDIR` says where, else the folder the bench is started in."""
    return os.environ.get("TMPDIR") or str(Path.cwd())
