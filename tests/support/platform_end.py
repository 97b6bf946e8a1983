"""The platform's end of the line, for tests of a gateway: hears everything, gives receipts, tells what a test wants."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from cloud_sync.contract import directives as told
from cloud_sync.contract.codec import decode, encode
from cloud_sync.contract.messages import Batch, Receipt, Status
from cloud_sync.contract.topics import GatewayIdentity, identity_of
from cloud_sync.link import Link, Message, parse_broker

if TYPE_CHECKING:
    from collections.abc import Callable

US = GatewayIdentity("school", "field")


class PlatformEnd:
    """Hears everything of the gateway, and gives receipts."""

    def __init__(self, port: int) -> None:
        self.link = Link(parse_broker(f"mqtt://127.0.0.1:{port}"), "platform")
        self.link.on(f"touchline/v1/{US}/#", self._on_message)
        self.online = False
        self.heard: list[tuple[str, bytes]] = []
        self.answers: list[told.Answer] = []
        self.evidence: list[told.EvidencePart] = []
        self._receipts: set[asyncio.Task[None]] = set()

    def _on_message(self, message: Message) -> None:
        channel = message.topic.rsplit("/", 1)[1]
        assert identity_of(message.topic) == US
        if channel in {"directive", "receipt"}:
            return
        self.heard.append((channel, message.payload))
        match channel:
            case "status":
                self.online = decode(Status, message.payload).state == "online"
            case "answer":
                self.answers.append(decode(told.Answer, message.payload))
            case "evidence":
                self.evidence.append(decode(told.EvidencePart, message.payload))
            case "events":
                batch = decode(Batch, message.payload)
                receipt = Receipt(1, batch.epoch, max(event.seq for event in batch.events), ())
                task = asyncio.create_task(self.link.publish(US.topic("receipt"), encode(receipt)))
                self._receipts.add(task)
                task.add_done_callback(self._receipts.discard)

    async def tell(self, *wires: bytes) -> list[told.Answer]:
        before = len(self.answers)
        for wire in wires:
            await self.link.publish(US.topic("directive"), wire)
        await until(lambda: len(self.answers) >= before + len(wires))
        return self.answers[before:]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.01)
