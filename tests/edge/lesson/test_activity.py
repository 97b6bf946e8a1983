"""Rules are data: what a double under is worth."""

from __future__ import annotations

from edge.lesson.activity import RuleSet


def test_a_double_under_counts_once_in_the_school_test_and_twice_where_turns_are_counted() -> None:
    assert RuleSet().worth(30, double_unders=12) == 30
    assert RuleSet(double_under_counts=2).worth(30, double_unders=12) == 42
