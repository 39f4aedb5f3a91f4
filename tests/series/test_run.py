"""A series run forecasts from its folder alone, wherever that is, and says what it cannot do."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from chargen.errors import ChargenError, DamagedRunError, OptionError, RunError, SeriesError, UnknownRunError
from chargen.network import ModelConfig, Network
from chargen.series.intervals import scale
from chargen.series.learning import create, learn
from chargen.series.linear import Linear
from chargen.series.naive import SeasonalNaive
from chargen.series.run import SeriesRun, load, predict
from chargen.series.series import Panel, Series
from tests.series import small
from tests.series.small import CHOSEN


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> SeriesRun:
    made = create(
        small.series(60, 2), targets=1, checkpoints=tmp_path_factory.mktemp("runs"), name="mine", **CHOSEN, test=0.1
    )
    list(learn(made))
    return made


def values(panel: Panel) -> list[Any]:
    return [series.values.tolist() for series in panel]


def test_a_run_predicts_what_comes_after_the_end(run: SeriesRun) -> None:
    forecast = run.predict()
    (series,) = forecast
    assert (series.columns, series.frequency, series.name) == (("a",), "MS", "waves")
    assert series.index.equals(pd.date_range("1995-01-01", periods=3, freq="MS"))
    assert values(run.predict(2)) == [series.values[:2].tolist()]
    scaled = run.scaler.transform(small.wave(60, 2))[None, -6:].astype(np.float32)
    outputs = run.network().last(scaled)[0][0]
    np.testing.assert_allclose(series.values[:, 0], run.scaler.offset[0] + run.scaler.scale[0] * outputs, rtol=1e-5)


def test_each_iteration_can_forecast(run: SeriesRun) -> None:
    by_number = [values(run.predict(iteration=iteration)) for iteration in (1, 2)]
    assert by_number[0] != by_number[1]
    assert values(run.predict(iteration="last")) == by_number[1]
    assert values(run.predict()) == by_number[(run.folder.best() or 0) - 1]
    with pytest.raises(RunError, match="has no weights of iteration 3; --iteration takes best, last or 1 to 2"):
        run.predict(iteration=3)


def test_intervals_come_from_the_validation_part_and_the_iteration_that_forecasts(run: SeriesRun) -> None:
    known, places = small.wave(60, 2), np.arange(48, 52)  # 6 steps are held out to validate
    for iteration in (1, 2):
        (forecast,) = run.predict(iteration=iteration, interval=0.8)
        assert forecast.columns == ("a", "a_low", "a_high")
        assert forecast.values[:, :1].tolist() == values(run.predict(iteration=iteration))[0]
        errors = run.forecaster(iteration).forecast(known, places, 3)[..., 0]
        errors = np.abs(errors - known[places[:, None] + np.arange(3), 0])
        errors /= scale(known[:, :1], places, 6)
        away = errors.max(axis=0) * scale(known[:, :1], np.array([60]), 6)[0]  # ⌈5 · 0.8⌉ = 4 of 4
        np.testing.assert_allclose(forecast.values[:, 1], forecast.values[:, 0] - away)
        np.testing.assert_allclose(forecast.values[:, 2], forecast.values[:, 0] + away)
    shorter = run.predict(2, interval=0.8, iteration=2)
    assert shorter.series[0].values.shape == (2, 3)
    newer = run.predict(data=small.series(80, 2), interval=0.5)
    assert newer.series[0].columns == ("a", "a_low", "a_high")


def test_a_baselines_intervals_come_from_its_own_errors(run: SeriesRun) -> None:
    known, places = small.wave(60, 2), np.arange(48, 52)
    (forecast,) = run.predict_with("linear", interval=0.8)
    errors = Linear(6).fit([known[:48]], 3).forecast(known, places, 3)[..., 0]
    errors = np.abs(errors - known[places[:, None] + np.arange(3), 0]) / scale(known[:, :1], places, 6)
    away = errors.max(axis=0) * scale(known[:, :1], np.array([60]), 6)[0]
    np.testing.assert_allclose(forecast.values[:, 2] - forecast.values[:, 0], away)
    assert forecast.values[:, :1].tolist() == values(run.predict_with("linear"))[0]


def test_intervals_that_nothing_is_known_for(run: SeriesRun, tmp_path: Path) -> None:
    with pytest.raises(SeriesError, match=r"--interval 0\.9 takes the errors of 9 forecasts of the validation part"):
        run.predict(interval=0.9)
    with pytest.raises(OptionError, match="--interval is 90; it takes a share above 0 and below 1"):
        run.predict(interval=90)
    untested = create(small.series(60), checkpoints=tmp_path, **CHOSEN, validation=0.0)
    list(learn(untested, 1))
    with pytest.raises(RunError, match=r"held nothing out, so nothing says how wide an --interval has to be; leave it"):
        untested.predict(interval=0.5)
    with pytest.raises(RunError, match=r"train a run with 'chargen forecast train --validation 0\.1'"):
        untested.predict_with("naive", interval=0.5)


def test_several_targets_and_series_have_intervals_of_their_own(tmp_path: Path) -> None:
    options = CHOSEN | {"strategy": "recursive", "validation": 0.2}
    names = ("x", "x_low", "y")
    panel = Panel(tuple(one.renamed_columns(names) for one in small.panel(60, 50, features=3)), "several")
    made = create(panel, targets=2, checkpoints=tmp_path, **options)
    list(learn(made, 1))
    forecasts = made.predict(5, interval=0.6)  # farther than the 3 that were asked for
    for forecast in forecasts:
        assert forecast.columns == ("x", "x_low", "x_low_", "x_high", "x_low_low", "x_low_high")
        assert (forecast.values[:, [2, 4]] < forecast.values[:, :2]).all()
        assert (forecast.values[:, :2] < forecast.values[:, [3, 5]]).all()


def test_newer_data(run: SeriesRun) -> None:
    newer = small.series(80, 2)[10:]
    forecast = run.predict(data=newer)
    assert forecast.series[0].index[0] == pd.Timestamp("1996-09-01")
    assert values(forecast) != values(run.predict())
    assert values(run.predict(data=newer.select(["b", "a"]))) == values(forecast)
    # The same values give the same forecast, however they come.
    assert values(run.predict(data=newer.to_frame())) == values(forecast)
    panel = run.predict(data={"x": newer, "y": newer[3:]})
    assert [series.name for series in panel] == ["x", "y"]
    assert values(panel) == values(forecast) * 2


def test_a_baseline_can_stand_in(run: SeriesRun) -> None:
    known = small.wave(60, 2)
    expected = Linear(6, (0,)).fit([known], 3).forecast(known, np.array([60]), 3)[0]
    np.testing.assert_allclose(run.predict_with("linear").series[0].values, expected)
    season = SeasonalNaive(12).forecast(known, np.array([60]), 5)[0]
    for name in ("seasonal-naive", "seasonal-naive-12"):  # the latter as a verdict prints it
        np.testing.assert_array_equal(run.predict_with(name, 5).series[0].values, season)
    with pytest.raises(OptionError, match="no baseline 'lstm'"):
        run.predict_with("lstm")


GAPPY = small.wave(9, 2)
GAPPY[:8, 0] = np.nan


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (small.series(30), r"run 'mine' forecasts from a, b; waves has no b, only a: choose its columns with --target"),
        (small.wave(30, 2), "run 'mine' forecasts from a, b; series has no a, b, only value1, value2"),
        (
            Series(small.wave(30, 2), pd.date_range("1990", periods=30, freq="D"), ("a", "b"), "D", "x"),
            "run 'mine' learnt steps of MS, x has D; give data of the same step",
        ),
        (small.series(5, 2), "mine looks back 6 values, and a series has 5; give more values with --data"),
        (
            Series(GAPPY, small.series(9).index, ("a", "b"), "MS", "x"),
            "mine learnt without gaps, and x misses 8 values: 'a' at 1990-01-01, 1990-02-01, 1990-03-01 and 5 more; ",
        ),
        ([], "series is empty; give it values"),
    ],
)
def test_data_that_does_not_fit(run: SeriesRun, data: Any, message: str) -> None:
    with pytest.raises(SeriesError, match=message) as refused:
        run.predict(data=data)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("horizon", "message"),
    [
        (4, "--horizon is 4, and mine learnt 3 steps "),
        (0, "--horizon is 0; it takes a whole number from 1 up"),
        (-1, "--horizon is -1"),
    ],
)
def test_horizons_that_make_no_sense(run: SeriesRun, horizon: int, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        run.predict(horizon)


def test_one_column_may_have_another_name(tmp_path: Path) -> None:
    made = create(small.wave(60)[:, 0].tolist(), checkpoints=tmp_path, **CHOSEN)
    list(learn(made, 1))
    newer = pd.Series(small.wave(60)[:, 0], name="sales", index=pd.date_range("2000-01-01", periods=60, freq="D"))
    assert values(made.predict(data=newer)) == values(made.predict())
    assert made.predict(data=newer).series[0].index[0] == pd.Timestamp("2000-03-01")
    assert made.predict().series[0].index.tolist() == [60, 61, 62]


def test_a_folder_that_was_moved_forecasts_the_same(run: SeriesRun, tmp_path: Path) -> None:
    shutil.copytree(run.folder.path, tmp_path / "elsewhere" / "other")
    moved = load("other", tmp_path / "elsewhere")
    assert (moved.name, moved.settings) == ("other", run.settings)
    assert values(moved.predict()) == values(run.predict())
    assert values(load(None, tmp_path / "elsewhere").predict()) == values(run.predict())
    assert moved.parts == run.parts
    assert [line["validation_rmse"] for line in moved.history] == [line["validation_rmse"] for line in run.history]


def test_forecasting_needs_no_tensorflow(run: SeriesRun) -> None:
    code = """
import sys
from chargen.series.run import load
print(load("mine", sys.argv[1]).predict().series[0].values.ravel().tolist())
print([name for name in ("tensorflow", "keras", "statsmodels", "matplotlib") if name in sys.modules])
"""
    command = [sys.executable, "-c", code, str(run.folder.path.parent)]
    told = subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()
    assert told == [str(run.predict().series[0].values.ravel().tolist()), "[]"]


def test_recursive_goes_on_without_end(tmp_path: Path) -> None:
    made = create(small.series(60, 2), checkpoints=tmp_path, **CHOSEN, strategy="recursive")
    list(learn(made, 1))
    assert len(made.predict(50).series[0]) == 50
    np.testing.assert_allclose(made.predict(50).series[0].values[:3], made.predict().series[0].values, rtol=1e-6)


class Endless:
    name = "endless"

    def __init__(self, value: float) -> None:
        self.value = value

    def fit(self, parts: Any, horizon: int) -> "Endless":
        return self

    def forecast(self, data: Any, origins: Any, horizon: int) -> Any:
        return np.full((len(origins), horizon, 1), self.value)


@pytest.mark.parametrize("value", [np.inf, np.nan])
def test_forecasts_without_end_are_refused(value: float) -> None:
    with pytest.raises(SeriesError, match="endless forecasts numbers without end for waves, --horizon 9; ask for"):
        predict(Endless(value), Panel.of(small.series(9)), 9, 1)


def test_forecasts_are_lifted() -> None:
    assert values(predict(Endless(-3.0), Panel.of(small.series(9)), 2, 1, 0.5)) == [[[0.5], [0.5]]]


def test_runs_that_are_not_there(run: SeriesRun, tmp_path: Path) -> None:
    with pytest.raises(UnknownRunError, match=r"no run 'mime' in .* \(did you mean 'mine'\?\)"):
        load("mime", run.folder.path.parent)
    with pytest.raises(UnknownRunError, match=r"no series run in .* yet; make one with 'chargen forecast train"):
        load(None, tmp_path)
    untrained = create(small.series(60), checkpoints=tmp_path, **CHOSEN)
    with pytest.raises(RunError, match="run 'waves-rnn' has no finished iteration yet"):
        untrained.predict()


def test_a_text_run_is_none(tmp_path: Path) -> None:
    from chargen.runs import Store

    Store(tmp_path).create("text", {}, {}, "alice", "alice")
    with pytest.raises(RunError, match="run 'alice' is a text run, this command takes a series run"):
        load("alice", tmp_path)


def test_other_columns_kept_than_forecast(run: SeriesRun, tmp_path: Path) -> None:
    from chargen.series.storing import write_panel
    from tests.runs.test_hostile import replace

    shutil.copytree(run.folder.path, tmp_path / "odd")
    for name, content in write_panel(Panel.of(small.series(60, 2).renamed_columns(("a", "c")))).items():
        replace(tmp_path / "odd" / name, content)
    with pytest.raises(DamagedRunError, match="run 'odd' keeps other columns than it forecasts"):
        load("odd", tmp_path).predict()


def test_several_series_kept_than_are_learnt_online(tmp_path: Path) -> None:
    from chargen.series.storing import write_panel
    from tests.runs.test_hostile import replace

    options = {key: value for key, value in CHOSEN.items() if key != "batch_size"} | {"learning": "online"}
    made = create(small.series(60), name="odd", checkpoints=tmp_path, **options)
    for name, content in write_panel(small.panel(60, 60)).items():
        replace(tmp_path / made.name / name, content)
    with pytest.raises(DamagedRunError, match="run 'odd' learns one series online and keeps more"):
        list(learn(load("odd", tmp_path), 1))


def test_weights_of_another_network(run: SeriesRun, tmp_path: Path) -> None:
    from chargen.runs import pack
    from tests.runs.test_hostile import replace

    shutil.copytree(run.folder.path, tmp_path / "odd")
    model = ModelConfig(2, 3, cell="rnn", units=5, skip=6)
    weights = {key: np.zeros(shape, np.float32) for key, shape in model.shapes().items()}
    Network(model, weights)
    replace(tmp_path / "odd" / "iterations" / "0001" / "weights.safetensors", pack(weights))
    with pytest.raises(ChargenError, match="the weights do not fit the settings"):
        load("odd", tmp_path).predict(iteration=1)
