"""How good a run is, beside baselines that learnt from the same part; and the pictures of that."""

from pathlib import Path

import numpy as np
import pytest

from chargen.errors import OptionError, RunError
from chargen.network import Network
from chargen.series.drawing import draw
from chargen.series.judging import judge
from chargen.series.learning import create, learn
from chargen.series.linear import Linear
from chargen.series.model import Model
from chargen.series.report import Report
from chargen.series.run import SeriesRun
from tests.series import small
from tests.series.small import CHOSEN


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def run(checkpoints: Path) -> SeriesRun:
    made = create(small.series(60, 2), checkpoints=checkpoints, name="linear", **CHOSEN, validation=0.1, test=0.2)
    list(learn(made))
    return made


@pytest.fixture(scope="module")
def panel_run(checkpoints: Path) -> SeriesRun:
    # The test part of the first series is shorter than the horizon.
    made = create(small.panel(12, 50, 40), checkpoints=checkpoints, **CHOSEN, validation=0.0, test=0.2)
    list(learn(made, 1))
    return made


def test_everyone_learnt_from_the_training_part_and_forecasts_the_test_part(run: SeriesRun) -> None:
    judgement = judge(run)
    values = small.wave(60, 2)
    names = [result.row.model for result in judgement.results]
    assert names == ["linear (network)", "linear part", "naive", "linear"]  # the run's name is a baseline's
    assert (judgement.part, judgement.start, judgement.series) == ("test part", 48, 0)
    origins = np.arange(48, 58)
    for result in judgement.results:
        assert np.array_equal(result.origins.places[0], origins)
    ours, part, _, linear = (result.forecast for result in judgement.results)
    expected = Linear(6).fit([values[:42]], 3).forecast(values, origins, 3)
    np.testing.assert_allclose(linear, np.maximum(expected, 0))
    np.testing.assert_array_equal(ours, run.forecaster().forecast(values, origins, 3))
    start = Model("x", run.settings.forecast, run.scaler, Network(run.model, run.folder.initial() or {}), [values[:42]])
    np.testing.assert_array_equal(part, start.forecast(values, origins, 3))
    scale = np.abs(np.diff(values[:42, 0])).mean()
    truth = np.array([values[origin : origin + 3, 0] for origin in origins])
    assert judgement.results[0].row.mase == pytest.approx(np.abs(ours[:, :, 0] - truth).mean() / scale)


def test_another_iteration_can_be_judged(run: SeriesRun) -> None:
    rows = [judge(run, iteration).results[0].row for iteration in (1, 2)]
    assert rows[0].rmse != rows[1].rmse
    assert judge(run).results[0].row == rows[(run.folder.best() or 0) - 1]


def test_the_validation_part_is_named_as_what_chose(checkpoints: Path) -> None:
    made = create(small.series(60), checkpoints=checkpoints, **CHOSEN, validation=0.2)
    list(learn(made, 1))
    judgement = judge(made)
    assert judgement.part == "validation part (also chose this iteration)"
    assert judgement.start == 48
    assert judgement.results[0].row.rmse == pytest.approx(made.history[0]["validation_rmse"])


def test_the_tutorials_protocol_says_what_it_is(checkpoints: Path) -> None:
    made = create(small.series(60), checkpoints=checkpoints, **CHOSEN, protocol="tutorial", test=0.2)
    list(learn(made, 1))
    assert judge(made).part == "test part (tutorial protocol: it also chose this iteration, and the scaler saw it)"


def test_nothing_held_out_says_nothing(checkpoints: Path) -> None:
    made = create(small.series(60), checkpoints=checkpoints, **CHOSEN, validation=0.0)
    list(learn(made, 1))
    with pytest.raises(RunError, match=r"held nothing out, .*; 'chargen forecast backtest waves-rnn"):
        judge(made)


def test_a_panel_is_judged_together_and_its_first_series_with_room_is_drawn(panel_run: SeriesRun) -> None:
    judgement = judge(panel_run)
    assert [len(origins) for origins in judgement.results[0].origins.places] == [1, 8, 6]
    assert (judgement.series, judgement.start) == (0, 9)
    short = create(small.panel(9, 50), checkpoints=panel_run.folder.path.parent, **CHOSEN, validation=0.0, test=0.2)
    list(learn(short, 1))
    judgement = judge(short)
    assert [len(origins) for origins in judgement.results[0].origins.places] == [0, 8]
    assert (judgement.series, judgement.start) == (1, 40)
    draw(short, "forecasts", short.folder.path.parent / "short.svg")


@pytest.mark.parametrize("kind", ["all", "ahead", "forecasts", "learning", "errors", "hits"])
@pytest.mark.parametrize("several", [False, True])
def test_pictures(kind: str, several: bool, run: SeriesRun, panel_run: SeriesRun, tmp_path: Path) -> None:
    draw(panel_run if several else run, kind, tmp_path / "picture.svg")
    assert "<svg" in (tmp_path / "picture.svg").read_text()


def test_a_step_that_is_not_forecast(run: SeriesRun, tmp_path: Path) -> None:
    draw(run, "forecasts", tmp_path / "one.svg", 1)
    with pytest.raises(OptionError, match="4"):
        draw(run, "forecasts", tmp_path / "four.svg", 4)


def test_a_report_is_a_line_without_what_is_told_only() -> None:
    report = Report(3, 0.5, 0.4, None, 0.001, 1.5, 99, True)
    assert report.history() == {
        "iteration": 3,
        "loss": 0.5,
        "validation_loss": 0.4,
        "validation_rmse": None,
        "learning_rate": 0.001,
        "seconds": 1.5,
        "windows_per_second": 99,
    }
    assert report.shown() == []
