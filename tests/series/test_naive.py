"""Baselines that learn nothing, by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import SeriesError
from chargen.series.naive import Drift, Naive, SeasonalNaive

VALUES = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0], [8.0, 80.0], [16.0, 160.0]])


def test_naive_repeats_the_last_value() -> None:
    forecast = Naive().fit([VALUES], 2).forecast(VALUES, np.array([1, 5]), 2)
    assert forecast.tolist() == [[[1.0], [1.0]], [[16.0], [16.0]]]
    assert Naive((1, 0)).forecast(VALUES, np.array([3]), 1).tolist() == [[[40.0, 4.0]]]


def test_drift_goes_on_along_the_line_through_first_and_last() -> None:
    # From 1 to 8 in three steps.
    assert Drift().forecast(VALUES, np.array([4]), 3)[0, :, 0] == pytest.approx([8 + 7 / 3, 8 + 14 / 3, 15])
    assert Drift((1,)).forecast(VALUES, np.array([2]), 1)[0, 0, 0] == pytest.approx(30)


@given(season=st.integers(1, 12), horizon=st.integers(1, 40), origin=st.integers(12, 30))
def test_the_last_whole_season_repeats(season: int, horizon: int, origin: int) -> None:
    values = np.random.default_rng(0).normal(size=(30, 2))
    forecast = SeasonalNaive(season, (1,)).forecast(values, np.array([origin]), horizon)
    expected = [values[origin + k - season * math.ceil((k + 1) / season), 1] for k in range(horizon)]
    assert forecast[0, :, 0].tolist() == expected


def test_seasons_have_names() -> None:
    assert [SeasonalNaive(season).name for season in (12, 132)] == ["seasonal-naive-12", "seasonal-naive-132"]


@pytest.mark.parametrize(("model", "origin"), [(Naive(), 0), (Drift(), 1), (SeasonalNaive(3), 2), (Naive(), 6)])
def test_an_origin_without_history_is_refused(model: Naive, origin: int) -> None:
    with pytest.raises(SeriesError, match=rf"{model.name} cannot forecast from origin {origin} of a series of 5"):
        model.forecast(VALUES, np.array([3, origin]), 1)
