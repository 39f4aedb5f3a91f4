"""`chargen forecast train`."""

from typing import Any

import click

from chargen.cli.app import App, pass_app
from chargen.cli.forecast.options import open_panel, reading, settings
from chargen.cli.options import given


@click.command()
@click.argument("series")
@reading
@click.option("-n", "--iterations", type=int, help="Iterations; each ends with a checkpoint.  [default: 25]")
@settings(saving=True)
@click.option("--test", type=float, help="Share of the series, from its end, to report only.")
@click.option("--name", help="The run's name.  [default: series-cell]")
@pass_app
def train(app: App, /, series: str, name: str | None, **options: Any) -> None:
    """Train a network to forecast SERIES: a table's path, sunspots, synthetic, or a table in the corpora folder.

    After each iteration comes a row of figures and a checkpoint; at the end the scores, beside baselines.

    \b
    Examples:
      chargen forecast train sunspots --cell gru --horizon 12
      chargen forecast train prices.csv --target Close --window 60 --horizon 5
    """
    from chargen.cli.forecast.learning import watch
    from chargen.series.learning import create

    panel, targets = open_panel(app, series, options)
    chosen = given(options)
    watch(app, create(panel, targets=targets, name=name, checkpoints=app.checkpoints, on_notice=app.ui.warn, **chosen))
