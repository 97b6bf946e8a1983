"""How receivers, cameras and kept evidence are."""

from __future__ import annotations

from typing import Literal

from edge.web.views.base import View


class RadioView(View):
    """A receiver, as a technician wants it."""

    name: str
    listening: bool
    heard: int
    dropped: int
    error: str | None


class CameraView(View):
    """A camera, as a technician wants it.

    `frames_dropped`: a newer one had come. `frames_left_out`: not looked at, because the computer cannot keep up (`load`; at
    a line, looking takes no more than its share).
    `engine`: model and provider in use. `clock`: whose stamps the pictures have. `notes`: what the camera or the pose engine would
    not do.
    """

    name: str
    state: Literal["opening", "live", "frozen", "dark", "lost"]
    fps: float
    frames_dropped: int
    frames_left_out: int
    frames_broken: int
    stations: int
    engine: str | None
    pose_hz: float
    load: Literal["full", "fewer_poses", "fewer_pictures"]
    clock: Literal["source", "arrival"]
    notes: list[str]
    error: str | None


class EvidenceStatusView(View):
    """What is kept of attempts, and what had to go, as a technician wants it; clips only where the school allows them."""

    attempts: int
    bytes_used: int
    bytes_limit: int
    removed: int
    not_kept: int
    clips: int | None
    clip_bytes_used: int
    clip_bytes_limit: int


class SourcesView(View):
    """What the gateway hears, sees and keeps of it."""

    bands_heard: int
    radios: list[RadioView]
    cameras: list[CameraView]
    evidence: EvidenceStatusView
