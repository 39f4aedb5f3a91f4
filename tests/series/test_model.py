"""A network forecasts in the series' own units, against loops and formulas by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import OptionError, SeriesError
from chargen.network import ModelConfig, Network
from chargen.series.model import Model, back
from chargen.series.scaling import Scaler, ScalingConfig
from chargen.types import Floats
from tests.series.small import config, wave

WINDOW, HORIZON = 6, 3


def network(features: int, outputs: int, skip: int = WINDOW, seed: int = 0, scale: float = 0.3) -> Network:
    model = ModelConfig(features, outputs, cell="gru", units=4, skip=skip)
    generator = np.random.default_rng(seed)
    weights = {key: (scale * generator.normal(size=shape)).astype(np.float32) for key, shape in model.shapes().items()}
    return Network(model, weights)


def model_of(values: Floats, scaler: str = "standard", difference: int = 0, **options: Any) -> tuple[Model, Scaler]:
    made = config(values.shape[1], **options)
    fitted = Scaler.fit([values], made.columns, ScalingConfig(scaler, difference=difference))
    return Model("ours", made, fitted, network(values.shape[1], made.outputs), [values]), fitted


def test_direct_by_hand() -> None:
    values = wave(40, 3)
    model, _ = model_of(values, targets=2)
    mean, spread = values.mean(axis=0), values.std(axis=0)
    found = model.forecast(values, np.array([6, 20, 40]), HORIZON)
    assert found.shape == (3, HORIZON, 2)
    for place, origin in enumerate((6, 20, 40)):
        window = ((values[origin - WINDOW : origin] - mean) / spread).astype(np.float32)
        outputs = network(3, 6).last(window[None])[0].reshape(HORIZON, 2)
        np.testing.assert_allclose(found[place], mean[:2] + spread[:2] * outputs, rtol=1e-5)
    shorter = model.forecast(values, np.array([20]), 2)
    np.testing.assert_allclose(shorter[0], found[1, :2], rtol=1e-6)


def test_recursive_goes_on_with_its_own_forecasts_of_every_feature() -> None:
    values = wave(40, 2)
    model, scaler = model_of(values, strategy="recursive", horizon=1)
    known = scaler.transform(values)[:25].astype(np.float32)
    for _ in range(20):
        known = np.concatenate([known, network(2, 2).last(known[None, -WINDOW:])[0]])
    expected = values.mean(axis=0)[:1] + values.std(axis=0)[:1] * known[25:, :1]
    np.testing.assert_allclose(model.forecast(values, np.array([25]), 20)[0], expected, rtol=1e-5)


def test_direct_refuses_to_go_beyond_its_horizon() -> None:
    model, _ = model_of(wave(40))
    with pytest.raises(OptionError, match=r"--horizon is 4, and ours learnt 3 steps .* --strategy recursive$"):
        model.forecast(wave(40), np.array([20]), 4)


@pytest.mark.parametrize("origin", [5, 41])
def test_origins_without_a_window_or_behind_the_end(origin: int) -> None:
    model, _ = model_of(wave(40))
    with pytest.raises(SeriesError, match=f"cannot forecast from origin {origin} of a series of 40 values"):
        model.forecast(wave(40), np.array([origin]), 2)


@pytest.mark.parametrize("strategy", ["direct", "recursive"])
@pytest.mark.parametrize("scaler", ["standard", "minmax", "sqrt", "log1p"])
@pytest.mark.parametrize("difference", [0, 4])
@given(seed=st.integers(0, 2**32 - 1), origin=st.integers(10, 39))
def test_an_origin_knows_nothing_of_what_comes_after_it(
    strategy: str, scaler: str, difference: int, seed: int, origin: int
) -> None:
    values = wave(40, 2)
    model, _ = model_of(values, scaler, difference, strategy=strategy)
    before = model.forecast(values, np.array([origin]), HORIZON)
    after = values.copy()
    after[origin:] = np.random.default_rng(seed).uniform(0, 1e6, after[origin:].shape)
    assert np.array_equal(model.forecast(after, np.array([origin]), HORIZON), before)
    assert np.array_equal(model.forecast(after[:origin], np.array([origin]), HORIZON), before)


def test_differences_are_added_to_the_season_before() -> None:
    values = wave(40)
    model, scaler = model_of(values, difference=2)
    assert back(model.config, scaler) == 8
    changes = values[2:] - values[:-2]
    scaled = ((changes - changes.mean()) / changes.std()).astype(np.float32)
    step = changes.mean() + changes.std() * network(1, 3).last(scaled[None, 18 - WINDOW : 18])[0][0]
    first, second = values[18, 0] + step[0], values[19, 0] + step[1]
    found = model.forecast(values, np.array([20]), 3)[0, :, 0]
    np.testing.assert_allclose(found, [first, second, first + step[2]], rtol=1e-5)


@pytest.mark.parametrize("scaler", ["sqrt", "log1p"])
def test_means_are_corrected_by_the_variance_of_the_errors(scaler: str) -> None:
    values = wave(40)
    model, fitted = model_of(values, scaler)
    scaled = fitted.transform(values)
    windows = np.array([scaled[start : start + WINDOW] for start in range(40 - WINDOW - HORIZON + 1)], np.float32)
    truth = np.array([scaled[start + WINDOW : start + WINDOW + HORIZON, 0] for start in range(len(windows))])
    outputs = network(1, 3).last(windows)[0].astype(np.float64)
    variance = ((outputs - truth) ** 2).mean(axis=0) * fitted.scale[0] ** 2
    level = fitted.offset[0] + fitted.scale[0] * outputs[7]
    expected = np.maximum(level, 0) ** 2 + variance if scaler == "sqrt" else np.expm1(level + variance / 2)
    np.testing.assert_allclose(model.forecast(values, np.array([13]), HORIZON)[0, :, 0], expected, rtol=1e-5)


def test_beyond_the_horizon_errors_are_taken_to_grow_no_more() -> None:
    values = wave(40)
    model, fitted = model_of(values, "sqrt", strategy="recursive")
    known = fitted.transform(values)[:30].astype(np.float32)
    for _ in range(8):
        known = np.concatenate([known, network(1, 1).last(known[None, -WINDOW:])[0]])
    level = np.maximum(fitted.offset[0] + fitted.scale[0] * known[30:, 0].astype(np.float64), 0) ** 2
    added = model.forecast(values, np.array([30]), 8)[0, :, 0] - level
    np.testing.assert_allclose(added[2:], added[2], rtol=1e-3)


def test_forecasts_below_the_minimum_are_lifted() -> None:
    values = wave(40)
    free, _ = model_of(values)
    origins = np.arange(10, 40)
    forecasts = free.forecast(values, origins, HORIZON)
    bound, _ = model_of(values, minimum=float(values.min()))
    assert (forecasts < values.min()).any()
    np.testing.assert_array_equal(bound.forecast(values, origins, HORIZON), np.maximum(forecasts, values.min()))
    # What fell below the bound before the origin frees the forecasts that come after.
    broken, _ = model_of(values, minimum=float(values[:20].min()))
    low = values.copy()
    low[20] = values.min() - 50
    late = origins > 20
    found, expected = (model.forecast(low, origins, HORIZON) for model in (broken, free))
    np.testing.assert_array_equal(found[late], expected[late])
    np.testing.assert_array_equal(found[~late], np.maximum(expected[~late], values[:20].min()))


def test_many_windows_are_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    values = wave(60)
    model, _ = model_of(values, strategy="recursive")
    origins = np.arange(6, 61)
    whole = model.forecast(values, origins, 5)
    monkeypatch.setattr("chargen.series.model._TOGETHER", 7)
    np.testing.assert_allclose(model.forecast(values, origins, 5), whole, rtol=1e-5)
    assert model.forecast(values, origins[:0], 5).shape == (0, 5, 1)


def test_parts_without_room_leave_the_mean_uncorrected() -> None:
    values, made = wave(40), config()
    fitted = Scaler.fit([values], made.columns, ScalingConfig("sqrt"))
    without = Model("x", made, fitted, network(1, 3), [values[:5]])
    scaled = fitted.transform(values)[None, 4:10].astype(np.float32)
    level = fitted.offset[0] + fitted.scale[0] * network(1, 3).last(scaled)[0][0]
    np.testing.assert_allclose(without.forecast(values, np.array([10]), 3)[0, :, 0], level**2, rtol=1e-5)


def test_the_variance_of_a_panel_is_that_of_all_its_series(monkeypatch: pytest.MonkeyPatch) -> None:
    values = [wave(12, seed=place) for place in range(6)]
    made = config()
    fitted = Scaler.fit(values, made.columns, ScalingConfig("sqrt"))
    found = [Model("x", made, fitted, network(1, 3), parts) for parts in (values, values[::-1])]
    forecasts = [model.forecast(values[0], np.array([9]), 3) for model in found]
    np.testing.assert_allclose(forecasts[0], forecasts[1], rtol=1e-10)


def test_values_below_zero_under_a_square_root() -> None:
    model, _ = model_of(wave(40), "sqrt")
    below, zero = (np.where(np.arange(40)[:, None] == 17, value, wave(40)) for value in (-1.0, 0.0))
    origin = np.array([20])
    np.testing.assert_array_equal(model.forecast(below, origin, 3), model.forecast(zero, origin, 3))


def test_fitting_changes_nothing() -> None:
    model, _ = model_of(wave(40))
    assert model.fit([wave(9)], 3) is model
