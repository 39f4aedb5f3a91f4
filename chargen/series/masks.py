"""Values that are missing: what may be read in their stead, and what tells that they are.

Nothing here looks ahead: whatever stands for a missing value was known before it.
"""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from chargen.series.contestant import Contestant
from chargen.types import Floats


def has_gaps(values: Sequence[Floats]) -> bool:
    """Tell whether a value is missing in any of these series, (n, features) each."""
    return any(bool(np.isnan(series).any()) for series in values)


def carried(values: Floats, every: int = 1) -> Floats:
    """Carry the last known value forward.

    Args:
        values: A series, NaN where missing, (n, features).
        every: Steps in a season: what is carried comes from whole seasons before; 1 takes the value just before.

    Returns:
        Of the same shape; NaN before the first known value. The values themselves where none is missing.
    """
    if not np.isnan(values).any():
        return values
    seasons = -(-len(values) // every)
    padded = np.full((seasons * every, values.shape[1]), np.nan, values.dtype)
    padded[: len(values)] = values
    laid = padded.reshape(seasons, every, -1)
    places = np.where(np.isnan(laid), 0, np.arange(seasons)[:, None, None])
    found: Floats = np.take_along_axis(laid, np.maximum.accumulate(places, axis=0), axis=0)
    return found.reshape(-1, values.shape[1])[: len(values)]


def filled(values: Floats, before: Floats | float, every: int = 1) -> Floats:
    """Fill what is missing with the last known value.

    Args:
        values: A series, NaN where missing, (n, features).
        before: What stands before the first known value, (features,) or a number.
        every: As for `carried`.

    Returns:
        Of the same shape, nothing missing. The values themselves where none is missing.
    """
    last = carried(values, every)
    return last if last is values else np.where(np.isnan(last), before, last).astype(values.dtype)


def mean_known(parts: Sequence[Floats]) -> Floats:
    """Average what is known, over the first axis of all parts.

    Args:
        parts: One or more, each (n, ...), NaN where missing.

    Returns:
        The means, (...); 0 where nothing is known.
    """
    together = np.concatenate(parts)
    known = ~np.isnan(together)
    mean: Floats = np.where(known, together, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return mean


def seen(scaled: Floats, masks: bool, first: int = 0) -> Floats:
    """Make what a network reads of a series: the last known values, and with masks which of them are known now.

    The input x^t and mask m_t of Che et al. 2018, "Recurrent Neural Networks for Multivariate Time Series with Missing
    Values", section 2.2; without the time since the last value, which a recurrent network counts by itself.

    Args:
        scaled: Scaled values, NaN where missing, (n, features).
        masks: Whether the network reads masks.
        first: Steps at the start that differencing leaves without a value; they stay NaN, and nobody reads them.

    Returns:
        (n, features), or with masks (n, 2 * features): the values, 0 before the first known one, then 1 where a value
        is known and 0 where it is not. The scaled values themselves where there is nothing to do.
    """
    rest = scaled[first:]
    if not masks and not np.isnan(rest).any():
        return scaled
    read = filled(rest, 0.0)
    if masks:
        read = np.concatenate([read, (~np.isnan(rest)).astype(scaled.dtype)], axis=1)
    return np.concatenate([np.full((len(scaled) - len(rest), read.shape[1]), np.nan, scaled.dtype), read])


def tell(values: Sequence[Floats]) -> str | None:
    """Say how much is missing.

    Args:
        values: Each series, (n, features).

    Returns:
        A line; None where nothing is missing.
    """
    missing = sum(int(np.isnan(series).sum()) for series in values)
    if not missing:
        return None
    count = sum(series.size for series in values)
    verb = "value is" if missing == 1 else "values are"
    return f"{missing:,} {verb} missing of {count:,} ({100 * missing / count:.2g} %): neither learnt from nor scored"


class Filled:
    """A contestant that cannot read gaps, with the last known values in them; it is not scored there either.

    Before a series' first known value stands the mean of what was learnt from: the first value itself would be a look
    ahead.

    Args:
        contestant: The contestant.
    """

    def __init__(self, contestant: Contestant) -> None:
        self.name = contestant.name
        self._contestant = contestant
        self._before: Floats | float = 0.0

    def fit(self, parts: Sequence[Floats], horizon: int) -> Self:
        self._before = mean_known(parts)
        self._contestant.fit([filled(part, self._before) for part in parts], horizon)
        return self

    def forecast(self, values: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        return self._contestant.forecast(filled(values, self._before), origins, horizon)
