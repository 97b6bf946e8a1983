"""The whole demo, headless: a heat, a gateway killed in the middle of it, and every saved event once in the platform's database."""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from typing import TYPE_CHECKING

import pytest

from support.field import WholeField, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.gateway, pytest.mark.timeout(180)]


@pytest.fixture
def field(tmp_path: Path) -> Iterator[WholeField]:
    """With the broker of the demo; `tests/pages/test_network_pulled.py` has mosquitto."""
    whole = WholeField(tmp_path / "field", "amqtt")
    try:
        whole.start_all()
        yield whole
    except AssertionError:
        sys.stderr.write(whole.words())
        raise
    finally:
        whole.stop_all()


def test_a_heat_with_the_gateway_killed_in_the_middle(field: WholeField) -> None:
    from edge.cli.demo import roster_csv
    from simulators.field import SimulatedField

    state = field.call("/api/rosters", roster_csv(12))
    field.call("/api/lessons", {"roster": state["rosters"][0]["id"], "activity": "rope-30"})
    until(lambda: (field.state() or {})["sources"]["bands_heard"] == 12)
    field.call("/api/heats/start", {"countdown_s": 2})
    until(lambda: sum(tile["count"] > 8 for tile in field.heat()["tiles"]) == 12)
    before = {tile["attempt"]: tile["count"] for tile in field.heat()["tiles"]}

    field.kill("gateway")
    saved = field.journal()
    time.sleep(2)
    field.start("gateway")

    until(lambda: field.heat()["state"] == "running", within_s=20)
    after = {tile["attempt"]: tile["count"] for tile in field.heat()["tiles"]}
    assert after.keys() == before.keys(), "it comes back into the same heat"
    assert all(after[attempt] >= count for attempt, count in before.items()), "no count that was shown has gone back"

    until(lambda: field.heat()["state"] == "ended", within_s=60)
    tiles = field.heat()["tiles"]
    assert field.journal()[: len(saved)] == saved, "what was saved before the kill is still there"

    # The bands went on counting while the gateway was down: nothing of that is lost.
    simulated = SimulatedField(
        pupils=12, stations=0, radio_port=1, camera_port=1, key_of=lambda _: bytes(16), gateway="", seed=1
    )  # fmt: skip
    heat = field.heat()
    for pupil, tile in zip(simulated.pupils, tiles, strict=True):
        pupil.start(f"{heat['id']}-{tile['attempt']}", 0.0, 30.0)
        assert pupil.going is not None
        assert abs(tile["result"]["official"] - len(pupil.going.landings_s)) <= 1, f"pupil {pupil.number}"

    until(lambda: field.platform()["summary"]["results"] == 12)
    until(lambda: (field.state() or {})["saved"]["state"] == "delivered")
    rows = field.journal()
    with sqlite3.connect(field.folder / "platform" / "platform.db") as database:
        stored = list(database.execute("SELECT seq FROM event ORDER BY seq"))
    assert [seq for (seq,) in stored] == [seq for seq, _, _ in rows], "every saved event once, and none twice"
    assert {r["official"] for r in field.platform()["results"]} == {tile["result"]["official"] for tile in tiles}

    wire = json.dumps(field.platform())
    with sqlite3.connect(field.folder / "platform" / "platform.db") as database:
        wire += " ".join(body.decode() for (body,) in database.execute("SELECT body FROM event"))
    assert not [tile["name"] for tile in tiles if tile["name"] in wire], "no name has left the school"
    ended = field.stop_all()
    assert [ended[name] for name in ("platform", "field", "gateway")] == [0, 0, 0], "everything of ours stops cleanly"
