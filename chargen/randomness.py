"""Where chance comes from: one stream of random numbers per purpose and position, no global state.

A generator is made from the random seed, its purpose and a position such as the epoch's number. So nothing has
to be saved to go on with the same numbers, and drawing a sample never shifts what training draws.
"""

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What random numbers are used for; the value is the stream's place among the seed's children."""

    WEIGHTS = 0
    ORDER = 1
    DROPOUT = 2
    SAMPLES = 3
    SPLIT = 4
    GAPS = 5


def generator(random_seed: int, purpose: Purpose, *position: int) -> np.random.Generator:
    """Make the generator of one purpose at one position.

    Args:
        random_seed: The run's or the sample's seed, from 0 up.
        purpose: What the numbers are for.
        position: Epoch, iteration or index of the sample; each its own stream.

    Returns:
        A new generator, the same for the same arguments.
    """
    return np.random.default_rng(np.random.SeedSequence(random_seed, spawn_key=(purpose, *position)))
