"""Where a count is looked at again: the evidence of an attempt as a page draws it, and the pictures of its station alone."""

from __future__ import annotations

import asyncio
import struct
from typing import TYPE_CHECKING, Final

from edge.counting.evidence import EvidenceUnreadable, from_bytes
from edge.lesson.session import Refused
from edge.web.views.replay import BandReplayView, BoutView, CameraReplayView, ClipView, MarksView, PoseView, ReplayView, WaveView

if TYPE_CHECKING:
    from edge.capture.clip_file import Clip
    from edge.capture.clip_shelf import ClipShelf
    from edge.counting.evidence import CameraEvidence, Evidence, Marks, Wave
    from edge.store.evidence import EvidenceStore, Kept

MOST_PART_MS: Final = 10_000
"""Of a clip in one answer: 150 pictures."""
PART_HEADER: Final = struct.Struct("<iI")
"""Before each picture: its time in ms since the signal, and its bytes."""


class ReplayDesk:
    """Reads evidence for the pages.

    Args:
        shelf: where clips are, or `None` where the school does not allow them.
    """

    def __init__(self, store: EvidenceStore, shelf: ClipShelf | None) -> None:
        self._store, self._shelf = store, shelf

    async def replay(self, attempt: str) -> ReplayView:
        """The evidence of an attempt. Raises `Refused` when there is none, or no longer."""
        kept = await self._kept(attempt)
        try:
            view = await asyncio.to_thread(_view, attempt, from_bytes(kept.body))
        except EvidenceUnreadable as exc:
            raise _no_evidence() from exc
        clip = await asyncio.to_thread(self._clip, kept)
        return view if clip is None else view.model_copy(update={"clip": await asyncio.to_thread(_clip_view, clip, kept)})

    async def clip(self, attempt: str, from_ms: int, to_ms: int) -> bytes:
        """Pictures of the station from `from_ms` until before `to_ms`, ten seconds at the most, each after a `PART_HEADER`.

        Raises:
            Refused: there is no clip, or no longer.
        """
        kept = await self._kept(attempt)
        clip = await asyncio.to_thread(self._clip, kept)
        if clip is None:
            raise Refused("no_clip", "没有录像，或者已经删除", "There is no clip, or it has been removed")
        return await asyncio.to_thread(_part, clip, kept.starts_mono_ns, from_ms, min(to_ms, from_ms + MOST_PART_MS))

    async def _kept(self, attempt: str) -> Kept:
        kept = await self._store.get(attempt)
        if kept is None:
            raise _no_evidence()
        return kept

    def _clip(self, kept: Kept) -> Clip | None:
        if self._shelf is None or kept.clip is None or kept.station is None:
            return None
        return self._shelf.find(kept.clip, kept.station)


def _no_evidence() -> Refused:
    return Refused("no_evidence", "没有回放，或者已经过了保存期", "There is no replay, or its time is over")


def _view(attempt: str, evidence: Evidence) -> ReplayView:
    camera = None if evidence.camera is None else _camera(evidence.camera)
    band = evidence.band
    side = None if band is None else BandReplayView(marks=_marks(band.marks), motion=_wave(band.motion) if band.motion else None)
    waves = [wave for wave in (camera and camera.bounce, side and side.motion) if wave]
    length_ms = max((round(wave.first_ms + len(wave.values) / wave.rate_hz * 1000) for wave in waves), default=0)
    return ReplayView(attempt=attempt, length_ms=max(length_ms, 0), camera=camera, band=side, clip=None)


def _camera(camera: CameraEvidence) -> CameraReplayView:
    quarters = camera.poses.quarters()
    return CameraReplayView(
        marks=_marks(camera.marks),
        bounce=_wave(camera.bounce),
        stride=_wave(camera.stride),
        present=[[first, end] for first, end in camera.present],
        poses=[
            PoseView(at_ms=at_ms, xy=pose.reshape(-1).tolist()) for at_ms, pose in zip(camera.poses.t_ms, quarters, strict=True)
        ],
        torso_px=camera.poses.torso_px,
        width_px=camera.picture_px[0] if camera.picture_px else None,
        height_px=camera.picture_px[1] if camera.picture_px else None,
    )


def _marks(marks: Marks) -> MarksView:
    return MarksView(
        count=marks.count,
        skips_ms=list(marks.skips_ms),
        trips_ms=list(marks.trips_ms),
        bouts=[BoutView(from_ms=a, to_ms=b, count=count) for a, b, count in marks.bouts],
        confidence=marks.confidence,
        rope_seen=marks.rope_seen,
        timed=marks.timed,
    )


def _wave(wave: Wave) -> WaveView:
    return WaveView(rate_hz=wave.rate_hz, first_ms=wave.first_ms, values=wave.steps().tolist())


def _clip_view(clip: Clip, kept: Kept) -> ClipView | None:
    stamps = clip.stamps()
    if not len(stamps):
        return None
    _, _, width, height = clip.about.boxes[clip.station]
    first, last = (round((int(stamps["t_ns"][at]) - kept.starts_mono_ns) / 1e6) for at in (0, -1))
    return ClipView(width_px=width, height_px=height, from_ms=first, to_ms=last, part_ms=MOST_PART_MS)


def _part(clip: Clip, starts_ns: int, from_ms: int, to_ms: int) -> bytes:
    pictures = clip.pictures(starts_ns + from_ms * 1_000_000, starts_ns + to_ms * 1_000_000)
    return b"".join(PART_HEADER.pack(round((t_ns - starts_ns) / 1e6), len(jpeg)) + jpeg for t_ns, jpeg in pictures)
