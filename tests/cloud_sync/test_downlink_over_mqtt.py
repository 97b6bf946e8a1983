"""What the platform tells, over a real broker to a gateway's real tables and lesson room, and what comes back."""

from __future__ import annotations

import asyncio
import json
import zlib
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from cloud_sync import evidence_sender
from cloud_sync.contract import directives as told
from cloud_sync.contract import messages as msg
from cloud_sync.contract.codec import decode, encode
from cloud_sync.contract.topics import GatewayIdentity, everyone
from cloud_sync.downlink import Downlink
from cloud_sync.errors import LinkLost
from cloud_sync.evidence_sender import EvidenceSender
from cloud_sync.link import Link, parse_broker
from cloud_sync.uplink import Uplink
from edge.directives import EvidenceOnRequest, GatewayDirectives, LessonUnderWay
from edge.lesson.activity import activities
from edge.lesson.roster import read_roster
from edge.lesson_room import LessonRoom
from edge.outgoing import JournalOutbox
from edge.remote_settings import RemoteSettings
from edge.settings import Settings
from edge.store.database import open_database
from edge.store.directives import DirectiveStore
from edge.store.evidence import EvidenceStore, Kept
from edge.store.journal import Journal
from edge.store.records import Records
from edge.store.rosters import Rosters
from support.brokers import BrokerProcess, need_mosquitto
from support.replay_field import HandClock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from cloud_sync.link import Message

GATEWAY = GatewayIdentity("school", "field")
NAMES = ("Ash Adler", "Birch Berg", "石溪")
LIST = "class,number,name,sex,grade\n" + "".join(f"4-2,{n},{name},m,4\n" for n, name in enumerate(NAMES, start=1))
ROSTER = told.Roster("C42", "4-2", tuple(told.RosterPupil(f"P{n}", n, "m", 4) for n in (1, 2, 3)))


class Platform:
    """Hears everything that a gateway says, and gives receipts."""

    def __init__(self, port: int) -> None:
        self.link = Link(parse_broker(f"mqtt://127.0.0.1:{port}"), "platform")
        self.heard: list[bytes] = []
        self.answers: list[told.Answer] = []
        self.parts: list[told.EvidencePart] = []
        self.events: dict[int, msg.Event] = {}
        self.times: dict[int, int] = {}
        self.statuses = 0
        self._tasks: set[asyncio.Task[None]] = set()
        for channel in ("events", "status", "telemetry", "answer", "evidence"):
            self.link.on(everyone(channel), self._on_message)

    def _on_message(self, message: Message) -> None:
        channel = message.topic.rsplit("/", 1)[-1]
        self.heard.append(message.topic.encode())
        self.heard.append(zlib.decompress(message.payload) if channel == "events" else message.payload)
        match channel:
            case "answer":
                self.answers.append(decode(told.Answer, message.payload))
            case "evidence":
                self.parts.append(decode(told.EvidencePart, message.payload))
            case "status":
                self.statuses += 1
                self._receipt(decode(msg.Status, message.payload).epoch)
            case "events":
                self._take(decode(msg.Batch, message.payload))

    def _take(self, batch: msg.Batch) -> None:
        for event in batch.events:
            self.events[event.seq] = event
            self.times[event.seq] = self.times.get(event.seq, 0) + 1
        self._receipt(batch.epoch)

    def _receipt(self, epoch: str) -> None:
        whole = next((seq for seq in range(1, len(self.events) + 1) if seq not in self.events), len(self.events) + 1) - 1
        receipt = msg.Receipt(1, epoch, whole, (), tuple((seq, seq) for seq in self.events if seq > whole))
        task = asyncio.create_task(self._publish("receipt", encode(receipt)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _publish(self, channel: str, payload: bytes) -> None:
        with suppress(LinkLost):
            await self.link.publish(f"touchline/v1/{GATEWAY}/{channel}", payload)

    async def tell(self, directive: told.Directive | bytes, repeat_s: float = 0.3) -> told.Answer:
        """Repeat it until there is an answer to it, as the platform does."""
        before = len(self.answers)
        wire = directive if isinstance(directive, bytes) else encode(directive)
        label = (json.loads(wire)["key"], json.loads(wire)["version"])
        async with asyncio.timeout(40):
            while True:
                await self._publish("directive", wire)
                for _ in range(round(repeat_s / 0.02)):
                    await asyncio.sleep(0.02)
                    for answer in self.answers[before:]:
                        if (answer.key, answer.version) == label:
                            return answer


class Gateway:
    """Everything of a gateway that directives touch."""

    def __init__(self, port: int, file: Path) -> None:
        self.link = Link(parse_broker(f"mqtt://127.0.0.1:{port}"), str(GATEWAY))
        self._file = file
        self.titles: list[str] = []

    async def open(self) -> list[asyncio.Task[None]]:
        clock = HandClock()
        self.database = await open_database(self._file, max_bytes=32 << 20)
        journal = Journal(self.database, boot=clock.boot, clock_ok=lambda: True, group_ms=0.0)
        await journal.load()
        self.rosters, self.records, store = Rosters(self.database), Records(self.database), DirectiveStore(self.database)
        self.evidence = EvidenceStore(self.database, life_days=30, doubt_life_days=180, max_bytes=8 << 20)
        self.room = LessonRoom(journal, self.rosters, self.records, clock)
        await self.room.restore()
        outbox = JournalOutbox(journal)
        uplink = Uplink(self.link, outbox, GATEWAY, "test")
        uplink.prepare()
        port = GatewayDirectives(
            store, self.rosters, self.evidence, RemoteSettings(Settings(), {"gateway.title": self.titles.append}), clock,
            activities=activities(), lesson=LessonUnderWay(self.room, clock).roster,
            send_again=outbox.send_again, report=uplink.report, changed=self.room.redraw,
        )  # fmt: skip
        self.downlink = Downlink(self.link, GATEWAY, port)
        sender = EvidenceSender(self.link, GATEWAY, EvidenceOnRequest(store, self.evidence), lambda: uplink.idle)
        runs = (journal.run(), uplink.run(), self.downlink.run(), sender.run(), self.link.run())
        return [asyncio.create_task(run) for run in runs]


@asynccontextmanager
async def running(broker: BrokerProcess, file: Path) -> AsyncIterator[Gateway]:
    gateway = Gateway(broker.port, file)
    tasks = await gateway.open()
    try:
        await gateway.link.connected()
        yield gateway
    finally:
        await end(tasks)
        await gateway.database.close()


@asynccontextmanager
async def listening(broker: BrokerProcess) -> AsyncIterator[Platform]:
    platform = Platform(broker.port)
    task = asyncio.create_task(platform.link.run())
    try:
        await platform.link.connected()
        yield platform
    finally:
        await end([task])


async def end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(40):
        while not true():
            await asyncio.sleep(0.02)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[BrokerProcess]:
    need_mosquitto()
    process = BrokerProcess("mosquitto", tmp_path)
    process.start()
    yield process
    process.kill()


def directive(key: str, body: told.DirectiveBody, version: int = 1) -> told.Directive:
    return told.Directive(1, str(GATEWAY), key, version, 1_790_000_000_000, None, body)


async def test_from_the_platform_into_the_lesson_and_back_without_a_name(
    broker: BrokerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence_sender, "LOOK_EVERY_S", 0.1)
    async with listening(broker) as platform, running(broker, tmp_path / "g.db") as gateway:
        await gateway.rosters.store(read_roster(LIST.encode()))
        (own,) = await gateway.rosters.list()
        first = await gateway.rosters.pupils(own.id)
        await gateway.records.note("a0", first[0].id, own.id, "rope-60", "l0", 120)

        assert (await platform.tell(directive("roster.C42", ROSTER))).outcome == "applied"
        assert (await platform.tell(directive("roster.C42", ROSTER))).outcome == "known"
        assert [(p.id, p.name) for p in await gateway.rosters.pupils("C42")] == [(f"P{n}", NAMES[n - 1]) for n in (1, 2, 3)]
        await gateway.room.open_lesson("C42", "rope-60")
        assert gateway.room.bests == {first[0].id: 120, "P1": 120}, "the best from before is the pupil's still"

        twice = told.Roster("C42", "4-2", (ROSTER.pupils[0], ROSTER.pupils[0]))
        waiting = asyncio.create_task(platform.tell(directive("roster.C42", told.Roster("C42", "4-2", ROSTER.pupils[:1]), 2)))
        await until(lambda: gateway.downlink.state.postponed > 0)
        assert set(gateway.room.pupils) == {"P1", "P2", "P3"}, "no list changes under its lesson"
        await gateway.room.close_lesson()
        assert (await waiting).outcome == "applied"
        assert [p.id for p in await gateway.rosters.pupils("C42") if p.id.startswith("P")] == ["P1"]

        assert (await platform.tell(directive("roster.C42", twice, 3))).outcome == "refused"
        assert (await platform.tell(directive("setting.title", told.Setting("gateway.title", "East")))).outcome == "applied"
        assert gateway.titles[-1] == "East"
        unread = await platform.tell(b'{"key": "homework.w9", "version": 4, "body": {"kind": "dance"}, "v": 1}')
        assert unread.outcome == "refused"

        await until(lambda: bool(platform.events))
        opened = [event.body for event in platform.events.values() if isinstance(event.body, msg.LessonOpened)]
        assert [body.class_id for body in opened] == ["C42"]
        newest = max(platform.events)
        assert (await platform.tell(directive("send_again.a", told.SendAgain(1, newest)))).outcome == "applied"
        await until(lambda: all(platform.times[seq] >= 2 for seq in range(1, newest + 1)))
        statuses = platform.statuses
        assert (await platform.tell(directive("report.now", told.Report()))).outcome == "applied"
        await until(lambda: platform.statuses > statuses)

        await gateway.evidence.keep([Kept("a1", "l1", False, 0, 1, "clip-of-the-heat", b"signals" * 20_000)], 1)
        assert (await platform.tell(directive("evidence.a1", told.SendEvidence("a1")))).outcome == "applied"
        await until(lambda: len(platform.parts) == 3)
        assert b"".join(part.data for part in platform.parts) == b"signals" * 20_000

        out = b"\n".join(platform.heard)
        assert b"C42" in out
        for name in (*NAMES, "Adler", "Birch", "clip-of-the-heat"):
            assert name.encode() not in out
            assert json.dumps(name)[1:-1].encode() not in out


async def test_the_broker_is_killed_and_the_gateway_too_and_each_has_its_effect_once(broker: BrokerProcess, tmp_path: Path) -> None:
    """Nothing is kept by this broker: what it had acknowledged is told again, and answered in the end."""
    goals = range(1, 9)
    async with listening(broker) as platform:
        async with running(broker, tmp_path / "g.db") as gateway:
            telling = [
                asyncio.create_task(platform.tell(directive(f"homework.w{n}", told.Assignment("C42", (), "rope-60", n, 9))))
                for n in goals
            ]
            await until(lambda: gateway.downlink.state.applied >= 2)
            await broker.restart(0.1)
            answers = await asyncio.gather(*telling)
            assert {answer.outcome for answer in answers} <= {"applied", "known"}
            assert gateway.downlink.state.applied == len(goals), "none twice"
        async with running(broker, tmp_path / "g.db") as gateway:
            again = [await platform.tell(directive(f"homework.w{n}", told.Assignment("C42", (), "rope-60", 99, 9))) for n in goals]
            assert {answer.outcome for answer in again} == {"known"}
            assert [one.goal for one in (await DirectiveStore(gateway.database).homework()).values()] == list(goals)
