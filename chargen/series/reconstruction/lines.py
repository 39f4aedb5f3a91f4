"""Gaps as a network sees them: the lines through their known neighbours, and how far from these a step is.

A step is shown as in BRITS (Cao et al. 2018, section 3): a value, whether it is known, how far the known ones are; but
the value of a gap is that of the line through its known neighbours.
"""

import math
from dataclasses import dataclass

import numpy as np

from chargen.types import Floats

# What a step shows of each feature: a value, whether it is known, how near the known ones before and behind are.
SHOWN = 4


def show(windows: Floats) -> tuple[Floats, Floats, Floats]:
    """Make what a network sees of windows with gaps.

    Args:
        windows: Scaled, (..., time, features), NaN where unknown.

    Returns:
        float32 (..., time, SHOWN * features): the values, of gaps those of the line between the known ones on both
        sides, level where only one side is known, 0 where nothing is; 1 where known, else 0; 1 / (1 + steps) to the
        nearest known step before, then behind, 0 where there is none. The values alone, (..., time, features). How
        far a step is from what is known, of the same shape: b a / (b + a) with b steps to the known one before and a
        to that after, which is the variance of a random walk between them; the steps to the one there is at the ends.
    """
    time = windows.shape[-2]
    steps = np.arange(time)[:, None]
    known = ~np.isnan(windows)
    before = np.maximum.accumulate(np.where(known, steps, -1), axis=-2)
    behind = np.minimum.accumulate(np.where(known, steps, time)[..., ::-1, :], axis=-2)[..., ::-1, :]
    has_before, has_behind = before >= 0, behind < time
    level = np.where(known, windows, 0)
    left = np.take_along_axis(level, np.maximum(before, 0), axis=-2)
    right = np.take_along_axis(level, np.minimum(behind, time - 1), axis=-2)
    left, right = np.where(has_before, left, right), np.where(has_behind, right, left)
    lines = left + (right - left) * (steps - before) / np.maximum(behind - before, 1)
    back, ahead = np.where(has_before, steps - before, np.inf), np.where(has_behind, behind - steps, np.inf)
    inputs = np.concatenate([lines, known, 1 / (1 + back), 1 / (1 + ahead)], axis=-1, dtype=np.float32)
    with np.errstate(divide="ignore"):
        away = np.where(known, 0, 1 / (1 / back + 1 / ahead))
    return inputs, lines, np.minimum(away, time)


@dataclass(frozen=True)
class Growth:
    """How the error of lines grows with the distance from what is known: factor * distance ** power, a column each.

    What the network puts out is in units of it, so that it learns short gaps as eagerly as long ones.

    Args:
        factor: For each column, above 0.
        power: For each column, from 0 to 2.
    """

    factor: Floats
    power: Floats

    @classmethod
    def measure(cls, errors: Floats, away: Floats) -> "Growth":
        """Fit to the errors of lines.

        Args:
            errors: Scaled, (n, features), NaN where unknown.
            away: The distance of each, as `show` has it, of the same shape.

        Returns:
            Least squares through the logarithms of the root mean squares in classes of distance, doubling each.
        """
        fitted = []
        for error, distance in zip(errors.T, away.T, strict=True):
            some = ~np.isnan(error) & (distance > 0)
            classes = np.floor(2 * np.log2(distance[some])).astype(int)
            numbers, members, counts = np.unique(classes, return_inverse=True, return_counts=True)
            squares = np.bincount(members, error[some] ** 2) / np.maximum(counts, 1)
            moved = squares > 0
            if not moved.any():
                fitted.append((1.0, 0.0))
                continue
            at, size, weight = numbers[moved] / 2 * math.log(2), np.log(squares[moved]) / 2, counts[moved]
            centre, height = np.average(at, weights=weight), np.average(size, weights=weight)
            spread = np.average((at - centre) ** 2, weights=weight)
            power = np.average((at - centre) * (size - height), weights=weight) / spread if spread > 0 else 0.0
            power = min(max(float(power), 0.0), 2.0)
            fitted.append((math.exp(height - power * centre), power))
        factor, powers = np.array(fitted).T
        return cls(factor, powers)

    def __call__(self, away: Floats) -> Floats:
        """Tell how large the error of a line is, for each distance, (..., features); 1 at no distance."""
        grown: Floats = self.factor * np.maximum(away, 0.5) ** self.power
        return grown
