"""Series runs side by side: what differs, what came of it, what cannot be compared."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chargen.errors import OptionError
from chargen.runs import Plan, Position
from chargen.series.comparing import compare
from chargen.series.drawing import plot_comparison
from chargen.series.learning import create
from chargen.series.metrics import rmse
from chargen.series.report import Report
from chargen.series.run import SeriesRun
from chargen.snapshot import Snapshot

VALUES = [20 + 10 * float(np.sin(step)) + step % 5 for step in range(80)]
Make = Callable[..., SeriesRun]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Make a run with one iteration, its weights those that training would start from: nothing has to be traced."""

    def made(name: str, values: list[float] = VALUES, **options: Any) -> SeriesRun:
        small: dict[str, Any] = {
            "window": 6,
            "horizon": 3,
            "units": 3,
            "test": 0.2,
            "iterations": 1,
            "scaler": "standard",
            "ridge": 1.0,
        }
        run = create(values, name=name, checkpoints=tmp_path, **small | options)
        report = Report(1, 0.5, 0.25, 4.0, 0.001, 2.0, 100.0, best=True)
        weights = run.folder.initial()
        assert weights is not None
        with run.folder.writing():
            position = Position(Snapshot(weights), 1, Plan(1), (report.history(),))
            run.folder.save_iteration(position, {"history": report.history(), "samples": []})
        return run

    return made


def test_settings_that_differ_and_figures(make: Make) -> None:
    first, second = make("first"), make("second", units=4)
    comparison = compare([first, second])
    assert comparison.settings == [{"setting": "model.units", "first": 3, "second": 4}]
    assert comparison.cautions == []
    figures = {row["figure"]: (row["first"], row["second"]) for row in comparison.figures}
    assert figures["iterations"] == figures["best iteration"] == (1, 1)
    assert figures["RMSE, validation (also chose this iteration)"] == (4.0, 4.0)
    assert figures["windows per second"] == (100, 100)
    assert figures["parameters"][0] == sum(weight.size for weight in first.network().weights.values())
    # By hand: every origin of the last 16 steps that has three steps before the end.
    values, origins = np.array(VALUES), np.arange(64, 78)
    truth = values[origins[:, None] + np.arange(3)]
    forecast = first.forecaster().forecast(values[:, None], origins, 3)[..., 0]
    naive = rmse(truth, np.repeat(values[origins - 1, None], 3, axis=1))
    assert figures["RMSE, test"][0] == pytest.approx(rmse(truth, forecast))
    assert figures["skill vs naive (test part, or else validation)"][0] == pytest.approx(
        1 - rmse(truth, forecast) / naive
    )


def test_without_a_test_part_or_anything_held_out(make: Make) -> None:
    comparison = compare([make("first", test=0.0), make("second", test=0.0, validation=0.0)])
    figures = {row["figure"]: (row["first"], row["second"]) for row in comparison.figures}
    assert figures["RMSE, test"] == (None, None)
    skills = figures["skill vs naive (test part, or else validation)"]
    assert skills[0] is not None
    assert skills[1] is None
    assert comparison.cautions == []  # one alone is held out: no two figures to be compared


def test_what_cannot_be_compared_is_said(make: Make) -> None:
    first = make("first")
    assert compare([first, make("longer", horizon=4)]).cautions == [
        "the RMSE are over different numbers of steps ahead (first 3, longer 4); more steps are harder"
    ]
    cautions = compare([first, make("other", VALUES[:70])]).cautions
    assert [caution.partition(";")[0] for caution in cautions] == [
        "the validation figures are of different values (first 8 steps, other 7 steps): another series, other targets "
        "or other shares held out",
        "the test figures are of different values (first 16 steps, other 14 steps): another series, other targets or "
        "other shares held out",
    ]
    tutorial = compare([make("honest", validation=0.0), make("leaky", validation=0.0, protocol="tutorial")])
    assert tutorial.cautions == ["leaky was trained by the tutorials' protocol, which leaks: its figures flatter"]
    assert {row["figure"]: row["leaky"] for row in tutorial.figures}["RMSE, test"] is None


def test_a_run_without_iterations(make: Make, tmp_path: Path) -> None:
    empty = create(VALUES, name="empty", checkpoints=tmp_path, window=6, horizon=3, units=3)
    figures = {row["figure"]: row["empty"] for row in compare([make("first", test=0.0), empty]).figures}
    assert (figures["iterations"], figures["best iteration"]) == (0, None)
    assert figures["skill vs naive (test part, or else validation)"] is None


def test_curves_of_runs_that_held_something_out(make: Make, tmp_path: Path) -> None:
    plot_comparison([make("first"), make("second")], tmp_path / "curves.svg")
    drawn = (tmp_path / "curves.svg").read_text(encoding="utf-8")
    assert "<!-- first, validation -->" in drawn
    assert "<!-- second, validation -->" in drawn
    with pytest.raises(OptionError, match=r"has to end in \.png"):
        plot_comparison([], tmp_path / "curves.txt")
