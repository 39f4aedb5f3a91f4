"""ARIMA rolled over origins, against statsmodels' own forecasts."""

import numpy as np
import pytest

from chargen.errors import SeriesError
from chargen.series.arima import ARIMA
from chargen.types import Floats

NOISE = np.random.default_rng(8).normal(size=300)


def autoregression() -> Floats:
    """x_t = 100 + 0.7 (x_{t-1} - 100) + noise."""
    series = [100.0]
    for shock in NOISE[1:]:
        series.append(100 + 0.7 * (series[-1] - 100) + shock)
    return np.array(series)


@pytest.mark.parametrize("series", [autoregression(), np.cumsum(NOISE)], ids=["stationary", "walk"])
def test_a_rolled_forecast_is_that_of_statsmodels(series: Floats) -> None:
    values = series[:, None]
    model = ARIMA().fit([values[:250]], 8)
    forecast = model.forecast(values, np.array([250, 251, 280]), 8)[:, :, 0]
    (fitted,) = model._fitted[values[:250].tobytes()]
    scaled = (series - fitted.centre) / fitted.spread
    for row, origin in zip(forecast, (250, 251, 280), strict=True):
        result = fitted.model.append(scaled[250:origin]) if origin > 250 else fitted.model
        np.testing.assert_allclose(row, fitted.centre + fitted.spread * result.forecast(8), rtol=1e-9)


def test_the_process_is_found() -> None:
    values = autoregression()[:, None]
    origins = np.arange(150, 300)
    forecast = ARIMA().fit([values], 60).forecast(values, origins, 60)[:, :, 0]
    expected = 100 + 0.7 * (values[origins - 1, 0] - 100)
    assert np.sqrt(((forecast[:, 0] - expected) ** 2).mean()) < 0.2  # the noise has 1
    np.testing.assert_allclose(forecast[:, -1], 100, atol=0.5)  # its mean


def test_a_walk_stays_where_it_is() -> None:
    walk = np.cumsum(NOISE)[:, None]
    forecast = ARIMA().fit([walk[:250]], 50).forecast(walk, np.array([250]), 50)[0, :, 0]
    np.testing.assert_allclose(forecast, walk[249, 0], atol=1)


@pytest.mark.parametrize(
    "series", [np.exp(np.arange(40) / 10), np.tile([1.0, -1.0], 20)], ids=["growth", "alternation"]
)
def test_a_series_that_optimisers_stumble_over_is_forecast_without_a_warning(series: Floats) -> None:
    forecast = ARIMA().fit([series[:36, None]], 4).forecast(series[:, None], np.array([36]), 4)
    assert np.isfinite(forecast).all()


def test_what_cannot_be_fitted_is_refused() -> None:
    flat = np.full((40, 1), 7.0)
    with pytest.raises(SeriesError, match="arima cannot be fitted to a training part that is always 7"):
        ARIMA().fit([flat[:30]], 1).forecast(flat, np.array([30]), 1)
