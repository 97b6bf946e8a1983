"""Both pose engines behind one port: the same conformance, and agreement with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.errors import ModelUnusable
from models.open import open_pose_model
from models.pose import LANDMARKS, PoseModel, Region
from simulators.camera import STANDING, Scene

if TYPE_CHECKING:
    from collections.abc import Iterator

SCENE = Scene(stations=2, size=(960, 720))
PICTURE = SCENE.render([STANDING, None])
X, Y, WIDTH, HEIGHT = SCENE.squares[0]
THERE = Region(X + WIDTH / 2, Y + HEIGHT / 2, float(HEIGHT))
EMPTY = Region(SCENE.squares[1][0] + WIDTH / 2, Y + HEIGHT / 2, float(HEIGHT))


@pytest.fixture(scope="module", params=["onnxruntime:lite", "onnxruntime:full", "mediapipe:lite"])
def model(request: pytest.FixtureRequest) -> Iterator[PoseModel]:
    opened = open_pose_model(request.param)
    yield opened
    opened.close()


# MediaPipe's own imports use what newer Pythons call old.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_a_body_is_found_where_it_is(model: PoseModel) -> None:
    regions = model.detect(PICTURE[:, :480])
    assert len(regions) == 1
    assert abs(regions[0].center_x - THERE.center_x) < 0.2 * HEIGHT
    pose = model.pose(PICTURE, THERE)
    assert pose is not None
    assert pose.xy_px.shape == (len(LANDMARKS), 2)
    assert pose.visibility.shape == (len(LANDMARKS),)
    assert 0.5 <= pose.presence <= 1.0
    nose, ankle = pose.xy_px[LANDMARKS.index("nose")], pose.xy_px[LANDMARKS.index("left_ankle")]
    assert nose[1] < ankle[1]
    assert X < nose[0] < X + WIDTH


def test_the_next_region_finds_the_body_again(model: PoseModel) -> None:
    first = model.pose(PICTURE, THERE)
    assert first is not None
    second = model.pose(PICTURE, first.region)
    assert second is not None
    assert np.abs(first.xy_px - second.xy_px).mean() < 0.02 * HEIGHT


def test_an_empty_place_is_empty(model: PoseModel) -> None:
    assert model.pose(PICTURE, EMPTY) is None
    assert model.detect(np.full((300, 300, 3), 120, dtype=np.uint8)) == []


def test_the_engine_in_use_is_named(model: PoseModel) -> None:
    assert model.name.split("/")[0] in {"onnxruntime", "mediapipe"}


def test_two_engines_agree_on_where_the_body_is() -> None:
    ours, theirs = open_pose_model("onnxruntime:lite"), open_pose_model("mediapipe:lite")
    a, b = ours.pose(PICTURE, THERE), theirs.pose(PICTURE, THERE)
    theirs.close()
    assert a is not None
    assert b is not None
    big = [LANDMARKS.index(f"{side}_{part}") for side in ("left", "right") for part in ("shoulder", "hip", "knee", "ankle")]
    body_px = float(np.ptp(a.xy_px[:, 1]))
    assert np.abs(a.xy_px[big] - b.xy_px[big]).mean() < 0.03 * body_px


def test_a_wrong_spec_says_what_there_is() -> None:
    with pytest.raises(ModelUnusable, match="onnxruntime:lite"):
        open_pose_model("crystal:ball")
