"""Bibs are read beside the counting: none waits for them, too many are left out and counted, a missing extra is said once."""

from __future__ import annotations

import threading

import cv2
import numpy as np
import pytest

from edge.capture import bib_desk
from edge.capture.bib_desk import MOST_WAITING, BibDesk
from edge.capture.bib_reader import BibsUnreadable, can_read


def torso(number: int) -> np.ndarray:
    """A red shirt with a white bib."""
    picture = np.full((220, 160, 3), (40, 40, 200), dtype=np.uint8)
    cv2.rectangle(picture, (20, 60), (140, 160), (250, 250, 250), -1)
    cv2.putText(picture, str(number), (30, 135), cv2.FONT_HERSHEY_DUPLEX, 2.2, (20, 20, 20), 5, cv2.LINE_AA)
    return picture


@pytest.mark.skipif(not can_read(), reason="touchline[bibs] is not installed")
def test_a_number_of_the_heat_is_told_with_its_track_and_a_strangers_is_not() -> None:
    told: list[tuple[str, int, int]] = []
    done = threading.Event()
    desk = BibDesk(lambda: {12, 27}, lambda end, track, number, _sure: (told.append((end, track, number)), done.set()))  # type: ignore[func-returns-value]
    desk.offer("finish", 5, torso(99))
    desk.offer("finish", 6, torso(27))
    assert done.wait(50)
    desk.close()
    assert told == [("finish", 6, 27)]


def test_more_than_can_be_read_are_left_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    go = threading.Event()

    class Slow:
        def __init__(self, _numbers: object) -> None:
            pass

        def read(self, _torso: object) -> None:
            go.wait(20)

    monkeypatch.setattr(bib_desk, "BibReader", Slow)
    desk = BibDesk(lambda: {1}, lambda *_: None)
    for track in range(MOST_WAITING + 3):
        desk.offer("finish", track, torso(1))
    assert desk.left_out == 3
    go.set()
    desk.close()


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_numbers: object) -> None:
        raise BibsUnreadable("bib numbers need RapidOCR: install touchline[bibs]")

    monkeypatch.setattr(bib_desk, "BibReader", missing)
    desk = BibDesk(lambda: {1}, lambda *_: None)
    desk.offer("finish", 1, torso(1))
    desk._worker.shutdown(wait=True)
    assert "touchline[bibs]" in desk.error
    desk.offer("finish", 2, torso(1))
