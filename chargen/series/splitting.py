"""Series cut into training, validation and test parts: by time, or whole series."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chargen.config import require
from chargen.errors import SeriesError
from chargen.types import Floats

BY = ("time", "series")


@dataclass(frozen=True)
class Part:
    """The steps of each series that are forecast in a part; what is looked back at may lie before them.

    Args:
        first: For each series its first step in the part.
        end: For each series the step after its last one; `first` where it has none.
    """

    first: tuple[int, ...]
    end: tuple[int, ...]

    def __bool__(self) -> bool:
        return any(end > first for first, end in zip(self.first, self.end, strict=True))

    def origins(self, series: int, back: int, horizon: int) -> NDArray[np.int64]:
        """List where forecasts of a series may start.

        Args:
            series: Its number.
            back: Steps that a forecast needs before it.
            horizon: Steps that it makes, all of them in the part.

        Returns:
            int64 (k,), in order.
        """
        return np.arange(max(self.first[series], back), self.end[series] - horizon + 1)


@dataclass(frozen=True)
class Split:
    """The three parts.

    Args:
        training: What is learnt from, and all that anything is fitted to.
        validation: What chooses the best iteration.
        test: What is only ever reported.
    """

    training: Part
    validation: Part
    test: Part


def split(lengths: Sequence[int], validation: float, test: float, by: str = "time") -> Split:
    """Cut series into contiguous parts: the test part is the end, the validation part stands before it.

    Args:
        lengths: Steps of each series.
        validation: Share of each series, or of the series.
        test: Share of each series from step ⌊(1 - test) n⌋ on, or of the series.
        by: `time` cuts each series; `series` gives whole series to a part, the last ones to the test part.

    Returns:
        The parts.

    Raises:
        SeriesError: Whole series are asked for, and there are too few.
    """
    require(by in BY, "--split", by, " or ".join(BY))
    counts = lengths if by == "time" else [len(lengths)]
    cuts = [(_floor((1 - test - validation) * n), _floor((1 - test) * n)) for n in counts]
    if by == "series":
        trained, before = cuts[0]
        if not trained or (validation and before == trained) or (test and before == len(lengths)):
            raise SeriesError(
                f"--split series cannot cut {len(lengths)} series into training, --validation {validation:g} and "
                f"--test {test:g}; give more series, or --split time"
            )
        cuts = [(n, n) if place < trained else (0, n) if place < before else (0, 0) for place, n in enumerate(lengths)]
    first, second = zip(*cuts, strict=True)
    return Split(Part((0,) * len(lengths), first), Part(first, second), Part(second, tuple(lengths)))


def training_parts(values: Sequence[Floats], split: Split) -> list[Floats]:
    """Cut out what may be learnt from.

    Args:
        values: Each series, (n, features).
        split: Its parts.

    Returns:
        The training part of each series that has one.
    """
    return [series[:end] for series, end in zip(values, split.training.end, strict=True) if end]


def _floor(steps: float) -> int:
    return int(steps + 1e-9)  # 0.8 of 10 is 8, whatever the floats say
