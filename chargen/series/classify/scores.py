"""How good labels are that were told: confusion, accuracy and its interval, F1."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# Of the standard normal distribution: 95 % lie within it on both sides.
Z95 = 1.959963984540054


def confusion(truth: Sequence[str], told: Sequence[str], classes: Sequence[str]) -> NDArray[np.int64]:
    """Count which class was told for which.

    Args:
        truth: The label of each sequence.
        told: What was told.
        classes: All labels.

    Returns:
        int64 (classes, classes): rows are the truth, columns what was told.
    """
    place = {label: number for number, label in enumerate(classes)}
    counts = np.zeros((len(classes), len(classes)), np.int64)
    for one, other in zip(truth, told, strict=True):
        counts[place[one], place[other]] += 1
    return counts


def accuracy(counts: NDArray[np.int64]) -> float:
    """Compute the share that is right.

    Args:
        counts: As `confusion` makes them.

    Returns:
        From 0 to 1.
    """
    return float(np.trace(counts) / counts.sum())


def f1_scores(counts: NDArray[np.int64]) -> list[float | None]:
    """Compute F1 of each class: 2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall.

    van Rijsbergen 1979, Information Retrieval, chapter 7, has 1 - F1 as E with equal weights.

    Args:
        counts: As `confusion` makes them.

    Returns:
        From 0 to 1; None for a class that neither occurs nor was told.
    """
    right, both = np.diag(counts), counts.sum(axis=0) + counts.sum(axis=1)
    return [2 * int(hit) / int(total) if total else None for hit, total in zip(right, both, strict=True)]


def macro_f1(counts: NDArray[np.int64]) -> float:
    """Compute the mean of the classes' F1: each counts the same, however rare (Opitz & Burst 2019, equation 1).

    Args:
        counts: As `confusion` makes them.

    Returns:
        From 0 to 1; a class that neither occurs nor was told is left out.
    """
    found = [score for score in f1_scores(counts) if score is not None]
    return sum(found) / len(found)


def wilson(share: float, count: int) -> tuple[float, float]:
    """Compute the 95 % interval of a share (Wilson 1927).

    (p + z²/2n ± z √(p (1 - p)/n + z²/4n²)) / (1 + z²/n).

    Args:
        share: That was found, from 0 to 1.
        count: Of how many, from 1 up.

    Returns:
        Its ends, within 0 and 1.
    """
    square = Z95**2 / count
    centre = share + square / 2
    reach = Z95 * math.sqrt(share * (1 - share) / count + square / (4 * count))
    return max(0.0, (centre - reach) / (1 + square)), min(1.0, (centre + reach) / (1 + square))
