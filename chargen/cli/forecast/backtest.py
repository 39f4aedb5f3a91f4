"""`chargen forecast backtest`."""

import json
from typing import TYPE_CHECKING, Any

import click

from chargen.cli.app import App, pass_app
from chargen.cli.forecast.options import READ, open_panel, reading, reads, settings
from chargen.cli.options import given
from chargen.errors import OptionError

if TYPE_CHECKING:
    from chargen.series.run import SeriesRun


@click.command()
@click.argument("source", metavar="[RUN|SERIES]", required=False)
@reading
@click.option("--horizons", metavar="N,N…", help="Steps ahead, each an experiment of its own.  [default: --horizon]")
@click.option(
    "--baseline",
    multiple=True,
    metavar="NAME",
    help="Who takes part beside naive and linear; repeatable, or all.  [default: seasonal-naive, drift]",
)
@click.option("--season", multiple=True, type=int, help="Steps in a season; repeatable.  [default: as known]")
@click.option("--seeds", type=int, default=1, show_default=True, help="Trainings that differ in chance alone.")
@click.option("--test", type=float, default=0.2, show_default=True, help="Share, from the end, that is forecast.")
@click.option(
    "--refit-every",
    type=int,
    default=0,
    show_default=True,
    help="Origins after which everyone learns again; 0 for never.",
)
@click.option(
    "--margin",
    multiple=True,
    type=float,
    help="Per cent of the truth that count as a hit; repeatable.  [default: 2, 5]",
)
@click.option(
    "--interval",
    type=float,
    default=0.9,
    show_default=True,
    metavar="SHARE",
    help="Share of the truths that prediction intervals are made to cover; how many they do, the table tells.",
)
@click.option(
    "--details", is_flag=True, help="More figures: squared and relative errors, direction, hits, interval score."
)
@click.option("-n", "--iterations", type=int, help="Iterations at most.  [default: 25]")
@settings(saving=False)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts: a row for each contestant and horizon.")
@pass_app
def backtest(
    app: App,
    /,
    source: str | None,
    horizons: str | None,
    baseline: tuple[str, ...],
    season: tuple[int, ...],
    seeds: int,
    test: float,
    refit_every: int,
    margin: tuple[float, ...],
    interval: float,
    details: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Train anew on the beginning of a series, and forecast its end from every origin, beside baselines.

    With a RUN (the most recent series run when left out) its settings and its series are taken; with a SERIES, as for
    train, the defaults. Options given win. Everyone forecasts from the same origins.

    \b
    Examples:
      chargen forecast backtest
      chargen forecast backtest sunspots --cell lstm --horizons 1,12,36 --seeds 5
    """
    from chargen.cli.forecast.learning import tell_scores
    from chargen.cli.learning import load_tensorflow
    from chargen.series.baselines import BASELINES
    from chargen.series.contest import contest, settings_as_options
    from chargen.series.intervals import least
    from chargen.series.masks import tell
    from chargen.series.metrics import MARGINS
    from chargen.series.settings import require_known

    name = None
    run = _run(app, source, options)
    if run is not None:
        panel, targets, name = run.panel, run.settings.forecast.targets, run.name
        chosen = settings_as_options(run.settings, given({key: options[key] for key in options if key not in READ}))
    else:
        panel, targets = open_panel(app, str(source), options)
        chosen = given(options)
    if missing := tell([series.values for series in panel]):
        app.ui.notice(missing)
    load_tensorflow(chosen.get("towers") or 2)
    with app.ui.fitting() as fitting:
        results = contest(
            require_known(panel),
            chosen,
            targets=targets,
            horizons=_horizons(horizons),
            baselines=tuple(BASELINES) if "all" in baseline else baseline or None,
            seeds=seeds,
            test=test,
            season=season,
            refit_every=refit_every,
            margins=[share / 100 for share in margin] or MARGINS,
            interval=interval,
            name=name,
            on_progress=fitting.progress,
            on_result=lambda result: fitting.done(f"{result.row.model}, {result.row.horizon} steps"),
        )
    rows = [result.row for result in results]
    if as_json:
        app.ui.result(json.dumps([row.figures() for row in rows], ensure_ascii=False, indent=1))
        return
    for steps in dict.fromkeys(row.horizon for row in rows if row.coverage is None):
        ahead = f"{steps} step{'s' if steps > 1 else ''} ahead"
        app.ui.notice(
            f"no intervals for {ahead}: --interval {interval:g} takes {least(interval)} forecasts of the validation "
            "part, which has room for fewer; give a smaller one, or a larger --validation"
        )
    origins = ", ".join(f"{row.origins} for {row.horizon}" for row in rows if row.model == rows[0].model)
    app.ui.notice(f"forecasts of the last {100 * test:g} %, nothing of it seen before; origins: {origins} steps ahead")
    tell_scores(app, rows, details)


def _run(app: App, source: str | None, options: dict[str, Any]) -> "SeriesRun | None":
    """Open the run that is meant; None where a series is."""
    from chargen.runs import Store
    from chargen.series.builtin import is_series
    from chargen.series.run import SeriesRun, load

    store = Store(app.checkpoints)
    if source is not None:
        there = is_series(source, app.corpora)
        if source not in store.names() or (there and store.open(source).header()["kind"] != SeriesRun.kind):
            return None
        if there and reads(options):
            return None
        if there:
            app.ui.notice(
                f"{source!r} is a run and a series: the run is taken, its settings and its values; to mean the series, "
                f"call the run otherwise: '{app.program} runs rename {source} NEW-NAME'"
            )
    if reads(options):
        raise click.UsageError("how a table is read matters with a SERIES only; a run keeps the values that it learnt")
    return load(source, app.checkpoints, app.ui.warn)


def _horizons(text: str | None) -> list[int] | None:
    if text is None:
        return None
    try:
        return [int(part) for part in text.split(",")]
    except ValueError as error:
        raise OptionError(f"--horizons is {text!r}; it takes whole numbers with commas, such as 1,12,36") from error
