"""`chargen forecast`."""

import click

from chargen.cli.app import LazyGroup

NAMES = ("data", "fetch", "train", "predict", "backtest", "plot", "decompose", "anomalies")
COMMANDS = {name: f"chargen.cli.forecast.{name}" for name in NAMES}


@click.group(cls=LazyGroup, modules=COMMANDS)
def forecast() -> None:
    """Forecast time series with the cells that write text.

    \b
    Examples:
      chargen forecast train sunspots --cell gru --horizon 12
      chargen forecast predict
    """
