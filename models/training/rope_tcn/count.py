"""From the network's answers to a number of turns."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import jax
import numpy as np

from models.training.rope_tcn.crops import FRAME_HZ, STRIDE, any_rotation, prepared
from models.training.rope_tcn.net import answers

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from models.training.rope_tcn.net import Shape, Weights

    Said = Callable[[NDArray[np.float32]], NDArray[np.float32]]

WHOLE: Final = 1024
"""Recordings are filled with zeros to a multiple of so many samples, so that few lengths are compiled."""
TURNS_SEEN: Final = 8
"""Over so many turns of the axes the answers are averaged: a band sits as it likes."""

SURE: Final = 0.5
"""A frame is turning when this is more likely than not."""


class By(StrEnum):
    """What is counted: the integral of the rate, or how often the phase goes round."""

    TEMPO = "tempo"
    PHASE = "phase"


@dataclass(frozen=True, slots=True)
class CountRules:
    """When a stretch counts.

    Attributes:
        sure: probability above which a frame is turning.
        bridged_s: a shorter lapse within a stretch is none.
        shortest_bout: turns.
    """

    sure: float = SURE
    bridged_s: float = 0.4
    shortest_bout: int = 3


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What the network says of each frame: probability of turning, turns a second, and the phase as a complex number."""

    turning: NDArray[np.float64]
    rate_hz: NDArray[np.float64]
    circle: NDArray[np.complex128]


def with_jax(weights: Weights, shape: Shape) -> Said:
    """The network as a function of prepared motion, float32[b, n, 4]."""
    run = jax.jit(lambda motion: answers(weights, shape, motion))
    return lambda motion: np.asarray(run(motion))


def listen(said: Said, accel_g: NDArray[np.float32], turns: int = TURNS_SEEN) -> Answers:
    """The answers for a whole recording, averaged over `turns` fixed turns of the axes."""
    frames = -(-len(accel_g) // STRIDE)
    filled = np.zeros((-(-len(accel_g) // WHOLE) * WHOLE, 3), dtype=np.float32)
    filled[: len(accel_g)] = accel_g
    filled[len(accel_g) :] = accel_g[-1]
    chance = np.random.default_rng(0)
    axes = [np.eye(3)] + [any_rotation(chance) for _ in range(turns - 1)]
    raw = said(prepared(np.stack([filled @ turn for turn in axes]).astype(np.float32)))[:, :frames].astype(np.float64)
    turning = 1 / (1 + np.exp(-raw[..., 0].mean(axis=0)))
    circle = (raw[..., 2] + 1j * raw[..., 3]).mean(axis=0)
    return Answers(turning, np.exp(np.clip(raw[..., 1].mean(axis=0), -3, 2)), circle)


def count(said: Answers, by: By, rules: CountRules | None = None) -> int:
    """Turns in the stretches that are sure."""
    rules = rules or CountRules()
    total = 0
    for first, end in stretches(said.turning > rules.sure, int(rules.bridged_s * FRAME_HZ)):
        turns = round(float(said.rate_hz[first:end].sum() / FRAME_HZ if by is By.TEMPO else went_round(said.circle[first:end])))
        total += turns if turns >= rules.shortest_bout else 0
    return total


def went_round(circle: NDArray[np.complex128]) -> float:
    """How often a phase goes round; the steps at both edges are half a frame longer."""
    if len(circle) < 2:
        return 0.0
    steps = np.angle(circle[1:] * np.conj(circle[:-1]))
    return float(steps.sum() / (2 * np.pi) * len(circle) / len(steps))


def stretches(on: NDArray[np.bool_], bridged: int) -> list[tuple[int, int]]:
    """Stretches of `True` as (first, one past the last); lapses of `bridged` or fewer are overlooked."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], on.astype(np.int8), [0]])))
    found: list[tuple[int, int]] = []
    for first, end in edges.reshape(-1, 2).tolist():
        if found and first - found[-1][1] <= bridged:
            found[-1] = (found[-1][0], end)
        else:
            found.append((first, end))
    return found
