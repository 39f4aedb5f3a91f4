"""The page about a run that learnt a series."""

from dataclasses import asdict
from typing import Any

from chargen.learning.comparing import best_line, figures_of, flatten
from chargen.learning.plot import draw_learning
from chargen.pages.chart import Chart, chart, new_axes
from chargen.pages.commands import command
from chargen.pages.page import render, require_trained
from chargen.series.backtest import verdict
from chargen.series.contest import settings_as_options
from chargen.series.drawing import LOSS, fan, pictures
from chargen.series.judging import Judgement, judge
from chargen.series.masks import tell
from chargen.series.plot import Pictures, draw_prediction
from chargen.series.run import SeriesRun
from chargen.series.series import show_row
from chargen.series.settings import default

# Series that a command knows by their name; others are read from a table that only its owner has.
NAMED = ("sunspots", "synthetic", "silso")


def series_page(run: SeriesRun) -> str:
    """Write a page about a series run.

    Args:
        run: The run.

    Returns:
        Self-contained HTML.

    Raises:
        RunError: Nothing is trained, or the run is damaged.
    """
    require_trained(run)
    judgement = judge(run) if run.parts.test or run.parts.validation else None
    first = run.panel.series[0]
    header = run.folder.header()
    rows = [] if judgement is None else [result.row for result in judgement.results]
    return render(
        "series.html",
        run=run,
        header=header,
        config=run.settings.forecast,
        targets=list(run.settings.forecast.columns[: run.settings.forecast.targets]),
        figures=figures_of(run, {}, "windows_per_second"),
        best=best_line(run),
        settings=flatten({key: header[key] for key in ("model", "training", "forecast", "scaling")}),
        chosen=run.settings.chosen,
        panel=run.panel,
        steps=len(first),
        span=(show_row(first.index[0]), show_row(first.index[-1])),
        missing=tell(run.values),
        parts_of=[
            (name, sum(end - start for start, end in zip(part.first, part.end, strict=True)))
            for name, part in (
                ("training", run.parts.training),
                ("validation", run.parts.validation),
                ("test", run.parts.test),
            )
            if part
        ],
        learning=_learning(run),
        history=run.history,
        judgement=judgement,
        rows=rows,
        verdict=verdict(rows) if rows else None,
        charts=[] if judgement is None else _charts(run, judgement),
        ahead=_ahead(run),
        commands=_commands(run),
    )


def _learning(run: SeriesRun) -> Chart:
    axes = new_axes()
    axes.set_prop_cycle(color=("#767676", "#0072B2"), linestyle=("--", "-"))
    draw_learning(axes, run.history, LOSS)
    axes.set_xlabel("iteration")
    return chart(axes, "Loss by iteration")


def _charts(run: SeriesRun, judgement: Judgement) -> list[Chart]:
    drawn = pictures(run, judgement)
    charts = []
    for draw in (Pictures.draw_forecasts, Pictures.draw_errors, Pictures.draw_hits):
        if drawn.steps == 1 and draw is Pictures.draw_errors:  # the table has it
            continue
        axes = new_axes()
        draw(drawn, axes)
        charts.append(chart(axes))
    return charts


def _ahead(run: SeriesRun) -> Chart:
    axes = new_axes()
    draw_prediction(axes, run.panel, run.predict(), fan(run))
    return chart(axes)


def _commands(run: SeriesRun) -> dict[str, list[str]]:
    """Write the commands that make the run again, and those that go on from it."""
    settings, config, training = run.settings, run.settings.forecast, run.training_config
    options = settings_as_options(settings, {}) | {"test": training.test} | asdict(settings.saving)
    if config.strategy == "vector":  # it brings its own
        del options["encoder"]
    if config.protocol == "tutorial":  # it takes no other validation part than the test part
        del options["validation"]
    if training.schedule_iterations == training.iterations:
        del options["schedule_iterations"]
    typed = {key: value for key, value in options.items() if value != default(key)}
    columns: dict[str, Any] = {}
    if len(config.columns) > 1:
        columns = {"target": list(config.columns[: config.targets]), "column": list(config.columns[config.targets :])}
    source = run.panel.name if run.panel.name in NAMED else "TABLE.csv"
    again = [command("chargen", "forecast", "train", source, **columns, **typed, name=run.name)]
    if run.done > training.iterations:
        again.append(command("chargen", "resume", run.name, iterations=run.done - training.iterations))
    return {
        "again": again,
        "further": [command("chargen", "forecast", each, run.name) for each in ("backtest", "predict", "plot")]
        + [command("chargen", "report", run.name)],
    }
