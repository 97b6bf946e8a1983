"""The likeliest walk through tops that are written down here."""

from __future__ import annotations

import numpy as np
import pytest

from edge.counting.step_path import Walk, WalkSearch
from edge.counting.step_rules import RULES
from edge.counting.step_tops import Tops

WIDTH = 17
LEFT, RIGHT, OTHER = np.random.default_rng(1).normal(0, 0.5, (3, WIDTH))


def tops(t_s: list[float], shapes: list[np.ndarray], loud_mps2: float = 1.2) -> Tops:
    number = len(t_s)
    return Tops(np.array(t_s), np.array(shapes), np.full(number, 0.7), np.full(number, 2.0), np.full(number, loud_mps2))


def walk(number: int, apart_s: float) -> tuple[list[float], list[np.ndarray]]:
    return [1 + apart_s * n for n in range(number)], [LEFT if n % 2 else RIGHT for n in range(number)]


def best(*found: Tops, memory: int | None = None) -> list[Walk]:
    search = WalkSearch(RULES, WIDTH, memory)
    for part in found:
        search.add(part)
    return search.walks()


def test_a_walk_is_all_its_steps() -> None:
    t_s, shapes = walk(12, 0.5)
    (found,) = best(tops(t_s, shapes))
    assert found.t_s == pytest.approx(t_s)
    assert found.steps == 12
    assert found.likeness > 0.8


def test_tops_between_the_steps_are_passed_over() -> None:
    t_s, shapes = walk(12, 0.55)
    extra = [1.2, 2.9, 4.6]
    order = np.argsort(t_s + extra)
    mixed = tops([(t_s + extra)[n] for n in order], [(shapes + [OTHER] * 3)[n] for n in order])
    (found,) = best(mixed)
    assert found.t_s == pytest.approx(t_s)


def test_a_loud_stride_hides_a_step_and_a_soft_one_is_a_slow_step() -> None:
    t_s, shapes = [1 + 0.9 * n for n in range(10)], [LEFT] * 10
    (loud,) = best(tops(t_s, shapes, loud_mps2=2.0))
    (soft,) = best(tops(t_s, shapes, loud_mps2=0.5))
    assert (loud.steps, soft.steps) == (19, 10)


def test_the_own_pace_of_the_walker_goes_before_the_loudness() -> None:
    t_s, shapes = [1 + 0.9 * n for n in range(10)], [LEFT] * 10
    counts = []
    for own_s in (0.45, 0.9):
        search = WalkSearch(RULES, WIDTH)
        search.add(tops(t_s, shapes, loud_mps2=2.0), own_s)
        counts.append(search.walks()[0].steps)
    assert counts == [19, 10]


def test_a_long_pause_makes_two_walks() -> None:
    first, shapes = walk(10, 0.5)
    second = [t_s + 20 for t_s in first]
    found = best(tops(first + second, shapes * 2))
    assert [walk.steps for walk in found] == [10, 10]


def test_what_is_unlike_and_without_rhythm_is_no_walk() -> None:
    rng = np.random.default_rng(4)
    t_s = np.cumsum(rng.uniform(0.3, 1.6, 40)).tolist()
    found = best(tops(t_s, list(rng.normal(0, 0.5, (40, WIDTH)))))
    assert not [walk for walk in found if walk.steps >= RULES.least_steps and walk.likeness >= RULES.least_likeness]


def test_parts_and_a_short_memory_change_only_how_far_back_it_tells() -> None:
    t_s, shapes = walk(60, 0.5)
    parts = [tops(t_s[n : n + 7], shapes[n : n + 7]) for n in range(0, 60, 7)]
    (whole,) = best(*parts)
    (short,) = best(*parts, memory=20)
    assert whole.t_s == pytest.approx(t_s)
    assert short.steps == whole.steps
    assert short.t_s == pytest.approx(t_s[-20:])


def test_low_ends_are_cut() -> None:
    assert Walk((1, 2, 3, 4, 5, 6, 7, 8), (0.4, 2, 2, 2, 2, 2, 2, 0.9), 8, 1.0).cut(0.5) == (2, 3, 4, 5, 6, 7)
    began_before = Walk((2, 3, 4, 5, 6, 7, 8), (0.4, 2, 2, 2, 2, 2, 2), 8, 1.0)
    assert began_before.cut(0.5) == began_before.t_s
