"""An attempt as it can be looked at again: signals, skips, poses, clip."""

from __future__ import annotations

from edge.web.views.base import View


class WaveView(View):
    """An even signal: the value at `i` is of `first_ms + 1000 i / rate_hz`, ms since the signal."""

    rate_hz: float
    first_ms: int
    values: list[int]


class BoutView(View):
    """Skips between two pauses, ms since the signal."""

    from_ms: int
    to_ms: int
    count: int


class MarksView(View):
    """An official count on the time line, ms since the signal; `timed` is false where the times are only spread between reports."""

    count: int
    skips_ms: list[int]
    trips_ms: list[int]
    bouts: list[BoutView]
    confidence: float
    rope_seen: bool | None
    timed: bool


class PoseView(View):
    """A key frame: x and y in quarters of a pixel of nose, then left and right shoulder, elbow, wrist, hip, knee, ankle."""

    at_ms: int
    xy: list[int]


class CameraReplayView(View):
    """What a camera saw. Waves are thousandths of a torso; `present` has from and to (exclusive) of values with a body."""

    marks: MarksView
    bounce: WaveView
    stride: WaveView
    present: list[list[int]]
    poses: list[PoseView]
    torso_px: float
    width_px: int | None
    height_px: int | None


class BandReplayView(View):
    """What a band told; `motion` is the magnitude of its acceleration, 0.01 m/s²."""

    marks: MarksView
    motion: WaveView | None


class ClipView(View):
    """Pictures of the attempt's square; `GET /api/attempts/{attempt}/clip` gives `part_ms` of them at the most."""

    width_px: int
    height_px: int
    from_ms: int
    to_ms: int
    part_ms: int


class ReplayView(View):
    """The evidence of an attempt."""

    attempt: str
    length_ms: int
    camera: CameraReplayView | None
    band: BandReplayView | None
    clip: ClipView | None
