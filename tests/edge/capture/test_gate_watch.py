"""A camera at the line: crossings of the wanted way come out, the photo finish is even in time, a new line begins anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from edge.capture.cameras import Frame
from edge.capture.gate_watch import GateWatch
from edge.capture.look_pace import LookPace
from edge.counting.gate_line import GateLine
from edge.counting.line import Line
from models.open import open_pose_model
from simulators.gate_film import GateFilm, Runner

if TYPE_CHECKING:
    from edge.counting.events import Crossing
    from edge.counting.gate_line import GateEnd

S = 1_000_000_000
FILM = GateFilm([Runner(over_s=1.5), Runner(over_s=2.6, to_right=False, lane_m=1.0)], seconds=3.6, seed=4)


def watched(direction: str | None, pace: LookPace | None = None) -> tuple[GateWatch, list[tuple[GateEnd, Crossing]]]:
    found: list[tuple[GateEnd, Crossing]] = []
    line = GateLine(Line(*FILM.line_px), (1280, 720), "far", direction)  # type: ignore[arg-type]
    gate = GateWatch("track", line, lambda: True, lambda end, crossing: found.append((end, crossing)), pace=pace)
    model = open_pose_model("onnxruntime:lite")
    for number, (t_s, picture) in enumerate(FILM.shots()):
        gate.tell(gate.look(Frame(round(t_s * S), number, picture), model))
    model.close()
    return gate, found


def test_only_who_goes_the_way_of_the_run_crosses_and_both_are_on_the_photo_finish() -> None:
    gate, found = watched("left_to_right")
    assert [(end, crossing.direction) for end, crossing in found] == [("far", "left_to_right")]
    assert abs(found[0][1].t_ns / S - FILM.passings[0].t_s) < 0.1
    packed = gate.jpeg(1 * S, 3 * S, 200.0)
    assert packed is not None
    photo = cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_COLOR)
    assert photo is not None
    assert photo.shape[1] == 400, "time runs evenly, 200 px a second"
    # Between the horizon and the ground nothing but bodies differs from the middle of all columns.
    rows = photo[photo.shape[0] // 2 : photo.shape[0] * 2 // 3].astype(float)
    bodies = np.abs(rows - np.median(rows, axis=1, keepdims=True)).mean(axis=(0, 2))
    for passing in FILM.passings:
        at = round((passing.t_s - 1.0) * 200)
        assert bodies[at - 10 : at + 10].max() > 3 * np.median(bodies), "a body is where it crossed"


def test_the_photo_finish_outlives_the_run() -> None:
    gate, _ = watched("left_to_right")
    gate.forget()
    assert gate.jpeg(1 * S, 3 * S, 200.0) is not None


def test_nothing_is_kept_of_a_time_that_was_not_seen() -> None:
    gate = GateWatch("track", GateLine(Line(*FILM.line_px)), lambda: False, lambda _end, _crossing: None)
    assert gate.jpeg(0, S, 100.0) is None
    assert not gate.wanted


def test_a_slow_computer_leaves_pictures_out_and_finds_everybody_all_the_same() -> None:
    pace = LookPace(share=0.001, least_hz=15.0)
    gate, found = watched(None, pace)
    assert gate.pictures_left_out == pytest.approx(len(list(FILM.shots())) / 2, abs=3)
    for passing, (_, crossing) in zip(FILM.passings, found, strict=True):
        assert abs(crossing.t_ns / S - passing.t_s) < 0.1
