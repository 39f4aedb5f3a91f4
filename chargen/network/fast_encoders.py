"""Encoders and the decoder in TensorFlow: recurrent layers from sequences with a backward pass written by hand.

Everything is time-major between the window and the readout. A convolution is one product with its taps side by side.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import tensorflow as tf

from chargen.cells import CELLS
from chargen.cells.sequences import SEQUENCES
from chargen.network.config import ModelConfig
from chargen.network.dropout import Masks
from chargen.network.encoders import conv, wavenet

Tensor: TypeAlias = Any
States: TypeAlias = list[tuple[Tensor, ...]]
# (settings, variables by key, ids (batch, time) or values (batch, time, inputs), states of the layers or None for
# zeros, dropout masks, whether the vector at the window's end is wanted alone)
# -> (vectors (time, batch, width) or (batch, width), states after the last step)
FastEncoder: TypeAlias = Callable[[ModelConfig, Mapping[str, Tensor], Tensor, Any, Masks, bool], tuple[Tensor, States]]


def cells(
    config: ModelConfig, variables: Mapping[str, Tensor], x: Tensor, states: Any, masks: Masks, last: bool
) -> tuple[Tensor, States]:
    """Read windows with recurrent layers; arguments and results are those of a FastEncoder."""
    return _stack(config, variables, "layers", time_major(x), states, masks, last)


def bidirectional(
    config: ModelConfig, variables: Mapping[str, Tensor], x: Tensor, states: Any, masks: Masks, last: bool
) -> tuple[Tensor, States]:
    """Read windows from both ends; arguments and results are those of a FastEncoder."""
    hidden = time_major(x)
    for index in range(config.layers):
        only_last = last and index == config.layers - 1
        ahead, _ = _layer(config, variables, f"layers.{index}.forward", hidden, None, masks, only_last)
        behind, _ = _layer(
            config, variables, f"layers.{index}.backward", tf.reverse(hidden, [0]), None, masks, only_last
        )
        hidden = tf.concat([ahead, behind if only_last else tf.reverse(behind, [0])], axis=-1)
        hidden = masks.drop(hidden, config.dropout)
    return hidden, []


def convolution(
    config: ModelConfig, variables: Mapping[str, Tensor], x: Tensor, states: Any, masks: Masks, last: bool
) -> tuple[Tensor, States]:
    """Read windows with a convolution and recurrent layers; arguments and results are those of a FastEncoder."""
    padded = tf.pad(time_major(values(config, x)), [[conv.padding(x.shape[1]), 0], [0, 0], [0, 0]])
    end = padded.shape[0] - conv.KERNEL + 1
    taps = tf.concat([padded[tap : end + tap : conv.STRIDE] for tap in range(conv.KERNEL)], axis=-1)
    convolved = _product(taps, _flat(variables["conv.kernel"]), variables["conv.bias"])
    hidden, _ = _stack(config, variables, "layers", convolved, None, masks, True)
    return hidden, []


def dilated(
    config: ModelConfig, variables: Mapping[str, Tensor], x: Tensor, states: Any, masks: Masks, last: bool
) -> tuple[Tensor, States]:
    """Read windows with dilated causal convolutions; arguments and results are those of a FastEncoder."""

    def convolve(x: Tensor, *keys: str) -> Tensor:
        kernel = tf.concat([_flat(variables[f"{key}.kernel"]) for key in keys], axis=-1)
        return _product(x, kernel, tf.concat([variables[f"{key}.bias"] for key in keys], axis=-1))

    def with_past(x: Tensor, steps: int) -> Tensor:
        past = tf.pad(x, [[steps, 0], [0, 0], [0, 0]])[: x.shape[0]]
        return tf.concat([past, x], axis=-1)

    hidden = convolve(with_past(time_major(values(config, x)), 1), "input")
    heard = []
    dilations = wavenet.dilations(config)
    for block, dilation in enumerate(dilations):
        key = f"blocks.{block}"
        sums = convolve(with_past(hidden, dilation), f"{key}.filter", f"{key}.gate")
        content, gate = tf.split(sums, 2, axis=-1)
        gated = masks.drop(tf.tanh(content) * tf.sigmoid(gate), config.dropout)
        heard.append(convolve(gated[-1] if last else gated, f"{key}.skip"))
        if block < len(dilations) - 1:
            hidden += convolve(gated, f"{key}.residual")
    head = tf.nn.relu(convolve(tf.nn.relu(tf.add_n(heard)), "head"))
    return masks.drop(head, config.dropout), []


def window(
    config: ModelConfig, variables: Mapping[str, Tensor], x: Tensor, states: Any, masks: Masks, last: bool
) -> tuple[Tensor, States]:
    """Lay windows out flat; arguments and results are those of a FastEncoder."""
    return tf.reshape(values(config, x), (x.shape[0], config.window * config.inputs)), []


# By the names of ENCODERS.
FAST_ENCODERS: Mapping[str, FastEncoder] = {
    "cells": cells,
    "bidirectional": bidirectional,
    "conv": convolution,
    "wavenet": dilated,
    "window": window,
}


def decode(config: ModelConfig, variables: Mapping[str, Tensor], vector: Tensor, masks: Masks) -> Tensor:
    """Run the decoder: the same vector at every step.

    Args:
        config: The network's settings.
        variables: The network's variables by key.
        vector: What the encoder made of the windows, (batch, width).
        masks: Dropout masks.

    Returns:
        The last layer's outputs, (steps, batch, units).
    """
    hidden, _ = _stack(config, variables, "decoder", vector[None], None, masks, False, steps=config.decoder)
    return hidden


def values(config: ModelConfig, x: Tensor) -> Tensor:
    """Make vectors of whatever a window holds.

    Args:
        config: The network's settings.
        x: Character ids, integer (batch, time), or values, float (batch, time, inputs).

    Returns:
        Characters as one-hot vectors, values as they are: (batch, time, inputs).
    """
    return tf.one_hot(x, config.inputs) if x.dtype.is_integer else x


def time_major(x: Tensor) -> Tensor:
    """Swap the first two axes.

    Args:
        x: (batch, time, ...) or (time, batch, ...).

    Returns:
        (time, batch, ...) or (batch, time, ...).
    """
    return tf.transpose(x, [1, 0, *range(2, len(x.shape))])


def _stack(
    config: ModelConfig,
    variables: Mapping[str, Tensor],
    prefix: str,
    hidden: Tensor,
    states: Any,
    masks: Masks,
    last: bool,
    steps: int = 1,
) -> tuple[Tensor, States]:
    after = []
    for index in range(config.layers):
        initial = None if states is None else tuple(states[index])
        only_last = last and index == config.layers - 1
        hidden, states_after = _layer(
            config, variables, f"{prefix}.{index}", hidden, initial, masks, only_last, 1 if index else steps
        )
        after.append(states_after)
        hidden = masks.drop(hidden, config.dropout)
    return hidden, after


def _layer(
    config: ModelConfig,
    variables: Mapping[str, Tensor],
    prefix: str,
    hidden: Tensor,
    initial: tuple[Tensor, ...] | None,
    masks: Masks,
    only_last: bool,
    steps: int = 1,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run a recurrent layer; `steps` repeats what a single step puts in."""
    cell = CELLS[config.cell]
    weights = {name: variables[f"{prefix}.{name}"] for name in cell.shapes(1, 1)}
    bias = cell.input_bias(weights)
    if hidden.dtype.is_integer:
        projected = _rows(weights["kernel"] + bias, hidden)
    else:
        projected = _product(hidden, weights["kernel"], bias)
    if steps > 1:
        projected = tf.repeat(projected, steps, axis=0)
    mask = masks.draw((hidden.shape[1], config.units), config.recurrent_dropout)
    return SEQUENCES[config.cell](projected, initial, weights, mask, only_last)


def _product(x: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    flat = tf.reshape(x, (-1, x.shape[-1]))
    return tf.reshape(tf.matmul(flat, kernel) + bias, (*x.shape[:-1], bias.shape[-1]))


def _flat(kernel: Tensor) -> Tensor:
    return tf.reshape(kernel, (-1, kernel.shape[-1]))


@tf.custom_gradient
def _rows(table: Tensor, ids: Tensor) -> Any:
    # What a product with one-hot vectors gives; its gradient sums the rows' changes by character, densely.
    def backward(change: Tensor) -> Any:
        rows = tf.reshape(change, (-1, table.shape[1]))
        return tf.math.unsorted_segment_sum(rows, tf.reshape(ids, (-1,)), table.shape[0]), None

    return tf.gather(table, ids), backward
