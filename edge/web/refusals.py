"""What the pages are refused for in more than one room, in the words of both languages."""

from __future__ import annotations

from edge.lesson.session import Refused


def no_such_camera(camera: str) -> Refused:
    """The settings name no camera like this."""
    return Refused("no_such_camera", f"没有叫 {camera} 的镜头", f"There is no camera called {camera}")


def store_is_full() -> Refused:
    """The last room on the disk is kept for results."""
    return Refused("store_full", "没有保存：存储满了，请叫技术员", "Not saved: the store is full, call a technician")
