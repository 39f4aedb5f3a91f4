"""From logits to the next character: probabilities, what limits them, and the draw."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from chargen.config import is_count, is_number, require
from chargen.errors import SamplingError
from chargen.types import Floats, Ids

Flags: TypeAlias = NDArray[np.bool_]
# 1 / temperature at most: differences of logits times this are still numbers.
SHARPEST = 1e290
# Sums of probabilities are off by less.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Decoding:
    """How logits become probabilities: the temperature first, then each limit in turn.

    Args:
        temperature: Below 1 sharper, above 1 flatter; 0 is greedy.
        top_k: Only the so many likeliest characters.
        top_p: Only the likeliest characters that together reach this probability (the nucleus: Holtzman et al. 2020).
        min_p: Only characters at least this share as likely as the likeliest (Nguyen et al. 2024).
        never: The id of a character that is never drawn.
    """

    temperature: float = 0.5
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    never: int | None = None

    def __post_init__(self) -> None:
        require_temperature(self.temperature)
        require(self.top_k is None or is_count(self.top_k), "--top-k", self.top_k, "a whole number from 1 up")
        for option, share in (("--top-p", self.top_p), ("--min-p", self.min_p)):
            right = share is None or (is_number(share) and 0 < share <= 1)
            require(right, option, share, "a number above 0, up to 1")

    def __call__(self, logits: Floats) -> Floats:
        """Turn logits into the probabilities that are drawn from.

        Args:
            logits: (..., V).

        Returns:
            float64 (..., V), each row adding up to 1.
        """
        if self.never is not None:
            logits = np.where(np.arange(logits.shape[-1]) == self.never, -np.inf, logits)
        chances = probabilities(logits, self.temperature)
        if self.top_k is not None:
            chances = top_k(chances, self.top_k)
        if self.top_p is not None:
            chances = top_p(chances, self.top_p)
        if self.min_p is not None:
            chances = min_p(chances, self.min_p)
        return chances


def require_temperature(temperature: float) -> None:
    """Refuse a temperature that means nothing; 0 is greedy."""
    right = "a number above 0, or 0 for always the likeliest character"
    require(is_number(temperature) and temperature >= 0, "--temperature", temperature, right)


def probabilities(logits: Floats, temperature: float) -> Floats:
    """Turn logits into probabilities: softmax(logits / temperature).

    Args:
        logits: (..., V).
        temperature: Below 1 sharper, above 1 flatter; 0 puts all on the largest logit.

    Returns:
        float64 (..., V), each row adding up to 1.
    """
    exact = logits.astype(np.float64)
    largest = np.maximum.reduce(exact, axis=-1, keepdims=True)
    if temperature == 0:  # what is no number must not look like one: 0 times it is none either
        return _normalised((np.arange(exact.shape[-1]) == exact.argmax(axis=-1)[..., None]) + 0 * largest)
    exact -= largest  # before scaling: a tiny temperature must not overflow
    exact *= min(1 / temperature, SHARPEST)
    return _normalised(np.exp(exact, out=exact))


def top_k(chances: Floats, k: int) -> Floats:
    """Keep the k likeliest characters; of equally likely ones those of lower id.

    Args:
        chances: Probabilities, float64 (..., V).
        k: How many stay, from 1 up.

    Returns:
        float64 (..., V), each row adding up to 1.
    """
    return _kept(chances, lambda ordered: np.arange(ordered.shape[-1]) < k)


def top_p(chances: Floats, p: float) -> Floats:
    """Keep the fewest likeliest characters that together reach a probability.

    Args:
        chances: Probabilities, float64 (..., V).
        p: The probability, above 0.

    Returns:
        float64 (..., V), each row adding up to 1.
    """
    return _kept(chances, lambda ordered: np.cumsum(ordered, axis=-1) - ordered < p - ROUNDING)


def min_p(chances: Floats, p: float) -> Floats:
    """Keep the characters that are at least a share as likely as the likeliest.

    Args:
        chances: Probabilities, float64 (..., V).
        p: The share, above 0, up to 1.

    Returns:
        float64 (..., V), each row adding up to 1.
    """
    return _normalised(np.where(chances >= p * chances.max(axis=-1, keepdims=True), chances, 0.0))


def draw(chances: Floats, uniform: Floats | float) -> Ids:
    """Draw characters by inverting the cumulative distribution.

    Args:
        chances: Probabilities, float64 (..., V).
        uniform: Uniform random numbers from 0 to 1, exclusive, (...).

    Returns:
        Ids, int32 (...).

    Raises:
        SamplingError: The probabilities are no numbers, since the network's state overflowed.
    """
    cumulative = chances.cumsum(axis=-1)
    total = cumulative[..., -1]
    if chances.ndim > 1 or not math.isfinite(total):  # for one number the check would take as long as the draw
        require_numbers(total)
    reached = uniform * total  # below the total: the largest uniform number is 1 - 2^-53
    if chances.ndim == 1:
        return np.asarray(cumulative.searchsorted(reached, side="right"), np.int32)
    ids: Ids = (cumulative > reached[..., None]).argmax(axis=-1).astype(np.int32)
    return ids


def require_numbers(values: Floats) -> None:
    """Refuse what a network says once its state has overflowed: infinities, and what is no number."""
    if not np.isfinite(values).all():
        raise SamplingError(
            "the network's state overflowed and says nothing any more; try --context window, or another run"
        )


def _kept(chances: Floats, places: Callable[[Floats], Flags]) -> Floats:
    # `places` tells from the probabilities, the likeliest first, which places of that order stay.
    order = np.argsort(-chances, axis=-1, kind="stable")
    ordered = np.take_along_axis(chances, order, axis=-1)
    kept = np.zeros_like(chances)
    np.put_along_axis(kept, order, np.where(places(ordered), ordered, 0.0), axis=-1)
    return _normalised(kept)


def _normalised(weights: Floats) -> Floats:
    return np.asarray(weights / np.add.reduce(weights, axis=-1, keepdims=True))
