"""Sequences with labels, and parts of them that have every class."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chargen.errors import SeriesError
from chargen.series.settings import LARGEST
from chargen.types import Floats

VALUE = "value"


@dataclass(frozen=True, eq=False)
class Sequences:
    """Sequences, each with the label of its class.

    Args:
        values: Each sequence, float64 (time, features), no NaN; their lengths may differ.
        labels: The label of each.
        columns: Names of the features.
        names: What each sequence is called.
        name: What all of them are called in messages.

    Raises:
        SeriesError: There is none, a sequence has no steps, or a value is missing, infinite or beyond LARGEST.
    """

    values: tuple[Floats, ...]
    labels: tuple[str, ...]
    columns: tuple[str, ...]
    names: tuple[str, ...]
    name: str

    def __post_init__(self) -> None:
        if not self.values:
            raise SeriesError(f"{self.name} has no sequences; give at least two of each class")
        if not len(self.values) == len(self.labels) == len(self.names):
            raise SeriesError(
                f"{self.name} has {len(self.values)} sequences and {len(self.labels)} labels; give each sequence one"
            )
        require_sequences(self.values, self.columns, self.names, self.name)

    @classmethod
    def of(cls, values: Any, labels: Sequence[object], name: str = "the data") -> "Sequences":
        """Take sequences from Python.

        Args:
            values: An array (n, time) or (n, time, features), or a list of arrays (time,) or (time, features).
            labels: The label of each; a number becomes its text.
            name: What to call them in messages.

        Returns:
            The sequences, called by their numbers from 1.

        Raises:
            SeriesError: They are no numbers, or do not fit each other.
        """
        made = arrays(values, name)
        features = made[0].shape[1] if made else 1
        columns = (VALUE,) if features == 1 else tuple(f"{VALUE} {place}" for place in range(1, features + 1))
        names = tuple(str(number) for number in range(1, len(made) + 1))
        return cls(made, tuple(map(str, labels)), columns, names, name)

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels that there are, sorted."""
        return tuple(sorted(set(self.labels)))

    def take(self, places: Sequence[int] | NDArray[np.int64]) -> "Sequences":
        """Take some of them.

        Args:
            places: Which, at least one.

        Returns:
            These, in this order.
        """
        values = tuple(self.values[place] for place in places)
        labels, names = (tuple(each[place] for place in places) for each in (self.labels, self.names))
        return Sequences(values, labels, self.columns, names, self.name)

    def __len__(self) -> int:
        return len(self.values)


def arrays(values: Any, name: str) -> tuple[Floats, ...]:
    """Make a matrix of each sequence.

    Args:
        values: An array (n, time) or (n, time, features), or a list of arrays (time,) or (time, features).
        name: What to call them in messages.

    Returns:
        Each float64 (time, features).

    Raises:
        SeriesError: They are no numbers, or have other features than the first.
    """
    made = []
    for number, one in enumerate(values, start=1):
        try:
            matrix = np.asarray(one, np.float64)
        except (ValueError, TypeError) as error:
            raise SeriesError(f"sequence {number} of {name} is no table of numbers: {error}") from error
        if matrix.ndim not in (1, 2):
            raise SeriesError(
                f"sequence {number} of {name} has the shape {matrix.shape}; give (time,) or (time, features)"
            )
        made.append(matrix[:, None] if matrix.ndim == 1 else matrix)
    return tuple(made)


def require_sequences(
    values: Sequence[Floats], columns: Sequence[str], names: Sequence[str], name: str
) -> Sequence[Floats]:
    """Refuse sequences that a network could not read.

    Args:
        values: Each (time, features).
        columns: Names of the features that each has to have.
        names: What each is called.
        name: What all of them are called.

    Returns:
        The same.

    Raises:
        SeriesError: A sequence has no steps or other features, or a value is missing, infinite or beyond LARGEST.
    """
    for one, called in zip(values, names, strict=True):
        where = f"sequence {called} of {name}"
        if one.shape[1] != len(columns):
            raise SeriesError(f"{where} has {one.shape[1]} features, {len(columns)} are wanted; give all the same")
        if not len(one):
            raise SeriesError(f"{where} has no steps; give it values, or leave it out")
        odd = np.argwhere(~(np.abs(one) <= LARGEST))
        for step, column in odd[:1]:
            value = one[step, column]
            what = "misses its value" if np.isnan(value) else f"has {value:g}, beyond what can be squared,"
            raise SeriesError(
                f"{where} {what} in {columns[column]!r} at step {step + 1}; correct it, or leave the sequence out"
            )
    return values


def require_classes(data: Sequences, least: int, why: str) -> tuple[str, ...]:
    """Refuse labels that leave nothing to tell apart.

    Args:
        data: The sequences.
        least: Sequences that a class has to have.
        why: What they are needed for, for the message.

    Returns:
        The classes, sorted.

    Raises:
        SeriesError: There is one class alone, or a class has too few sequences.
    """
    classes = data.classes
    if len(classes) < 2:
        raise SeriesError(
            f"{data.name} has one class, {_shown(classes[0])}, and nothing to tell apart; give sequences of two, or "
            "name the column of labels with --label"
        )
    for label in classes:
        count = data.labels.count(label)
        if count < least:
            sequences = "one sequence" if count == 1 else f"{count} sequences"
            raise SeriesError(
                f"{data.name} has {sequences} of class {_shown(label)}, and {least} are needed, {why}; give more, "
                "leave the class out, or name the column of labels with --label"
            )
    return classes


def held_out(labels: Sequence[str], share: float, least: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Draw a share of each class, at least one sequence of it.

    Args:
        labels: The label of each sequence.
        share: Of each class.
        least: Sequences of a class that are left in any case; a class that has no more is left whole.
        generator: Where the chance comes from.

    Returns:
        Places of what was drawn, int64, rising.
    """
    drawn: list[int] = []
    found = np.asarray(labels, object)
    for label in sorted(set(labels)):
        places = generator.permutation(np.flatnonzero(found == label))
        drawn += places[: min(max(1, int(share * len(places) + 0.5)), max(0, len(places) - least))].tolist()
    return np.array(sorted(drawn), np.int64)


def _shown(label: str) -> str:
    return repr(label if len(label) <= 40 else label[:37] + "...")
