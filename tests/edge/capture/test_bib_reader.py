"""Numbers on chests: read when drawn large or small, tilted and blurred; only the roster's count; a half of another is not sure."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from edge.capture.bib_reader import BibRead, BibReader, best_on_roster, can_read

needs_reader = pytest.mark.skipif(not can_read(), reason="the extra touchline[bibs] is not installed")
ROSTER = (7, 12, 23, 31, 48, 112, 305)


def torso(number: str, *, height: int = 160, tilt_deg: float = 0.0, blur: float = 0.0, seed: int = 0) -> np.ndarray:
    """A chest in a coloured shirt with a white bib, as a camera at the line sees it."""
    draw = np.random.default_rng(seed)
    picture = np.full((320, 240, 3), (60, 90, 170), np.uint8)
    picture[:, :25] = picture[:, -25:] = (70, 120, 80)
    cv2.rectangle(picture, (40, 100), (200, 220), (245, 245, 245), -1)
    scale = 3.0 if len(number) < 3 else 2.3
    (width, tall), _ = cv2.getTextSize(number, cv2.FONT_HERSHEY_DUPLEX, scale, 8)
    cv2.putText(picture, number, (120 - width // 2, 160 + tall // 2), cv2.FONT_HERSHEY_DUPLEX, scale, (25, 25, 25), 8, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((120, 160), tilt_deg, 1.0)
    picture = cv2.warpAffine(picture, turn, (240, 320), borderMode=cv2.BORDER_REPLICATE)
    if blur:
        picture = cv2.GaussianBlur(picture, (0, 0), blur)
    picture = cv2.resize(picture, (height * 3 // 4, height), interpolation=cv2.INTER_AREA)
    return np.clip(picture + draw.normal(0, 5, picture.shape), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def reader() -> BibReader:
    return BibReader(ROSTER)


@needs_reader
@pytest.mark.parametrize(("number", "height", "tilt_deg", "blur"), [
    ("23", 160, 0.0, 0.0), ("48", 160, 12.0, 0.0), ("305", 160, -8.0, 0.0), ("31", 90, 5.0, 0.0), ("23", 160, 0.0, 3.0),
])  # fmt: skip
def test_a_number_of_the_roster_is_read(reader: BibReader, number: str, height: int, tilt_deg: float, blur: float) -> None:
    read = reader.read(torso(number, height=height, tilt_deg=tilt_deg, blur=blur))
    assert read is not None
    assert read.number == int(number)
    assert read.confidence > 0.6


@needs_reader
def test_other_numbers_and_bare_shirts_are_nobody(reader: BibReader) -> None:
    assert reader.read(torso("86")) is None
    assert reader.read(torso("")) is None
    assert reader.read(torso("23")[:20, :20]) is None


def test_what_else_is_written_does_not_count() -> None:
    assert best_on_roster([("RUN 2026", 0.99), ("23", 0.9)], ROSTER) == BibRead(23, 0.9)
    assert best_on_roster([("3l", 0.9)], ROSTER) == BibRead(31, 0.9)
    assert best_on_roster([], ROSTER) is None


def test_two_numbers_or_a_part_of_another_are_less_sure() -> None:
    two = best_on_roster([("23", 0.9), ("48", 0.8)], ROSTER)
    part = best_on_roster([("12", 0.95)], ROSTER)
    assert two is not None
    assert two.number == 23
    assert two.confidence < 0.6
    assert part is not None
    assert part.confidence < 0.5
