"""`chargen forecast impute`."""

import json
from pathlib import Path
from typing import Any

import click

from chargen.cells import CELLS
from chargen.cli.app import App, pass_app
from chargen.cli.forecast.options import is_table, open_panel, reading
from chargen.cli.options import given

HEADS = {"column": "column", "steps": "gap, steps", "method": "method", "gaps": "gaps", "rmse": "RMSE", "mae": "MAE"}


@click.command()
@click.argument("series")
@reading
@click.option(
    "--method",
    default="auto",
    show_default=True,
    metavar="NAME",
    help="recurrent, linear, seasonal or last; auto: the best on the validation gaps nearest in length.",
)
@click.option("--block", type=int, default=10, show_default=True, help="Steps of the blocks that are scored.")
@click.option("--season", multiple=True, type=int, help="Steps in a season; repeatable.  [default: as known]")
@click.option("--window", type=int, help="Steps that the network reads at once.  [default: by gaps and seasons]")
@click.option("--cell", help=f"Recurrent cell: {', '.join(CELLS)}.  [default: gru]")
@click.option("--units", type=int, help="Size of each layer's state, each way.  [default: 64]")
@click.option("-n", "--iterations", type=int, help="Iterations.  [default: 40]")
@click.option("--random-seed", type=int, help="Where all chance comes from.  [default: 0]")
@click.option(
    "-o",
    "--output",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the filled series as CSV, or draw them: .png, .svg or .pdf; repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="The scores as JSON, for scripts.")
@pass_app
def impute(
    app: App,
    /,
    series: str,
    output: tuple[Path, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Fill the gaps of SERIES with a network that reads it from both ends, beside filling that learns nothing.

    Everyone is scored on gaps cut into what is known, single steps and blocks, that nobody has seen. Known values stay
    as they are.

    \b
    Examples:
      chargen forecast impute visitors.csv -o filled.csv
      chargen forecast impute visitors.csv --method linear -o filled.csv -o filled.png
    """
    for path in output:
        is_table(path, series)  # refuses what cannot be written before anything learns
    from chargen.cli.learning import load_tensorflow
    from chargen.series.impute import impute as fill
    from chargen.series.impute import verdict

    panel, _ = open_panel(app, series, options)
    if options["method"] in ("auto", "recurrent"):
        load_tensorflow(2)
    with app.ui.fitting() as fitting:
        made = fill(panel, on_progress=fitting.progress, **given(options))
    for path in output:
        made.write(path)
        app.ui.notice(f"written: {path}")
    for notice in made.notices:
        app.ui.notice(notice)
    if as_json:
        app.ui.result(json.dumps(made.figures(), ensure_ascii=False, indent=1))
        return
    heads = HEADS if len(panel.columns) > 1 else {key: head for key, head in HEADS.items() if key != "column"}
    if made.rows:
        app.ui.table(heads, [row.figures() for row in made.rows])
    for column, steps in made.chosen:
        rows = [row for row in made.rows if (row.column, row.steps) == (column, steps)]
        if len(rows) > 1:
            app.ui.result((f"{column}, " if len(panel.columns) > 1 else "") + verdict(rows))
