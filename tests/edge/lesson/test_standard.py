"""The national standard for one minute of rope: known rows, the bonus, and that more skips are never worth less."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.lesson.load import heart_zone
from edge.lesson.standard import Sex, mark_of, score_rope


@pytest.mark.parametrize(
    ("sex", "grade", "count", "score", "bonus", "mark"),
    [
        ("male", 1, 109, 100, 0, "excellent"),
        ("male", 1, 108, 95, 0, "excellent"),
        ("male", 1, 17, 60, 0, "pass"),
        ("male", 1, 16, 50, 0, "fail"),
        ("male", 1, 1, 0, 0, "fail"),
        ("female", 4, 149, 100, 0, "excellent"),
        ("female", 4, 152, 100, 1, "excellent"),
        ("male", 6, 157 + 40, 100, 20, "excellent"),
        ("male", 6, 400, 100, 20, "excellent"),
    ],
)
def test_rows_of_the_table(sex: Sex, grade: int, count: int, score: int, bonus: int, mark: str) -> None:
    scored = score_rope(sex, grade, count)
    assert scored is not None
    assert (scored.score, scored.bonus, scored.mark) == (score, bonus, mark)


def test_no_table_above_grade_six() -> None:
    assert score_rope("male", 7, 200) is None


@given(st.sampled_from(["male", "female"]), st.integers(1, 6), st.integers(0, 400))
def test_one_more_skip_is_never_worth_less(sex: Sex, grade: int, count: int) -> None:
    less, more = score_rope(sex, grade, count), score_rope(sex, grade, count + 1)
    assert less is not None
    assert more is not None
    assert more.score + more.bonus >= less.score + less.bonus


@given(st.integers(0, 100))
def test_marks_follow_the_score(score: int) -> None:
    assert mark_of(score) == ("excellent" if score >= 90 else "good" if score >= 80 else "pass" if score >= 60 else "fail")


@given(st.integers(40, 220), st.integers(1, 12))
def test_a_faster_heart_is_never_in_a_lower_zone(rate: int, grade: int) -> None:
    assert 0 <= heart_zone(rate, grade) <= heart_zone(rate + 1, grade) <= 5
