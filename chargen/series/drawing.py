"""Pictures of a series run."""

from collections.abc import Sequence
from pathlib import Path

from chargen.learning.plot import draw_comparison
from chargen.series.judging import Judgement, judge
from chargen.series.plot import Pictures, Scored, plot_all, plot_one, plot_prediction
from chargen.series.run import SeriesRun, predict
from chargen.series.series import Panel
from chargen.types import Floats

# Shares of truths that the intervals of a fan are to cover.
FAN = (0.5, 0.8, 0.9)
LOSS = "loss, mean squared error of scaled values"


def draw(run: SeriesRun, kind: str, path: Path, step: int | None = None) -> None:
    """Draw a run's forecasts of its held-out part beside what came, or of what comes.

    Args:
        run: The run.
        kind: `all`, `ahead`, or one of `chargen.series.plot.KINDS`.
        path: Where the picture goes; its ending decides the format.
        step: Which step ahead is drawn beside what came; the last when left out.

    Raises:
        OptionError: Another ending, or no such step.
        RunError: Nothing is held out, or nothing is trained.
        SaveError: The file system refuses.
    """
    if kind == "ahead":
        plot_prediction(run.panel, run.predict(), path, fan(run))
        return
    drawn = pictures(run, judge(run), step)
    if kind == "all":
        plot_all(drawn, path)
    else:
        plot_one(drawn, kind, path)


def pictures(run: SeriesRun, judgement: Judgement, step: int | None = None) -> Pictures:
    """Make what a run's forecasts of its held-out part are drawn from.

    Args:
        run: The run.
        judgement: What came of them.
        step: Which step ahead is drawn beside what came; the last when left out.

    Returns:
        The pictures, not drawn yet.

    Raises:
        OptionError: No such step.
    """
    shown = run.panel.series[judgement.series]
    targets = run.settings.forecast.columns[: run.settings.forecast.targets]
    contestants = [
        Scored(
            result.row.model,
            result.truth,
            result.forecast,
            shown.index[result.origins.places[judgement.series]],
        )
        for result in judgement.results
    ]
    data = Panel((shown.select(targets),), run.panel.name)
    return Pictures(
        data,
        judgement.start,
        contestants,
        run.history,
        LOSS,
        step,
        judgement.part,
    )


def fan(run: SeriesRun) -> dict[float, Floats]:
    """Make the intervals of a run's forecast of the first series and target.

    Args:
        run: The run.

    Returns:
        By the share of truths that they are to cover the ends of the intervals, (steps, 2); without those that too
        little was held out for.
    """
    if not run.parts.validation:
        return {}
    model, config = run.forecaster(), run.settings.forecast
    calibration = run.calibration(model, config.horizon)
    first = Panel(run.panel.series[:1], run.panel.name)
    bands: dict[float, Floats] = {}
    for share in FAN:
        if calibration.suffices(share):
            ahead = predict(model, first, config.horizon, config.targets, config.minimum, calibration, share)
            bands[share] = ahead.series[0].values[:, config.targets : config.targets + 2]
    return bands


def plot_comparison(runs: Sequence[SeriesRun], path: Path) -> None:
    """Draw the validation RMSE of several runs by iteration; their losses are of values scaled by each run itself.

    Args:
        runs: The runs; without a validation part a run has no curve.
        path: As for `draw`.

    Raises:
        OptionError: Another ending.
        SaveError: The file system refuses.
    """
    draw_comparison(runs, (("validation_rmse", "validation", "-"),), "RMSE, in the series' units", path)
