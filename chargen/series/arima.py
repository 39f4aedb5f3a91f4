"""ARIMA models (Box & Jenkins 1970), from statsmodels."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from statsmodels.tsa.arima import model as statsmodels_arima
from statsmodels.tsa.stattools import adfuller

from chargen.series.classical import MOST_FITTED, Classical
from chargen.types import Floats

# Orders (p, q) to choose from, by the times that the series is differenced.
ORDERS = {0: ((1, 0), (2, 1), (3, 2)), 1: ((0, 1), (1, 1), (2, 2))}


class ARIMA(Classical):
    """A small ARIMA model: differenced once where a unit root is not rejected, its order the one of the lowest AIC.

    The unit root is tested at 5 % (Dickey & Fuller 1979); an AIC compares models of the same differencing only.
    """

    name = "arima"
    least = 20  # more than enough for the test's regression and the largest model

    def _fit(self, column: Floats) -> Any:
        column = column[-MOST_FITTED:]
        differenced = int(adfuller(column, result_object=True).pvalue > 0.05)
        results = [_estimate(column, (p, differenced, q)) for p, q in ORDERS[differenced]]
        return min(results, key=lambda result: result.aic if np.isfinite(result.aic) else np.inf)

    def _roll(self, model: Any, column: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        # One pass of the Kalman filter: its prediction of the state at o knows the values before o, no others.
        filtered = model.apply(column)
        states = filtered.filter_results.predicted_state[:, origins]
        transition, design = filtered.model.ssm["transition"], filtered.model.ssm["design"]
        constant = dict(zip(model.model.param_names, model.params, strict=True)).get("const", 0.0)
        forecast = np.empty((len(origins), horizon))
        for step in range(horizon):
            forecast[:, step] = (design @ states)[0] + constant
            states = transition @ states
        return forecast


def _estimate(column: Floats, order: tuple[int, int, int]) -> Any:
    model = statsmodels_arima.ARIMA(column, order=order, trend="n" if order[1] else "c")
    try:
        # Finds the better maximum on the sunspots (AIC 63 lower), but cannot begin where its first guess explodes.
        return model.fit(method="innovations_mle")
    except ValueError:
        return model.fit()
