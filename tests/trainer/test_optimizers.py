"""Our optimizers take the same steps as Keras'."""

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from chargen.trainer.optimizers import OPTIMIZERS

ORACLES: dict[str, Any] = {
    "adam": lambda: keras.optimizers.Adam(0.1, beta_2=0.99),
    "rmsprop": lambda: keras.optimizers.RMSprop(0.1),
    "sgd": lambda: keras.optimizers.SGD(0.1, momentum=0.9),
    "nesterov": lambda: keras.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_steps_equal_those_of_keras(name: str) -> None:
    generator = np.random.default_rng(0)
    start = generator.standard_normal((4, 3)).astype(np.float32)
    ours, theirs = tf.Variable(start), keras.Variable(start)
    optimizer, oracle = OPTIMIZERS[name], ORACLES[name]()
    slots = {slot: tf.Variable(np.zeros_like(start)) for slot in optimizer.slots}
    for step in range(1, 8):
        gradient = tf.constant(generator.standard_normal((4, 3)), tf.float32)
        optimizer.update(ours, gradient, slots, tf.constant(0.1), tf.constant(step, tf.int64), 0.9)
        oracle.apply_gradients([(gradient, theirs)])
        # The fused kernel takes 1 - β2 in float32 (5e-5 off), Keras in float64: up to 1e-5 in seven steps of 0.1.
        np.testing.assert_allclose(ours.numpy(), np.asarray(theirs), rtol=0, atol=1e-5)
