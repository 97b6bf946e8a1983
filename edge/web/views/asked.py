"""What a page asks for while a lesson goes on: bodies of requests."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from edge.web.views.base import View


class OpenLesson(View):
    """Body of `POST /api/lessons`."""

    roster: str
    activity: str


class StartHeat(View):
    """Body of `POST /api/heats/start`: start the heat on the page; without a countdown, the one of the settings.

    A run may start in `waves`, `wave_gap_s` one after the other, or `rolling`: everybody's time begins at the own first pass.
    """

    countdown_s: Annotated[int, Field(ge=0, le=30)] | None = None
    waves: Annotated[int, Field(ge=1, le=20)] = 1
    wave_gap_s: Annotated[int, Field(ge=1, le=600)] = 30
    rolling: bool = False


class Correction(View):
    """Body of `POST /api/attempts/{attempt}/correct`."""

    count: int
    reason: Literal["watched", "band_wrong", "camera_wrong", "rule", "other"]


class Tap(View):
    """Body of `POST /api/attempts/{attempt}/laps`: the runner is at the line now, or was at `at_ms` since the signal."""

    at_ms: Annotated[int, Field(ge=0, le=86_400_000)] | None = None


class Stop(View):
    """Body of `POST /api/attempts/{attempt}/stop`: a runner gives up; with `stopped` false he runs on."""

    stopped: bool = True


class FalseStart(View):
    """Body of `POST /api/attempts/{attempt}/false-start`: this one was over the line so long before the signal; 0: it was not."""

    early_ms: Annotated[int, Field(ge=0, le=60_000)]


class OrderAnswer(View):
    """Body of `POST /api/orders/{dispute}`: by crossing who it was, `None` where it was nobody of these."""

    attempts: Annotated[list[str | None], Field(min_length=1, max_length=60)]


class Presence(View):
    """Body of `POST /api/pupils/{pupil}/presence`."""

    present: bool
