"""What everything that forecasts has in common: networks and baselines."""

from collections.abc import Sequence
from typing import Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from chargen.types import Floats


class Contestant(Protocol):
    """Anything that forecasts.

    Attributes:
        name: What tables call it.
    """

    name: str

    def fit(self, parts: Sequence[Floats], horizon: int) -> Self:
        """Learn from the training parts, as if there had been no earlier fit.

        Args:
            parts: The training part of each series, in original units, float64 (n, features), NaN
                where missing; `chargen.series.masks.Filled` stands before those that cannot read that.
            horizon: Steps that will be asked for, from 1 up.

        Returns:
            Itself.

        Raises:
            SeriesError: The parts are too short, or it cannot be fitted to them.
        """

    def forecast(self, values: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        """Forecast one series from many origins; what an origin may know is what stands before it.

        Args:
            values: One series in original units, float64 (n, features), NaN where missing.
            origins: For each forecast the place of its first step: steps o to o + horizon - 1 are forecast from
                values[:o] alone; (k,), each from 1 to n.
            horizon: Steps to forecast.

        Returns:
            float64 (k, horizon, targets), in original units.

        Raises:
            SeriesError: An origin stands too near the series' start, or the horizon is longer than what was fitted.
        """


@runtime_checkable
class Chooser(Contestant, Protocol):
    """A contestant that itself holds back the end of what it is given, to choose by it."""

    def before(self) -> Contestant | None:
        """Get what had learnt the training part alone when it chose; None where nothing was held back."""
