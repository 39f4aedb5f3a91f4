"""Exponential smoothing in its state-space form (Hyndman, Koehler, Ord & Snyder 2008), from statsmodels."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from chargen.series.classical import MOST_FITTED, Classical
from chargen.types import Floats

# Trends to choose from: none, a line, a line that flattens out (Gardner & McKenzie 1985).
TRENDS = ((None, False), ("add", False), ("add", True))


@dataclass(frozen=True)
class Smoothing:
    """A form of exponential smoothing with its parameters.

    Args:
        form: Keywords of ETSModel: error, trend, season, and the states before the first value.
        parameters: In the order of ETSModel.
        damping: What is left of the trend after a step.
        aic: Akaike's criterion of the fit, lower is better.
    """

    form: dict[str, Any]
    parameters: Floats
    damping: float
    aic: float


class ETS(Classical):
    """Additive exponential smoothing; whether it has a trend, damped or not, and the season, the lowest AIC decides.

    Args:
        season: Steps in a season; it is tried where the training part has two whole seasons.
        targets: Columns that are forecast, each by a model of its own.
    """

    name = "ets"
    least = 10  # that statsmodels' first states need

    def __init__(self, season: int | None = None, targets: Sequence[int] = (0,)) -> None:
        super().__init__(targets)
        self.season = season

    def _fit(self, column: Floats) -> Smoothing:
        # The beginning, not the end: rolling starts at the first value, from the states estimated there.
        column = column[:MOST_FITTED]
        seasons: list[int | None] = [None]
        if self.season is not None and self.season > 1 and len(column) >= max(2 * self.season, self.least):
            seasons.append(self.season)
        results = [_estimate(column, season, *trend) for season in seasons for trend in TRENDS]
        return min(results, key=lambda smoothing: smoothing.aic if np.isfinite(smoothing.aic) else np.inf)

    def _roll(self, model: Smoothing, column: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        smoothed = ETSModel(column, **model.form).smooth(model.parameters)
        steps = np.arange(horizon)
        forecast = np.repeat(np.asarray(smoothed.level)[origins - 1][:, None], horizon, axis=1)
        if model.form["trend"]:
            weights = np.cumsum(model.damping ** (steps + 1))
            forecast += np.asarray(smoothed.slope)[origins - 1][:, None] * weights
        season = model.form.get("seasonal_periods")
        if season:
            forecast += np.asarray(smoothed.season)[origins[:, None] - season + steps % season]
        return forecast


def _estimate(column: Floats, season: int | None, trend: str | None, damped: bool) -> Smoothing:
    form: dict[str, Any] = {"error": "add", "trend": trend, "damped_trend": damped}
    form |= {"seasonal": "add", "seasonal_periods": season} if season else {}
    model = ETSModel(column, initialization_method="heuristic", **form)
    result = model.fit(disp=False)
    form |= {"initialization_method": "known", "initial_level": model.initial_level}
    form |= {"initial_trend": model.initial_trend} if trend else {}
    form |= {"initial_seasonal": model.initial_seasonal} if season else {}
    return Smoothing(form, np.asarray(result.params), result.damping_trend if damped else 1.0, result.aic)
