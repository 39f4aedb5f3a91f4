"""Baselines that learn nothing: what any other forecast has to beat (Hyndman & Athanasopoulos 2021, section 5.2)."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from chargen.series.history import last_windows, require_history
from chargen.types import Floats


class Naive:
    """The last known value, for every step: persistence.

    Args:
        targets: Columns that are forecast.
    """

    name = "naive"

    def __init__(self, targets: Sequence[int] = (0,)) -> None:
        self.targets = list(targets)

    def fit(self, parts: Sequence[Floats], horizon: int) -> Self:
        return self

    def forecast(self, values: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        last = last_windows(self.name, values[:, self.targets], origins, 1)
        return np.repeat(last, horizon, axis=1)


class SeasonalNaive:
    """The value one season before; past the first season the last whole season known is repeated.

    Args:
        season: Steps in a season.
        targets: Columns that are forecast.
    """

    def __init__(self, season: int, targets: Sequence[int] = (0,)) -> None:
        self.season = season
        self.targets = list(targets)
        self.name = f"seasonal-naive-{season}"

    def fit(self, parts: Sequence[Floats], horizon: int) -> Self:
        return self

    def forecast(self, values: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        last = last_windows(self.name, values[:, self.targets], origins, self.season)
        return last[:, np.arange(horizon) % self.season]


class Drift:
    """The line through the first and the last value known.

    Args:
        targets: Columns that are forecast.
    """

    name = "drift"

    def __init__(self, targets: Sequence[int] = (0,)) -> None:
        self.targets = list(targets)

    def fit(self, parts: Sequence[Floats], horizon: int) -> Self:
        return self

    def forecast(self, values: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        require_history(self.name, values, origins, 2)
        wanted = values[:, self.targets]
        last = wanted[origins - 1]
        slope = (last - wanted[0]) / (origins - 1)[:, None]
        line: Floats = last[:, None] + slope[:, None] * np.arange(1, horizon + 1)[:, None]
        return line
