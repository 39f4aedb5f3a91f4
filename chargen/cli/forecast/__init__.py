"""`chargen forecast`."""

import click

from chargen.cli.app import LazyGroup

COMMANDS = {
    name: f"chargen.cli.forecast.{name}"
    for name in (
        "data",
        "fetch",
        "train",
        "predict",
        "backtest",
        "impute",
        "plot",
        "decompose",
        "anomalies",
        "classify",
    )
}


@click.group(cls=LazyGroup, modules=COMMANDS)
def forecast() -> None:
    """Forecast time series with the cells that write text.

    \b
    Examples:
      chargen forecast train sunspots --cell gru --horizon 12
      chargen forecast predict
    """
