"""What the gateway tells Prometheus. Every drop and every refusal has its counter; docs/metrics.md explains each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from prometheus_client import Metric

    from cloud_sync.downlink import Downlink, DownlinkState
    from cloud_sync.evidence_sender import EvidenceSender
    from cloud_sync.uplink import Uplink
    from edge.capture.bands import BandListener
    from edge.capture.bib_desk import BibDesk
    from edge.capture.camera_watch import CameraWatch
    from edge.capture.clip_recorder import ClipRecorder
    from edge.capture.clip_shelf import ClipShelf
    from edge.lesson_room import LessonRoom
    from edge.store.evidence import EvidenceStatus, EvidenceStore
    from edge.store.journal import Journal, JournalStatus
    from edge.web.live import Live

COUNTERS: Final = {
    "touchline_journal_commits": "Commits of the journal.",
    "touchline_journal_refused": "Changes that were not taken because the journal was full.",
    "touchline_journal_purged": "Rows that the platform has and that were removed to make room.",
    "touchline_journal_faults": "Commits that the disk failed; nothing of them was called saved.",
    "touchline_journal_damaged": "Times that a row of the journal was met whose checksum does not fit.",
    "touchline_journal_set_aside": "Damaged files of the journal that were set aside at the start.",
    "touchline_journal_salvaged": "Rows that were taken over from a damaged file.",
    "touchline_journal_left_behind": "Rows that the platform does not have and that could not be taken over from a damaged file.",
    "touchline_journal_repaired": "Rows from before the clock was right whose time was put right.",
    "touchline_samples_dropped": "Samples of bands and cameras dropped because nobody had looked for two seconds.",
    "touchline_samples_late": "Samples of raw motion that came too late for the live count; the official count has them.",
    "touchline_crossings_unclaimed": "Bodies over the line of a run that were nobody of it, as far as can be told.",
    "touchline_bibs_left_out": "Bib numbers that were not read, because too many waited.",
    "touchline_radio_heard": "Advertisements heard, by receiver.",
    "touchline_radio_dropped": "Advertisements dropped because the reader was slower than the air, by receiver.",
    "touchline_packets_refused": "Packets not taken, by reason.",
    "touchline_camera_frames": "Pictures read, by camera.",
    "touchline_camera_frames_dropped": "Pictures dropped because a newer one had come, by camera.",
    "touchline_camera_frames_left_out": "Pictures left out because the computer cannot keep up, by camera.",
    "touchline_camera_frames_broken": "Pictures that could not be unpacked, by camera.",
    "touchline_evidence_removed": "Attempts whose evidence was removed, by reason: age, budget.",
    "touchline_evidence_not_kept": "Attempts whose evidence found no room.",
    "touchline_clips_removed": "Clips of heats that were removed: their life was over, or the budget used up.",
    "touchline_clips_refused": "Clips that were not begun or broke off: the disk had too little room.",
    "touchline_clip_frames": "Pictures written into clips, by camera.",
    "touchline_clip_frames_dropped": "Pictures left out of clips because the one before was still being written, by camera.",
    "touchline_uplink_events": "Events sent to the platform, repeated ones too.",
    "touchline_uplink_resends": "Batches sent again because their receipt was missing.",
    "touchline_uplink_receipts": "Receipts of the platform.",
    "touchline_uplink_refused": "Receipts that were not taken.",
    "touchline_uplink_splits": "Batches taken apart because they failed while others passed.",
    "touchline_uplink_given_up": "Events that failed alone again and again, and became dead letters.",
    "touchline_uplink_new_epochs": "Times that the journal was found to be an old copy of the one that the platform knows.",
    "touchline_uplink_telemetry_dropped": "Reports to the platform left out because there was something better to send.",
    "touchline_link_lost": "Connections to the broker that have ended.",
    "touchline_link_brief": "Of these, those that ended right after they had begun.",
    "touchline_link_malformed": "Connections that were ended because the broker had sent what is no MQTT, or too large.",
    "touchline_link_silent": "Connections that were ended because nothing was acknowledged on them any more.",
    "touchline_directives": "Answers to directives of the platform, by outcome: applied, known, older, refused.",
    "touchline_directives_postponed": "Times that a directive had to wait: a lesson of the class, a clock not right, a full disk.",
    "touchline_directives_unreadable": "Directives of which not even the key could be read.",
    "touchline_directives_dropped": "Directives dropped because too many waited; they come again.",
    "touchline_directives_failed": "Directives refused because of a fault of the program; the log has it.",
    "touchline_evidence_parts_sent": "Parts of evidence sent because a person had asked for them.",
}
GAUGES: Final = {
    "touchline_journal_bytes": "Bytes of the journal in use.",
    "touchline_journal_limit_bytes": "Logical limit of the journal.",
    "touchline_outbox_events": "Events that the platform has not stored yet.",
    "touchline_evidence_attempts": "Attempts whose evidence is kept.",
    "touchline_evidence_bytes": "Bytes of evidence.",
    "touchline_evidence_limit_bytes": "Budget of the evidence.",
    "touchline_clip_bytes": "Bytes of clips.",
    "touchline_outbox_dead_letters": "Events that cannot be delivered and wait for a person, by reason.",
    "touchline_uplink_connected": "1 while the broker is connected.",
    "touchline_uplink_quiet": "1 in quiet hours: only results travel.",
    "touchline_pages": "Pages connected.",
    "touchline_camera_live": "1 while the pictures can be used, 0 while the camera is opening, lost, frozen or dark; by camera.",
    "touchline_camera_fps": "Pictures read a second, by camera.",
    "touchline_camera_source_clock": "1 while pictures have the source's stamps, 0 while they count from their arrival; by camera.",
    "touchline_camera_pose_hz": "Key-frame poses a second and pupil that are afforded now, by camera.",
    "touchline_camera_load": "What is shed: 0 nothing, 1 poses, 2 poses and every second picture; by camera.",
    "touchline_camera_engine": "1, with the pose engine in use: engine, model and provider; by camera.",
}


LOADS: Final = ("full", "fewer_poses", "fewer_pictures")
"""In the order of `touchline_camera_load`."""


class Metrics:
    """Collects on demand."""

    def __init__(
        self,
        journal: Journal,
        room: LessonRoom,
        listener: BandListener,
        cameras: list[CameraWatch],
        uplink: Uplink | None,
        live: Live,
        evidence: EvidenceStore,
        clips: ClipShelf | None = None,
        recorders: Sequence[ClipRecorder] = (),
        bibs: BibDesk | None = None,
        downlink: Downlink | None = None,
        sender: EvidenceSender | None = None,
    ) -> None:
        self._downlink, self._sender = downlink, sender
        self._bibs = bibs
        self._evidence, self._clips, self._recorders = evidence, clips, recorders
        self._journal, self._room, self._listener = journal, room, listener
        self._cameras, self._uplink, self._live = cameras, uplink, live
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def text(self) -> str:
        """The exposition format."""
        return generate_latest(self._registry).decode()

    def collect(self) -> Iterator[Metric]:
        """See prometheus_client."""
        status = self._journal.status()
        yield _gauge("touchline_journal_bytes", status.bytes_used)
        yield _gauge("touchline_journal_limit_bytes", status.bytes_limit)
        yield _gauge("touchline_outbox_events", status.pending)
        yield _gauge("touchline_pages", self._live.pages)
        yield from of_journal(status)
        yield _counter("touchline_samples_dropped", {"": self._room.samples_dropped})
        yield _counter("touchline_samples_late", {"": self._room.samples_late})
        yield _counter("touchline_crossings_unclaimed", {"": self._room.runs.crossings_unclaimed})
        yield _counter("touchline_bibs_left_out", {"": self._bibs.left_out if self._bibs else 0})
        radios = self._listener.states()
        yield _counter("touchline_radio_heard", {radio.name: radio.heard for radio in radios}, "receiver")
        yield _counter("touchline_radio_dropped", {radio.name: radio.dropped for radio in radios}, "receiver")
        yield _counter("touchline_packets_refused", dict(self._listener.refused), "reason")
        yield from of_cameras(self._cameras)
        yield from of_evidence(self._evidence.status(), self._clips, self._recorders)
        yield from of_directives(self._downlink.state if self._downlink else None, self._sender.parts if self._sender else 0)
        letters = self._journal.undelivered.letters.by_why()
        yield _gauges("touchline_outbox_dead_letters", {(why,): many for why, many in letters.items()}, "reason")
        yield from of_uplink(self._uplink)


def of_journal(status: JournalStatus) -> Iterator[Metric]:
    """What the disk did to the journal, and what the journal had to do about it."""
    for name in ("commits", "refused", "purged", "faults", "damaged", "salvaged", "left_behind", "repaired"):
        yield _counter(f"touchline_journal_{name}", {"": getattr(status, name)})
    yield _counter("touchline_journal_set_aside", {"": len(status.set_aside)})


def of_cameras(watches: list[CameraWatch]) -> Iterator[Metric]:
    """How each camera is, what it drops, what of its work is shed, and which pose engine it uses."""
    cameras = {watch.camera.name: watch.camera.status for watch in watches}
    load = {watch.camera.name: watch.shedding for watch in watches}
    yield _counter("touchline_camera_frames", {name: s.frames for name, s in cameras.items()}, "camera")
    yield _counter("touchline_camera_frames_dropped", {name: s.frames_dropped for name, s in cameras.items()}, "camera")
    yield _counter("touchline_camera_frames_left_out", {watch.camera.name: watch.pictures_left_out for watch in watches}, "camera")
    yield _counter("touchline_camera_frames_broken", {name: s.frames_broken for name, s in cameras.items()}, "camera")
    yield _gauges("touchline_camera_live", {(name,): s.state == "live" for name, s in cameras.items()}, "camera")
    yield _gauges("touchline_camera_fps", {(name,): s.fps for name, s in cameras.items()}, "camera")
    yield _gauges("touchline_camera_source_clock", {(name,): s.clock == "source" for name, s in cameras.items()}, "camera")
    yield _gauges("touchline_camera_pose_hz", {(name,): s.pose_hz for name, s in load.items()}, "camera")
    yield _gauges("touchline_camera_load", {(name,): LOADS.index(s.load) for name, s in load.items()}, "camera")
    engines: dict[tuple[str, ...], float] = {(watch.camera.name, watch.model_name): 1 for watch in watches if watch.model_name}
    yield _gauges("touchline_camera_engine", engines, "camera", "engine")


def of_evidence(status: EvidenceStatus, clips: ClipShelf | None, recorders: Sequence[ClipRecorder]) -> Iterator[Metric]:
    """What is kept of attempts and what had to go; clips where the school allows them."""
    yield _gauge("touchline_evidence_attempts", status.attempts)
    yield _gauge("touchline_evidence_bytes", status.bytes_used)
    yield _gauge("touchline_evidence_limit_bytes", status.bytes_limit)
    removed = {"age": status.removed_by_age, "budget": status.removed_by_budget}
    yield _counter("touchline_evidence_removed", removed, "reason")
    yield _counter("touchline_evidence_not_kept", {"": status.not_kept})
    if clips is not None:
        yield _gauge("touchline_clip_bytes", clips.status.bytes_used)
        yield _counter("touchline_clips_removed", {"": clips.status.removed})
        yield _counter("touchline_clips_refused", {"": clips.status.refused})
        yield _counter("touchline_clip_frames", {one.name: one.frames for one in recorders}, "camera")
        yield _counter("touchline_clip_frames_dropped", {one.name: one.frames_dropped for one in recorders}, "camera")


def of_uplink(uplink: Uplink | None) -> Iterator[Metric]:
    """The way to the platform; nothing without a broker."""
    if uplink is None:
        return
    state, link = uplink.state, uplink.link_counts
    yield _gauge("touchline_uplink_connected", int(uplink.connected))
    yield _gauge("touchline_uplink_quiet", int(uplink.quiet))
    for name in ("events", "resends", "receipts", "refused", "splits", "given_up", "new_epochs", "telemetry_dropped"):
        yield _counter(f"touchline_uplink_{name}", {"": getattr(state, name)})
    for name in ("lost", "brief", "malformed", "silent"):
        yield _counter(f"touchline_link_{name}", {"": getattr(link, name)})


def of_directives(state: DownlinkState | None, evidence_parts: int) -> Iterator[Metric]:
    """What became of the platform's directives; nothing without a way to the platform."""
    if state is None:
        return
    answers = {outcome: getattr(state, outcome) for outcome in ("applied", "known", "older", "refused")}
    yield _counter("touchline_directives", answers, "outcome")
    for name in ("postponed", "unreadable", "dropped", "failed"):
        yield _counter(f"touchline_directives_{name}", {"": getattr(state, name)})
    yield _counter("touchline_evidence_parts_sent", {"": evidence_parts})


def _gauge(name: str, value: float) -> Metric:
    return GaugeMetricFamily(name, GAUGES[name], value=value)


def _gauges(name: str, values: Mapping[tuple[str, ...], float], *labels: str) -> Metric:
    family = GaugeMetricFamily(name, GAUGES[name], labels=labels)
    for keys, value in values.items():
        family.add_metric(keys, value)
    return family


def _counter(name: str, values: dict[str, int], label: str = "") -> Metric:
    family = CounterMetricFamily(name, COUNTERS[name], labels=[label] if label else [])
    for key, value in values.items():
        family.add_metric([key] if label else [], value)
    return family
