"""`touchline outbox status` tells a technician what waits, also while the gateway holds the file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from edge.cli import app
from edge.store.database import open_database
from edge.store.journal import Journal
from support.journal_look import entry

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


async def test_it_tells_what_waits_and_how_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    monkeypatch.setenv("TOUCHLINE_GATEWAY__DATA_DIR", str(tmp_path))
    assert CliRunner().invoke(app, ["outbox", "status"]).exit_code == 1
    database = await open_database(tmp_path / "gateway.db", max_bytes=64 << 20)
    journal = Journal(database, boot="b", clock_ok=lambda: True)
    await journal.load()
    turning = asyncio.create_task(journal.run())
    await journal.append([entry(seq) for seq in range(1, 313)])
    await journal.free(12, [(3, 4)])
    (tmp_path / "gateway.db.damaged-0a1b2c3d").write_bytes(b"")
    told = json.loads(CliRunner().invoke(app, ["outbox", "status", "--json"]).stdout)
    assert (told["waiting"], told["newest_seq"], told["epoch"]) == (302, 312, journal.epoch)
    assert told["oldest_waiting_utc_ms"] == entry(3).t_utc_ms
    assert told["set_aside"] == ["gateway.db.damaged-0a1b2c3d"]
    assert "waiting   302 of 312 events, the oldest from 2027-01-15" in CliRunner().invoke(app, ["outbox", "status"]).stdout
    turning.cancel()
    await asyncio.gather(turning, return_exceptions=True)
    await database.close()
