"""Pose engines by their spec: `onnxruntime:lite`, `onnxruntime:full`, `mediapipe:lite`, `mediapipe:full`.

onnxruntime computes on what it was built for: on a Jetson ask for `tensorrt` and `cuda`. The CPU is always the last one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from models.errors import ModelUnusable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from models.pose import PoseModel

VARIANTS = ("lite", "full")
CPU: Final = "CPUExecutionProvider"
PROVIDERS: Final = {
    "tensorrt": "TensorrtExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "xnnpack": "XnnpackExecutionProvider",
    "cpu": CPU,
}
"""Short names of onnxruntime's execution providers; any other is given by its own name."""


def choose_providers(wished: Sequence[str], available: Sequence[str]) -> tuple[list[str], list[str]]:
    """Which providers to use, the best first and the CPU last, and a sentence for each that is not there.

    Args:
        wished: short names or onnxruntime's own, the best first.
        available: what this onnxruntime was built for.
    """
    chosen: list[str] = []
    skipped: list[str] = []
    for wish in wished:
        name = PROVIDERS.get(wish.lower(), wish)
        if name not in available:
            there = ", ".join(available)
            skipped.append(f"provider {wish} skipped: this onnxruntime was built without it (it has {there})")
        elif name != CPU and name not in chosen:
            chosen.append(name)
    return [*chosen, CPU], skipped


def _nobody(_sentence: str) -> None:
    pass


def open_pose_model(spec: str, providers: Sequence[str] = (), tell: Callable[[str], None] = _nobody) -> PoseModel:
    """The pose engine that a spec names.

    Args:
        providers: of onnxruntime, the best first; those that are not there are skipped, and the CPU is always the last one.
        tell: gets a sentence for each that was skipped.

    Raises:
        ModelUnusable: no such engine or model, the model is not built, or the engine is not installed.
    """
    engine, _, variant = spec.partition(":")
    opener = ENGINES.get(engine)
    if opener is None or variant not in VARIANTS:
        known = ", ".join(f"{name}:{kind}" for name in ENGINES for kind in VARIANTS)
        raise ModelUnusable(f"'{spec}' names no pose engine; write one of: {known}")
    return opener(variant, providers, tell)


def _onnxruntime(variant: str, providers: Sequence[str], tell: Callable[[str], None]) -> PoseModel:
    from models.blazepose import BlazePose, available_providers  # noqa: PLC0415 - loaded when it is used

    chosen, skipped = choose_providers(providers, available_providers())
    for sentence in skipped:
        tell(sentence)
    while True:
        try:
            model = BlazePose(variant, chosen)
        except ModelUnusable as exc:
            if len(chosen) == 1:
                raise
            tell(f"provider {chosen.pop(0)} skipped: {exc}")
            continue
        if model.provider != chosen[0]:
            tell(f"provider {chosen[0]} skipped: onnxruntime could not start it and took {model.provider}")
        return model


def _mediapipe(variant: str, providers: Sequence[str], tell: Callable[[str], None]) -> PoseModel:
    from models.mediapipe_pose import MediapipePose  # noqa: PLC0415 - loaded when it is used

    if providers:
        tell("pose_providers is for onnxruntime; MediaPipe computes on the CPU")
    return MediapipePose(variant)


ENGINES: dict[str, Callable[[str, Sequence[str], Callable[[str], None]], PoseModel]] = {
    "onnxruntime": _onnxruntime,
    "mediapipe": _mediapipe,
}
