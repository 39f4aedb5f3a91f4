"""Sequences to arrays that a network reads: standardised, of one length."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chargen.series.scaling import LEAST_SPREAD
from chargen.types import Floats


@dataclass(frozen=True, eq=False)
class Standard:
    """What is done to sequences, fitted to those that are learnt from.

    Each feature gets mean 0 and standard deviation 1 over all steps of all sequences; one that never changes becomes 0.
    Shorter sequences are padded in front, so that a network reads their end last, by that mean. Where lengths differ,
    one feature more, a mask, is 1 at steps that are there and 0 at padded ones (Lipton, Kale & Wetzel 2016,
    "Directly modeling missing data", have such indicators). Of sequences longer than those learnt from the end is read.

    Args:
        offset: Mean of each feature, (features,).
        scale: Its standard deviation, (features,), above 0.
        window: Steps of an array: of the longest sequence.
        masked: Whether there is a mask.
    """

    offset: Floats
    scale: Floats
    window: int
    masked: bool

    @classmethod
    def fit(cls, values: Sequence[Floats]) -> "Standard":
        """Fit to the sequences that are learnt from.

        Args:
            values: Each (time, features).

        Returns:
            What was found.
        """
        together = np.concatenate(values)
        spread = together.std(axis=0)
        moves = spread > LEAST_SPREAD * np.abs(together).max(axis=0)
        lengths = {len(one) for one in values}
        return cls(together.mean(axis=0), np.where(moves, spread, 1.0), max(lengths), len(lengths) > 1)

    @property
    def inputs(self) -> int:
        """Features of an array, the mask counted."""
        return len(self.offset) + self.masked

    def array(self, values: Sequence[Floats]) -> Floats:
        """Make an array of sequences.

        Args:
            values: Each (time, features).

        Returns:
            float64 (n, window, inputs).
        """
        made = np.zeros((len(values), self.window, self.inputs))
        for row, one in enumerate(values):
            end = one[-self.window :]
            made[row, -len(end) :, : len(self.offset)] = (end - self.offset) / self.scale
            if self.masked:
                made[row, -len(end) :, -1] = 1
        return made
