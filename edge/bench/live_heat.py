"""A heat of ten, live: a process of its own that reads a clip as a camera, at its pace, and counts as a gateway does.

    python -m edge.bench.live_heat CLIP SQUARES SECONDS

SQUARES is a JSON list of x, y, width, height. All modules of the gateway are loaded, so that its memory is told as it is. It prints
one JSON object, see `LiveHeat`.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from edge.capture.camera_watch import CameraWatch
from edge.capture.cameras import Camera
from edge.capture.layout import Layout
from edge.capture.stations import Square
from edge.counting.rope_pose import RopePoseCounter
from edge.settings import CameraSettings
from models.open import open_pose_model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from edge.counting.samples import BodySample

WARM_S: Final = 3.0
"""The engine opens and everybody is found."""
STATUS: Final = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class LiveHeat:
    """What a heat took.

    Attributes:
        late_ms: 50, 99 and 100 of 100 samples: from the stamp of a picture until its live count was known.
        share_of_core: of the whole process, reading and unpacking of pictures among it.
        rss_mb: highest memory of the process; `None` where the system does not tell.
        pictures_hz: looked at a second and station.
        left_out: share of the pictures that were dropped.
        load: what was shed at the end, see `LoadShedding`.
    """

    late_ms: tuple[float, float, float]
    share_of_core: float
    rss_mb: float | None
    pictures_hz: float
    left_out: float
    load: str


def live_heat(clip: Path, squares: Sequence[Square], seconds: float) -> LiveHeat:
    """Start the process and wait for it.

    Raises:
        RuntimeError: it failed; the last line that it said.
    """
    told = json.dumps([[s.x, s.y, s.width, s.height] for s in squares])
    command = [sys.executable, "-m", "edge.bench.live_heat", str(clip), told, str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell, our own words
    if done.returncode:
        raise RuntimeError(f"the live heat failed: {(done.stderr.splitlines() or ['no words'])[-1]}")
    told_back = json.loads(done.stdout.splitlines()[-1])
    return LiveHeat(**told_back | {"late_ms": tuple(told_back["late_ms"])})


async def _watch(clip: Path, squares: Sequence[Square], seconds: float) -> LiveHeat:
    camera = Camera("bench", f"file:{clip}?loop=1")
    layout = Layout(dict(enumerate(squares, 1)))
    counters = {station: RopePoseCounter() for station in layout.squares}
    late_ns: list[int] = []

    def on_sample(station: int, sample: BodySample) -> None:
        counters[station].feed(sample)
        late_ns.append(time.monotonic_ns() - sample.t_ns)

    pose_hz = float(CameraSettings.model_fields["pose_hz"].default)
    watch = CameraWatch(
        camera, layout, lambda: open_pose_model("onnxruntime:lite"), pose_hz, lambda: frozenset(layout.squares), on_sample
    )
    running = asyncio.create_task(watch.run(), name="camera")
    await asyncio.sleep(WARM_S)
    late_ns.clear()
    started_s, cpu_s, before = time.monotonic(), time.process_time(), camera.status
    await asyncio.sleep(seconds)
    cpu_s, wall_s, after = time.process_time() - cpu_s, time.monotonic() - started_s, camera.status
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    if not late_ns:
        raise RuntimeError(watch.model_error or after.error or "no sample came")
    half, most, worst = np.quantile(np.array(late_ns) / 1e6, (0.5, 0.99, 1.0)).tolist()
    frames, dropped = after.frames - before.frames, after.frames_dropped - before.frames_dropped
    return LiveHeat(
        (half, most, worst), cpu_s / wall_s, highest_mb(), len(late_ns) / len(squares) / wall_s, dropped / max(1, frames),
        watch.shedding.load,
    )  # fmt: skip


def highest_mb() -> float | None:
    """Highest memory of this process; `None` where the system does not tell."""
    if not STATUS.is_file():
        return None
    lines = dict(line.split(":", 1) for line in STATUS.read_text(encoding="ascii", errors="replace").splitlines() if ":" in line)
    return int(lines["VmHWM"].split()[0]) / 1024


def main(clip: str, squares: str, seconds: str) -> None:
    """See the module."""
    importlib.import_module("edge.agent")
    result = asyncio.run(_watch(Path(clip), [Square(*square) for square in json.loads(squares)], float(seconds)))
    print(json.dumps(asdict(result)))  # noqa: T201 - spoken to the bench


if __name__ == "__main__":
    main(*sys.argv[1:4])
