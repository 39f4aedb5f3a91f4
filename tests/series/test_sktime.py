"""The estimator for sktime: sktime's own checks, and what they do not look at."""

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest

from chargen.errors import OptionError, SeriesError
from chargen.series.forecaster import Forecaster
from chargen.series.series import Series
from chargen.series.settings import default
from tests.series import small

pytest.importorskip("sktime")

from sktime.base import load
from sktime.split import ExpandingWindowSplitter
from sktime.utils.estimator_checks import check_estimator

from chargen.series.sktime import ChargenForecaster

QUICK: dict[str, Any] = {
    "cell": "rnn",
    "units": 3,
    "window": 6,
    "scaler": "standard",
    "ridge": 0.0,
    "iterations": 2,
    "batch_size": 8,
    "options": {"towers": 1, "warmup": 0},
}


def dated(n: int = 80) -> "pd.Series[float]":
    series = small.series(n)
    return pd.Series(series.values[:, 0], index=series.index, name="waves")


def forecaster(**parameters: Any) -> Any:
    return ChargenForecaster(**QUICK | parameters)


# sktime's own concatenation of forecasts, which pandas warns of.
@pytest.mark.filterwarnings("ignore:Sorting by default when concatenating")
@pytest.mark.parametrize("parameters", ChargenForecaster.get_test_params(), ids=["direct", "recursive"])
def test_sktime_finds_nothing_wrong(parameters: dict[str, Any]) -> None:
    results = check_estimator(ChargenForecaster(**parameters), raise_exceptions=True, verbose=False)
    assert len(results) > 300
    assert set(results.values()) == {"PASSED"}


def test_defaults_are_those_of_the_command_line() -> None:
    parameters = ChargenForecaster().get_params()
    assert parameters["random_state"] == default("random_seed")
    given = {name: value for name, value in parameters.items() if value is not None and name != "random_state"}
    assert len(given) > 8
    assert given == {name: default(name) for name in given}


@pytest.mark.parametrize("strategy", ["direct", "recursive"])
def test_it_forecasts_as_chargen_does(strategy: str) -> None:
    y = dated()
    made = forecaster(strategy=strategy).fit(y, fh=[3, 1])
    options = {key: value for key, value in QUICK.items() if key != "options"} | QUICK["options"]
    expected = Forecaster(**options, strategy=strategy, horizon=3, patience=5).fit(y).predict()
    assert isinstance(expected, Series)
    forecast = made.predict()
    np.testing.assert_array_equal(forecast, expected.values[[0, 2], 0])
    assert forecast.index.equals(expected.index[[0, 2]])
    assert made.get_fitted_params()["forecaster"].options["window"] == 6


def test_far_steps_are_learnt_at_once_or_fed_back() -> None:
    with pytest.raises(OptionError, match="--horizon is 5, and forecaster learnt 4 steps"):
        forecaster(horizon=4).fit(dated()).predict([5])
    assert forecaster(horizon=4).fit(dated()).predict([4]).index[0] == pd.Timestamp("1996-12-01")
    assert len(forecaster(strategy="recursive").fit(dated()).predict(range(1, 31))) == 30


@pytest.mark.parametrize("options", [{"learning": "online"}, {"optimizer": "sgd", "dropout": 0.1}])
def test_further_options_are_those_of_the_command_line(options: dict[str, Any]) -> None:
    made = ChargenForecaster(cell="rnn", units=3, iterations=1, options=options).fit(dated(40), fh=[1])
    assert made.forecaster_.options.items() >= options.items()
    with pytest.raises(OptionError, match=r"no option 'dropuot' \(did you mean 'dropout'"):
        ChargenForecaster(options={"dropuot": 0.1}).fit(dated(40), fh=[1])


def test_the_past_of_features_is_looked_at_and_their_future_is_not() -> None:
    y = dated()
    features = pd.DataFrame({"a": small.wave(84, seed=1)[:, 0]}, pd.date_range(y.index[0], periods=84, freq="MS"))
    seen, future = features.iloc[:80], features.iloc[80:]
    forecast = forecaster().fit(y, X=seen, fh=[1, 2]).predict(X=future)
    assert not forecast.equals(forecaster().fit(y, fh=[1, 2]).predict())
    assert not forecast.equals(forecaster().fit(y, X=seen[::-1].set_axis(y.index), fh=[1, 2]).predict(X=future))
    assert forecast.equals(forecaster().fit(y, X=seen, fh=[1, 2]).predict(X=future + 100))
    with pytest.raises(SeriesError, match=r"misses 1 value: 'X\.a' at 1996-09"):
        forecaster().fit(y, X=seen, fh=[1]).update(dated(81)[80:], update_params=False).predict()


def test_what_is_new_is_looked_at_and_learnt_if_asked_for() -> None:
    y = dated()
    made = forecaster().fit(y[:70], fh=[1])
    before = made.forecaster_
    made.update(y[70:], update_params=False)
    assert made.forecaster_ is before
    assert made.predict().to_numpy() == before.predict(1, y).values
    made.update(dated(84)[80:])
    assert made.predict().equals(forecaster().fit(dated(84), fh=[1]).predict())


def test_nothing_after_the_cutoff_is_looked_at() -> None:
    y = dated()
    made = forecaster().fit(y, fh=[1])
    cv = ExpandingWindowSplitter(fh=[1], initial_window=60, step_length=5)
    forecasts = made.update_predict(y, cv, update_params=False)
    assert len(forecasts) == 4
    for date, forecast in forecasts.items():
        assert forecast == made.forecaster_.predict(1, y[y.index < date]).values


@pytest.mark.parametrize("strategy", ["direct", "recursive"])
@pytest.mark.parametrize(("steps", "window"), [(7, 1), (8, 1), (13, 2), (20, 4), (33, 24)])
def test_short_series_get_a_window_that_they_have_room_for(steps: int, window: int, strategy: str) -> None:
    made = ChargenForecaster(**QUICK | {"window": 24, "scaler": "auto", "ridge": "auto"}, strategy=strategy)
    forecast = made.fit(pd.Series(small.wave(steps)[:, 0]), fh=[3]).predict()
    assert forecast.index.tolist() == [steps + 2]
    assert made.forecaster_.options["window"] == window


def test_too_short_a_series_is_refused_in_words() -> None:
    with pytest.raises(SeriesError, match="the training part has 5 steps at most"):
        forecaster().fit(pd.Series(np.arange(5.0)), fh=[5])


def test_a_series_with_holes_is_refused() -> None:
    y = dated().drop(pd.Timestamp("1992-01-01"))
    with pytest.raises(SeriesError, match="misses 1 value: 'waves' at 1992-01"):
        forecaster().fit(y, fh=[1])


def test_copies_forecast_alike(tmp_path: Any) -> None:
    made = forecaster().fit(dated(), fh=[1, 2])
    made.save(tmp_path / "kept")
    for copied in (pickle.loads(pickle.dumps(made)), load(tmp_path / "kept.zip")):  # noqa: S301 (our own bytes)
        assert copied.predict().equals(made.predict())
        assert copied.update(dated(81)[80:]).predict().equals(forecaster().fit(dated(81), fh=[1, 2]).predict())
