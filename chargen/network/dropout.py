"""Which units are dropped in training: masks that depend on a key alone.

They are the same for every network that runs operation by operation; the compiler XLA draws others from the key.
"""

from typing import Any

import tensorflow as tf


class Masks:
    """The masks of a training step, numbered in the order in which a network asks for them.

    Args:
        key: int32 (2,), the key of this step's masks; None where nothing is dropped.
    """

    def __init__(self, key: Any) -> None:
        self._key, self._asked = key, 0

    def draw(self, shape: tuple[int, ...], rate: float) -> Any:
        """Draw the next mask.

        Args:
            shape: Of what is to be multiplied.
            rate: The share that is dropped.

        Returns:
            As `dropout_mask`; None where nothing is dropped.
        """
        self._asked += 1
        return None if self._key is None or rate == 0 else dropout_mask(shape, rate, self._key, self._asked - 1)

    def drop(self, values: Any, rate: float) -> Any:
        """Drop a share of some values.

        Args:
            values: Any shape.
            rate: The share.

        Returns:
            The values times the next mask.
        """
        mask = self.draw(values.shape, rate)
        return values if mask is None else values * mask


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
