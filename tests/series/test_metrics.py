"""Metrics by hand, and against statsmodels'."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from statsmodels.stats.proportion import binom_test
from statsmodels.tools import eval_measures

from chargen.errors import SeriesError
from chargen.series import metrics
from chargen.types import Floats

TRUTH = np.array([[[100.0], [50.0]], [[0.0], [-10.0]]])  # two origins, two steps
FORECAST = np.array([[[102.0], [47.0]], [[0.0], [-10.5]]])
FINITE = st.floats(-1e6, 1e6)
PAIRS = st.tuples(arrays(np.float64, (4, 3, 2), elements=FINITE), arrays(np.float64, (4, 3, 2), elements=FINITE))


def test_by_hand() -> None:
    assert metrics.mse(TRUTH, FORECAST) == pytest.approx((4 + 9 + 0 + 0.25) / 4)
    assert metrics.rmse(TRUTH, FORECAST) == pytest.approx(math.sqrt(13.25 / 4))
    assert metrics.mae(TRUTH, FORECAST) == pytest.approx(5.5 / 4)
    assert metrics.mase(TRUTH, FORECAST, np.array([2.0])) == pytest.approx(5.5 / 8)
    assert metrics.smape(TRUTH, FORECAST) == pytest.approx(200 * (2 / 202 + 3 / 97 + 0 + 0.5 / 20.5) / 4)
    assert metrics.skill(3.0, 4.0) == pytest.approx(0.25)
    assert math.isnan(metrics.skill(3.0, 0.0))


@given(PAIRS)
def test_errors_are_those_of_statsmodels(pair: tuple[Floats, Floats]) -> None:
    truth, forecast = pair
    assert metrics.mse(truth, forecast) == pytest.approx(eval_measures.mse(truth, forecast, axis=None))
    assert metrics.rmse(truth, forecast) == pytest.approx(eval_measures.rmse(truth, forecast, axis=None))
    assert metrics.mae(truth, forecast) == pytest.approx(eval_measures.meanabs(truth, forecast, axis=None))
    assert 0 <= metrics.smape(truth, forecast) <= 200.000001
    assert metrics.smape(truth, forecast) == pytest.approx(metrics.smape(forecast, truth))


@pytest.mark.parametrize(("margin", "rate"), [(0.019, 0.25), (0.02, 0.5), (0.05, 0.75), (0.06, 1.0), (0.0, 0.25)])
def test_hits_within_a_margin(margin: float, rate: float) -> None:
    assert metrics.hit_rate(TRUTH, FORECAST, margin) == rate


def test_a_truth_of_zero_is_hit_by_zero_alone() -> None:
    zero = np.zeros((1, 1, 1))
    assert metrics.hit_rate(zero, zero, 0.05) == 1
    assert metrics.hit_rate(zero, zero + 1e-9, 0.05) == 0
    assert metrics.smape(zero, zero) == 0
    assert metrics.smape(zero, zero + 1e-9) == 200


def test_direction_from_the_last_value_known() -> None:
    last = np.array([[5.0], [1.0]])
    truth = np.array([[[6.0], [4.0], [5.0]], [[2.0], [2.0], [2.0]]])
    forecast = np.array([[[9.0], [6.0], [9.0]], [[1.0], [1.5], [0.0]]])
    # Right up, wrong; no change, left out; no direction, right, wrong.
    assert metrics.directional_accuracy(truth, forecast, last) == pytest.approx(2 / 5)
    assert metrics.directional_accuracy(truth, np.repeat(last[:, None], 3, axis=1), last) == 0


def test_the_scale_is_the_one_step_naive_error_of_the_training_part() -> None:
    part = np.array([[3.0, 1.0], [5.0, 1.0], [4.0, 7.0]])
    assert metrics.naive_scale([part]).tolist() == [1.5, 3.0]
    assert metrics.naive_scale([part, np.array([[0.0, 0.0], [6.0, 3.0]])]).tolist() == [3.0, 3.0]
    with pytest.raises(SeriesError, match="never changes in the training part"):
        metrics.naive_scale([np.ones((4, 1))])
    with pytest.raises(SeriesError, match="never changes"):
        metrics.naive_scale([np.ones((1, 1))])


def test_mase_as_published() -> None:
    # By the definition: the naive forecast of the training part itself scores 1.
    part = np.random.default_rng(0).normal(size=(50, 1))
    truth, forecast = part[1:, None], part[:-1, None]
    assert metrics.mase(truth, forecast, metrics.naive_scale([part])) == pytest.approx(1)


def test_unknown_truth_is_left_out_and_an_unknown_forecast_is_not() -> None:
    truth, last, scale = TRUTH.copy(), np.array([[101.0], [1.0]]), np.array([2.0])
    truth[1, 1] = np.nan
    row = metrics.scores(truth, FORECAST, last, scale, 1.0)
    assert row["mse"] == pytest.approx(13 / 3)
    assert row["rmse_at_step"] == 3
    assert row["hit_2"] == pytest.approx(2 / 3)
    assert row["direction"] == pytest.approx(2 / 3)
    nothing = metrics.scores(np.full((2, 2, 1), np.nan), FORECAST, last, scale, 1.0)
    assert all(math.isnan(figure) for figure in nothing.values())
    gap = np.where(FORECAST == 47, np.nan, FORECAST)
    assert all(math.isnan(figure) for figure in metrics.scores(TRUTH, gap, last, scale, 1.0).values())


def test_a_row_has_every_metric() -> None:
    row = metrics.scores(TRUTH, FORECAST, np.array([[101.0], [1.0]]), np.array([2.0]), 4.0, (0.02, 0.125))
    keys = ["mse", "rmse", "rmse_at_step", "mae", "mase", "smape", "direction", "hit_2", "hit_12.5", "skill"]
    assert list(row) == keys
    assert row["rmse_at_step"] == pytest.approx(math.sqrt((9 + 0.25) / 2))
    assert row["skill"] == pytest.approx(1 - math.sqrt(13.25 / 4) / 4)
    assert row["direction"] == 0.75
    assert all(type(figure) is float for figure in row.values())


@given(st.integers(0, 60), st.integers(0, 60))
def test_sign_test_as_statsmodels_has_it(wins: int, losses: int) -> None:
    right = binom_test(wins, wins + losses) if wins + losses else 1.0
    assert metrics.sign_test(wins, losses) == pytest.approx(right)


def test_sign_test_of_many() -> None:
    assert metrics.sign_test(5000, 5000) == 1
    assert 0 < metrics.sign_test(4800, 5200) < 1e-4
