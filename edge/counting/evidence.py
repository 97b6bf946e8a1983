"""The evidence of an attempt: what a person needs to look at a count again, small enough to keep for weeks.

Signals are thinned and quantised, poses are those of the key frames, times are milliseconds since the signal. As bytes it is one
version byte and zlib over MessagePack; `MOST_BYTES_A_MINUTE` says how large it can become.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np
from scipy.ndimage import gaussian_filter1d

from edge.counting.signal import runs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Literal

    from numpy.typing import NDArray

    from edge.counting.events import OfficialCount
    from edge.counting.samples import BodySample, MotionSamples

VERSION: Final = 1
MOST_BYTES: Final = 4 << 20
"""Unpacked; more is no evidence of ours."""
MOST_BYTES_A_MINUTE: Final = 48_000
"""Bound, were nothing of it compressible: 30 Hz and 25 Hz waves, eight poses a second, ten skips a second from two sources."""

BODY_RATE_HZ: Final = 30.0
MOTION_RATE_HZ: Final = 25.0
MOST_VALUES: Final = 20_000
"""Of one wave; a longer attempt is thinned further (11 minutes at 30 Hz)."""
POSES_APART_NS: Final = 120_000_000
"""Key frames that come oftener are left out: between two poses the bounce signal carries the figure."""
UNSEEN_NS: Final = 500_000_000
"""Pictures further apart than this leave a gap."""
TREND_S: Final = 0.8
"""Sigma of the drift that is taken out of the heights, which have no origin of their own: much slower than skips."""
TORSO_STEPS: Final = 1_000
"""A wave of the body has steps of a thousandth of a torso."""
PIXEL_STEPS: Final = 4
"""A pose has steps of a quarter of a pixel."""
ACCEL_STEPS: Final = 100
"""A band's wave has steps of 0.01 m/s²."""
INT16: Final = (-32_768, 32_767)

JOINTS: Final = (0, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
"""Of the 33 points of BlazePose: nose, then left and right shoulder, elbow, wrist, hip, knee, ankle."""


class EvidenceUnreadable(ValueError):
    """The bytes are no evidence that this version can read."""


@dataclass(frozen=True, slots=True)
class RawEvidence:
    """What the counters of one attempt had before them.

    Attributes:
        starts_ns: the signal.
        body: looks of the camera at the square, in any order; empty without a camera.
        motion: raw motion of the band where it streams that.
        picture_px: width and height of the camera's picture, where known.
    """

    starts_ns: int
    body: Sequence[BodySample] = ()
    motion: MotionSamples | None = None
    picture_px: tuple[int, int] | None = None


class Marks(msgspec.Struct, frozen=True):
    """An official count on the time line; see `OfficialCount`. A bout is its begin, its end and its skips."""

    count: int
    skips_ms: tuple[int, ...]
    trips_ms: tuple[int, ...]
    bouts: tuple[tuple[int, int, int], ...]
    confidence: float
    double_unders: int = 0
    rope_seen: bool | None = None
    timed: bool = True


class Wave(msgspec.Struct, frozen=True):
    """An even signal in whole steps, packed as differences.

    Attributes:
        rate_hz: values a second.
        first_ms: time of the first value.
        packed: int16 differences in two planes (low bytes, high bytes), which zlib likes.
    """

    rate_hz: float
    first_ms: int
    packed: bytes

    def steps(self) -> NDArray[np.int16]:
        """The values, int16[n]."""
        values: NDArray[np.int16] = _unpacked(self.packed, 1)[0]
        return values


class Poses(msgspec.Struct, frozen=True):
    """Key frames.

    Attributes:
        t_ms: their times, ascending.
        packed: see `quarters`.
        torso_px: median torso length, which turns a wave of the body into pixels.
    """

    t_ms: tuple[int, ...]
    packed: bytes
    torso_px: float

    def quarters(self) -> NDArray[np.int16]:
        """int16[poses, 13, 2]: x and y of `JOINTS` in quarters of a pixel of the picture."""
        by_pose: NDArray[np.int16] = np.ascontiguousarray(_unpacked(self.packed, 2 * len(JOINTS)).T)
        return by_pose.reshape(-1, len(JOINTS), 2)


class CameraEvidence(msgspec.Struct, frozen=True):
    """What a camera saw.

    Attributes:
        bounce: mean height of shoulders, hips, knees and feet without its slow drift, thousandths of a torso; 0 where nobody is.
        stride: left knee above the right one, thousandths of a torso.
        present: from and to (exclusive) of the values at which a body was seen.
        picture_px: width and height of the picture that the poses are in.
    """

    marks: Marks
    bounce: Wave
    stride: Wave
    present: tuple[tuple[int, int], ...]
    poses: Poses
    picture_px: tuple[int, int] | None = None


class BandEvidence(msgspec.Struct, frozen=True):
    """What a band told; `motion` is the magnitude of its acceleration in 0.01 m/s² where it streams that."""

    marks: Marks
    motion: Wave | None = None


class Evidence(msgspec.Struct, frozen=True):
    """Both sides of one attempt."""

    camera: CameraEvidence | None = None
    band: BandEvidence | None = None


def evidence_of(raw: RawEvidence, counts: Mapping[Literal["band", "camera"], OfficialCount]) -> Evidence | None:
    """The evidence of an attempt, or `None` when there is nothing to look at.

    Args:
        counts: the official counts that were taken from `raw`.
    """
    camera = band = None
    if "camera" in counts and any(sample.present for sample in raw.body):
        camera = _camera(raw, counts["camera"])
    if "band" in counts:
        band = BandEvidence(_marks(counts["band"], raw.starts_ns), _motion(raw))
    return Evidence(camera, band) if camera or (band and band.motion) else None


def to_bytes(evidence: Evidence) -> bytes:
    """Pack evidence for the disk."""
    return bytes([VERSION]) + zlib.compress(msgspec.msgpack.encode(evidence), 6)


def from_bytes(data: bytes) -> Evidence:
    """Read packed evidence.

    Raises:
        EvidenceUnreadable: another version, cut off, damaged, or parts that do not fit each other.
    """
    if data[:1] != bytes([VERSION]):
        raise EvidenceUnreadable(f"evidence of version {data[0] if data else 'none'}; this gateway reads {VERSION}")
    try:
        unzip = zlib.decompressobj()
        body = unzip.decompress(data[1:], MOST_BYTES)
        if not unzip.eof:
            raise EvidenceUnreadable("evidence is cut off or too large")
        evidence = _decoder.decode(body)
        _check(evidence)
    except (zlib.error, msgspec.MsgspecError, ValueError) as exc:
        raise EvidenceUnreadable(f"not evidence: {exc}") from exc
    return evidence


_decoder: msgspec.msgpack.Decoder[Evidence] = msgspec.msgpack.Decoder(Evidence)


def _check(evidence: Evidence) -> None:
    if evidence.camera is not None:
        camera = evidence.camera
        values = len(camera.bounce.steps())
        if len(camera.stride.steps()) != values or any(not 0 <= a < b <= values for a, b in camera.present):
            raise EvidenceUnreadable("its waves differ in length")
        if len(camera.poses.quarters()) != len(camera.poses.t_ms):
            raise EvidenceUnreadable("its poses and their times differ in number")
    if evidence.band is not None and evidence.band.motion is not None:
        evidence.band.motion.steps()


def _marks(count: OfficialCount, starts_ns: int) -> Marks:
    def since(t_ns: int) -> int:
        return round((t_ns - starts_ns) / 1e6)

    return Marks(
        count=count.count,
        skips_ms=tuple(map(since, count.event_t_ns)),
        trips_ms=tuple(map(since, count.trip_t_ns)),
        bouts=tuple((since(bout.start_ns), since(bout.end_ns), bout.count) for bout in count.bouts),
        confidence=round(count.confidence, 3),
        double_unders=count.double_unders,
        rope_seen=count.rope_seen,
        timed=count.timed,
    )


def _camera(raw: RawEvidence, count: OfficialCount) -> CameraEvidence:
    samples = sorted({s.t_ns: s for s in raw.body}.values(), key=lambda s: s.t_ns)
    t_ns = np.array([s.t_ns for s in samples], dtype=np.int64)
    grid_ns, rate_hz = _grid(t_ns, BODY_RATE_HZ)
    present = _present(samples, t_ns, grid_ns)
    seen = [s for s in samples if s.present]
    seen_ns = np.array([s.t_ns for s in seen], dtype=np.int64)
    heights = np.array([(s.shoulders + s.hips + s.knees + s.feet) / 4 for s in seen])
    bounce = np.interp(grid_ns, seen_ns, heights)
    stride = np.interp(grid_ns, seen_ns, np.array([s.stride for s in seen]))
    for first, end in present:
        part = bounce[first:end]
        bounce[first:end] = part - gaussian_filter1d(part, TREND_S * rate_hz, mode="nearest")
    unseen = np.ones(len(grid_ns), dtype=bool)
    for first, end in present:
        unseen[first:end] = False
    bounce[unseen] = stride[unseen] = 0.0
    first_ms = round((int(grid_ns[0]) - raw.starts_ns) / 1e6)
    return CameraEvidence(
        marks=_marks(count, raw.starts_ns),
        bounce=Wave(rate_hz, first_ms, _packed(_steps(bounce, TORSO_STEPS)[None])),
        stride=Wave(rate_hz, first_ms, _packed(_steps(stride, TORSO_STEPS)[None])),
        present=present,
        poses=_poses(seen, raw.starts_ns),
        picture_px=raw.picture_px,
    )


def _grid(t_ns: NDArray[np.int64], most_hz: float) -> tuple[NDArray[np.float64], float]:
    """Even times over the samples, at their usual rate or at `most_hz`."""
    length_s = (int(t_ns[-1]) - int(t_ns[0])) / 1e9
    usual_s = float(np.median(np.diff(t_ns))) / 1e9 if len(t_ns) > 1 else 1.0 / most_hz
    rate_hz = min(most_hz, 1.0 / max(usual_s, 1e-3), MOST_VALUES / max(length_s, 1e-3))
    rate_hz = max(round(rate_hz, 3), 0.001)
    values = min(int(length_s * rate_hz + 0.1) + 1, MOST_VALUES)
    return t_ns[0] + np.arange(values) / rate_hz * 1e9, rate_hz


def _present(samples: Sequence[BodySample], t_ns: NDArray[np.int64], grid_ns: NDArray[np.float64]) -> tuple[tuple[int, int], ...]:
    """Runs of the grid at which the nearest picture showed a body."""
    after = np.clip(np.searchsorted(t_ns, grid_ns), 1, max(len(t_ns) - 1, 1))
    if len(t_ns) > 1:
        nearest = np.where(grid_ns - t_ns[after - 1] <= t_ns[after] - grid_ns, after - 1, after)
    else:
        nearest = np.zeros(len(grid_ns), dtype=np.int64)
    there = np.array([s.present for s in samples], dtype=bool)[nearest]
    near = np.abs(grid_ns - t_ns[nearest]) <= UNSEEN_NS / 2
    return tuple((int(first), int(end)) for first, end in runs(there & near))


def _poses(seen: Sequence[BodySample], starts_ns: int) -> Poses:
    rows: list[NDArray[np.float32]] = []
    times: list[int] = []
    newest_ns: int | None = None
    for sample in seen:
        if sample.pose_px is None or (newest_ns is not None and sample.t_ns - newest_ns < POSES_APART_NS):
            continue
        newest_ns = sample.t_ns
        rows.append(sample.pose_px[list(JOINTS)])
        times.append(round((sample.t_ns - starts_ns) / 1e6))
    quarters = _steps(np.array(rows, dtype=np.float64).reshape(len(rows), -1), PIXEL_STEPS)
    torso_px = float(np.median([s.torso_px for s in seen]))
    return Poses(tuple(times), _packed(quarters.T), round(torso_px, 2))


def _motion(raw: RawEvidence) -> Wave | None:
    """The magnitude as the mean of even bins: what is thinner than a bin cannot fold back into the picture."""
    if raw.motion is None or len(raw.motion.t_ns) < 2:
        return None
    order = np.argsort(raw.motion.t_ns, kind="stable")
    t_ns = raw.motion.t_ns[order]
    size = np.linalg.norm(raw.motion.accel_mps2[order].astype(np.float64), axis=1)
    grid_ns, rate_hz = _grid(t_ns, MOTION_RATE_HZ)
    place = np.clip(np.round((t_ns - t_ns[0]) / 1e9 * rate_hz).astype(np.int64), 0, len(grid_ns) - 1)
    many = np.bincount(place, minlength=len(grid_ns))
    filled = np.flatnonzero(many)
    means = np.bincount(place, weights=size, minlength=len(grid_ns))[filled] / many[filled]
    even = np.interp(np.arange(len(grid_ns)), filled, means)
    return Wave(rate_hz, round((int(t_ns[0]) - raw.starts_ns) / 1e6), _packed(_steps(even, ACCEL_STEPS)[None]))


# --- packing ---------------------------------------------------------------------------------------------------------------


def _steps(values: NDArray[np.float64], steps: int) -> NDArray[np.int16]:
    whole: NDArray[np.int16] = np.clip(np.round(np.nan_to_num(values) * steps), *INT16).astype(np.int16)
    return whole


def _packed(rows: NDArray[np.int16]) -> bytes:
    """int16[rows, n] as differences along each row (modulo 2¹⁶, so none is too large), low bytes first, then high bytes."""
    wide: NDArray[Any] = np.diff(rows.astype(np.int32), axis=1, prepend=0).astype(np.int16).astype("<i2")
    return wide.reshape(-1).view(np.uint8).reshape(-1, 2).T.tobytes()


def _unpacked(packed: bytes, rows: int) -> NDArray[np.int16]:
    planes = np.frombuffer(packed, dtype=np.uint8)
    if planes.size % (2 * rows):
        raise EvidenceUnreadable("a wave of it is cut off")
    wide = np.ascontiguousarray(planes.reshape(2, -1).T).view("<i2").reshape(rows, -1)
    summed: NDArray[np.int16] = np.cumsum(wide.astype(np.int64), axis=1).astype(np.int16)
    return summed
