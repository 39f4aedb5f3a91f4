"""`chargen forecast predict`."""

import json
from pathlib import Path
from typing import Any

import click

from chargen.cli.app import App, pass_app
from chargen.cli.forecast.options import is_table, open_panel, reading, reads
from chargen.cli.options import Iteration
from chargen.errors import OptionError


@click.command()
@click.argument("run", required=False)
@click.option("--horizon", type=int, help="Steps ahead.  [default: as many as the run learnt]")
@click.option("--data", metavar="SERIES", help="Newer values to go on from, read as for train.")
@reading
@click.option("--model", metavar="NAME", help="Let a baseline forecast instead: linear, naive, seasonal-naive, ets…")
@click.option("--iteration", type=Iteration(), help="Whose network: best, last or N.  [default: best]")
@click.option(
    "--interval", type=float, metavar="SHARE", help="Ends between which this share of the truths lies, such as 0.9."
)
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write the forecast as CSV.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@pass_app
def predict(
    app: App,
    /,
    run: str | None,
    horizon: int | None,
    data: str | None,
    model: str | None,
    iteration: int | str | None,
    interval: float | None,
    output: Path | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Forecast what comes after the end of RUN's series, or of newer data; the most recent series run when left out.

    \b
    Examples:
      chargen forecast predict
      chargen forecast predict sales-gru --data newer.csv -o forecast.csv
      chargen forecast predict --model linear --interval 0.9
    """
    from chargen.series.chart import chart
    from chargen.series.run import load
    from chargen.series.series import show_row

    if data is None and reads(options):
        raise click.UsageError("how a table is read matters with --data SERIES only; give that too")
    if model is not None and iteration is not None:
        raise click.UsageError(f"--iteration chooses a network, and --model {model} has none; leave one of them out")
    if output is not None and not is_table(output, data):
        raise OptionError(
            f"--output is {str(output)!r}, and forecasts are written as .csv; draw them with 'chargen forecast plot "
            f"{f'{run} ' if run else ''}--kind ahead -o {output}'"
        )
    opened = load(run, app.checkpoints, app.ui.warn)
    newer = None if data is None else open_panel(app, data, options)[0]
    if model is None:
        forecasts = opened.predict(horizon, newer, iteration or "best", interval)
    else:
        forecasts = opened.predict_with(model, horizon, newer, interval)
    if output is not None:
        forecasts.to_csv(output)
        app.ui.notice(f"written: {output}")
    columns = forecasts.columns
    rows = [
        {"series": one.name, "date": show_row(date)} | dict(zip(columns, values.tolist(), strict=True))
        for one in forecasts
        for date, values in zip(one.index, one.values, strict=True)
    ]
    if as_json:
        app.ui.result(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    heads = {key: key for key in rows[0] if key != "series" or len(forecasts) > 1}
    app.ui.table(heads, rows)
    first, ahead = (newer or opened.panel).series[0], forecasts.series[0]
    app.ui.notice(chart(first.values[:, 0], ahead.values[:, 0], first.index.append(ahead.index)))
