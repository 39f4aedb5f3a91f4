"""`chargen forecast decompose`."""

import json
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chargen.cli.app import App, pass_app
from chargen.cli.forecast.options import is_table, open_panel, reading, writing

if TYPE_CHECKING:
    from chargen.series.decompose import Decomposition

# Series that are shown; all of them are written.
_SHOWN = 10
_HEADS = {
    "series": "series",
    "column": "column",
    "part": "part",
    "period": "period",
    "strength": "strength",
    "share": "share of variance",
    "first": "first",
    "last": "last",
    "minimum": "minimum",
    "maximum": "maximum",
}


@click.command()
@click.argument("series")
@click.option("--period", multiple=True, type=int, help="Steps in a season; repeatable.  [default: those found]")
@reading
@writing("parts")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@pass_app
def decompose(
    app: App, /, series: str, period: tuple[int, ...], outputs: tuple[Path, ...], as_json: bool, **options: Any
) -> None:
    """Take SERIES apart: trend, seasons or cycles, and what is irregular (STL; MSTL for several periods).

    Periods are found where none is given. A part's strength is 0 to 1; shares of variance need not sum to 1.

    \b
    Examples:
      chargen forecast decompose sunspots
      chargen forecast decompose sales.csv --target visitors --period 12 -o parts.csv -o parts.png
    """
    tables = [is_table(path, series) for path in outputs]
    from chargen.series import decompose as parting

    panel, _ = open_panel(app, series, options)
    columns = [one.select((column,)) for one in panel for column in one.columns]
    parts = (parting.decompose(column, period or None) for column in columns)
    made = list(parts if as_json or any(tables) else islice(parts, _SHOWN))
    for path, table in zip(outputs, tables, strict=True):
        if table:
            parting.side_by_side(made).to_csv(path)
        else:
            from chargen.series.plot import plot_decomposition

            plot_decomposition(made[0], panel, path)
        app.ui.notice(f"written: {path}")
    if as_json:
        rows = [_about(one) | {"periods": one.periods, "parts": one.rows()} for one in made]
        app.ui.result(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    shown = made[:_SHOWN]
    heads = dict(_HEADS)
    if len(panel) == 1:
        del heads["series"]
    if len(panel.columns) == 1:
        del heads["column"]
    app.ui.table(heads, [_about(one) | row for one in shown for row in one.rows()])
    if len(columns) > len(shown):
        app.ui.result(f"and {len(columns) - len(shown)} more")
    if not period:
        app.ui.result(_told([one.periods for one in shown]))


def _about(one: "Decomposition") -> dict[str, str]:
    return {"series": one.series.name, "column": one.series.columns[0]}


def _told(periods: list[tuple[int, ...]]) -> str:
    """Say which periods were found."""
    lacking = sum(not found for found in periods)
    if not lacking:
        found = sorted({period for several in periods for period in several})
        return f"periods found: {', '.join(map(str, found))} steps; to take others, give --period"
    where = "" if len(periods) == 1 else f" in {lacking} of {len(periods)}"
    return f"no period found{where}: trend and irregular alone; if you know one, give --period"
