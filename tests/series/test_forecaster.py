"""The estimator: fitted to lists, Series and panels, saved, loaded, backtested."""

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from chargen.errors import ChargenError, OptionError, RunError, SeriesError
from chargen.series.contest import settings_as_options
from chargen.series.fitting import Trainers, update
from chargen.series.forecaster import Forecaster
from chargen.series.judging import judge
from chargen.series.learning import learn
from chargen.series.run import load
from chargen.series.series import Panel, Series
from chargen.trainer import Trainer
from tests.series import small
from tests.series.small import CHOSEN, SMALL


@pytest.fixture(scope="module")
def fitted() -> Forecaster:
    return Forecaster(**CHOSEN).fit(small.series(60))


@pytest.fixture(scope="module")
def trainers() -> Trainers:
    """What is compiled once for networks of the same settings."""
    return Trainers()


def values(forecast: Series | Panel) -> list[Any]:
    assert isinstance(forecast, Series)
    found: list[Any] = forecast.values.tolist()
    return found


def test_whatever_holds_the_numbers_they_are_learnt_alike(fitted: Forecaster, trainers: Trainers) -> None:
    series = small.series(60)
    dated = pd.Series(series.values[:, 0], index=series.index, name="a")
    for data in (dated, dated.to_frame(), series.values, series.values[:, 0].tolist()):
        forecast = Forecaster(**CHOSEN, trainers=trainers).fit(data).predict()
        assert values(forecast) == values(fitted.predict())
    assert isinstance(forecast, Series)
    assert forecast.index.tolist() == [60, 61, 62]
    with_dates = fitted.predict(2)
    assert isinstance(with_dates, Series)
    assert with_dates.index.equals(pd.date_range("1995-01-01", periods=2, freq="MS"))


def test_intervals_are_columns_of_their_own(fitted: Forecaster, tmp_path: Path) -> None:
    forecast = fitted.predict(2, interval=0.7)
    assert isinstance(forecast, Series)
    assert forecast.columns == ("a", "a_low", "a_high")
    assert forecast.values[:, :1].tolist() == values(fitted.predict(2))
    # The errors are those of the network that had not learnt the validation part yet.
    alone = Forecaster(**CHOSEN).fit(small.series(60), refit=False).predict(2, interval=0.7)
    assert isinstance(alone, Series)
    np.testing.assert_allclose(
        forecast.values[:, 2] - forecast.values[:, 0], alone.values[:, 2] - alone.values[:, 0], rtol=1e-6
    )
    assert not np.allclose(forecast.values[:, 0], alone.values[:, 0], rtol=1e-6)
    forecast.to_csv(tmp_path / "a.csv")
    assert list(pd.read_csv(tmp_path / "a.csv").columns) == ["date", "a", "a_low", "a_high"]
    with pytest.raises(SeriesError, match="which has room for 4 of 3 steps"):
        fitted.predict(interval=0.9)
    with pytest.raises(OptionError, match=r"interval takes a validation part, and validation is 0; give Forecaster\("):
        Forecaster(**CHOSEN, validation=0.0).fit(small.series(60)).predict(interval=0.5)


def test_working_days_are_forecast() -> None:
    days = pd.bdate_range("2024-01-01", periods=60)
    forecast = Forecaster(**CHOSEN).fit(pd.Series(small.wave(60)[:, 0], index=days)).predict()
    assert isinstance(forecast, Series)
    assert forecast.frequency == "B"
    assert forecast.index.tolist() == list(pd.bdate_range(days[-1], periods=4)[1:])


def test_a_copy_forecasts_alike_and_learns_alike(fitted: Forecaster) -> None:
    for copied in (copy.deepcopy(fitted), pickle.loads(pickle.dumps(fitted))):  # noqa: S301 (our own bytes)
        assert values(copied.predict()) == values(fitted.predict())
        assert values(copied.fit(small.series(60)).predict()) == values(fitted.predict())


def test_forecasters_share_what_is_compiled(fitted: Forecaster) -> None:
    trainers = Trainers()
    first, second = (Forecaster(**CHOSEN, trainers=trainers).fit(small.series(60, seed=seed)) for seed in (0, 1))
    assert len(trainers._kept) == 1
    assert values(first.predict()) == values(fitted.predict()) != values(second.predict())


def test_a_panel_gives_a_panel() -> None:
    panel = small.panel(50, 40, 45)
    forecast = Forecaster(**CHOSEN).fit(panel).predict()
    assert isinstance(forecast, Panel)
    assert [series.name for series in forecast] == ["s0", "s1", "s2"]
    assert [series.index[0] for series in forecast] == [series.future(1)[0] for series in panel]


def test_several_features_and_targets() -> None:
    forecaster = Forecaster(targets=2, **CHOSEN | {"strategy": "recursive"}).fit(small.series(60, 3))
    forecast = forecaster.predict(8)
    assert isinstance(forecast, Series)
    assert (forecast.columns, forecast.values.shape) == (("a", "b"), (8, 2))
    with pytest.raises(SeriesError, match="run 'forecaster' forecasts from a, b, c; waves has no c"):
        forecaster.predict(data=small.series(60, 2))


def test_newer_data_and_history(fitted: Forecaster) -> None:
    longer = small.series(70)
    forecast = fitted.predict(data=longer)
    assert isinstance(forecast, Series)
    assert forecast.index[0] == longer.future(1)[0]
    assert [line["iteration"] for line in fitted.history] == [1, 2]
    assert all(line["validation_loss"] > 0 for line in fitted.history)
    fitted.history[0]["loss"] = None
    assert fitted.history[0]["loss"] is not None


def test_the_fit_is_the_same_each_time(fitted: Forecaster) -> None:
    again = Forecaster(**CHOSEN).fit(small.series(60))
    assert values(again.predict()) == values(fitted.predict())
    assert values(again.fit(small.series(50, seed=4)).fit(small.series(60)).predict()) == values(fitted.predict())
    assert values(Forecaster(**CHOSEN, random_seed=1).fit(small.series(60)).predict()) != values(fitted.predict())


@pytest.mark.parametrize("call", ["predict", "backtest", "save", "history"])
def test_what_is_not_fitted_says_so(call: str, tmp_path: Path) -> None:
    forecaster = Forecaster(**CHOSEN)
    with pytest.raises(OptionError, match=r"the forecaster has learnt nothing yet; call its fit\(series\) first"):
        forecaster.save("x", tmp_path) if call == "save" else getattr(forecaster, call) and getattr(forecaster, call)()


def test_a_failed_fit_leaves_what_was_learnt(fitted: Forecaster) -> None:
    before = values(fitted.predict())
    with pytest.raises(SeriesError, match="all values of 'value' are missing in series"):
        fitted.fit([None, None])
    assert values(fitted.predict()) == before


@pytest.mark.parametrize("refit", [True, False])
@pytest.mark.parametrize("scaler", ["standard", "sqrt"])
def test_what_is_saved_forecasts_the_same_and_learns_on(
    refit: bool, scaler: str, trainers: Trainers, tmp_path: Path
) -> None:
    options = CHOSEN | {"scaler": scaler, "learning_rate": 0.1, "trainers": trainers}
    forecaster = Forecaster(**options).fit(small.series(60), refit)
    saved = forecaster.save("mine", tmp_path)
    run = load("mine", tmp_path)
    assert values(run.predict().series[0]) == values(forecaster.predict())
    assert run.history == saved.history
    (line,) = run.history
    assert (line["validation_loss"] is None) == refit
    assert run.done == run.plan.iterations == line["iteration"]
    (report,) = learn(run, 1)
    assert report.iteration == line["iteration"] + 1
    assert values(load("mine", tmp_path).predict(iteration="last").series[0]) != values(forecaster.predict())
    with pytest.raises(ChargenError, match="a run 'mine' exists"):
        forecaster.save("mine", tmp_path)


def test_backtests_learn_anew(fitted: Forecaster) -> None:
    before = values(fitted.predict())
    results = fitted.backtest(horizons=[1, 3], baselines=("drift",))
    assert [(result.row.model, result.row.horizon) for result in results] == [
        (model, horizon) for horizon in (1, 3) for model in ("rnn", "linear part", "drift", "naive", "linear")
    ]
    assert values(fitted.predict()) == before
    other = fitted.backtest(small.series(40), horizons=[2], baselines=())
    assert other[0].row.origins == 7


def test_options_that_make_no_sense() -> None:
    with pytest.raises(OptionError, match=r"no option 'horizn' \(did you mean 'horizon'"):
        Forecaster(**SMALL, horizn=3).fit(small.series(60))
    with pytest.raises(OptionError, match="--horizon is 7, and forecaster learnt 3 steps "):
        Forecaster(**CHOSEN).fit(small.series(60)).predict(7)


def test_what_the_end_of_the_series_chose_is_not_taken_into_a_backtest(fitted: Forecaster, tmp_path: Path) -> None:
    run = fitted.save("saved", tmp_path)
    options = settings_as_options(run.settings, {})
    assert not options.keys() & {"iterations", "validation", "patience", "schedule_iterations"}


def test_a_test_part_is_refused_where_everything_is_learnt() -> None:
    with pytest.raises(OptionError, match=r"test is 0\.2, and fit learns everything"):
        Forecaster(**CHOSEN, test=0.2).fit(small.series(60))


ONLINE = {key: value for key, value in CHOSEN.items() if key != "batch_size"} | {"learning": "online"}


@pytest.mark.parametrize("options", [CHOSEN, ONLINE], ids=["batches", "online"])
def test_an_update_learns_new_values_and_forecasts_what_comes_after(
    options: dict[str, Any], trainers: Trainers
) -> None:
    whole = small.series(66)
    forecaster = Forecaster(**options, trainers=trainers).fit(whole[:60])
    before = forecaster.predict(data=whole)
    forecaster.update(whole[60:63]).update(whole.values[63:])
    after = forecaster.predict()
    assert isinstance(before, Series)
    assert isinstance(after, Series)
    assert after.index.equals(before.index)
    assert values(after) != values(before)
    # One value at a time is the same as all at once.
    once = Forecaster(**options).fit(whole[:60]).update(whole[60:])
    assert values(once.predict()) == values(after)


def test_updates_go_on_where_the_known_values_end() -> None:
    whole = small.series(70)
    forecaster = Forecaster(**CHOSEN)
    with pytest.raises(OptionError, match="has learnt nothing yet"):
        forecaster.update([1.0])
    forecaster.fit(whole[:60])
    with pytest.raises(SeriesError, match=r"goes on at 1995-01-01, and the 4 new values are of 1995-06-01"):
        forecaster.update(whole[65:69])
    with pytest.raises(SeriesError, match="there are new values of 2"):
        forecaster.update([[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(SeriesError, match="misses 1 value"):
        forecaster.update([float("nan")])


@pytest.mark.parametrize("refit", [True, False])
@pytest.mark.parametrize("options", [CHOSEN, CHOSEN | {"strategy": "seq2seq"}, ONLINE], ids=["direct", "seq2seq", "on"])
def test_what_was_updated_is_saved_as_it_forecasts(
    options: dict[str, Any], refit: bool, trainers: Trainers, tmp_path: Path
) -> None:
    known, later = small.wave(60), small.wave(20, seed=1) + 5
    forecaster = Forecaster(**options, trainers=trainers).fit(known, refit=refit).update(later)
    run = forecaster.save("mine", tmp_path)
    (saved,) = run.predict()
    assert values(saved) == values(forecaster.predict())
    # New values were learnt from, those that are the last tenth now among them.
    assert not run.parts.validation
    with pytest.raises(RunError, match="held nothing out"):
        judge(run)
    # It goes on with the linear part that it has, whatever least squares would make of all that is known now.
    position, done = run.folder.position(), run.done
    assert position is not None
    examples = run.task.examples(run.training_config.batch_size, weights=position.snapshot.weights)
    expected = Trainer(run.model, run.training_config, examples, position.snapshot).run(done + 1)
    list(learn(run, 1))
    for key, weight in run.folder.weights(done + 1).items():
        np.testing.assert_array_equal(weight, expected.weights[key], err_msg=key)
    assert expected.batches == (done + 1) * examples.batches


def test_online_what_was_held_out_is_learnt_before_what_comes_after() -> None:
    whole = small.series(70)
    forecaster = Forecaster(**ONLINE).fit(whole[:60], refit=False).update(whole[60:])
    at_once = Forecaster(**ONLINE).fit(whole[:60], refit=False)
    fitted = at_once._require()[1]
    expected = update(fitted, [whole.values], list(fitted.settings.cut([60]).training.end), Trainers())
    for key, weight in expected.snapshot.weights.items():
        np.testing.assert_array_equal(forecaster._require()[1].snapshot.weights[key], weight)


@pytest.mark.parametrize("frequency", ["MS", "B", "D", "h", "QE-DEC"])
@pytest.mark.parametrize("few", [1, 2, 5])
def test_few_dated_values_are_of_the_step_that_is_known(frequency: str, few: int, trainers: Trainers) -> None:
    dates = pd.date_range("1999-12-31" if frequency == "QE-DEC" else "2001-01-01", periods=36, freq=frequency)
    known = pd.Series(small.wave(36)[:, 0], dates, name="a")
    # A Thursday comes first, where days are business days.
    forecaster = Forecaster(**CHOSEN, validation=0.0, trainers=trainers).fit(known[:28])
    forecaster.update(known[28 : 28 + few].to_frame())
    forecast = forecaster.predict(1)
    assert isinstance(forecast, Series)
    assert forecast.index[0] == dates[28 + few]
    assert forecast.frequency == frequency
    with pytest.raises(SeriesError, match="goes on at"):
        forecaster.update(known[29 + few : 30 + few])
