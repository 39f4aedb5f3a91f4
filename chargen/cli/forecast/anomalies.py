"""`chargen forecast anomalies`."""

import json
from pathlib import Path
from typing import Any

import click

from chargen.cli.app import App, pass_app
from chargen.cli.forecast.options import is_table, open_panel, reading, reads, writing
from chargen.cli.options import Iteration

# Alarms that are shown; all of them are written.
_SHOWN = 30
_HEADS = {
    "model": "model",
    "target": "target",
    "scored": "values",
    "alarms": "alarms",
    "by_chance": "expected by chance",
    "radius": "alarm beyond an error of",
}


@click.command()
@click.argument("run", required=False)
@click.option("--data", metavar="SERIES", help="Newer values to score, read as for train.  [default: RUN's test part]")
@reading
@click.option(
    "--false-alarms", type=float, default=0.01, show_default=True, help="Share of ordinary values that raise an alarm."
)
@click.option("--iteration", type=Iteration(), help="Whose network: best, last or N.  [default: best]")
@writing("values")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts: counts, and every alarm.")
@pass_app
def anomalies(
    app: App,
    /,
    run: str | None,
    data: str | None,
    false_alarms: float,
    iteration: int | str | None,
    outputs: tuple[Path, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Find values that RUN did not expect a step before; the most recent series run when left out.

    An alarm is an error as large as hardly any in the validation part, which is never scored itself.

    \b
    Examples:
      chargen forecast anomalies
      chargen forecast anomalies sales-gru --data newer.csv --false-alarms 0.001 -o scores.csv -o scores.png
    """
    tables = [is_table(path, data) for path in outputs]
    from chargen.series.anomalies import anomalies as score
    from chargen.series.run import load

    if data is None and reads(options):
        raise click.UsageError("how a table is read matters with --data SERIES only; give that too")
    opened = load(run, app.checkpoints, app.ui.warn)
    newer = None if data is None else open_panel(app, data, options)[0]
    found = score(opened, newer, false_alarms, iteration or "best")
    for path, table in zip(outputs, tables, strict=True):
        if table:
            found.to_panel().to_csv(path)
        else:
            from chargen.series.plot import plot_anomalies

            plot_anomalies(found, path)
        app.ui.notice(f"written: {path}")
    alarms = found.alarms()
    if as_json:
        about = {"scored": found.part, "calibrated": found.calibrated, "false_alarms": found.rate}
        app.ui.result(json.dumps(about | {"summary": found.summary(), "alarms": alarms}, ensure_ascii=False, indent=1))
        return
    several = {"series": len(found.panel) > 1, "target": len(found.panel.columns) > 1}
    if alarms:
        app.ui.table({key: key for key in alarms[0] if several.get(key, True)}, alarms[:_SHOWN])
    if len(alarms) > _SHOWN:
        app.ui.result(f"and {len(alarms) - _SHOWN} more: -o alarms.csv writes all")
    heads = {key: head for key, head in _HEADS.items() if several.get(key, True)}
    app.ui.table(heads, found.summary())
    app.ui.result(
        f"{found.part}, one step ahead, measured by {found.calibrated} errors of the validation part: where errors are "
        f"like those, {100 * found.rate:.3g} % of values raise a false alarm"
    )
