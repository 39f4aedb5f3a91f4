"""Whole sequences of a cell in TensorFlow, with the backward pass written by hand.

Automatic differentiation pays for every operation of every step twice: once to run it, once to add up its weight
gradient. Here the elementwise factors of the backward pass are computed for all steps at once, a step backward
is one product with each kernel that a step forward has, and a few elementwise operations, and a kernel's gradient is
one product over all steps together. σ(x) = tanh(x/2)/2 + 1/2 lets one tanh serve all gates; its halves are folded into
the kernel once a batch.

Everything is time-major: a step's block of memory is then contiguous. The initial states are constants: the gradient
does not flow into the window before (truncated back-propagation through time: Williams & Peng 1990). Of the last states
only the output may be learnt from.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf

from chargen.cells.layer_norm_rnn import EPSILON
from chargen.cells.walks import backwards, forwards, looping

Tensor: TypeAlias = Any
Weights: TypeAlias = Mapping[str, Tensor]
States: TypeAlias = tuple[Tensor, ...] | None
# (projected inputs (time, batch, gates * units), states or None for zeros, weights, mask of the recurrent input
# or None, whether only the last output is wanted) -> (outputs (time, batch, units) or (batch, units), states)
Sequence: TypeAlias = Callable[[Tensor, States, Weights, Tensor | None, bool], tuple[Tensor, tuple[Tensor, ...]]]


def simple_rnn(
    projected: Tensor, states: States, weights: Weights, mask: Tensor | None, only_last: bool = False
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run the simple recurrent cell: h_t = tanh(x_t + U (m h_{t-1})).

    Args:
        projected: Inputs times kernel plus bias, float (time, batch, units).
        states: (h,), float (batch, units); None for zeros, which spares the first product.
        weights: `recurrent_kernel` (units, units).
        mask: Dropout mask m of the recurrent input, (batch, units); None for no dropout.
        only_last: Whether the last output is wanted, and its gradient comes back, alone.

    Returns:
        The outputs (time, batch, units), or the last one (batch, units), and the states after the last step.
    """
    initial = states[0] if states else None

    @tf.custom_gradient
    def run(projected: Tensor, kernel: Tensor) -> Any:
        def step(carry: tuple[Tensor, ...], x: Tensor) -> Any:
            (h,) = carry
            h = tf.tanh(x if h is None else x + _recur(h, kernel, mask))
            return (h,), (h,)

        (h,), (outputs,) = forwards(step, (initial,), (projected,))

        def backward(*gradients: Tensor) -> Any:
            def change(dh: Tensor, slope: Tensor) -> _Change:
                return _Change(dh * slope)

            (changes,) = _back(gradients, change, (1 - outputs * outputs,), kernel, mask)
            return changes, _kernel_gradient(initial, outputs, changes, mask)

        return (h if only_last else outputs, h), backward

    outputs, last = run(projected, weights["recurrent_kernel"])
    return outputs, (last,)


def lstm(
    projected: Tensor, states: States, weights: Weights, mask: Tensor | None, only_last: bool = False
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run the LSTM cell, gates in the order i, f, g, o; see `chargen.cells.lstm` for the equations.

    Args:
        projected: Inputs times kernel plus bias, float (time, batch, 4 units).
        states: (h, c), each float (batch, units); None for zeros, which spares the first product.
        weights: `recurrent_kernel` (units, 4 units).
        mask: Dropout mask of the recurrent input, (batch, units); None for no dropout.
        only_last: Whether the last output is wanted, and its gradient comes back, alone.

    Returns:
        The outputs (time, batch, units), or the last one (batch, units), and the states after the last step.
    """
    initial_h, initial_c = states or (None, None)
    units = projected.shape[-1] // 4
    scale = np.repeat(np.array([0.5, 0.5, 1, 0.5], np.float32), units)
    shift = np.repeat(np.array([0.5, 0.5, 0, 0.5], np.float32), units)

    @tf.custom_gradient
    def run(projected: Tensor, kernel: Tensor) -> Any:
        halved = kernel * scale

        def step(carry: tuple[Tensor, ...], x: Tensor) -> Any:
            h, c = carry
            s = tf.tanh(x if h is None else x + _recur(h, halved, mask)) * scale + shift
            i, f, g, o = tf.split(s, 4, axis=-1)
            c = i * g if c is None else f * c + i * g
            q = tf.tanh(c)
            h = o * q
            return (h, c), (h, c, s, q)

        (h, c), (outputs, cs, gates, q) = forwards(step, (initial_h, initial_c), (projected * scale,))

        def backward(*gradients: Tensor) -> Any:
            i, f, g, o = tf.split(gates, 4, axis=-1)
            first = tf.zeros_like(cs[0]) if initial_c is None else initial_c
            before = tf.concat([first[None], cs[:-1]], axis=0)
            into_c, into_o = o * (1 - q * q), q * o * (1 - o)
            into_ifg = tf.stack([g * i * (1 - i), before * f * (1 - f), i * (1 - g * g)], axis=2)

            def change(dh: Tensor, dc: Tensor, into_c: Tensor, into_o: Tensor, into_ifg: Tensor, f: Tensor) -> _Change:
                dc = dh * into_c if dc is None else dc + dh * into_c
                ifg = tf.reshape(dc[:, None] * into_ifg, (-1, 3 * units))
                return _Change(tf.concat([ifg, dh * into_o], axis=-1), carry=(dc * f,))

            (changes,) = _back(gradients, change, (into_c, into_o, into_ifg, f), kernel, mask, (None,))
            return changes, _kernel_gradient(initial_h, outputs, changes, mask)

        return (h if only_last else outputs, h, c), backward

    outputs, *after = run(projected, weights["recurrent_kernel"])
    return outputs, tuple(after)


def gru(
    projected: Tensor, states: States, weights: Weights, mask: Tensor | None, only_last: bool = False
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run the GRU cell, gates in the order z, r, g; see `chargen.cells.gru` for the equations.

    Args:
        projected: Inputs times kernel plus input bias, float (time, batch, 3 units).
        states: (h,), float (batch, units); None for zeros, which spares the first product.
        weights: `recurrent_kernel` (units, 3 units) and `bias` (2, 3 units), whose second row is used.
        mask: Dropout mask of the recurrent input, (batch, units); None for no dropout.
        only_last: Whether the last output is wanted, and its gradient comes back, alone.

    Returns:
        The outputs (time, batch, units), or the last one (batch, units), and the states after the last step.
    """
    _, batch, columns = projected.shape
    units = columns // 3
    initial = states[0] if states else None
    scale = np.repeat(np.array([0.5, 0.5, 1], np.float32), units)

    @tf.custom_gradient
    def run(projected: Tensor, kernel: Tensor, bias: Tensor) -> Any:
        halved, halved_bias = kernel * scale, bias * scale
        zeros = tf.zeros((batch, units), projected.dtype)

        def step(carry: tuple[Tensor, ...], x_zr: Tensor, x_g: Tensor) -> Any:
            (h,) = carry
            if h is None:
                h, recurrent = zeros, tf.broadcast_to(halved_bias, (batch, columns))
            else:
                recurrent = _recur(h, halved, mask) + halved_bias
            recurrent_zr, recurrent_g = tf.split(recurrent, [2 * units, units], axis=-1)
            s = tf.tanh(x_zr + recurrent_zr) * 0.5 + 0.5
            z, r = tf.split(s, 2, axis=-1)
            g = tf.tanh(x_g + r * recurrent_g)
            h = g + z * (h - g)
            return (h,), (h, s, g, recurrent_g)

        inputs = tf.split(projected * scale, [2 * units, units], axis=-1)
        (h,), (outputs, gates, g, recurrents) = forwards(step, (initial,), inputs)

        def backward(*gradients: Tensor) -> Any:
            start = zeros if initial is None else initial
            before = tf.concat([start[None], outputs[:-1]], axis=0)
            z, r = tf.split(gates, 2, axis=-1)
            into_g = (1 - z) * (1 - g * g)
            into_r = into_g * recurrents * r * (1 - r)
            factors = tf.stack([(before - g) * z * (1 - z), into_r, into_g * r], axis=2)

            def change(dh: Tensor, factors: Tensor, z: Tensor) -> _Change:
                return _Change(tf.reshape(dh[:, None] * factors, (-1, 3 * units)), direct=dh * z, kept=(dh,))

            recurrent, dhs = _back(gradients, change, (factors, z), kernel, mask)
            changes = tf.concat([recurrent[:, :, : 2 * units], dhs * into_g], axis=-1)
            kernel_gradient = _kernel_gradient(initial, outputs, recurrent, mask)
            return changes, kernel_gradient, tf.reduce_sum(recurrent, axis=(0, 1))

        return (h if only_last else outputs, h), backward

    outputs, last = run(projected, weights["recurrent_kernel"], weights["bias"][1])
    return outputs, (last,)


def jordan(
    projected: Tensor, states: States, weights: Weights, mask: Tensor | None, only_last: bool = False
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run the Jordan cell; see `chargen.cells.jordan` for the equations.

    Args:
        projected: Inputs times kernel plus bias, float (time, batch, units).
        states: (y,), float (batch, units); None for zeros, which spares the first product.
        weights: `recurrent_kernel` (units, units), `output_kernel` (units, units) and `output_bias` (units,).
        mask: Dropout mask of the recurrent input, (batch, units); None for no dropout.
        only_last: Whether the last output is wanted, and its gradient comes back, alone.

    Returns:
        The outputs (time, batch, units), or the last one (batch, units), and the states after the last step.
    """
    initial = states[0] if states else None

    @tf.custom_gradient
    def run(projected: Tensor, kernel: Tensor, output_kernel: Tensor, output_bias: Tensor) -> Any:
        def step(carry: tuple[Tensor, ...], x: Tensor) -> Any:
            (y,) = carry
            h = tf.tanh(x if y is None else x + _recur(y, kernel, mask))
            y = tf.tanh(tf.matmul(h, output_kernel) + output_bias)
            return (y,), (y, h)

        (y,), (outputs, hidden) = forwards(step, (initial,), (projected,))

        def backward(*gradients: Tensor) -> Any:
            transposed = _transpose(output_kernel)

            def change(dy: Tensor, slope: Tensor, output_slope: Tensor) -> _Change:
                output_change = dy * output_slope
                return _Change(tf.matmul(output_change, transposed) * slope, kept=(output_change,))

            slopes = (1 - hidden * hidden, 1 - outputs * outputs)
            changes, output_change = _back(gradients, change, slopes, kernel, mask)
            return (
                changes,
                _kernel_gradient(initial, outputs, changes, mask),
                _product_gradient(hidden, output_change),
                tf.reduce_sum(output_change, axis=(0, 1)),
            )

        return (y if only_last else outputs, y), backward

    outputs, last = run(projected, *(weights[name] for name in ("recurrent_kernel", "output_kernel", "output_bias")))
    return outputs, (last,)


def layer_norm_rnn(
    projected: Tensor, states: States, weights: Weights, mask: Tensor | None, only_last: bool = False
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run the layer-normalised simple cell; see `chargen.cells.layer_norm_rnn` for the equations.

    The mean over the units is linear: it is taken out of the projected inputs and out of the kernel's rows, all steps
    at once, and what they add up to has none. The same holds for gradients on the way back.

    Args:
        projected: Inputs times kernel plus bias, float (time, batch, units).
        states: (h,), float (batch, units); None for zeros, which spares the first product.
        weights: `recurrent_kernel` (units, units), `gain` (units,) and `shift` (units,).
        mask: Dropout mask of the recurrent input, (batch, units); None for no dropout.
        only_last: Whether the last output is wanted, and its gradient comes back, alone.

    Returns:
        The outputs (time, batch, units), or the last one (batch, units), and the states after the last step.
    """
    initial = states[0] if states else None

    @tf.custom_gradient
    def run(projected: Tensor, kernel: Tensor, gain: Tensor, shift: Tensor) -> Any:
        centred_kernel = _centred(kernel)

        def step(carry: tuple[Tensor, ...], x: Tensor) -> Any:
            (h,) = carry
            a = x if h is None else x + _recur(h, centred_kernel, mask)
            scale = tf.math.rsqrt(_mean(a * a) + EPSILON)
            n = a * scale
            h = tf.tanh(n * gain + shift)
            return (h,), (h, n, scale)

        (h,), (outputs, standardised, scales) = forwards(step, (initial,), (_centred(projected),))

        def backward(*gradients: Tensor) -> Any:
            slopes = 1 - outputs * outputs

            def change(dh: Tensor, factor: Tensor, n: Tensor) -> _Change:
                through = dh * factor
                return _Change(through - n * _mean(through * n), kept=(dh,))

            factors = (slopes * gain * scales, standardised)
            uncentred, dhs = _back(gradients, change, factors, centred_kernel, mask)
            changes, shift_changes = _centred(uncentred), dhs * slopes
            return (
                changes,
                _kernel_gradient(initial, outputs, changes, mask),
                tf.reduce_sum(shift_changes * standardised, axis=(0, 1)),
                tf.reduce_sum(shift_changes, axis=(0, 1)),
            )

        return (h if only_last else outputs, h), backward

    outputs, last = run(projected, *(weights[name] for name in ("recurrent_kernel", "gain", "shift")))
    return outputs, (last,)


SEQUENCES: Mapping[str, Sequence] = {
    "rnn": simple_rnn,
    "lstm": lstm,
    "gru": gru,
    "jordan": jordan,
    "lnrnn": layer_norm_rnn,
}


@dataclass(frozen=True)
class _Change:
    """What a step backward comes to.

    Args:
        change: The gradient by the recurrent product's result.
        direct: What reached the output before without the kernel; None for nothing.
        carry: What the step before needs beside it.
        kept: What is collected over the steps.
    """

    change: Tensor
    direct: Tensor | None = None
    carry: tuple[Tensor, ...] = ()
    kept: tuple[Tensor, ...] = ()


def _back(
    gradients: tuple[Tensor, ...],
    change: Callable[..., _Change],
    factors: tuple[Tensor, ...],
    kernel: Tensor,
    mask: Tensor | None,
    carry: tuple[Tensor | None, ...] = (),
) -> tuple[Tensor, ...]:
    """Walk from the last step to the first.

    Args:
        gradients: The loss' gradient by the outputs, of all steps or of the last, and by the last state.
        change: What happens at a step: (gradient by its output, from all later steps too; carry; factors) -> change.
        factors: What `change` multiplies with, each (time, ...).
        kernel: The recurrent kernel.
        mask: Dropout mask of the recurrent input.
        carry: What the last step starts with.

    Returns:
        The changes, and what was kept, each (time, ...).
    """
    gradient, last, *_ = gradients
    everywhere = len(gradient.shape) == 3
    transposed = _transpose(kernel)

    def step(carry: tuple[Tensor, ...], *now: Tensor) -> Any:
        through, *more = carry
        if everywhere:
            through = now[0] + through
        found = change(through, *more, *now[everywhere:])
        through = tf.matmul(found.change, transposed)
        through = through if mask is None else through * mask
        through = through if found.direct is None else through + found.direct
        return (through, *found.carry), (found.change, *found.kept)

    start = last if everywhere else last + gradient
    _, outputs = backwards(step, (start, *carry), (gradient, *factors) if everywhere else factors)
    return outputs


def _recur(h: Tensor, kernel: Tensor, mask: Tensor | None) -> Tensor:
    return tf.matmul(h if mask is None else h * mask, kernel)


def _mean(x: Tensor) -> Tensor:
    return tf.reduce_mean(x, axis=-1, keepdims=True)


def _centred(x: Tensor) -> Tensor:
    return x - _mean(x)


def _transpose(kernel: Tensor) -> Tensor:
    # An Einsum, as the graph optimizer would fold a Transpose into each product, which is half as fast.
    return tf.einsum("ij->ji", kernel)


def _kernel_gradient(initial: Tensor | None, outputs: Tensor, changes: Tensor, mask: Tensor | None) -> Tensor:
    if initial is None:
        before, changes = outputs[:-1], changes[1:]
    else:
        before = tf.concat([initial[None], outputs[:-1]], axis=0)
    return _product_gradient(before if mask is None else before * mask, changes)


def _product_gradient(left: Tensor, changes: Tensor) -> Tensor:
    """Sum a kernel's gradient over all steps, from what it was multiplied with and the gradient by the products."""
    if not looping():
        flat_left, flat_changes = (tf.reshape(each, (-1, each.shape[-1])) for each in (left, changes))
        return tf.matmul(flat_left, flat_changes, transpose_a=True)
    # XLA splits a sum of thousands of rows among the threads that it finds, and the bits with it: so few steps at once
    # that there is nothing to split.
    together, missing = 4, -left.shape[0] % 4
    grouped_left, grouped_changes = (
        tf.reshape(tf.pad(each, [[0, missing], [0, 0], [0, 0]]), (-1, together * each.shape[1], each.shape[2]))
        for each in (left, changes)
    )
    return tf.reduce_sum(tf.matmul(grouped_left, grouped_changes, transpose_a=True), axis=0)
