"""Exponential smoothing rolled over origins, against statsmodels' own forecasts and published parameters."""

import numpy as np
import pytest
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from chargen.errors import SeriesError
from chargen.series.ets import ETS
from chargen.types import Floats

TIME = np.arange(160)
NOISE = np.random.default_rng(4).normal(size=160)
SEASONAL = 50 + 0.5 * TIME + 8 * np.sin(2 * np.pi * TIME / 12) + NOISE
LEVEL = 50 + np.cumsum(0.3 * NOISE) + np.roll(NOISE, 1)


@pytest.mark.parametrize(("series", "season"), [(SEASONAL, 12), (LEVEL, None)])
@pytest.mark.parametrize("origin", [120, 121, 131, 150])
def test_a_rolled_forecast_is_that_of_statsmodels(series: Floats, season: int | None, origin: int) -> None:
    values = series[:, None]
    model = ETS(season).fit([values[:120]], 30)
    forecast = model.forecast(values, np.array([120, origin, 140]), 30)[1, :, 0]
    (fitted,) = model._fitted[values[:120].tobytes()]
    assert fitted.model.form.get("seasonal_periods") == season
    whole = (series[:origin] - fitted.centre) / fitted.spread
    expected = ETSModel(whole, **fitted.model.form).smooth(fitted.model.parameters).forecast(30)
    np.testing.assert_allclose(forecast, fitted.centre + fitted.spread * expected, rtol=1e-9)


def test_trend_and_season_are_found_where_they_are() -> None:
    values = SEASONAL[:, None]
    forecast = ETS(12).fit([values[:140]], 20).forecast(values, np.array([140]), 20)[0, :, 0]
    assert np.abs(forecast - SEASONAL[140:]).mean() < 1.5
    assert ETS(12).fit([values[:20]], 1).forecast(values[:24], np.array([20]), 1).shape == (
        1,
        1,
        1,
    )  # below two seasons


def test_each_target_and_series_has_its_own_parameters() -> None:
    both = np.stack([SEASONAL, LEVEL], axis=1)
    together = ETS(12, (1, 0)).fit([both[:100], both[60:]], 5).forecast(both, np.array([100, 110]), 5)
    for place, series in enumerate((LEVEL, SEASONAL)):
        alone = ETS(12).fit([series[:100, None]], 5).forecast(series[:, None], np.array([100, 110]), 5)
        np.testing.assert_allclose(together[..., place], alone[..., 0], rtol=1e-9)


def test_a_new_series_is_fitted_to_what_stands_before_its_first_origin() -> None:
    values = SEASONAL[:, None]
    known = ETS(12).fit([values[:100]], 5).forecast(values, np.array([100, 104]), 5)
    new = ETS(12).fit([LEVEL[:, None]], 5).forecast(values, np.array([104, 100]), 5)
    np.testing.assert_allclose(new[::-1], known, rtol=1e-9)


def test_what_cannot_be_fitted_is_refused() -> None:
    flat = np.full((40, 1), 0.1)
    with pytest.raises(SeriesError, match=r"ets cannot be fitted to a training part that is always 0\.1"):
        ETS().fit([flat[:30]], 1).forecast(flat, np.array([30]), 1)
    with pytest.raises(SeriesError, match="origin 9 of a series of 40"):
        ETS().fit([flat[:9]], 1).forecast(flat, np.array([9]), 1)
