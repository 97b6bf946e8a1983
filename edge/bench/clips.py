"""Real clips counted with many settings at once: each picture is unpacked once, and every setting looks at it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.bench.body_motions import OtherMotionTracker
from edge.bench.picture_changes import unchanged
from edge.bench.recordings import rope_on_video, without_rope_on_video
from edge.bench.shared_model import SharedModel
from edge.bench.timed_model import TimedModel
from edge.capture.body_motion import BodyMotion
from edge.counting.events import Skip
from edge.counting.rope_pose import RopePoseCounter, count_official
from edge.recordings.video_file import VideoFile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from edge.bench.picture_changes import Change
    from edge.bench.recordings import Recording
    from edge.counting.samples import BodySample
    from edge.recordings.video_file import VideoFrame
    from models.pose import PoseModel

EVERY_PICTURE_HZ: Final = 1_000.0
"""More often than any camera has pictures."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A way to follow a body.

    Attributes:
        engine: pose engine, as in the settings.
        pose_hz: key frames a second.
        phase: where the key frames fall, see `StationTracker`.
        motion: what carries the body between them.
    """

    engine: str
    pose_hz: float
    phase: float = 0.0
    motion: Callable[[], BodyMotion] = BodyMotion


@dataclass(slots=True)
class Followed:
    """What a setting gave on all clips.

    Attributes:
        official, live: counts, in the order of the clips.
        pictures: in which somebody who skips was followed, as in the picture before: what follows is of these alone.
        poses: that were taken.
        seconds: how long they last.
        track_s, live_s: CPU of following, and of the live count.
    """

    official: list[int] = field(default_factory=list)
    live: list[int] = field(default_factory=list)
    pictures: int = 0
    poses: int = 0
    seconds: float = 0.0
    track_s: float = 0.0
    live_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Clips:
    """Those with skips first, then those without a rope."""

    rope: list[Recording]
    quiet: list[Recording]

    @classmethod
    def of(cls, data: Path) -> Clips:
        """The clips of a folder with a manifest."""
        return cls(rope_on_video(data), without_rope_on_video(data))

    @property
    def all(self) -> list[Recording]:
        """All of them, in order."""
        return [*self.rope, *self.quiet]

    @property
    def skips(self) -> int:
        """True number."""
        return sum(r.truth for r in self.rope)

    def within(self, counts: Sequence[int]) -> float:
        """Share of the clips with skips whose count is within what is allowed."""
        return float(np.mean([r.low <= n <= r.high for r, n in zip(self.rope, counts, strict=False)]))

    def wrong(self, counts: Sequence[int]) -> float:
        """Share of the skips that were missed or too many."""
        return sum(abs(r.truth - n) for r, n in zip(self.rope, counts, strict=False)) / self.skips

    def false(self, counts: Sequence[int]) -> int:
        """Skips where there were none."""
        return sum(counts[len(self.rope) :])


def follow(
    clips: Clips, settings: Sequence[Setting], engines: Mapping[str, PoseModel], begin: Callable[[str], None],
    change: Change = unchanged,
) -> list[Followed]:  # fmt: skip
    """Count all clips with all settings.

    Args:
        engines: an open pose engine for each that the settings name.
        begin: told the name of each clip as it begins.
        change: what is done to their pictures.
    """
    results = [Followed() for _ in settings]
    shared = {name: SharedModel(engine) for name, engine in engines.items()}
    for number, recording in enumerate(clips.all):
        begin(recording.file.stem)
        at_work = [_Following(setting, shared[setting.engine], result) for setting, result in zip(settings, results, strict=True)]
        for frame in change(VideoFile(recording.file)):
            for engine in shared.values():
                engine.next_picture()
            for one in at_work:
                one.look(frame, skipping=number < len(clips.rope))
        for one in at_work:
            one.end()
    return results


class _Following:
    """One setting on one clip."""

    def __init__(self, setting: Setting, engine: SharedModel, result: Followed) -> None:
        self._shared, self._model = engine, TimedModel(engine)
        self._tracker = OtherMotionTracker(setting.motion, self._model, None, setting.pose_hz, setting.phase)
        self._counter = RopePoseCounter()
        self._samples: list[BodySample] = []
        self._live = 0
        self._poses = 0
        self._result = result

    def look(self, frame: VideoFrame, *, skipping: bool) -> None:
        before = self._samples[-1] if self._samples else None
        started, spared_s = time.process_time(), self._shared.spared_s
        sample = self._tracker.track(frame.t_ns, frame.picture)
        tracked = time.process_time()
        events = self._counter.feed(sample)
        fed = time.process_time()
        poses, self._poses = self._model.poses - self._poses, self._model.poses
        if skipping and before is not None and before.present and sample.present:
            result = self._result
            result.pictures, result.poses = result.pictures + 1, result.poses + poses
            result.seconds += (sample.t_ns - before.t_ns) / 1e9
            result.track_s += tracked - started + self._shared.spared_s - spared_s
            result.live_s += fed - tracked
        self._live += sum(isinstance(event, Skip) for event in events)
        self._samples.append(sample)

    def end(self) -> None:
        self._result.live.append(self._live + sum(isinstance(event, Skip) for event in self._counter.flush()))
        self._result.official.append(count_official(self._samples).count)
