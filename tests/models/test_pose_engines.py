"""Both pose engines behind one port: the same conformance, and agreement with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from models.errors import ModelUnusable
from models.open import CPU, choose_providers, open_pose_model
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


JETSON = ["TensorrtExecutionProvider", "CUDAExecutionProvider", CPU]


@pytest.mark.parametrize(
    ("wished", "available", "chosen", "skipped"),
    [
        ([], [CPU], [CPU], 0),
        (["tensorrt", "cuda"], JETSON, JETSON, 0),
        (["cuda", "cpu", "tensorrt"], JETSON, ["CUDAExecutionProvider", "TensorrtExecutionProvider", CPU], 0),
        (["tensorrt", "cuda"], [CPU], [CPU], 2),
        (["CUDAExecutionProvider", "cuda", "abacus"], JETSON, ["CUDAExecutionProvider", CPU], 1),
    ],
)
def test_providers_are_taken_in_the_wished_order_and_the_cpu_last(
    wished: list[str], available: list[str], chosen: list[str], skipped: int
) -> None:
    taken, said = choose_providers(wished, available)
    assert taken == chosen
    assert len(said) == skipped
    assert all("skipped" in sentence and CPU in sentence for sentence in said)


def test_a_provider_that_is_not_there_is_said_and_the_cpu_computes() -> None:
    said: list[str] = []
    model = open_pose_model("onnxruntime:lite", ["tensorrt", "abacus"], said.append)
    assert model.name == f"onnxruntime/lite/{CPU}"
    assert [sentence.split(" skipped")[0] for sentence in said] == ["provider tensorrt", "provider abacus"]
    assert model.pose(PICTURE, THERE) is not None


def test_a_provider_that_cannot_be_started_is_said_and_the_next_one_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    import onnxruntime

    real = onnxruntime.InferenceSession

    def without_a_driver(*args: object, providers: list[str], **more: object) -> object:
        if providers[0] != CPU:
            raise RuntimeError("no driver")
        return real(*args, providers=providers, **more)

    monkeypatch.setattr(onnxruntime, "InferenceSession", without_a_driver)
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: JETSON)
    said: list[str] = []
    assert open_pose_model("onnxruntime:lite", ["tensorrt", "cuda"], said.append).name == f"onnxruntime/lite/{CPU}"
    assert [sentence.split(" skipped")[0] for sentence in said] == [f"provider {name}" for name in JETSON[:2]]
    assert all("no driver" in sentence for sentence in said)


def test_providers_are_not_for_mediapipe() -> None:
    said: list[str] = []
    open_pose_model("mediapipe:lite", ["cuda"], said.append).close()
    assert "onnxruntime" in said[0]


def test_a_wrong_spec_says_what_there_is() -> None:
    with pytest.raises(ModelUnusable, match="onnxruntime:lite"):
        open_pose_model("crystal:ball")
