"""Stills live in memory, few, and not for long."""

from __future__ import annotations

import cv2
import numpy as np

from edge.capture.stills import LIFE_S, MOST, Still, Stills, jpeg_of

PICTURE = np.full((90, 160, 3), (40, 120, 200), dtype=np.uint8)


def test_a_still_is_gone_when_its_time_is_over() -> None:
    now_s = 0.0
    stills = Stills(lambda: now_s)
    key = stills.keep(Still("north", PICTURE))
    now_s = LIFE_S - 1
    kept = stills.get(key)
    assert kept is not None
    assert kept.picture is PICTURE
    now_s = LIFE_S
    assert stills.get(key) is None
    assert stills.get("guessed") is None


def test_the_oldest_goes_when_there_is_one_more() -> None:
    stills = Stills()
    keys = [stills.keep(Still("north", PICTURE)) for _ in range(MOST + 1)]
    assert len(set(keys)) == len(keys)
    assert [stills.get(key) is not None for key in keys] == [False] + [True] * MOST


def test_a_picture_as_jpeg() -> None:
    jpeg = jpeg_of(PICTURE)
    assert jpeg[:2] == b"\xff\xd8"
    back = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)
    assert back is not None
    assert np.abs(back.astype(int) - PICTURE).max() < 8
