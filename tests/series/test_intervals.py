"""Prediction intervals: ranks by hand, what exchangeability promises, known noise, nothing held out is seen."""

import math
import tracemalloc
from collections.abc import Sequence
from statistics import NormalDist
from typing import Any, Self

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import OptionError, SeriesError
from chargen.series.backtest import Entry, Result, backtest
from chargen.series.baselines import baseline
from chargen.series.contest import contest
from chargen.series.intervals import (
    Calibration,
    interval_figures,
    least,
    radius,
    rank,
    require_interval,
    scale,
)
from chargen.series.linear import Linear
from chargen.series.naive import Naive
from chargen.series.scoring import Origins
from chargen.series.series import Panel
from chargen.series.splitting import split
from chargen.types import Floats
from tests.series.small import SMALL, wave

COVERAGES = st.integers(1, 99).map(lambda hundredths: hundredths / 100)
ERRORS = st.lists(st.floats(0, 1e6), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("count", "coverage", "expected"),
    # As decimals: 100 times 0.07 and 0.55 are a little more than 7 and 55 in floats.
    [(9, 0.9, 9), (8, 0.9, 9), (19, 0.9, 18), (20, 0.9, 19), (99, 0.07, 7), (99, 0.55, 55), (3, 0.5, 2), (0, 0.5, 1)],
)
def test_which_of_the_sorted_errors_is_the_radius(count: int, coverage: float, expected: int) -> None:
    assert rank(count, coverage) == expected


@pytest.mark.parametrize(("coverage", "expected"), [(0.5, 1), (0.8, 4), (0.9, 9), (0.95, 19), (0.99, 99), (0.01, 1)])
def test_how_many_errors_an_interval_takes(coverage: float, expected: int) -> None:
    assert least(coverage) == expected
    assert np.isfinite(radius(np.ones(expected), coverage))
    assert np.isinf(radius(np.ones(expected - 1), coverage))


def test_radii_by_hand() -> None:
    assert radius(np.array([3.0, -1, 2]), 0.5) == 2
    assert radius(np.array([3.0, -1, 2]), 0.75) == 3
    assert radius(np.array([3.0, -1, 2]), 0.76) == math.inf
    assert radius(np.arange(1.0, 10.0), 0.9) == 9
    assert radius(np.array([1.0, 1, 1, 5]), 0.6) == 1
    # Each step of each target has its own, and errors that are not known do not count.
    errors = np.stack([np.arange(1.0, 7.0).reshape(3, 2), np.array([[1.0, 2], [np.nan, 8], [np.nan, 4]])], axis=1)
    np.testing.assert_array_equal(radius(errors, 0.75), [[5, 6], [math.inf, 8]])
    assert radius(np.empty((0, 3, 2)), 0.5).tolist() == [[math.inf] * 2] * 3


@given(errors=ERRORS, coverage=COVERAGES)
def test_of_exchangeable_errors_as_many_are_covered_as_promised(errors: list[float], coverage: float) -> None:
    # Each in turn is the one to come: the share that is covered is the probability over all orders.
    covered = np.mean([one <= radius(np.delete(errors, place), coverage) for place, one in enumerate(errors)])
    assert covered >= coverage - 1e-12
    if len(set(errors)) == len(errors):
        assert covered <= coverage + 1 / len(errors) + 1e-12


@given(errors=ERRORS, coverage=COVERAGES, seed=st.integers(0, 100))
def test_the_order_of_errors_does_not_matter(errors: list[float], coverage: float, seed: int) -> None:
    turned = np.random.default_rng(seed).permutation(errors)
    assert radius(turned, coverage) == radius(np.array(errors), coverage) == radius(-turned, coverage)


@given(errors=ERRORS, coverages=st.lists(COVERAGES, min_size=2, max_size=2).map(sorted))
def test_more_coverage_takes_no_smaller_radius(errors: list[float], coverages: list[float]) -> None:
    low, high = (radius(np.array(errors), coverage) for coverage in coverages)
    assert low <= high


@pytest.mark.parametrize("coverage", [0, 1, -0.1, 90, math.nan, "0.9", True, None])
def test_what_no_interval_covers(coverage: Any) -> None:
    with pytest.raises(OptionError, match=r"--interval is .*; it takes a share above 0 and below 1, such as 0\.9"):
        require_interval(coverage)


def test_scales_by_hand() -> None:
    values = np.array([[0.0, 5], [1, 5], [3, 5], [3, 5], [7, 6]])
    measured = scale(values, np.array([1, 2, 4, 5]), 2)
    # Moves 1, 2, 0, 4: the last two, and twelve times the mean of all.
    expected = [0, 1, (2 + 0 + 12 * 1) / 14, (0 + 4 + 12 * 7 / 4) / 14]
    np.testing.assert_allclose(measured[:, 0], expected)
    np.testing.assert_allclose(measured[:, 1], [0, 0, 0, (1 + 12 / 4) / 14])
    values[2, 0] = np.nan  # two moves are not known
    np.testing.assert_allclose(scale(values, np.array([4, 5]), 2)[:, 0], [12 * 1 / 12, (4 + 12 * 5 / 2) / 13])


@given(seed=st.integers(0, 2**32 - 1), origin=st.integers(2, 39), back=st.integers(1, 50))
def test_a_scale_knows_what_stands_before_its_origin_and_the_units(seed: int, origin: int, back: int) -> None:
    values, places = wave(40), np.array([origin])
    changed = values.copy()
    changed[origin:] = np.random.default_rng(seed).normal(0, 1e3, changed[origin:].shape)
    measured = scale(values, places, back)
    assert np.array_equal(measured, scale(changed, places, back))
    np.testing.assert_allclose(scale(7 - 3 * values, places, back), 3 * measured)


def calibration(values: Sequence[Floats], origins: Origins, back: int = 4) -> Calibration:
    return Calibration.of(Naive(), values, origins, 1, back, None)


def test_errors_and_bounds_by_hand() -> None:
    values, back = wave(40), 4
    places = np.arange(20, 30)
    measured = calibration([values], Origins((places,), 2))
    scales = np.array([scale(values, np.array([place]), back)[0, 0] for place in places])
    for step in (0, 1):
        errors = np.abs(values[places + step, 0] - values[places - 1, 0]) / scales
        np.testing.assert_allclose(measured.errors[:, step, 0], errors)
    ahead = Origins((np.array([30, 33]),), 2)
    forecast = np.array([[[10.0], [11.0]], [[0.1], [-50.0]]])
    low, high = measured.bounds(forecast, [values], ahead, 0.8, 0.0)
    away = np.sort(measured.errors, axis=0)[8] * scale(values, ahead.places[0], back)[:, None]  # ⌈11 · 0.8⌉ = 9
    np.testing.assert_allclose(low, np.maximum(forecast - away, 0))
    np.testing.assert_allclose(high, np.maximum(forecast + away, 0))


def test_a_series_that_never_moved_has_the_usual_scale() -> None:
    values = [wave(40), np.full((40, 1), 2.0)]
    values[1][30:] = 4.0
    measured = calibration(values, Origins((np.arange(20, 30), np.array([29])), 1))
    usual = scale(values[0], np.arange(20, 30), 4).mean(axis=0)
    np.testing.assert_allclose(measured.usual, usual)
    assert measured.errors[-1, 0, 0] == 0
    low, high = measured.bounds(np.full((1, 1, 1), 2.0), values[1:], Origins((np.array([30]),), 1), 0.5, None)
    np.testing.assert_allclose((high - low)[0, 0], 2 * radius(measured.errors, 0.5)[0] * usual)
    assert calibration(values[1:], Origins((np.arange(20, 30),), 1)).usual == 1


def test_too_few_errors_are_told() -> None:
    measured = calibration([wave(40)], Origins((np.arange(20, 25),), 3))
    measured.require(0.8)
    message = "--interval 0.9 takes the errors of 9 forecasts of the validation part, which has room for 5 of 3 steps;"
    with pytest.raises(SeriesError, match=message):
        measured.require(0.9)
    nothing = calibration([wave(40)], Origins((np.arange(0),), 3))
    assert not nothing.suffices(0.01)
    low, high = nothing.bounds(np.ones((1, 3, 1)), [wave(40)], Origins((np.array([40]),), 3), 0.5, None)
    assert np.isneginf(low).all()
    assert np.isposinf(high).all()


def test_figures_by_hand() -> None:
    truth = np.array([1.0, 5, -3, np.nan]).reshape(4, 1, 1)
    low, high = np.full_like(truth, 0.0), np.full_like(truth, 2.0)
    figures = interval_figures(truth, low, high, 0.9)
    # α is 0.1: a truth 3 above or below costs 60.
    expected = {"coverage": 1 / 3, "width": 2, "interval_score": (2 + 2 + 60 + 2 + 60) / 3}
    assert figures == pytest.approx(expected)
    assert all(np.isnan(figure) for figure in interval_figures(truth[3:], low[3:], high[3:], 0.9).values())


@given(truth=st.floats(-10, 10), low=st.floats(-10, 0), high=st.floats(0, 10), coverage=COVERAGES)
def test_the_interval_score_is_the_published_one(truth: float, low: float, high: float, coverage: float) -> None:
    alpha = 1 - coverage
    expected = high - low
    expected += 2 / alpha * (low - truth) * (truth < low) + 2 / alpha * (truth - high) * (truth > high)
    at, below, above = (np.full((1, 1, 1), value) for value in (truth, low, high))
    figures = interval_figures(at, below, above, coverage)
    assert figures["interval_score"] == pytest.approx(expected)


def run(values: Floats, name: str = "linear", interval: float = 0.8, **options: Any) -> Result:
    entries: dict[str, Entry] = {name: lambda seed: baseline(name, lags=5)}
    parts = split([len(values)], 0.2, 0.2)
    return list(backtest([values], parts, entries, [2], back=5, interval=interval, **options))[-1]


@pytest.mark.parametrize("name", ["naive", "linear", "linear-recursive"])
def test_radii_know_the_validation_part_and_nothing_later(name: str) -> None:
    values = wave(100)
    before = run(values, name)
    later, held = values.copy(), values.copy()
    later[80:] += np.random.default_rng(1).normal(0, 9, (20, 1))
    held[70] += 5
    first, other = run(later, name), run(held, name)
    # The scale may know the test part's beginning from the second origin on.
    for end in ("low", "high"):
        assert np.array_equal(getattr(before, end)[0], getattr(first, end)[0])
    assert not np.allclose((before.high - before.low)[0], (other.high - other.low)[0], rtol=1e-3)
    assert before.row.coverage is not None


def test_errors_are_those_of_what_has_learnt_the_training_part_alone() -> None:
    values = wave(100)
    result = run(values)
    places = np.arange(60, 79)
    alone = Linear(5).fit([values[:60]], 2)
    measured = Calibration.of(alone, [values], Origins((places,), 2), 1, 5, None)
    everything = Linear(5).fit([values[:80]], 2).forecast(values, np.arange(80, 99), 2)
    np.testing.assert_array_equal(result.forecast, everything)
    low, high = measured.bounds(everything, [values], result.origins, 0.8, None)
    np.testing.assert_array_equal(result.low, low)
    np.testing.assert_array_equal(result.high, high)
    figures = interval_figures(result.truth, low, high, 0.8)
    assert {key: getattr(result.row, key) for key in figures} == figures
    assert result.row.interval == 0.8


def test_learning_again_leaves_the_radii() -> None:
    values = wave(100)
    for name in ("naive", "linear"):
        once, again = run(values, name), run(values, name, refit_every=3)
        np.testing.assert_allclose(again.high - again.low, once.high - once.low)
    assert not np.array_equal(once.forecast, again.forecast)


def test_without_room_no_figure_is_made_up() -> None:
    for row in (run(wave(100), interval=0.96).row, run(wave(30), interval=0.9).row):
        assert (row.coverage, row.width, row.interval_score) == (None, None, None)
        assert row.figures()["interval"] == row.interval
    assert np.isnan(run(wave(100), interval=0.96).low).all()
    assert run(wave(100), interval=0.95).row.coverage is not None


class Wrong:
    """Forecasts zero, off by its seed."""

    name = "wrong"

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def fit(self, parts: Sequence[Floats], horizon: int) -> Self:
        return self

    def forecast(self, values: Floats, origins: Any, horizon: int) -> Floats:
        return np.full((len(origins), horizon, 1), float(self.seed))


def test_of_several_seeds_the_mean() -> None:
    values, parts = wave(100), split([100], 0.2, 0.2)
    entries: dict[str, Entry] = {"wrong": Wrong}
    several, *single = (
        list(backtest([values], parts, entries, [2], back=5, seeds=seeds, seeded=("wrong",)))[-1].row
        for seeds in ((1, 4), (1,), (4,))
    )
    for key in ("coverage", "width", "interval_score"):
        assert getattr(several, key) == pytest.approx(np.mean([getattr(row, key) for row in single]))


@pytest.mark.parametrize("kind", ["ar1", "sine"])
def test_intervals_cover_known_noise_as_promised(kind: str) -> None:
    """A linear contestant and a trained network, beside the quantiles that the noise itself has."""
    n, phi, sigma = 8000, 0.7, 2.0
    noise = np.random.default_rng(1).normal(0, sigma, n)
    values = np.zeros(n)
    for step in range(n):
        values[step] = (phi * values[step - 1] if step else 0) + noise[step]
    spread = sigma * np.sqrt([1, 1 + phi**2])  # of the errors 1 and 2 steps ahead
    if kind == "sine":
        values, spread = 10 * np.sin(np.arange(n) * 2 * np.pi / 12) + noise, np.array([sigma, sigma])
    options = SMALL | {"window": 24, "horizon": 2, "batch_size": 256, "scaler": "standard", "ridge": 0.0}
    results = contest(Panel.of(values), options | {"validation": 0.4}, baselines=(), test=0.3)
    assert [result.row.model for result in results] == ["rnn", "linear part", "naive", "linear"]
    for result in results:
        row = result.row
        assert row.coverage is not None
        assert 0.88 <= row.coverage <= 0.92
        if row.model != "naive":
            width = (result.high - result.low).mean(axis=(0, 2))
            np.testing.assert_allclose(width, 2 * NormalDist().inv_cdf(0.95) * spread, rtol=0.05)


def test_a_scale_over_a_year_of_hours_fits_into_memory() -> None:
    values, origins, back = np.random.default_rng(0).normal(size=(12_000, 1)), np.arange(9_000, 12_001), 8_760
    tracemalloc.start()
    measured = scale(values, origins, back)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000  # picked window by window it is 210 MB
    moves = np.abs(np.diff(values[:, 0]))
    for place, origin in ((0, 9_000), (3_000, 12_000)):
        known = moves[: origin - 1]
        expected = (known[-back:].sum() + 12 * known.mean()) / (back + 12)
        assert measured[place, 0] == pytest.approx(expected)
    assert scale(values, np.empty(0, np.int64), back).shape == (0, 1)


def test_a_forecast_that_is_no_number_is_no_error_left_out() -> None:
    class Lost(Naive):
        def forecast(self, values: Floats, origins: Any, horizon: int) -> Floats:
            return np.where(origins[:, None, None] == 12, np.nan, super().forecast(values, origins, horizon))

    values = [np.arange(20.0)[:, None]]
    held = Origins((np.arange(10, 20),), 1)
    calibration = Calibration.of(Lost(range(1)), values, held, 1, 3, None)
    assert np.isinf(calibration.errors).sum() == 1
    assert not np.isnan(calibration.errors).any()
