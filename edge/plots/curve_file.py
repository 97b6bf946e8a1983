"""What accuracy costs, setting by setting, as a JSON file: `bench vision-curve` writes it, `plot curve` draws it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Runs = tuple[float, ...]


class CurveUnreadable(ValueError):
    """Says in one line what is wrong with the file, without its name."""


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """One pose engine at one rate of key frames; each tuple has a value a placing of the key frames.

    Attributes:
        engine: as in the settings.
        pose_hz: key frames a second that were asked for; `None` for a pose in every picture.
        poses_hz: that were taken; more where motion was in doubt.
        cost_ms: CPU a pupil and picture while somebody skips: following and live count, decode apart.
        official_within, live_within: share of the clips within what is allowed.
        official_wrong, live_wrong: share of the skips.
        official_false, live_false: skips counted in the clips without a rope.
    """

    engine: str
    pose_hz: float | None
    poses_hz: Runs
    cost_ms: Runs
    official_within: Runs
    official_wrong: Runs
    official_false: Runs
    live_within: Runs
    live_wrong: Runs
    live_false: Runs


@dataclass(frozen=True, slots=True)
class Curve:
    """All of them, and what they were measured on: clips with skips, the true number of these, clips without a rope."""

    clips: int
    skips: int
    quiet_clips: int
    points: tuple[CurvePoint, ...]


def write_curve(path: Path, curve: Curve) -> None:
    """Write a curve; the file is made anew."""
    path.write_text(json.dumps(asdict(curve), indent=1) + "\n", encoding="utf-8")


def read_curve(path: Path) -> Curve:
    """Read a curve.

    Raises:
        CurveUnreadable: missing, or not such a file.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        points = tuple(_point(point) for point in told["points"])
        curve = Curve(int(told["clips"]), int(told["skips"]), int(told["quiet_clips"]), points)
    except OSError as exc:
        raise CurveUnreadable(f"cannot be read ({exc.strerror})") from exc
    except (KeyError, TypeError, ValueError) as exc:
        raise CurveUnreadable("not a file of 'touchline bench vision-curve'") from exc
    if not points:
        raise CurveUnreadable("there is no setting in it")
    return curve


def _point(told: dict[str, object]) -> CurvePoint:
    values = {one.name: told[one.name] for one in fields(CurvePoint)}
    runs: dict[str, Runs] = {name: _runs(value) for name, value in values.items() if name not in {"engine", "pose_hz"}}
    pose_hz = values["pose_hz"]
    return CurvePoint(str(values["engine"]), None if pose_hz is None else float(str(pose_hz)), **runs)


def _runs(value: object) -> Runs:
    if not isinstance(value, list) or not value:
        raise ValueError("no list of runs")
    return tuple(float(one) for one in value)


def engines(points: Sequence[CurvePoint]) -> list[str]:
    """The engines of a curve, in their order."""
    return list(dict.fromkeys(point.engine for point in points))
