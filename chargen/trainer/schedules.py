"""How the step size changes: a function of the settings, the batch and the validation losses, so nothing is saved."""

import math
from collections.abc import Sequence

import numpy as np

from chargen.trainer.config import TrainConfig
from chargen.types import Floats

# A step size that a plateau lowers is multiplied by this.
LOWER = 0.5
# No plateau and no cosine goes lower than this share of its start: who trains on still learns.
FLOOR = 0.01


def learning_rates(config: TrainConfig, first: int, count: int, per_iteration: int, losses: Sequence[float]) -> Floats:
    """Compute the step sizes of some batches of one iteration.

    plateau: halved after each iteration whose validation loss is not below all before, down to FLOOR; it does not
    depend on the number of iterations. cosine: (1 + cos(pi t / T)) / 2 (Loshchilov & Hutter 2017, section 3, without
    restarts) with t, T counted in batches, down to FLOOR, which also holds beyond T. inverse-time: 1 / (1 + decay t)
    with t in iterations. All are multiplied by the warm-up, which grows linearly (Goyal et al. 2017, section 2.2).

    Args:
        config: The settings of training.
        first: Number of the first batch since the start, from 0.
        count: Batches.
        per_iteration: Batches in an iteration.
        losses: Validation loss of each iteration before this one; empty without validation.

    Returns:
        float32 (count,).
    """
    batches = np.arange(first, first + count)
    factor: Floats = np.ones(count)
    if config.schedule == "plateau":
        factor *= max(LOWER ** stalls(losses), FLOOR)
    elif config.schedule == "cosine":
        progress = np.minimum(batches / (float(config.schedule_iterations) * per_iteration), 1)
        factor = FLOOR + (1 - FLOOR) * (1 + np.cos(math.pi * progress)) / 2
    elif config.schedule == "inverse-time":
        factor = 1 / (1 + config.decay * (batches / per_iteration))
    warmup = np.minimum((batches + 1) / (config.warmup + 1), 1)
    return np.asarray(config.learning_rate * factor * warmup, np.float32)


def stalls(losses: Sequence[float]) -> int:
    """Count the iterations that brought no better loss.

    Args:
        losses: Validation loss of each iteration.

    Returns:
        How many are not below all before them.
    """
    best, count = math.inf, 0
    for loss in losses:
        count += loss >= best
        best = min(best, loss)
    return count
