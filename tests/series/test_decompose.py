"""A series taken apart: the parts are its sum, known parts are found again, and strengths computed by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from statsmodels.tsa.seasonal import STL

from chargen.errors import OptionError, SeriesError
from chargen.series.builtin import sunspots
from chargen.series.decompose import Decomposition, decompose, side_by_side
from chargen.series.reading import read
from chargen.series.series import Panel, Series
from chargen.types import Floats
from tests.series import small

TIME = np.arange(120)
YEAR = 3 * np.cos(2 * np.pi * TIME / 12) + np.sin(2 * np.pi * TIME / 4)


def months(values: Any, name: str = "visits") -> pd.Series:
    return pd.Series(values, pd.date_range("1990-01", periods=len(values), freq="MS"), name=name)


def test_a_line_and_a_season_are_found_again() -> None:
    line = 50 + 0.2 * TIME
    parts = decompose(months(line + YEAR))
    assert parts.periods == (12,)
    np.testing.assert_allclose(parts.trend, line, atol=0.02)
    np.testing.assert_allclose(parts.seasons[:, 0], YEAR, atol=0.02)
    assert np.abs(parts.irregular).max() < 0.02


def test_one_period_is_stl() -> None:
    values = small.wave(80)[:, 0]
    expected = STL(values, period=12, seasonal=11).fit()
    parts = decompose(values.tolist(), [12])
    np.testing.assert_array_equal(parts.trend, expected.trend)
    np.testing.assert_array_equal(parts.seasons[:, 0], expected.seasonal)


def test_several_periods() -> None:
    week = 2 * np.sin(2 * np.pi * np.arange(400) / 7)
    month = 5 * np.sin(2 * np.pi * np.arange(400) / 30)
    for periods in (None, (30, 7)):
        parts = decompose((week + month).tolist(), periods)
        assert parts.periods == (7, 30)
        np.testing.assert_allclose(parts.seasons, np.stack([week, month], axis=1), atol=0.2)


def test_the_sun() -> None:
    parts = decompose(sunspots())  # type: ignore[arg-type]  # one series
    assert parts.periods == (132,)
    assert [row["part"] for row in parts.rows()] == ["trend", "season", "irregular"]
    assert parts.strength("season_132") == pytest.approx(0.64, abs=0.01)


def test_without_a_period_the_trend_is_a_smooth_line() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, 100)
    rise = np.linspace(0, 10, 100)
    parts = decompose((rise + noise).tolist())
    assert (parts.periods, parts.seasons.shape) == ((), (100, 0))
    np.testing.assert_allclose(parts.trend, rise, atol=0.15)
    assert list(parts.parts) == ["trend", "irregular"]
    values = small.wave(80)[:, 0].tolist()
    assert decompose(values, ()).periods == ()
    np.testing.assert_allclose(decompose([1.0, 2.0, 3.0]).trend, [1, 2, 3])


def test_strengths_and_shares_by_hand() -> None:
    series = Series.of([5.0, 1.0, 4.0, 2.0])
    trend, season, irregular = np.array([3.0, 3, 3, 3]), np.array([1.0, -1, 1, -1]), np.array([1.0, -1, 0, 0])
    parts = Decomposition(series, (2,), trend, season[:, None], irregular)
    trend_row, season_row, rest = parts.rows()
    assert trend_row["strength"] == 0  # 1 - 0.5 / 0.5
    assert season_row["strength"] == pytest.approx(1 - 0.5 / 2.5)
    assert rest["strength"] is None
    assert [row["share"] for row in parts.rows()] == pytest.approx([0, 1 / 2.5, 0.5 / 2.5])
    assert season_row["period"] == 2
    assert [season_row[key] for key in ("first", "last", "minimum", "maximum")] == [1, -1, -1, 1]
    against = Decomposition(series, (2,), trend, -irregular[:, None] / 2, irregular)
    assert against.strength("season_2") == 0  # never negative


def test_a_constant_has_no_strength() -> None:
    for value in (0.0, 0.1, 1e9):
        rows = decompose([value] * 40, (7,)).rows()
        assert [row["strength"] for row in rows] == [0, 0, None]
    assert decompose([0.0] * 40).rows()[0]["share"] is None


@given(
    arrays(np.float64, st.integers(5, 60), elements=st.floats(-1e100, 1e100)),
    st.one_of(st.none(), st.sets(st.integers(2, 29), max_size=3)),
)
def test_the_parts_are_the_series(values: Floats, periods: set[int] | None) -> None:
    if periods is not None:
        periods = {period for period in periods if 2 * period < len(values)}
    parts = decompose(values, None if periods is None else tuple(periods))
    assert periods is None or parts.periods == tuple(sorted(periods))
    largest = max(np.abs(part).max() for part in (values, *parts.parts.values()))
    np.testing.assert_allclose(sum(parts.parts.values()), values, rtol=0, atol=4e-15 * largest)
    assert all(0 <= (parts.strength(name) or 0) <= 1 for name in parts.parts)


@pytest.mark.parametrize(
    ("series", "periods", "message"),
    [
        ([1.0, 2.0], None, "series has 2 values, and a trend takes 3"),
        ([1.0] * 20, (10,), "--period is 10; it takes a whole number from 2 to 9, as series has 20 steps"),
        ([1.0] * 20, (1,), "--period is 1; it takes a whole number from 2"),
        ([1.0] * 20, (2.5,), "--period is 2.5"),
        ([1.0] * 20, (3, 3), r"--period is \(3, 3\); it takes each period once"),
        ([[1.0, 2.0]] * 20, None, "columns value1, value2, and one is taken apart at a time; choose it with --target"),
        ([1.0, None, 3.0, 4.0], None, "misses 1 value: 'value' at row 2"),
    ],
)
def test_what_cannot_be_taken_apart(series: Any, periods: Any, message: str) -> None:
    with pytest.raises((OptionError, SeriesError), match=message):
        decompose(series, periods)


def test_parts_as_a_table_that_is_read_back(tmp_path: Path) -> None:
    parts = decompose(months(50 + YEAR))
    side_by_side([parts]).to_csv(tmp_path / "parts.csv")
    back = Panel.of(read(tmp_path / "parts.csv", columns=("observed", "trend", "season_12", "irregular"))).series[0]
    np.testing.assert_array_equal(back.values[:, 0], parts.observed)
    np.testing.assert_allclose(back.values[:, 1:].sum(axis=1), parts.observed, rtol=1e-14)
    assert back.index[0] == pd.Timestamp("1990-01-01")


def test_a_season_that_others_have_is_zero() -> None:
    first, second = decompose(months(50 + YEAR, "a")), decompose(months(50.0 + TIME, "b"))
    panel = side_by_side([first, second])
    assert panel.columns == ("observed", "trend", "season_12", "irregular")
    assert [one.name for one in panel] == ["a", "b"]
    assert (panel.series[1].values[:, 2] == 0).all()
    for one, parts in zip(panel, (first, second), strict=True):
        np.testing.assert_array_equal(one.values[:, 0], parts.observed)


def test_columns_of_several_series_are_told_apart() -> None:
    several = small.panel(40, 40, features=2)
    parts = [decompose(one.select((column,)), ()) for one in several for column in one.columns]
    assert [one.name for one in side_by_side(parts)] == ["s0 a", "s0 b", "s1 a", "s1 b"]
    assert [one.name for one in side_by_side(parts[:2])] == ["a", "b"]
    assert [one.name for one in side_by_side(parts[:1])] == ["s0"]
