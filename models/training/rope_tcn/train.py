"""Training: from recordings and a seed to weights, the same ones every time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from models.training.rope_tcn.crops import Crops
from models.training.rope_tcn.net import Shape, answers, fresh

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from models.training.rope_tcn.crops import Batch, Truth
    from models.training.rope_tcn.net import Weights
    from models.training.rope_tcn.recordings import Recording


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how fast is trained.

    Attributes:
        steps, batch: of the optimiser, and crops in each step.
        crop: samples of a crop.
        rate: highest learning rate of Adam with decoupled decay (Loshchilov and Hutter 2019), falling along a cosine.
        decay: of the weights.
        turning, tempo, phase: weight of each part of the loss; 0 leaves it out.
    """

    steps: int = 1200
    batch: int = 32
    crop: int = 512
    rate: float = 3e-3
    decay: float = 1e-2
    turning: float = 1.0
    tempo: float = 1.0
    phase: float = 1.0


class Loss(NamedTuple):
    """Parts of the loss, each a mean over frames or crops."""

    turning: jax.Array
    tempo: jax.Array
    phase: jax.Array


def train(
    recordings: Sequence[Recording],
    seed: int,
    shape: Shape | None = None,
    plan: Plan | None = None,
    progress: Callable[[int, float], None] | None = None,
) -> Weights:
    """Weights after training on these recordings; recordings whose turns have no times are not used.

    Args:
        progress: told the step and the loss, every hundred steps.
    """
    shape, plan = shape or Shape(), plan or Plan()
    crops, chance = Crops(recordings, plan.crop), np.random.default_rng(seed)
    weights = fresh(shape, jax.random.key(seed))
    pace = optax.warmup_cosine_decay_schedule(0.0, plan.rate, plan.steps // 20, plan.steps)
    optimiser = optax.adamw(pace, weight_decay=plan.decay)
    state = optimiser.init(weights)

    @jax.jit
    def step(weights: Weights, state: optax.OptState, batch: Batch) -> tuple[Weights, optax.OptState, jax.Array]:
        value, slope = jax.value_and_grad(total_loss)(weights, shape, plan, batch)
        change, state = optimiser.update(slope, state, weights)
        return optax.apply_updates(weights, change), state, value

    for number in range(plan.steps):
        weights, state, value = step(weights, state, crops.batch(plan.batch, chance))
        if progress is not None and number % 100 == 0:
            progress(number, float(value))
    return weights


def total_loss(weights: Weights, shape: Shape, plan: Plan, batch: Batch) -> jax.Array:
    """The weighted sum of the parts."""
    parts = losses(answers(weights, shape, jnp.asarray(batch.motion)), batch.truth)
    return plan.turning * parts.turning + plan.tempo * parts.tempo + plan.phase * parts.phase


def losses(said: jax.Array, truth: Truth) -> Loss:
    """How wrong the answers are.

    - turning: cross entropy of a frame;
    - tempo: squared error of the logarithm of the rate where a rope turns;
    - phase: one less the coherence of said and true phase within a crop. Where a turn begins is a convention that differs between
      recordings, so any constant shift is forgiven.
    """
    on = truth.turning
    weight = on / (on.sum() + 1.0)
    turning = optax.sigmoid_binary_cross_entropy(said[..., 0], on).mean()
    tempo = jnp.sum(weight * (said[..., 1] - jnp.log(jnp.maximum(truth.rate_hz, 0.1))) ** 2)
    cosine, sine = said[..., 2], said[..., 3]
    length = jnp.sqrt(cosine**2 + sine**2 + 1e-4)
    there = on.sum(axis=1)
    with_phase = cosine / length * jnp.cos(truth.phase) + sine / length * jnp.sin(truth.phase)
    across = sine / length * jnp.cos(truth.phase) - cosine / length * jnp.sin(truth.phase)
    coherence = jnp.sqrt((on * with_phase).sum(axis=1) ** 2 + (on * across).sum(axis=1) ** 2 + 1e-6) / (there + 1.0)
    crop_weight = there / (there.sum() + 1.0)
    phase = jnp.sum(crop_weight * (1 - coherence)) + 0.02 * jnp.sum(weight * (length - 1) ** 2)
    return Loss(turning, tempo, phase)
