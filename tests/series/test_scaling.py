"""Scaling: there and back, the mean of what is brought back, and what is refused."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from chargen.errors import DamagedRunError, OptionError, SeriesError
from chargen.series.scaling import Scaler, ScalingConfig
from chargen.types import Floats

NAMES = ("a", "b")
CONFIGS = st.builds(
    ScalingConfig, st.sampled_from(["none", "standard", "minmax", "sqrt", "log1p"]), difference=st.integers(0, 4)
) | st.builds(
    ScalingConfig,
    st.sampled_from(["minmax", "fixed"]),
    st.sampled_from([(0.0, 15.0), (-1.0, 1.0), (-3.0, -2.5)]),
    st.integers(0, 4),
)
SERIES = arrays(np.float64, st.tuples(st.integers(12, 30), st.just(2)), elements=st.floats(0, 1e4, width=32))


def fitted(values: Floats, scaler: str = "standard", **settings: Any) -> Scaler:
    return Scaler.fit([values], NAMES[: values.shape[1]], ScalingConfig(scaler, **settings))


@given(values=SERIES, config=CONFIGS, horizon=st.integers(1, 6))
def test_what_was_scaled_comes_back(values: Floats, config: ScalingConfig, horizon: int) -> None:
    try:
        scaler = Scaler.fit([values[:10]], NAMES, config)
    except SeriesError:
        assume(False)
    scaled = scaler.transform(values)
    assert scaled.shape == values.shape
    assert np.isnan(scaled[: config.difference]).all()
    origins = np.arange(5, len(values) - horizon + 1)
    steps = origins[:, None] + np.arange(horizon)
    for targets in ([0, 1], [1]):
        context = scaler.context(values, origins, targets)
        assert context.shape == (len(origins), config.difference, len(targets))
        back = scaler.inverse(scaled[steps][..., targets], targets, context)
        np.testing.assert_allclose(back, values[steps][..., targets], rtol=1e-6, atol=1e-5)


@given(values=SERIES, config=CONFIGS)
def test_json_and_back(values: Floats, config: ScalingConfig) -> None:
    try:
        scaler = Scaler.fit([values], NAMES, config)
    except SeriesError:
        assume(False)
    line = scaler.to_json()
    assert line.count("\n") == 1
    again = Scaler.from_json(line, "scaler.json")
    assert again == scaler
    np.testing.assert_array_equal(again.transform(values), scaler.transform(values))


def test_what_the_scalers_do() -> None:
    values = np.array([[1.0], [4.0], [9.0], [10.0]])
    standard = fitted(values).transform(values)
    assert standard.mean() == pytest.approx(0)
    assert standard.std() == pytest.approx(1)
    assert fitted(values, "minmax").transform(values)[:, 0] == pytest.approx([0, 1 / 3, 8 / 9, 1])
    assert fitted(values, "minmax", scaler_range=(-1.0, 1.0)).transform(values)[[0, 3], 0] == pytest.approx([-1, 1])
    assert fitted(values, "fixed", scaler_range=(0.0, 15.0)).transform(values)[:, 0] == pytest.approx(values[:, 0] / 15)
    assert fitted(values, "none").transform(values).tolist() == values.tolist()
    roots = fitted(values[:3], "sqrt").transform(values)
    assert roots[:3, 0] == pytest.approx([-np.sqrt(1.5), 0, np.sqrt(1.5)])  # 1, 2, 3 standardised
    logs = fitted(values, "log1p").transform(values)
    np.testing.assert_allclose(logs, fitted(np.log1p(values)).transform(np.log1p(values)))
    differences = fitted(values, "none", difference=2).transform(values)
    np.testing.assert_array_equal(differences[:, 0], [np.nan, np.nan, 8, 6])


def test_only_the_training_part_is_looked_at() -> None:
    values = np.arange(20.0)[:, None]
    scaled = fitted(values[:11], "minmax").transform(values)
    assert scaled[10, 0] == 1
    assert scaled[19, 0] == pytest.approx(1.9)


def test_parts_are_pooled_and_differences_stay_inside_them() -> None:
    parts = [np.array([[0.0], [1.0], [3.0]]), np.array([[100.0], [104.0]]), np.array([[7.0]])]
    scaler = Scaler.fit(parts, ("a",), ScalingConfig("minmax", difference=1))
    assert (scaler.offset, scaler.scale) == ((1.0,), (3.0,))  # differences 1, 2 and 4
    assert scaler.transform(np.stack([parts[0], parts[0] * 2])).shape == (2, 3, 1)


def test_unknown_values_stay_unknown() -> None:
    values = np.array([[1.0], [np.nan], [3.0], [5.0]])
    scaler = fitted(values)
    assert scaler.offset == (3.0,)
    assert np.isnan(scaler.transform(values)[:, 0]).tolist() == [False, True, False, False]


@pytest.mark.parametrize("scaler", ["sqrt", "log1p"])
def test_the_mean_comes_back_as_the_mean(scaler: str) -> None:
    # Numbers drawn around each forecast, brought back one by one, have the mean that the variance promises.
    values = np.random.default_rng(3).gamma(9, 8, (200, 1))
    scaling = fitted(values, scaler)
    forecast, spread = np.array([[[0.3], [-0.4]]]), 0.25
    draws = forecast + spread * np.random.default_rng(4).standard_normal((200_000, 2, 1))
    expected = scaling.inverse(draws).mean(axis=0)
    mean = scaling.inverse(forecast, variance=np.full((1, 2, 1), spread**2))
    np.testing.assert_allclose(mean[0], expected, rtol=2e-3)
    assert (scaling.inverse(forecast) < mean).all()


@pytest.mark.parametrize("scaler", ["standard", "minmax", "none"])
def test_a_linear_map_needs_no_variance(scaler: str) -> None:
    scaling = fitted(np.array([[1.0], [2.0], [7.0]]), scaler)
    forecast = np.array([[[0.5], [2.0]]])
    np.testing.assert_array_equal(scaling.inverse(forecast, variance=np.ones((1, 2, 1))), scaling.inverse(forecast))


def test_a_root_below_zero_is_zero() -> None:
    scaling = fitted(np.array([[1.0], [4.0], [9.0]]), "sqrt")
    below = np.full((1, 1, 1), -9.0)
    assert scaling.inverse(below).item() == 0
    assert scaling.inverse(below, variance=np.ones((1, 1, 1))).item() == pytest.approx(scaling.scale[0] ** 2)


def test_variances_add_up_over_the_seasons_that_are_undone() -> None:
    values = np.array([[1.0], [4.0], [9.0], [25.0], [16.0], [36.0]])
    scaling = fitted(values, "sqrt", difference=2)
    origins = np.array([6])
    context = scaling.context(values, origins)
    assert context[0, :, 0].tolist() == [16, 36]
    flat = np.full((1, 5, 1), -scaling.offset[0] / scaling.scale[0])  # differences of zero
    variance = np.full((1, 5, 1), 0.5)
    mean = scaling.inverse(flat, (0,), context, variance)[0, :, 0]
    extra = 0.5 * scaling.scale[0] ** 2
    assert mean == pytest.approx([16 + extra, 36 + extra, 16 + 2 * extra, 36 + 2 * extra, 16 + 3 * extra])
    with pytest.raises(ValueError, match="needs the context"):
        scaling.inverse(flat)


@pytest.mark.parametrize("scaler", ["standard", "minmax", "sqrt", "log1p"])
@pytest.mark.parametrize("value", [0.0, 0.1, 7.0])
def test_a_constant_feature_is_refused(scaler: str, value: float) -> None:
    values = np.column_stack([np.arange(9.0), np.full(9, value)])
    with pytest.raises(
        SeriesError, match=r"column 'b' is always .* in the training part: .*choose others with --target and --column$"
    ):
        fitted(values, scaler)


def test_a_season_that_repeats_itself_exactly_is_refused() -> None:
    season = np.sin(np.arange(48) * 2 * np.pi / 12)[:, None]  # differences are what rounding leaves
    with pytest.raises(SeriesError, match=r"column 'a' changes by .* every 12 steps"):
        fitted(season, "standard", difference=12)
    with pytest.raises(SeriesError, match="more than 48 values, the longest has 48; shorten --difference"):
        fitted(season, "standard", difference=48)


@pytest.mark.parametrize("scaler", ["sqrt", "log1p"])
def test_a_negative_value_is_refused_by_name(scaler: str) -> None:
    values = np.array([[1.0, 2.0], [3.0, -3.5], [4.0, -1.0]])
    match = rf"column 'b' holds -3\.5; --scaler {scaler} takes values from 0 up: use --scaler standard"
    with pytest.raises(SeriesError, match=match):
        fitted(values, scaler)
    # What comes later counts as zero below zero: it must not end a forecast.
    later = fitted(np.abs(values), scaler)
    np.testing.assert_array_equal(later.transform(values), later.transform(np.maximum(values, 0)))


def test_values_that_cannot_be_scaled_are_refused() -> None:
    with pytest.raises(SeriesError, match="column 'a' has no values"):
        fitted(np.full((4, 1), np.nan))
    with pytest.raises(SeriesError, match="too far to be scaled"):
        fitted(np.array([[1.0], [np.inf]]))


@pytest.mark.parametrize(
    ("settings", "option"),
    [
        ({"scaler": "robust"}, "--scaler is 'robust'"),
        ({"scaler": "fixed"}, "--scaler-range is None"),
        ({"scaler": "fixed", "scaler_range": (3, 3)}, "--scaler-range is"),
        ({"scaler": "minmax", "scaler_range": (0, 1, 2)}, "--scaler-range is"),
        ({"scaler": "standard", "scaler_range": (0, 1)}, "--scaler-range is"),
        ({"difference": -1}, "--difference is -1"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, Any], option: str) -> None:
    with pytest.raises(OptionError, match=option):
        ScalingConfig(**settings)


GOOD: dict[str, Any] = json.loads(fitted(np.arange(8.0).reshape(4, 2), "sqrt").to_json())
HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=5,
)


@given(key=st.sampled_from([*GOOD, "more"]), value=HOSTILE)
def test_a_hostile_file_is_valid_or_refused(key: str, value: Any) -> None:
    try:
        scaler = Scaler.from_json(json.dumps(GOOD | {key: value}), "scaler.json")
    except DamagedRunError as error:
        message = str(error)
    else:
        assert hash(scaler) is not None
        assert scaler.transform(np.ones((2, 2))).shape == (2, 2)
        return
    assert message.startswith("scaler.json")
    assert "\n" not in message


@pytest.mark.parametrize(
    "text", ["", "[1]", "null", "[" * 100_000, json.dumps({k: GOOD[k] for k in ("config", "scale")})]
)
def test_what_is_no_scaler_is_refused(text: str) -> None:
    with pytest.raises(DamagedRunError, match=r"^scaler\.json"):
        Scaler.from_json(text, "scaler.json")


def test_a_spread_whose_square_is_nothing_is_refused() -> None:
    with pytest.raises(SeriesError, match=r"column 'a' changes by 1e-200 only; multiply it by a power of ten"):
        fitted(np.array([[0.0], [1e-200], [0.0]]))
