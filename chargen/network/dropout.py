"""Which units are dropped in training: masks that depend on a key alone, the same for every network."""

from typing import Any

import tensorflow as tf


def dropout_mask(shape: tuple[int, ...], rate: float, key: Any, layer: int) -> Any:
    """Draw a mask that drops a share of the units and scales the others up to keep the mean.

    Args:
        shape: Of what is to be multiplied.
        rate: The share that is dropped.
        key: int32 (2,), the key of this step's masks.
        layer: Number of the mask among those of this step.

    Returns:
        float32 of the shape: 0 or 1 / (1 - rate).
    """
    seed = tf.stack([key[0], key[1] + layer])
    kept = tf.random.stateless_uniform(shape, seed, alg="philox") >= rate
    return tf.cast(kept, tf.float32) * (1 / (1 - rate))
