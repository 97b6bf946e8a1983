"""The national standard: known rows, the bonus, and that more skips and less time are never worth less."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.lesson.load import heart_zone
from edge.lesson.standard import Sex, mark_of, score_rope, score_run


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


@pytest.mark.parametrize(
    ("activity", "sex", "grade", "time_ms", "score", "bonus"),
    [
        ("run-50", "male", 6, 8_200, 100, 0),
        ("run-50", "male", 6, 8_300, 95, 0),
        ("run-50", "male", 6, 60_000, 0, 0),
        ("run-1000", "male", 7, 235_000, 100, 0),
        ("run-1000", "male", 7, 231_000, 100, 1),
        ("run-1000", "male", 7, 200_000, 100, 10),
    ],
)
def test_rows_of_the_runs(activity: str, sex: Sex, grade: int, time_ms: int, score: int, bonus: int) -> None:
    scored = score_run(activity, sex, grade, time_ms)
    assert scored is not None
    assert (scored.score, scored.bonus) == (score, bonus)


def test_girls_have_no_table_of_1000_m_and_free_laps_have_none_at_all() -> None:
    assert score_run("run-1000", "female", 7, 200_000) is None
    assert score_run("run-free", "male", 7, 200_000) is None


@given(
    st.sampled_from([("run-50", "female", 3), ("run-50x8", "male", 5), ("run-1000", "male", 9), ("run-800", "female", 11)]),
    st.integers(5, 600),
)
def test_a_second_less_is_never_worth_less(table: tuple[str, Sex, int], time_s: int) -> None:
    slower, faster = score_run(*table, (time_s + 1) * 1_000), score_run(*table, time_s * 1_000)
    assert slower is not None
    assert faster is not None
    assert faster.score + faster.bonus >= slower.score + slower.bonus


@given(st.integers(0, 100))
def test_marks_follow_the_score(score: int) -> None:
    assert mark_of(score) == ("excellent" if score >= 90 else "good" if score >= 80 else "pass" if score >= 60 else "fail")


@given(st.integers(40, 220), st.integers(1, 12))
def test_a_faster_heart_is_never_in_a_lower_zone(rate: int, grade: int) -> None:
    assert 0 <= heart_zone(rate, grade) <= heart_zone(rate + 1, grade) <= 5
