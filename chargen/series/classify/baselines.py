"""Baselines of classification, with the interface of the network."""

from collections.abc import Sequence
from typing import Protocol, Self

import numpy as np

from chargen.series.classify.sequences import Sequences
from chargen.series.classify.standard import Standard
from chargen.types import Floats

# Distances that are computed at once.
_TOGETHER = 256


class Contestant(Protocol):
    """Whoever tells the class of a sequence."""

    name: str

    def fit(self, data: Sequences) -> Self:
        """Learn.

        Args:
            data: The sequences and their labels.

        Returns:
            Itself.
        """

    def predict(self, values: Sequence[Floats]) -> tuple[str, ...]:
        """Tell the labels of sequences.

        Args:
            values: Each (time, features).

        Returns:
            The label of each.
        """


class Majority:
    """Gives every sequence the label that most have; of several the first in order."""

    name = "majority"

    def fit(self, data: Sequences) -> Self:
        """Count the labels; see `Contestant`."""
        self._label = max(data.classes, key=data.labels.count)
        return self

    def predict(self, values: Sequence[Floats]) -> tuple[str, ...]:
        """Give all the same label; see `Contestant`."""
        return (self._label,) * len(values)


class NearestNeighbour:
    """Gives a sequence the label of the nearest that it knows (Cover & Hart 1967), by Euclidean distance.

    Sequences are standardised and padded as `Standard` does, without a mask; of several nearest the first counts.
    """

    name = "nearest neighbour"

    def fit(self, data: Sequences) -> Self:
        """Keep all; see `Contestant`."""
        self._standard = Standard.fit(data.values)
        self._labels = data.labels
        self._known = self._flat(data.values)
        return self

    def predict(self, values: Sequence[Floats]) -> tuple[str, ...]:
        """Look up the nearest; see `Contestant`."""
        squares = np.sum(self._known**2, axis=1)
        found: list[str] = []
        for start in range(0, len(values), _TOGETHER):
            asked = self._flat(values[start : start + _TOGETHER])
            # |a - b|² = |a|² - 2 a·b + |b|², of which |a|² is the same for all b.
            found += [self._labels[place] for place in np.argmin(squares - 2 * asked @ self._known.T, axis=1)]
        return tuple(found)

    def _flat(self, values: Sequence[Floats]) -> Floats:
        array = self._standard.array(values)[:, :, : len(self._standard.offset)]
        return array.reshape(len(values), -1)
