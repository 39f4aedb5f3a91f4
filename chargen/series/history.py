"""What a forecast may look at: the values before its origin."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chargen.errors import SeriesError
from chargen.types import Floats
from chargen.windows import cut


def require_history(name: str, values: Floats, origins: NDArray[np.int64], needed: int) -> None:
    """Refuse origins that have too little before them, or stand behind the end.

    Args:
        name: The contestant's, for the message.
        values: A series, (n, features).
        origins: Where forecasts start, (k,).
        needed: Values that a forecast needs before its origin.

    Raises:
        SeriesError: The series is shorter than `needed`, or an origin is below `needed` or above n.
    """
    if len(values) < needed:
        raise SeriesError(
            f"{name} looks back {needed} values, and a series has {len(values)}; give more values with --data"
        )
    for origin in (origins.min(initial=needed), origins.max(initial=needed)):
        if not needed <= origin <= len(values):
            raise SeriesError(
                f"{name} cannot forecast from origin {origin} of a series of {len(values)} values: "
                f"it takes an origin from {needed} to {len(values)}; move the origin, or give more values with --data"
            )


def last_windows(name: str, values: Floats, origins: NDArray[np.int64], lags: int) -> Floats:
    """Cut the last values before each origin.

    Args:
        name: The contestant's, for the message.
        values: A series, (n, features).
        origins: Where forecasts start, (k,).
        lags: Values in a window.

    Returns:
        (k, lags, features), the oldest first.

    Raises:
        SeriesError: An origin has fewer values before it, or stands behind the end.
    """
    require_history(name, values, origins, lags)
    return cut(values, origins - lags, lags - 1)


def lifted(forecast: Floats, values: Floats, origins: NDArray[np.int64], minimum: float | None) -> Floats:
    """Lift forecasts to a bound, where what was known at their origin kept to it.

    Args:
        forecast: (k, horizon, targets).
        values: The series, targets first, NaN where missing, (n, features).
        origins: Where the forecasts start, (k,), from 1 up.
        minimum: The bound; None for none.

    Returns:
        Of the shape of `forecast`.
    """
    if minimum is None or not len(origins):
        return forecast
    # fmin: what is missing is no value, low or high.
    lowest = np.fmin.accumulate(values[:, : forecast.shape[-1]], axis=0)[origins - 1]
    return np.where(lowest[:, None] >= minimum, np.maximum(forecast, minimum), forecast)


def training_windows(name: str, parts: Sequence[Floats], lags: int, horizon: int) -> list[Floats]:
    """Cut training parts into windows and what follows them; no window crosses from one part into another.

    Args:
        name: The contestant's, for the message.
        parts: Each (n, features).
        lags: Values that are looked at.
        horizon: Values that follow.

    Returns:
        For each part that is long enough (n - lags - horizon + 1, lags + horizon, features), in order of time.

    Raises:
        SeriesError: No part is long enough.
    """
    size = lags + horizon
    longest = max((len(part) for part in parts), default=0)
    if longest < size:
        raise SeriesError(
            f"{name} needs {size} values to learn from ({lags} lags and {horizon} steps), the longest training part "
            f"has {longest}; shorten --window or --horizon"
        )
    return [cut(part, np.arange(len(part) - size + 1), size - 1) for part in parts if len(part) >= size]


def flat(windows: Floats) -> Floats:
    """Lay windows out as rows.

    Args:
        windows: (n, lags, features), n may be 0.

    Returns:
        (n, lags * features), the oldest values first.
    """
    return windows.reshape(len(windows), windows.shape[1] * windows.shape[2])
