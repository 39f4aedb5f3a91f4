"""Least squares, against statsmodels' and the closed form."""

import numpy as np
import pytest
from statsmodels.regression.linear_model import OLS

from chargen.errors import SeriesError
from chargen.series.linear import Linear, LinearRecursive
from chargen.types import Floats

LAGS, HORIZON = 4, 3


@pytest.fixture
def values() -> Floats:
    generator = np.random.default_rng(2)
    noise = generator.normal(size=(60, 2))
    walk = np.cumsum(noise, axis=0)
    values: Floats = walk * np.array([1.0, 1000.0]) + np.array([5.0, -3e4])
    return values


def rows(values: Floats, starts: range) -> Floats:
    """Windows of all features with a column of ones, by hand."""
    return np.array([[1.0, *values[start : start + LAGS].ravel()] for start in starts])


def test_each_step_is_a_least_squares_fit(values: Floats) -> None:
    train, origins = values[:50], np.arange(50, 61)
    forecast = Linear(LAGS, (1, 0)).fit([train], HORIZON).forecast(values, origins, HORIZON)
    assert forecast.shape == (11, HORIZON, 2)
    starts = range(50 - LAGS - HORIZON + 1)
    for step in range(HORIZON):
        for place, target in enumerate((1, 0)):
            followed = np.array([train[start + LAGS + step, target] for start in starts])
            coefficients = OLS(followed, rows(train, starts)).fit().params
            expected = rows(values, range(50 - LAGS, 61 - LAGS)) @ coefficients
            np.testing.assert_allclose(forecast[:, step, place], expected, rtol=1e-8)


def test_parts_are_pooled_and_windows_never_cross_them(values: Floats) -> None:
    parts = [values[:20], values[30:50], values[55:58]]
    model = LinearRecursive(LAGS).fit(parts, HORIZON)
    windows = np.vstack([rows(parts[0], range(16)), rows(parts[1], range(16))])
    followed = np.concatenate([parts[0][LAGS:, 0], parts[1][LAGS:, 0]])
    coefficients = OLS(followed, windows).fit().params
    expected = rows(values, range(52 - LAGS, 53 - LAGS)) @ coefficients
    np.testing.assert_allclose(model.forecast(values, np.array([52]), 1)[:, 0, 0], expected, rtol=1e-8)


def test_one_step_is_the_same_direct_and_recursive(values: Floats) -> None:
    origins = np.array([40, 55])
    direct = Linear(LAGS).fit([values[:40]], 1).forecast(values, origins, 1)
    np.testing.assert_allclose(LinearRecursive(LAGS).fit([values[:40]], 1).forecast(values, origins, 1), direct)


def test_recursion_is_fed_with_its_own_forecasts(values: Floats) -> None:
    model = LinearRecursive(LAGS, (0, 1)).fit([values[:50]], 1)
    known = values[:50]
    for step in range(6):
        following = model.forecast(known, np.array([len(known)]), 1)[0]
        np.testing.assert_allclose(model.forecast(values, np.array([50]), 6)[0, step], following[0], rtol=1e-9)
        known = np.vstack([known, following])


def test_a_recurrence_is_found_and_goes_on() -> None:
    fibonacci = [1.0, 1.0]
    while len(fibonacci) < 30:
        fibonacci.append(fibonacci[-1] + fibonacci[-2])
    values = np.array(fibonacci)[:, None]
    forecast = LinearRecursive(2).fit([values[:20]], 1).forecast(values, np.array([20]), 10)
    np.testing.assert_allclose(forecast[0, :, 0], fibonacci[20:], rtol=1e-6)


def test_ridge_is_the_closed_form_on_standardised_inputs(values: Floats) -> None:
    train, ridge = values[:50], 3.0
    starts = range(50 - LAGS)
    inputs = rows(train, starts)[:, 1:]
    centre, spread = inputs.mean(axis=0), inputs.std(axis=0)
    z, followed = (inputs - centre) / spread, train[LAGS:, 0]
    coefficients = np.linalg.solve(z.T @ z + ridge * np.eye(2 * LAGS), z.T @ (followed - followed.mean()))
    expected = followed.mean() + (values[50 - LAGS : 50].ravel() - centre) / spread @ coefficients
    forecast = Linear(LAGS, ridge=ridge).fit([train], 1).forecast(values, np.array([50]), 1)
    assert forecast[0, 0, 0] == pytest.approx(expected, rel=1e-9)


def test_a_constant_feature_changes_nothing(values: Floats) -> None:
    beside = np.hstack([values, np.full((60, 1), 7.0)])
    origins = np.array([50])
    with_it = Linear(LAGS).fit([beside[:50]], 2).forecast(beside, origins, 2)
    np.testing.assert_allclose(with_it, Linear(LAGS).fit([values[:50]], 2).forecast(values, origins, 2), rtol=1e-8)


def test_what_does_not_fit_is_refused(values: Floats) -> None:
    with pytest.raises(SeriesError, match=r"needs 7 values to learn from \(4 lags and 3 steps\).* has 6; shorten"):
        Linear(LAGS).fit([values[:6]], HORIZON)
    model = Linear(LAGS).fit([values], HORIZON)
    assert model.forecast(values, np.array([60]), 2).shape == (1, 2, 1)
    with pytest.raises(SeriesError, match=r"fitted for 3 steps and cannot forecast 4; fit it with --horizon 4"):
        model.forecast(values, np.array([60]), 4)
    with pytest.raises(SeriesError, match=r"origin 3 of a series of 60"):
        model.forecast(values, np.array([3]), 1)


@pytest.mark.parametrize("size", [1e200, 1e303])
def test_values_whose_squares_are_no_numbers(values: Floats, size: float) -> None:
    with pytest.raises(SeriesError, match="are too large for least squares; divide them by a power of ten") as refused:
        Linear(LAGS).fit([np.sign(values[:, 1:]) * size + values[:, 1:] * size / 1e6], HORIZON)
    assert str(refused.value).startswith("values up to ")
