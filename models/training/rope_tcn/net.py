"""The network: a strided convolution, six dilated residual ones, and a head. Pure functions on plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import jax
import jax.numpy as jnp

from models.training.rope_tcn.crops import STRIDE

INPUTS: Final = 4
ANSWERS: Final = 4
"""Logit of turning, logarithm of the rate, cosine and sine of the phase."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How large the network is; with the defaults it sees 2.6 s to both sides, or 5.1 s back when it is causal."""

    channels: int = 32
    stem: int = 6
    taps: int = 3
    dilations: tuple[int, ...] = (1, 2, 4, 8, 16, 32)
    causal: bool = False


class Layer(NamedTuple):
    """A convolution: `weight` float32[taps, in, out], `bias` float32[out]."""

    weight: jax.Array
    bias: jax.Array


Weights = list[Layer]


def fresh(shape: Shape, key: jax.Array) -> Weights:
    """Weights to begin with (He et al. 2015); residual branches begin small, so that depth costs nothing at first."""
    keys = jax.random.split(key, len(shape.dilations) + 2)
    layers = [_layer(keys[0], shape.stem, INPUTS, shape.channels, 1.0)]
    layers += [_layer(k, shape.taps, shape.channels, shape.channels, 0.5) for k in keys[1:-1]]
    return [*layers, _layer(keys[-1], 1, shape.channels, ANSWERS, 0.1)]


def _layer(key: jax.Array, taps: int, inputs: int, outputs: int, scale: float) -> Layer:
    size = scale * (2.0 / (taps * inputs)) ** 0.5
    return Layer(size * jax.random.normal(key, (taps, inputs, outputs)), jnp.zeros(outputs))


def answers(weights: Weights, shape: Shape, motion: jax.Array) -> jax.Array:
    """What the network says of each frame.

    Args:
        motion: float32[b, n, INPUTS] as `crops.prepared` makes it; n is a multiple of `STRIDE`.

    Returns:
        float32[b, n / STRIDE, ANSWERS].
    """
    x = jax.nn.relu(_convolved(motion, weights[0], padding(shape.stem - STRIDE, causal=shape.causal), STRIDE, 1))
    for layer, dilation in zip(weights[1:-1], shape.dilations, strict=True):
        room = padding(dilation * (shape.taps - 1), causal=shape.causal)
        x = x + jax.nn.relu(_convolved(x, layer, room, 1, dilation))
    return x @ weights[-1].weight[0] + weights[-1].bias


def padding(room: int, *, causal: bool) -> tuple[int, int]:
    """Zeros before and after the signal that keep its length."""
    return (room, 0) if causal else (room // 2, room - room // 2)


def _convolved(x: jax.Array, layer: Layer, room: tuple[int, int], stride: int, dilation: int) -> jax.Array:
    """A convolution as one matrix product over shifted copies: on a CPU several times faster than XLA's own."""
    taps, inputs, outputs = layer.weight.shape
    padded = jnp.pad(x, ((0, 0), room, (0, 0)))
    frames = x.shape[1] // stride
    shifted = [padded[:, tap * dilation : tap * dilation + (frames - 1) * stride + 1 : stride] for tap in range(taps)]
    return jnp.concatenate(shifted, axis=-1) @ layer.weight.reshape(taps * inputs, outputs) + layer.bias


def size(weights: Weights) -> int:
    """How many parameters there are."""
    return sum(layer.weight.size + layer.bias.size for layer in weights)
