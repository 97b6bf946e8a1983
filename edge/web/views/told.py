"""What the platform has told this gateway: homework, contests, directives."""

from __future__ import annotations

from typing import Literal

from edge.web.views.base import View


class AssignmentView(View):
    """Homework of a class; `goal` is in the unit of the activity, `pupils` is how many of the class it is for (`None`: all).

    `roster` is the class as the pages choose it, or `None` for one that this field has no list of.
    """

    key: str
    roster: str | None
    class_name: str
    pupils: int | None
    activity: str
    goal: int
    due_ms: int


class ContestHeatView(View):
    """When a heat of a contest starts, and how many are in it."""

    heat: int
    starts_at_ms: int
    lanes: int


class ContestView(View):
    """What this field does in a contest."""

    key: str
    title: str
    activity: str
    heats: list[ContestHeatView]


class DirectiveView(View):
    """What became of a directive of the platform, for the technician."""

    at_ms: int
    key: str
    version: int
    kind: str
    outcome: Literal["applied", "known", "older", "refused"]
    reason: str
