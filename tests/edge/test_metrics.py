"""What Prometheus is told of the cameras and of the journal."""

from __future__ import annotations

from typing import Any

from edge.capture.camera_watch import CameraWatch
from edge.capture.cameras import Camera
from edge.capture.layout import Layout
from edge.capture.load_shedding import LoadShedding
from edge.metrics import COUNTERS, GAUGES, of_cameras, of_journal
from edge.store.journal import JournalStatus

S = 1_000_000_000


def watch(name: str, shedding: LoadShedding | None = None) -> CameraWatch:
    nothing: Any = None
    return CameraWatch(Camera(name, "v4l2:0"), Layout({}), nothing, 5.0, frozenset, nothing, shedding)


def test_each_camera_tells_its_load_its_rate_and_its_engine() -> None:
    shedding = LoadShedding(5.0)
    for index in range(100):
        shedding.worked(index * S // 10, S // 10, 0, 1)
    busy, idle = watch("north", shedding), watch("south")
    busy.model_name = "onnxruntime/lite/CPUExecutionProvider"
    told = {
        (sample.name, *sample.labels.values()): sample.value for metric in of_cameras([busy, idle]) for sample in metric.samples
    }
    assert told["touchline_camera_load", "north"] == 2
    assert told["touchline_camera_load", "south"] == 0
    assert told["touchline_camera_pose_hz", "north"] == 1.5
    assert told["touchline_camera_pose_hz", "south"] == 5.0
    assert told["touchline_camera_engine", "north", "onnxruntime/lite/CPUExecutionProvider"] == 1
    assert ("touchline_camera_engine", "south", "") not in told
    assert told["touchline_camera_live", "south"] == 0
    assert told["touchline_camera_frames_left_out_total", "north"] == 0


def test_every_metric_of_a_camera_is_declared() -> None:
    names = {metric.name for metric in of_cameras([watch("north")])}
    assert names <= COUNTERS.keys() | GAUGES.keys()
    assert {name for name in (*COUNTERS, *GAUGES) if name.startswith("touchline_camera_")} == names


def test_each_fault_of_the_disk_has_its_own_counter() -> None:
    status = JournalStatus(
        newest_seq=9, pending=3, bytes_used=1, bytes_limit=2, commits=4, set_aside=("gateway.db.damaged-0a1b2c3d",),
        refused=5, purged=6, faults=7, damaged=8, repaired=9, salvaged=10, left_behind=11,
    )  # fmt: skip
    told = {sample.name: sample.value for metric in of_journal(status) for sample in metric.samples}
    named = ("commits", "refused", "purged", "faults", "damaged", "repaired", "salvaged", "left_behind")
    assert [told[f"touchline_journal_{name}_total"] for name in named] == [4, 5, 6, 7, 8, 9, 10, 11]
    assert told["touchline_journal_set_aside_total"] == 1
    assert {name.removesuffix("_total") for name in told} <= COUNTERS.keys()
