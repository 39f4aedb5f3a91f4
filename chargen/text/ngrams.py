"""What follows the last few characters, counted: Kneser-Ney n-grams, the baseline that a network has to beat."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chargen.types import Floats, Ids

# The longest n-gram, its last character included.
ORDER = 6
# The discount where a text has too few kinds of grams to estimate one.
DISCOUNT = 0.5


@dataclass(frozen=True, eq=False)
class _Level:
    """The grams of one length k and what is known of them; a gram's number is its place in `keys`.

    Args:
        keys: Sorted: number of the first k - 1 characters * vocabulary + last character, int64 (m,).
        kept: What is left of a gram's share of its context after discounting, for the longest length, float64 (m,).
        left: What is left over in a context for shorter grams, by the context's number.
        kept_below: As `kept`, for lengths below the longest: shares of contexts that a gram stands in.
        left_below: As `left`, likewise.
    """

    keys: NDArray[np.int64]
    kept: Floats
    left: Floats
    kept_below: Floats
    left_below: Floats


class NGrams:
    """Interpolated n-grams with modified Kneser-Ney smoothing, of all lengths up to `ORDER`.

    P(c | h) = (n(hc) - D(n(hc))) / n(h) + (Σ D(n(hc)) / n(h)) P(c | h without its first character), where the longest
    grams are counted, and of shorter ones the different characters that they follow; below single characters all of the
    vocabulary are equally likely (Chen & Goodman 1998, "An Empirical Study of Smoothing Techniques for Language
    Modeling", section 3, their interpolated form).

    Args:
        ids: The training text, int32 (n,), n ≥ 1.
        vocabulary: Number of characters that there are, seen or not.
    """

    def __init__(self, ids: Ids, vocabulary: int) -> None:
        self._vocabulary = vocabulary
        found: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []
        # Of each place the number of the gram that ends there; of length 0 there is one.
        numbers = np.zeros(len(ids) + 1, np.int64)
        for length in range(1, ORDER + 1):
            keys, shorter = numbers[:-1] * vocabulary + ids[length - 1 :], numbers[1:]
            keys, places, numbers, counts = np.unique(keys, return_index=True, return_inverse=True, return_counts=True)
            found.append((keys, counts, shorter[places]))
        self._levels = []
        contexts = 1
        for length, (keys, counts, _) in enumerate(found):
            followed = np.bincount(found[length + 1][2], minlength=len(keys)) if length + 1 < ORDER else counts
            shares = (_discounted(keys // vocabulary, number, contexts) for number in (counts, followed))
            self._levels.append(_Level(keys, *next(shares), *next(shares)))
            contexts = len(keys)

    def probabilities(self, before: Ids, ids: Ids) -> Floats:
        """Compute how likely each character of a text is to the n-grams of each length.

        Args:
            before: What stands before it, int32 (m,).
            ids: The text, int32 (n,).

        Returns:
            Probabilities, float64 (ORDER, n), single characters first.
        """
        text = np.concatenate([before[len(before) - min(ORDER - 1, len(before)) :], ids])
        below = np.full(len(text), 1 / self._vocabulary)
        # The number of the gram before each place, -1 where training never saw it.
        context = np.zeros(len(text), np.int64)
        found = []
        for level in self._levels:
            keys = context * self._vocabulary + text
            places = np.minimum(np.searchsorted(level.keys, keys), max(len(level.keys) - 1, 0))
            seen = (context >= 0) & (level.keys[places] == keys if len(level.keys) else False)
            found.append(_interpolated(level.kept, level.left, seen, places, context, below)[-len(ids) :])
            below = _interpolated(level.kept_below, level.left_below, seen, places, context, below)
            context = np.concatenate([[-1], np.where(seen, places, -1)[:-1]])
        return np.stack(found)


def _interpolated(
    kept: Floats,
    left: Floats,
    seen: NDArray[np.bool_],
    grams: NDArray[np.int64],
    contexts: NDArray[np.int64],
    below: Floats,
) -> Floats:
    probabilities = below.copy()
    known = contexts >= 0
    probabilities[known] *= left[contexts[known]]
    probabilities[seen] += kept[grams[seen]]
    return probabilities


def _discounted(contexts: NDArray[np.int64], counts: NDArray[np.int64], number: int) -> tuple[Floats, Floats]:
    """Take something from each gram of a length, and tell what that leaves over in each context.

    Args:
        contexts: The number of each gram's context, int64 (m,).
        counts: How often each gram was counted, int64 (m,).
        number: How many contexts there are.

    Returns:
        Shares kept, float64 (m,); shares left over, float64 (number,), 1 where nothing was counted.
    """
    taken = np.concatenate([[0.0], discounts(counts)])[np.minimum(counts, 3)]
    totals = np.bincount(contexts, weights=counts, minlength=number)
    over = np.bincount(contexts, weights=taken, minlength=number)
    counted = np.maximum(totals, 1)
    return (counts - taken) / counted[contexts], np.where(totals > 0, over / counted, 1.0)


def discounts(counts: NDArray[np.int64]) -> tuple[float, float, float]:
    """Estimate what is taken from grams that were counted once, twice, and more often.

    Args:
        counts: Of each gram of a length.

    Returns:
        The three discounts of Chen & Goodman 1998 (section 3: Y = n1 / (n1 + 2 n2), Dk = k - (k + 1) Y nk+1 / nk),
        or their one discount Y where a text has too few kinds of grams for three.
    """
    n1, n2, n3, n4 = (float(number) for number in np.bincount(np.minimum(counts, 5), minlength=6)[1:5])
    if not n1 or not n2:
        return DISCOUNT, DISCOUNT, DISCOUNT
    y = n1 / (n1 + 2 * n2)
    if n3:
        three = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
        if all(0 < discount <= most for most, discount in enumerate(three, start=1)):
            return three
    return y, y, y
