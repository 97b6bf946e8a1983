"""The event storage of ThingsBoard's IoT gateway, in a process and an environment of its own.

Run as a script by the Python that has the package; it imports nothing of the project. `edge.bench.journal` starts it.

    python guest_store.py FOLDER EVENTS RUNS

It prints one JSON object: the version, and the runs of events a second put until they are in its file, and drained in packs of 10
(as it is shipped) and of 1,000. Exit status 3: the package is not installed.
"""

from __future__ import annotations

import importlib.metadata
import json
import logging
import shutil
import sqlite3
import sys
import time
from contextlib import closing
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import Any, Final

NOT_INSTALLED: Final = 3
PACKS: Final = (10, 1_000)


def main(folder: Path, events: int, runs: int) -> int:
    """Measure; the exit status."""
    try:
        version = importlib.metadata.version("thingsboard-gateway")
        storage = import_module("thingsboard_gateway.storage.sqlite.sqlite_event_storage").SQLiteEventStorage
    except (ImportError, importlib.metadata.PackageNotFoundError) as exc:
        print(exc, file=sys.stderr)  # noqa: T201 - spoken to the bench
        return NOT_INSTALLED
    told: dict[str, Any] = {"version": version, "stored": [], **{f"pack {pack}": [] for pack in PACKS}}
    for run in range(runs):
        for pack in PACKS:
            place = folder / f"{pack}-{run}"
            place.mkdir(parents=True)
            stored, drained = _one(storage, place, events, pack)
            told["stored"].append(stored)
            told[f"pack {pack}"].append(drained)
            shutil.rmtree(place, ignore_errors=True)
    print(json.dumps(told))  # noqa: T201 - spoken to the bench
    return 0


def _one(storage: Any, place: Path, events: int, pack: int) -> tuple[float, float]:
    log = logging.getLogger("guest")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    log.trace = lambda *_: None  # type: ignore[attr-defined] # its own logger has it
    store = storage({"data_file_path": f"{place}/", "max_read_records_count": pack}, log, Event())
    bodies = [_body(number) for number in range(events)]
    started = time.perf_counter()
    for body in bodies:
        store.put(body)
    while store.write_queue.qsize() or _rows(place) < events:
        time.sleep(0.002)
    stored_s = time.perf_counter() - started
    started, seen, idle = time.perf_counter(), 0, 0
    while seen < min(events, pack * 1_000) and idle < 500:
        found = store.get_event_pack()
        if not found:
            idle += 1
            time.sleep(0.002)
            continue
        idle = 0
        seen += len(found)
        store.event_pack_processing_done()
    drained_s = time.perf_counter() - started
    store.stop()
    return events / stored_s, seen / drained_s


def _body(number: int) -> str:
    values = {"kind": "skips_counted", "attempt": f"a-{number % 40:012d}", "total": number, "source": "band"}
    return json.dumps({"deviceName": f"band-{number % 40}", "telemetry": [{"ts": 1_800_000_000_000 + number, "values": values}]})


def _rows(place: Path) -> int:
    rows = 0
    for file in place.glob("*.db"):
        with closing(sqlite3.connect(file)) as one:
            rows += one.execute("SELECT count(*) FROM messages").fetchone()[0]
    return rows


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
