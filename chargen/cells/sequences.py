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
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf

from chargen.cells.layer_norm_rnn import EPSILON

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
        h = initial
        steps: list[Tensor] = []
        for x in tf.unstack(projected):
            h = tf.tanh(x if h is None else x + _recur(h, kernel, mask))
            steps.append(h)
        outputs = tf.stack(steps)

        def backward(*gradients: Tensor) -> Any:
            slopes = tf.unstack(1 - outputs * outputs)
            back = _Backward(gradients, projected.shape[0], kernel, mask)
            for t in back.times():
                back.step(t, back.dh * slopes[t])
            changes = tf.stack(back.changes)
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
        h, c = initial_h, initial_c
        hs: list[Tensor] = []
        cs: list[Tensor] = []
        gates: list[Tensor] = []
        squashed: list[Tensor] = []
        for x in tf.unstack(projected * scale):
            s = tf.tanh(x if h is None else x + _recur(h, halved, mask)) * scale + shift
            i, f, g, o = tf.split(s, 4, axis=-1)
            c = i * g if c is None else f * c + i * g
            q = tf.tanh(c)
            h = o * q
            hs.append(h)
            cs.append(c)
            gates.append(s)
            squashed.append(q)
        outputs = tf.stack(hs)

        def backward(*gradients: Tensor) -> Any:
            i, f, g, o = tf.split(tf.stack(gates), 4, axis=-1)
            first = tf.zeros_like(cs[0]) if initial_c is None else initial_c
            q, before = tf.stack(squashed), tf.stack([first, *cs[:-1]])
            into_c = tf.unstack(o * (1 - q * q))
            into_o = tf.unstack(q * o * (1 - o))
            into_ifg = tf.unstack(tf.stack([g * i * (1 - i), before * f * (1 - f), i * (1 - g * g)], axis=2))
            forget = tf.unstack(f)
            back = _Backward(gradients, projected.shape[0], kernel, mask)
            dc: Tensor = None
            for t in back.times():
                carried = back.dh * into_c[t]
                dc = carried if dc is None else dc * forget[t + 1] + carried
                ifg = tf.reshape(dc[:, None] * into_ifg[t], (-1, 3 * units))
                back.step(t, tf.concat([ifg, back.dh * into_o[t]], axis=-1))
            changes = tf.stack(back.changes)
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
        inputs_zr, inputs_g = (tf.unstack(part) for part in tf.split(projected * scale, [2 * units, units], axis=-1))
        start = tf.zeros((batch, units), projected.dtype) if initial is None else initial
        h = start
        hs: list[Tensor] = []
        gates: list[Tensor] = []
        news: list[Tensor] = []
        recurrents: list[Tensor] = []
        for x_zr, x_g in zip(inputs_zr, inputs_g, strict=True):
            if initial is None and not hs:
                recurrent = tf.broadcast_to(halved_bias, (batch, columns))
            else:
                recurrent = _recur(h, halved, mask) + halved_bias
            recurrent_zr, recurrent_g = tf.split(recurrent, [2 * units, units], axis=-1)
            s = tf.tanh(x_zr + recurrent_zr) * 0.5 + 0.5
            z, r = tf.split(s, 2, axis=-1)
            g = tf.tanh(x_g + r * recurrent_g)
            h = g + z * (h - g)
            hs.append(h)
            gates.append(s)
            news.append(g)
            recurrents.append(recurrent_g)
        outputs = tf.stack(hs)

        def backward(*gradients: Tensor) -> Any:
            before = tf.stack([start, *hs[:-1]])
            z, r = tf.split(tf.stack(gates), 2, axis=-1)
            g = tf.stack(news)
            into_g = (1 - z) * (1 - g * g)
            into_r = into_g * tf.stack(recurrents) * r * (1 - r)
            factors = tf.unstack(tf.stack([(before - g) * z * (1 - z), into_r, into_g * r], axis=2))
            kept = tf.unstack(z)
            back = _Backward(gradients, projected.shape[0], kernel, mask)
            dhs = []
            for t in back.times():
                dhs.append(back.dh)
                back.step(t, tf.reshape(back.dh[:, None] * factors[t], (-1, 3 * units)), back.dh * kept[t])
            recurrent = tf.stack(back.changes)
            changes = tf.concat([recurrent[:, :, : 2 * units], tf.stack(dhs[::-1]) * into_g], axis=-1)
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
        y = initial
        hs: list[Tensor] = []
        ys: list[Tensor] = []
        for x in tf.unstack(projected):
            h = tf.tanh(x if y is None else x + _recur(y, kernel, mask))
            y = tf.tanh(tf.matmul(h, output_kernel) + output_bias)
            hs.append(h)
            ys.append(y)
        outputs = tf.stack(ys)

        def backward(*gradients: Tensor) -> Any:
            hidden = tf.stack(hs)
            slopes, output_slopes = tf.unstack(1 - hidden * hidden), tf.unstack(1 - outputs * outputs)
            transposed = _transpose(output_kernel)
            back = _Backward(gradients, projected.shape[0], kernel, mask)
            output_changes = []
            for t in back.times():
                output_changes.append(back.dh * output_slopes[t])
                back.step(t, tf.matmul(output_changes[-1], transposed) * slopes[t])
            changes, output_change = tf.stack(back.changes), tf.stack(output_changes[::-1])
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
        h = initial
        hs: list[Tensor] = []
        standardised: list[Tensor] = []
        scales: list[Tensor] = []
        for x in tf.unstack(_centred(projected)):
            a = x if h is None else x + _recur(h, centred_kernel, mask)
            scale = tf.math.rsqrt(_mean(a * a) + EPSILON)
            n = a * scale
            h = tf.tanh(n * gain + shift)
            hs.append(h)
            standardised.append(n)
            scales.append(scale)
        outputs = tf.stack(hs)

        def backward(*gradients: Tensor) -> Any:
            slopes = 1 - outputs * outputs
            factors = tf.unstack(slopes * gain * tf.stack(scales))
            back = _Backward(gradients, projected.shape[0], centred_kernel, mask)
            dhs = []
            for t in back.times():
                dhs.append(back.dh)
                through, n = back.dh * factors[t], standardised[t]
                back.step(t, through - n * _mean(through * n))
            changes = _centred(tf.stack(back.changes))
            shift_changes = tf.stack(dhs[::-1]) * slopes
            return (
                changes,
                _kernel_gradient(initial, outputs, changes, mask),
                tf.reduce_sum(shift_changes * tf.stack(standardised), axis=(0, 1)),
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


class _Backward:
    """The walk from the last step to the first.

    Attributes:
        dh: The loss' gradient by the output of the step at hand, from all later steps too.
        changes: The gradient by the recurrent product's result, for each step.
    """

    def __init__(self, gradients: tuple[Tensor, ...], time: int, kernel: Tensor, mask: Tensor | None) -> None:
        gradient, last, *_ = gradients
        self._gradients = tf.unstack(gradient) if len(gradient.shape) == 3 else None
        self._transposed = _transpose(kernel)
        self._mask = mask
        self.dh = last + (gradient if self._gradients is None else self._gradients[-1])
        self.changes: list[Tensor] = [None] * time

    def times(self) -> range:
        return range(len(self.changes) - 1, -1, -1)

    def step(self, t: int, change: Tensor, direct: Tensor | None = None) -> None:
        """Go from step t to the one before it; `direct` is what reached its output without the kernel."""
        self.changes[t] = change
        if t:
            through = tf.matmul(change, self._transposed)
            through = through if self._mask is None else through * self._mask
            through = through if direct is None else through + direct
            self.dh = through if self._gradients is None else self._gradients[t - 1] + through


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
    rows, columns = left.shape[-1], changes.shape[-1]
    return tf.matmul(tf.reshape(left, (-1, rows)), tf.reshape(changes, (-1, columns)), transpose_a=True)
