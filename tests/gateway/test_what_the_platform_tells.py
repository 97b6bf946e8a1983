"""A whole gateway takes what the platform tells: on its pages at once, and still there after the next start."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from cloud_sync.contract import directives as told
from cloud_sync.contract.codec import encode
from edge.agent import run_gateway
from edge.settings import Settings
from support.brokers import BrokerProcess, free_port, need_mosquitto
from support.directives import NOW_MS, directive, homework, roster
from support.platform_end import PlatformEnd, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.gateway


@asynccontextmanager
async def gateway(folder: Path, broker: BrokerProcess, port: int) -> AsyncIterator[None]:
    settings = Settings(
        gateway={"tenant": "school", "id": "field", "data_dir": folder},  # type: ignore[arg-type]
        web={"port": port},  # type: ignore[arg-type]
        uplink={"broker": f"mqtt://127.0.0.1:{broker.port}"},  # type: ignore[arg-type]
    )
    stop = asyncio.Event()
    running = asyncio.create_task(run_gateway(settings, stop))
    try:
        yield
    finally:
        stop.set()
        await running


async def page(port: int, path: str) -> Any:
    def ask() -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            text = answer.read().decode()
            return json.loads(text) if path != "/metrics" else text

    return await asyncio.to_thread(ask)


async def test_it_is_on_the_pages_at_once_and_after_a_restart(tmp_path: Path) -> None:
    need_mosquitto()
    broker = BrokerProcess("mosquitto", tmp_path)
    broker.start()
    platform, port = PlatformEnd(broker.port), free_port()
    link = asyncio.create_task(platform.link.run())
    await platform.link.connected()
    far = told.Assignment("c43", (), "rope-60", 130, NOW_MS * 2)
    wires = [
        encode(directive("roster.4-3", 1, roster(1, 2, 12))),
        encode(directive("assignment.1", 1, far)),
        encode(directive("setting.title", 1, told.Setting("gateway.title", "东操场"))),
        encode(directive("setting.countdown", 1, told.Setting("lesson.countdown_s", 3))),
        encode(directive("setting.pace", 1, told.Setting("uplink.max_kbit_s", 512))),
        encode(directive("setting.quiet", 1, told.Setting("uplink.quiet_hours", "07:30-16:30"))),
        encode(directive("setting.quiet", 2, told.Setting("uplink.quiet_hours", None))),
        encode(directive("report.now", 1, told.Report())),
        encode(directive("send_again.now", 1, told.SendAgain(1, 5))),
        encode(directive("assignment.2", 1, homework(activity="dance"))),
    ]
    try:
        for outcome in ("applied", "known"):
            platform.online = False
            async with gateway(tmp_path / "data", broker, port):
                await until(lambda: platform.online)
                answers = await platform.tell(*wires)
                outcomes = [one.outcome for one in answers]
                assert set(outcomes[:5] + outcomes[6:9]) == {outcome}, answers
                assert outcomes[9] == "refused"
                state = await page(port, "/api/state")
                assert (state["gateway"], state["countdown_s"]) == ("东操场", 3)
                assert [(one["class_name"], one["pupils"]) for one in state["rosters"]] == [("4-3", 3)]
                assert [one["goal"] for one in state["assignments"]] == [130]
                assert [one["goal"] for one in await page(port, "/api/assignments")] == [130]
                assert {one["outcome"] for one in await page(port, "/api/directives")} == {"applied", "refused"}
                assert f'touchline_directives_total{{outcome="{outcome}"}}' in await page(port, "/metrics")
    finally:
        link.cancel()
        await asyncio.gather(link, return_exceptions=True)
        broker.kill()
