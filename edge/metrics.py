"""What the gateway tells Prometheus. Every drop and every refusal has its counter; docs/metrics.md explains each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

    from cloud_sync.uplink import Uplink
    from edge.capture.bands import BandListener
    from edge.capture.camera_watch import CameraWatch
    from edge.lesson_room import LessonRoom
    from edge.store.journal import Journal
    from edge.web.live import Live

COUNTERS: Final = {
    "touchline_journal_commits": "Commits of the journal.",
    "touchline_samples_dropped": "Samples of bands and cameras dropped because nobody had looked for two seconds.",
    "touchline_samples_late": "Samples of raw motion that came too late for the live count; the official count has them.",
    "touchline_radio_heard": "Advertisements heard, by receiver.",
    "touchline_radio_dropped": "Advertisements dropped because the reader was slower than the air, by receiver.",
    "touchline_packets_refused": "Packets not taken, by reason.",
    "touchline_camera_frames": "Pictures read, by camera.",
    "touchline_camera_frames_dropped": "Pictures dropped because a newer one had come, by camera.",
    "touchline_uplink_events": "Events sent to the platform, repeated ones too.",
    "touchline_uplink_resends": "Times that sending began again because receipts were missing or told of a gap.",
    "touchline_uplink_receipts": "Receipts of the platform.",
    "touchline_uplink_refused": "Receipts that were not taken.",
}
GAUGES: Final = {
    "touchline_journal_bytes": "Bytes of the journal in use.",
    "touchline_journal_limit_bytes": "Logical limit of the journal.",
    "touchline_outbox_events": "Events that the platform has not stored yet.",
    "touchline_uplink_connected": "1 while the broker is connected.",
    "touchline_pages": "Pages connected.",
}


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
    ) -> None:
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
        yield _counter("touchline_journal_commits", {"": status.commits})
        yield _counter("touchline_samples_dropped", {"": self._room.samples_dropped})
        yield _counter("touchline_samples_late", {"": self._room.samples_late})
        radios = self._listener.states()
        yield _counter("touchline_radio_heard", {radio.name: radio.heard for radio in radios}, "receiver")
        yield _counter("touchline_radio_dropped", {radio.name: radio.dropped for radio in radios}, "receiver")
        yield _counter("touchline_packets_refused", dict(self._listener.refused), "reason")
        cameras = {watch.camera.name: watch.camera.status for watch in self._cameras}
        yield _counter("touchline_camera_frames", {name: s.frames for name, s in cameras.items()}, "camera")
        yield _counter("touchline_camera_frames_dropped", {name: s.frames_dropped for name, s in cameras.items()}, "camera")
        if self._uplink is not None:
            state = self._uplink.state
            yield _gauge("touchline_uplink_connected", int(self._uplink.connected))
            for name in ("events", "resends", "receipts", "refused"):
                yield _counter(f"touchline_uplink_{name}", {"": getattr(state, name)})


def _gauge(name: str, value: float) -> Metric:
    return GaugeMetricFamily(name, GAUGES[name], value=value)


def _counter(name: str, values: dict[str, int], label: str = "") -> Metric:
    family = CounterMetricFamily(name, COUNTERS[name], labels=[label] if label else [])
    for key, value in values.items():
        family.add_metric([key] if label else [], value)
    return family
