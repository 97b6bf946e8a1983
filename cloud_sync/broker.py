"""An MQTT broker inside the project, for a demo or a school with a single machine. It keeps nothing: the outbox does."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from amqtt.broker import Broker as AmqttBroker

if TYPE_CHECKING:
    import asyncio


async def run_broker(host: str, port: int, stop: asyncio.Event) -> None:
    """Serve MQTT 3.1.1 until `stop` is set."""
    logging.getLogger("amqtt").setLevel(logging.ERROR)
    logging.getLogger("transitions").setLevel(logging.ERROR)
    config = {
        "listeners": {"default": {"type": "tcp", "bind": f"{host}:{port}", "max_connections": 200}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }
    broker = AmqttBroker(config)
    await broker.start()
    try:
        await stop.wait()
    finally:
        await broker.shutdown()
