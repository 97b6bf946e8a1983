"""The reference platform as one process: link, ingest, sender and page, in one tree of tasks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from cloud_sync.link import Link
from cloud_sync.platform.api import create_app
from cloud_sync.platform.ingest import Ingest
from cloud_sync.platform.sender import Sender
from cloud_sync.platform.store import open_store
from cloud_sync.serving import serve_app

if TYPE_CHECKING:
    from pathlib import Path

    from cloud_sync.link import Broker
    from cloud_sync.platform.store import Store

NOTICE_S: Final = 0.5
"""What a command has changed beside us is on the page after this long."""


async def run_platform(broker: Broker, data: Path, host: str, port: int, stop: asyncio.Event) -> None:
    """Run until `stop` is set; the store is closed last."""
    store = await open_store(data / "platform.db")
    try:
        link = Link(broker, "touchline-platform", manual_ack=True)
        ingest = Ingest(link, store)
        sender = Sender(link, store)
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(link.run(), name="platform.link"),
                tasks.create_task(ingest.run(), name="platform.ingest"),
                tasks.create_task(sender.run(), name="platform.sender"),
                tasks.create_task(_notice(store), name="platform.notice"),
            ]
            await serve_app(create_app(store), host, port, stop)
            for task in running:
                task.cancel()
    finally:
        await store.close()


async def _notice(store: Store) -> None:
    while True:
        await store.notice()
        await asyncio.sleep(NOTICE_S)
