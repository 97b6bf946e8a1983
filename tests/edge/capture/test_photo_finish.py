"""Strips of a line, side by side: bodies look like bodies, times are where they belong, memory is bounded."""

from typing import Any

import cv2
import numpy as np
import pytest

from edge.capture.photo_finish import MOST_COLUMNS, PhotoFinish, strip_width
from edge.counting.events import Crossing

RATE_HZ, SPEED_PX_S = 30.0, 240.0
LINE = (160.0, 20.0, 160.0, 220.0)


def picture(t_s: Any, *, over_s: Any = 1.0, right: Any = True) -> Any:
    """A body, 40 px wide, with a red front, that is over the line at `over_s`."""
    drawn = np.full((240, 320, 3), 90, dtype=np.uint8)
    way = 1 if right else -1
    x = 160 + way * SPEED_PX_S * (t_s - over_s)
    cv2.rectangle(drawn, (round(x - 20), 60), (round(x + 20), 200), (230, 230, 230), -1)
    front = x + way * 15
    cv2.rectangle(drawn, (round(front - 5), 60), (round(front + 5), 200), (0, 0, 255), -1)
    return drawn


def filmed(seconds: Any = 2.0, *, right: Any = True, keep_s: Any = 600.0) -> Any:
    finish = PhotoFinish(LINE, strip_width(SPEED_PX_S, RATE_HZ), to_right=right, keep_s=keep_s)
    for n in range(round(seconds * RATE_HZ)):
        finish.add(round(n / RATE_HZ * 1e9), picture(n / RATE_HZ, right=right))
    return finish


def bright(piece: Any) -> Any:
    return np.flatnonzero(piece[piece.shape[0] // 2].max(axis=1) > 160)


@pytest.mark.parametrize("right", [True, False])
def test_a_body_looks_like_a_body_with_its_front_first(right: Any) -> None:
    finish = filmed(right=right)
    piece = finish.render(0, 2_000_000_000, marks=False)
    columns = bright(piece)
    assert 34 <= np.ptp(columns) <= 48
    red = np.flatnonzero((piece[piece.shape[0] // 2, :, 2].astype(int) - piece[piece.shape[0] // 2, :, 0]) > 90)
    assert red.mean() < columns.mean() - 8


def test_times_and_columns_belong_together() -> None:
    finish = filmed()
    columns = finish.columns(0, 2_000_000_000)
    middle = bright(finish.render(0, 2_000_000_000, marks=False)).mean()
    assert abs(columns.at(1_000_000_000) - middle) < 6
    assert abs(columns.time(columns.at(1_234_000_000)) - 1_234_000_000) < 1_000_000


def test_found_crossings_and_the_scale_of_time_are_drawn_in() -> None:
    finish = filmed()
    plain = finish.render(0, 2_000_000_000)
    marked = finish.render(0, 2_000_000_000, [Crossing(1_000_000_000, "left_to_right", 1, along=0.9)])
    x = round(finish.columns(0, 2_000_000_000).at(1_000_000_000))
    changed = np.flatnonzero((plain != marked).any(axis=(0, 2)))
    assert changed.min() <= x <= changed.max()
    assert np.ptp(changed) < 40
    assert marked.shape[0] > finish.render(0, 2_000_000_000, marks=False).shape[0]


def test_a_piece_of_it_is_the_same_but_shorter() -> None:
    finish = filmed(6.0)
    piece = finish.render(900_000_000, 1_100_000_000, marks=False)
    assert piece.shape[1] == 7 * finish.width
    assert finish.columns(900_000_000, 1_100_000_000).t_ns[0] >= 900_000_000


def test_long_pieces_are_made_narrower_and_nothing_is_one_column() -> None:
    finish = PhotoFinish(LINE, 40)
    for n in range(400):
        finish.add(n * 33_333_333, picture(0.0))
    assert finish.render(0, 60_000_000_000).shape[1] == MOST_COLUMNS
    assert finish.render(90_000_000_000, 91_000_000_000).shape[1] == 1


def test_what_is_old_is_forgotten() -> None:
    finish = filmed(40.0, keep_s=10.0)
    begin_ns, end_ns = finish.span_ns
    assert end_ns - begin_ns < 13_000_000_000
    assert finish.size_bytes < 2_000_000


def test_a_level_line_and_a_slanting_one_have_strips_as_well() -> None:
    for line in ((20.0, 120.0, 300.0, 120.0), (140.0, 220.0, 180.0, 20.0)):
        finish = PhotoFinish(line, 8)
        finish.add(0, picture(1.0))
        assert bright(finish.render(0, 1, marks=False)).size or finish.render(0, 1, marks=False).max() > 200


def test_a_strip_is_as_wide_as_a_body_moves_between_two_pictures() -> None:
    assert strip_width(240.0, 30.0) == 8
    assert strip_width(3.0, 60.0) == 1
    with pytest.raises(ValueError, match="one pixel"):
        PhotoFinish(LINE, 0)
