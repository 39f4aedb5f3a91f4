"""`chargen forecast data`."""

import json
from pathlib import Path
from typing import Any

import click
import numpy as np

from chargen.cli.app import App, pass_app
from chargen.cli.forecast.options import open_panel, reading, reads

# Series of a panel that are listed.
_SHOWN = 10


@click.command()
@click.argument("series", required=False)
@reading
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write it as CSV.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@pass_app
def data(app: App, /, series: str | None, output: Path | None, as_json: bool, **options: Any) -> None:
    """Show how SERIES is read: a table's path, sunspots, synthetic, or a table in the corpora folder.

    Without SERIES, list those that have a name.

    \b
    Examples:
      chargen forecast data
      chargen forecast data sunspots
      chargen forecast data prices.csv --target Close --start 2010
    """
    from chargen.series.builtin import listing
    from chargen.series.chart import chart
    from chargen.series.seasons import seasons
    from chargen.series.series import show_row

    if series is None:
        if output is not None or reads(options):
            raise click.UsageError("how a table is read or written matters with a SERIES only; give that too")
        named = listing(app.corpora)
        if as_json:
            app.ui.result(json.dumps(named, ensure_ascii=False, indent=1))
        else:
            app.ui.table({key: key for key in named[0]}, named)
            app.ui.notice("any other table is read by its path: 'chargen forecast data prices.csv'")
        return
    panel, _ = open_panel(app, series, options)
    rows = [
        {
            "series": one.name,
            "column": column,
            "steps": len(one),
            "first": show_row(one.index[0]),
            "last": show_row(one.index[-1]),
            "missing": int(np.isnan(values).sum()),
            "minimum": _figure(np.nanmin, values),
            "mean": _figure(np.nanmean, values),
            "maximum": _figure(np.nanmax, values),
        }
        for one in panel.series
        for column, values in zip(one.columns, one.values.T, strict=True)
    ]
    about = {"frequency": panel.frequency, "seasons": list(seasons(panel))}
    if output is not None:
        panel.to_csv(output)
        app.ui.notice(f"written: {output}")
    if as_json:
        app.ui.result(json.dumps({"name": panel.name, **about, "series": rows}, ensure_ascii=False, indent=1))
        return
    app.ui.table({key: key for key in rows[0]}, rows[:_SHOWN])
    if len(rows) > _SHOWN:
        app.ui.result(f"and {len(rows) - _SHOWN} more")
    known = ", ".join(map(str, seasons(panel))) or "none known"
    app.ui.result(f"frequency: {panel.frequency or 'numbered rows'}; seasons: {known}")
    first = panel.series[0]
    app.ui.result(chart(first.values[:, 0], index=first.index))


def _figure(function: Any, values: "np.typing.NDArray[np.float64]") -> float | None:
    return None if np.isnan(values).all() else float(function(values))
