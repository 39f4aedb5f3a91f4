"""Gradient descent: one fused TensorFlow kernel a variable, slots with names that reach the disk."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

# Adam's memory of squared gradients: hundreds of batches, as a book has not many thousands of them.
BETA2 = 0.99

Update = Callable[[tf.Variable, tf.Tensor, Mapping[str, tf.Variable], tf.Tensor, tf.Tensor, float], Any]


@dataclass(frozen=True)
class Optimizer:
    """A rule that turns a gradient into a step.

    Args:
        slots: Names of what it remembers for each variable; all start at zero.
        update: Applies (variable, gradient, slots, learning rate, number of this step from 1, momentum).
    """

    slots: tuple[str, ...]
    update: Update


def _adam(
    variable: tf.Variable,
    gradient: tf.Tensor,
    slots: Mapping[str, tf.Variable],
    rate: tf.Tensor,
    step: tf.Tensor,
    momentum: float,
) -> None:
    """Kingma & Ba 2015, section 2, in the order of computation given at its end."""
    beta1, beta2 = 0.9, BETA2
    time = tf.cast(step, tf.float32)
    tf.raw_ops.ResourceApplyAdam(
        var=variable.handle,
        m=slots["m"].handle,
        v=slots["v"].handle,
        beta1_power=tf.pow(beta1, time),
        beta2_power=tf.pow(beta2, time),
        lr=rate,
        beta1=beta1,
        beta2=beta2,
        epsilon=1e-7,
        grad=gradient,
    )


def _rmsprop(
    variable: tf.Variable,
    gradient: tf.Tensor,
    slots: Mapping[str, tf.Variable],
    rate: tf.Tensor,
    step: tf.Tensor,
    momentum: float,
) -> None:
    """Tieleman & Hinton 2012, lecture 6.5, with Keras' decay of 0.9."""
    mean_square = slots["v"].assign(0.9 * slots["v"] + 0.1 * tf.square(gradient))
    variable.assign_sub(rate * gradient * tf.math.rsqrt(mean_square + 1e-7))


def _sgd(
    variable: tf.Variable,
    gradient: tf.Tensor,
    slots: Mapping[str, tf.Variable],
    rate: tf.Tensor,
    step: tf.Tensor,
    momentum: float,
) -> None:
    """Polyak 1964, as Keras writes it: v = momentum v - rate g; w = w + v."""
    velocity = slots["m"].assign(momentum * slots["m"] - rate * gradient)
    variable.assign_add(velocity)


def _nesterov(
    variable: tf.Variable,
    gradient: tf.Tensor,
    slots: Mapping[str, tf.Variable],
    rate: tf.Tensor,
    step: tf.Tensor,
    momentum: float,
) -> None:
    """Nesterov 1983 in the form of Sutskever et al. 2013, section 2, the gradient taken where the last step led."""
    velocity = slots["m"].assign(momentum * slots["m"] - rate * gradient)
    variable.assign_add(momentum * velocity - rate * gradient)


OPTIMIZERS: Mapping[str, Optimizer] = {
    "adam": Optimizer(("m", "v"), _adam),
    "rmsprop": Optimizer(("v",), _rmsprop),
    "sgd": Optimizer(("m",), _sgd),
    "nesterov": Optimizer(("m",), _nesterov),
}
