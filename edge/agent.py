"""The composition root: the only place that names every part and puts them together.

One tree of tasks. The store is opened first and closed last; sources come and go under their own supervision; what was accepted is
committed before the program ends, and what was not sent is sent after the next start.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final, Literal

from cloud_sync.contract.topics import GatewayIdentity
from cloud_sync.downlink import Downlink
from cloud_sync.errors import PermanentError
from cloud_sync.evidence_sender import EvidenceSender
from cloud_sync.link import Link, parse_broker
from cloud_sync.pacing import parse_quiet_hours
from cloud_sync.serving import check_port, serve_app
from cloud_sync.uplink import Condition, Pace, Uplink, last_will, minute_of_day
from edge.capture.bands import BandListener, Strength
from edge.capture.bib_desk import BibDesk
from edge.capture.camera_watch import CameraWatch
from edge.capture.camera_wishes import CameraWishes
from edge.capture.cameras import Camera, CameraSpecError
from edge.capture.clip_recorder import ClipRecorder, HeatGoing
from edge.capture.clip_shelf import ClipShelf
from edge.capture.gate_watch import GateWatch
from edge.capture.layout import Layout
from edge.capture.stations import Square
from edge.clock import SystemClock
from edge.counting.gate_line import GateEnd, GateLine
from edge.counting.line import Line
from edge.directives import EvidenceOnRequest, GatewayDirectives, LessonUnderWay
from edge.lesson.activity import activities, for_contest
from edge.lesson_news import BibSeen, Crossed, Heard, Seen, Strong
from edge.lesson_room import LessonRoom
from edge.metrics import Metrics
from edge.notify import Notifier
from edge.outgoing import JournalOutbox
from edge.remote_settings import RemoteSettings, with_told
from edge.store.band_memory import BandMemory
from edge.store.camera_lines import CameraLines
from edge.store.camera_squares import CameraSquares
from edge.store.database import open_database
from edge.store.directives import DirectiveStore
from edge.store.errors import StoreError
from edge.store.evidence import EvidenceStore
from edge.store.journal import Journal
from edge.store.records import Records
from edge.store.rosters import Rosters
from edge.web.app import create_app
from edge.web.auth import Door, is_loopback, load_or_make_code
from edge.web.finish_desk import FinishDesk
from edge.web.gatehouse import Gatehouse
from edge.web.line_desk import LineDesk
from edge.web.live import Live
from edge.web.replay_desk import ReplayDesk
from edge.web.station_desk import StationDesk
from edge.web.told_desk import ToldDesk
from edge.web.views.sources import CameraView, EvidenceStatusView, RadioView, SourcesView
from firmware_bridge.errors import PermanentError as BridgePermanentError
from firmware_bridge.keys import KeyRing
from firmware_bridge.radio.open import open_radio
from firmware_bridge.replay_guard import ReplayGuard
from models.open import open_pose_model

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from edge.clock import Clock
    from edge.settings import CameraSettings, GateRadioSettings, Settings
    from edge.store.database import Database
    from firmware_bridge.readings import Reading

log = logging.getLogger(__name__)

REMEMBER_EVERY_S: Final = 1.0
TIDY_EVERY_S: Final = 60.0
"""Evidence has a life of days; the budget is looked at with each heat."""


async def run_gateway(settings: Settings, stop: asyncio.Event) -> None:
    """Run until `stop` is set.

    Raises:
        PermanentError: something a person has to put right, in one line.
    """
    check_port(settings.web.host, settings.web.port, "the gateway", "Stop the other program, or set web.port.")
    try:
        database = await open_database(settings.gateway.data_dir / "gateway.db", max_bytes=settings.store.max_bytes)
    except StoreError as exc:
        raise PermanentError(str(exc)) from exc
    try:
        told = await DirectiveStore(database).settings()
        gateway = _Gateway(with_told(settings, told), database, settings)
        await gateway.run(stop)
    except (BridgePermanentError, CameraSpecError) as exc:
        raise PermanentError(str(exc)) from exc
    finally:
        await database.close()


class _Gateway:
    """All parts of one gateway; `own` are the settings without what the platform has told."""

    def __init__(self, settings: Settings, database: Database, own: Settings) -> None:
        self._settings = settings
        clock: Clock = SystemClock()
        self._clock = clock
        self._journal = Journal(database, boot=clock.boot, clock_ok=clock.utc_is_set, group_ms=settings.store.group_ms)
        self._memory = BandMemory(database)
        rosters, records = Rosters(database), Records(database)
        lesson, evidence = settings.lesson, settings.evidence
        self._evidence = EvidenceStore(
            database, life_days=evidence.life_days, doubt_life_days=evidence.doubt_life_days, max_bytes=evidence.max_bytes
        )
        clips = ClipShelf(
            settings.gateway.data_dir / "clips", life_days=evidence.clip_life_days, max_bytes=evidence.clips_max_bytes
        )
        self._clips = clips
        known = activities(settings.run.lap_m)
        self._room = LessonRoom(
            self._journal, rosters, records, clock,
            per_heat=lesson.per_heat, settle_s=lesson.settle_s, band_site=settings.bands.site,
            activities=for_contest(known.values()) if lesson.contest else known,
            evidence=self._evidence if evidence.keep else None, picture_px=self._picture_px,
            receivers_m={one.radio: one.at_m for one in settings.run.gate}, gate_ends=self._gate_ends, bibs=settings.run.bibs,
        )  # fmt: skip
        self._guard = ReplayGuard()
        self._listener = BandListener([], KeyRing(bytes(16)), self._guard, self._on_reading)
        self._loop = asyncio.get_running_loop()
        self._bibs = BibDesk(lambda: self._room.runs.bib_numbers, self._on_bib) if settings.run.bibs else None
        self._gates = [self._gate(camera) for camera in settings.cameras]
        self._cameras = [self._watch(camera, gate) for camera, gate in zip(settings.cameras, self._gates, strict=True)]
        _refuse_unknown_receivers(settings)
        _refuse_namesakes(settings.cameras)
        allowed = evidence.clips and evidence.keep
        self._recorders = (
            [ClipRecorder(watch, self._heat_going, clips, f"camera{at}") for at, watch in enumerate(self._cameras)]
            if allowed
            else []
        )
        self._link, self._uplink = self._make_uplink()
        self._sources = _Sources(
            self._listener, self._cameras, clock, self._evidence, clips if allowed else None, self._gates, settings.run.gate
        )
        self._told = ToldDesk(DirectiveStore(database), rosters)
        self._gatehouse = Gatehouse(
            self._room,
            rosters,
            records,
            self._journal,
            self._sources,
            clock,
            title=settings.gateway.title,
            silent_after_s=settings.bands.silent_after_s,
            countdown_s=lesson.countdown_s,
            told=self._told,
        )
        self._downlink, self._sender = self._make_downlink(DirectiveStore(database), rosters, own)
        self._live = Live(self._gatehouse)
        self._desk = StationDesk(self._cameras, CameraSquares(database), self._heat_under_way)
        self._replays = ReplayDesk(self._evidence, clips if allowed else None)
        self._finish = FinishDesk(self._signal_ns, self._gates)
        self._lines = LineDesk(self._gates, CameraLines(database), self._heat_under_way)
        self._notifier = Notifier()

    async def run(self, stop: asyncio.Event) -> None:
        """Bring the parts up in order, and down in the opposite one."""
        await self._journal.load()
        if self._uplink is not None:
            self._uplink.prepare()
        writer = asyncio.create_task(self._journal.run(), name="journal")
        try:
            self._guard = ReplayGuard(await self._memory.load())
            self._listener = self._make_listener()
            self._sources.listener = self._listener
            await self._evidence.load()
            await self._room.restore()
            await self._desk.restore()
            await self._lines.restore()
            await self._run_sources(stop)
        finally:
            await self._memory.save(self._guard.take_changes())
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)

    async def _run_sources(self, stop: asyncio.Event) -> None:
        metrics = Metrics(
            self._journal, self._room, self._listener, self._cameras, self._uplink, self._live,
            self._evidence, self._clips if self._recorders else None, self._recorders, self._bibs, self._downlink, self._sender,
        )  # fmt: skip
        web = self._settings.web
        door, address = self._door()
        app = create_app(
            self._gatehouse, self._live, door, metrics.text, self._desk, self._replays, self._finish, self._lines, self._told
        )
        services: dict[str, Coroutine[object, object, None]] = {
            "lesson": self._room.run(),
            "bands": self._listener.run(),
            "band_memory": self._remember(),
            "live": self._live.run(),
            "watchdog": self._feed_watchdog(),
            "evidence": self._tidy_evidence(),
        }
        services |= {f"clip[{recorder.name}]": recorder.run() for recorder in self._recorders}
        services |= {f"camera[{watch.camera.name}]": watch.run() for watch in self._cameras}
        if self._link is not None and self._uplink is not None:
            services |= {"link": self._link.run(), "uplink": self._uplink.run()}
        if self._downlink is not None and self._sender is not None:
            services |= {"downlink": self._downlink.run(), "evidence_sender": self._sender.run()}
        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(service, name=name) for name, service in services.items()]
            log.info("gateway=%s pages=%s", self._settings.gateway.id, address)
            self._notifier.ready()
            await serve_app(app, web.host, web.port, stop)
            self._notifier.stopping()
            for task in running:
                task.cancel()

    # --- parts ----------------------------------------------------------------------------------------------------------

    def _make_listener(self) -> BandListener:
        bands = self._settings.bands
        radios = [open_radio(spec) for spec in bands.radios]
        if radios and bands.master_key is None:
            raise PermanentError("bands.master_key is missing: without it no frame of a band can be opened")
        told = bands.master_key.get_secret_value() if bands.master_key else secrets.token_hex(16)
        try:
            key = bytes.fromhex(told)
        except ValueError as exc:
            raise PermanentError("bands.master_key must be hexadecimal digits") from exc
        return BandListener(radios, KeyRing(key), self._guard, self._on_reading, on_strength=self._on_strength)

    def _gate(self, camera: CameraSettings) -> GateWatch:
        line = None if camera.line is None else GateLine(Line(*camera.line), None, camera.line_end, camera.line_direction)
        return GateWatch(
            camera.name,
            line,
            lambda: self._room.runs.wanted,
            lambda end, seen: self._room.offer(Crossed(end, seen)),
            self._bibs,
        )

    def _on_bib(self, end: GateEnd, track: int, number: int, confidence: float) -> None:
        """A bib was read, on the desk's thread."""
        self._loop.call_soon_threadsafe(self._room.offer, BibSeen(end, track, number, confidence))

    def _gate_ends(self) -> frozenset[GateEnd]:
        seeing = zip(self._gates, self._cameras, strict=True)
        return frozenset(gate.line.end for gate, watch in seeing if gate.line is not None and not watch.model_error)

    def _watch(self, camera: CameraSettings, gate: GateWatch) -> CameraWatch:
        squares = {s.number: Square(s.x, s.y, s.width, s.height) for s in camera.stations}
        wishes = CameraWishes(camera.width, camera.height, camera.fps, camera.exposure, camera.fourcc, camera.rotate)
        watch = CameraWatch(
            Camera(camera.name, camera.source, wishes),
            Layout(squares),
            lambda: open_pose_model(camera.pose, camera.pose_providers, watch.tell),
            camera.pose_hz,
            lambda: self._room.stations_wanted,
            lambda station, sample: self._room.offer(Seen(station, sample)),
            gate=gate,
        )
        return watch

    def _make_uplink(self) -> tuple[Link | None, Uplink | None]:
        told = self._settings.uplink
        if told.broker is None:
            return None, None
        broker = parse_broker(
            told.broker,
            username=told.username,
            password=told.password.get_secret_value() if told.password else None,
            ca_file=told.ca_file,
            cert_file=told.cert_file,
            key_file=told.key_file,
        )
        identity = GatewayIdentity(self._settings.gateway.tenant, self._settings.gateway.id)
        here = version("touchline")
        link = Link(broker, str(identity), will=last_will(identity, self._journal.epoch, here))
        quiet_hours = parse_quiet_hours(told.quiet_hours) if told.quiet_hours else None
        pace = Pace(told.max_kbit_s, quiet_hours, lambda: minute_of_day() if self._clock.utc_is_set() else None)
        return link, Uplink(link, JournalOutbox(self._journal), identity, here, pace, self._condition)

    def _condition(self) -> Condition:
        """What the telemetry tells besides the outbox."""
        frames = sum(watch.camera.status.frames_dropped for watch in self._cameras)
        radios = self._listener.states()
        faults = [
            f"{watch.camera.name}: {error}" for watch in self._cameras if (error := watch.model_error or watch.camera.status.error)
        ]
        faults += [f"{radio.name}: {radio.error}" for radio in radios if radio.error]
        return Condition(self._room.samples_dropped + frames + sum(radio.dropped for radio in radios), tuple(faults))

    def _make_downlink(
        self, store: DirectiveStore, rosters: Rosters, own: Settings
    ) -> tuple[Downlink | None, EvidenceSender | None]:
        link, uplink, room = self._link, self._uplink, self._room
        if link is None or uplink is None:
            return None, None
        appliers: dict[str, Callable[[Any], None]] = {
            "gateway.title": partial(setattr, self._gatehouse, "title"),
            "evidence.life_days": partial(setattr, self._evidence, "life_days"),
            "evidence.doubt_life_days": partial(setattr, self._evidence, "doubt_life_days"),
            "uplink.max_kbit_s": uplink.limit,
            "uplink.quiet_hours": uplink.keep_quiet,
            "lesson.countdown_s": partial(setattr, self._gatehouse, "countdown_s"),
            "lesson.settle_s": partial(setattr, room, "settle_s"),
        }
        directives = GatewayDirectives(
            store,
            rosters,
            self._evidence,
            RemoteSettings(own, appliers),
            self._clock,
            activities=room.activities,
            lesson=LessonUnderWay(room, self._clock).roster,
            send_again=JournalOutbox(self._journal).send_again,
            report=uplink.report,
            changed=room.redraw,
        )
        identity = GatewayIdentity(self._settings.gateway.tenant, self._settings.gateway.id)
        wanted = EvidenceOnRequest(store, self._evidence)
        sender = EvidenceSender(link, identity, wanted, lambda: uplink.idle and not uplink.quiet)
        return Downlink(link, identity, directives), sender

    def _door(self) -> tuple[Door, str]:
        web = self._settings.web
        address = f"http://{web.host}:{web.port}/"
        if web.access_code is not None:
            return Door(web.access_code.get_secret_value()), address
        if is_loopback(web.host):
            return Door(None), address
        code = load_or_make_code(self._settings.gateway.data_dir / "access-code")
        return Door(code), f"{address}?code={code}"

    def _signal_ns(self) -> int | None:
        state = self._room.state
        return None if state is None or state.heat.started is None else state.heat.started.starts_mono_ns

    def _heat_under_way(self) -> bool:
        return self._room.state is not None and self._room.state.running()

    def _heat_going(self) -> HeatGoing | None:
        """The heat that runs, from the signal to the end; asked by the recorders' threads."""
        name, state = self._room.heat_name, self._room.state
        if name is None or state is None or state.heat.phase != "running":
            return None
        return HeatGoing(name, self._room.stations_wanted)

    def _picture_px(self, station: int) -> tuple[int, int] | None:
        for watch in self._cameras:
            newest = watch.camera.newest
            if station in watch.squares and newest is not None:
                return newest.picture.shape[1], newest.picture.shape[0]
        return None

    def _on_reading(self, reading: Reading) -> None:
        self._room.offer(
            Heard(
                reading.device,
                reading.t_ns,
                reading.skips_total,
                reading.heart_rate_bpm,
                reading.battery_percent,
                reading.steps_total,
            )
        )

    def _on_strength(self, strength: Strength) -> None:
        if self._room.runs.wanted and any(one.radio == strength.radio for one in self._settings.run.gate):
            self._room.offer(Strong(strength.device, strength.radio, strength.t_ns, strength.rssi_dbm))

    # --- housekeeping ---------------------------------------------------------------------------------------------------

    async def _remember(self) -> None:
        while True:
            await asyncio.sleep(REMEMBER_EVERY_S)
            changed = self._guard.take_changes()
            if changed:
                await self._memory.save(changed)

    async def _tidy_evidence(self) -> None:
        """Evidence and clips whose life is over go, also clips of an earlier time when clips were still allowed."""
        while True:
            now_ms = self._clock.utc_ms()
            if self._clock.utc_is_set():  # a clock that was never set would make everything young or old
                await self._evidence.tidy(now_ms)
                await asyncio.to_thread(self._clips.tidy, now_ms, await self._evidence.clips())
            await asyncio.sleep(TIDY_EVERY_S)

    async def _feed_watchdog(self) -> None:
        """The loop turns, so the watchdog is fed; a stuck loop or a dead writer starves it."""
        every_s = self._notifier.watchdog_s
        while True:
            await asyncio.sleep(every_s / 3 if every_s else 60.0)
            await self._journal.check()
            self._notifier.alive()


def _refuse_unknown_receivers(settings: Settings) -> None:
    for one in settings.run.gate:
        if one.radio not in settings.bands.radios:
            raise PermanentError(f"run.gate: '{one.radio}' is none of bands.radios; name the receiver as it stands there")


def _refuse_namesakes(cameras: Sequence[CameraSettings]) -> None:
    names = [camera.name for camera in cameras]
    for name in names:
        if names.count(name) > 1:
            raise PermanentError(f"two cameras are called '{name}': give each its own cameras.name, its squares are kept by it")


class _Sources:
    """The receivers and cameras, as the pages see them."""

    def __init__(
        self,
        listener: BandListener,
        cameras: list[CameraWatch],
        clock: Clock,
        evidence: EvidenceStore,
        clips: ClipShelf | None,
        gates: Sequence[GateWatch] = (),
        receivers: Sequence[GateRadioSettings] = (),
    ) -> None:
        self._gates, self._receivers = gates, receivers
        self.listener, self._cameras, self._clock = listener, cameras, clock
        self._evidence, self._clips = evidence, clips

    @property
    def camera_stations(self) -> frozenset[int]:
        """See `gatehouse.Sources`."""
        return frozenset(station for watch in self._cameras if not watch.model_error for station in watch.squares)

    @property
    def gates(self) -> tuple[Literal["camera", "radio"], ...]:
        """See `gatehouse.Sources`."""
        lines = any(gate.line is not None and not watch.model_error for gate, watch in zip(self._gates, self._cameras, strict=True))
        return (*(("camera",) if lines else ()), *(("radio",) if self._receivers else ()))

    @property
    def photo(self) -> bool:
        """See `gatehouse.Sources`."""
        return any(gate.line is not None for gate in self._gates)

    def view(self) -> SourcesView:
        """See `gatehouse.Sources`."""
        radios = [
            RadioView(name=r.name, listening=r.listening, heard=r.heard, dropped=r.dropped, error=r.error or None)
            for r in self.listener.states()
        ]
        cameras = []
        for watch in self._cameras:
            status = watch.camera.status
            cameras.append(
                CameraView(
                    name=watch.camera.name,
                    state="lost" if watch.model_error else status.state,
                    fps=round(status.fps, 1),
                    frames_dropped=status.frames_dropped,
                    frames_left_out=watch.pictures_left_out,
                    frames_broken=status.frames_broken,
                    stations=len(watch.squares),
                    engine=watch.model_name or None,
                    pose_hz=round(watch.shedding.pose_hz, 1),
                    load=watch.shedding.load,
                    clock=status.clock,
                    notes=[*status.refused, *watch.notes],
                    error=watch.model_error or status.error or None,
                )
            )
        return SourcesView(
            bands_heard=self.listener.heard_lately(self._clock.monotonic_ns()),
            radios=radios,
            cameras=cameras,
            evidence=self._evidence_view(),
        )

    def _evidence_view(self) -> EvidenceStatusView:
        kept, clips = self._evidence.status(), self._clips.status if self._clips else None
        return EvidenceStatusView(
            attempts=kept.attempts,
            bytes_used=kept.bytes_used,
            bytes_limit=kept.bytes_limit,
            removed=kept.removed_by_age + kept.removed_by_budget,
            not_kept=kept.not_kept,
            clips=None if clips is None else clips.clips,
            clip_bytes_used=clips.bytes_used if clips else 0,
            clip_bytes_limit=clips.bytes_limit if clips else 0,
        )
