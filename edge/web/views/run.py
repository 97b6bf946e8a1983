"""A run as the pages see it: laps, runners, and orders that are put to the teacher."""

from __future__ import annotations

from typing import Literal

from edge.web.views.base import View


class LapView(View):
    """A pass of the line: `ms` since the pass before it, `at_ms` since the signal, `at_m` from the start.

    `by`: who says so. `doubt`: why to look at it. `in_question`: the teacher has been asked who it was.
    """

    lap: str
    ms: int
    at_ms: int
    at_m: int
    by: list[Literal["camera", "band", "bib", "teacher"]]
    doubt: Literal["unsure", "no_steps", "missed_touch"] | None
    in_question: bool


class RunnerView(View):
    """How far a runner is.

    `left`: laps to go, `None` without a finish. `finish_ms`: the time at the finish, before it at the pace so far. `gap_ms`: behind
    the first at the same distance. `early_ms`: over the line so long before the signal.
    """

    attempt: str
    passes: int
    left: int | None
    at_m: int
    elapsed_ms: int
    laps: list[LapView]
    pace_s_per_km: int | None
    finish_ms: int | None
    finished: bool
    place: int | None
    gap_ms: int | None
    laps_behind: int
    stopped: bool
    early_ms: int


class OrderView(View):
    """A question to the teacher: these crossed together, who was first? Crossings in ms since the signal, the first one first.

    `attempts`: who may have been there, in the likely order.
    """

    dispute: str
    crossings_ms: list[int]
    attempts: list[str]


class RunView(View):
    """A run: its course, the runners in the order of the tiles, and what the teacher is asked. All times are ms since the signal.

    `early_ms`: bodies over the line before it, of whom nobody has said who they were. `waiting_ms`: bodies over the line just now,
    of whom it is not yet sure who they are, `waiting_for`: the likeliest attempt of each. `strangers_ms`: the newest of whom nobody
    fits. `least_lap_s`: nobody is at the line again sooner. `gates`: what sees the line now. `photo`: there is a photo finish,
    `GET /api/finish/photo` has it.
    """

    lap_m: int
    distance_m: int | None
    shuttle: bool
    passes: int | None
    least_lap_s: float
    runners: list[RunnerView]
    orders: list[OrderView]
    early_ms: list[int]
    waiting_ms: list[int]
    waiting_for: list[str | None]
    strangers_ms: list[int]
    gates: list[Literal["camera", "radio"]]
    photo: bool
