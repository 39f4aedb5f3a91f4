"""The options of forecasting: the defaults that their help tells are those that hold."""

import click
import pandas as pd
import pytest

from chargen.cli.forecast.backtest import backtest
from chargen.cli.forecast.train import train
from chargen.series.series import Panel
from chargen.series.settings import default, settle

# Told in words: a test below shows that they hold.
IN_WORDS = {
    "window": "the longest known season, 24 at least; less for short series",
    "scaler": "auto, chosen on validation",
    "ridge": "chosen on validation",
    "minimum": "0 if the training part is not below 0",
    "schedule_iterations": "--iterations",
    "learning_rate": "0.003 adam, 0.001 rmsprop, 0.5 sgd, 0.5 nesterov",
}
OPTIONS = {option.name: option for option in train.params if isinstance(option, click.Option)}
# How a table is read, and what a run is called: no settings.
OTHERS = ("target", "column", "date_column", "id_column", "start", "end", "date_format", "decimal", "name")


@pytest.mark.parametrize("name", [name for name in OPTIONS if name not in OTHERS])
def test_the_default_that_help_tells_is_the_one_that_holds(name: str) -> None:
    _, _, told = (OPTIONS[name].help or "").rstrip("]").partition("  [default: ")
    if name in IN_WORDS:
        assert told == IN_WORDS[name]
    elif told:
        assert told == str(default(name))
    else:
        assert default(name) in (None, 0)


def test_the_same_options_and_defaults_for_backtest() -> None:
    others = {option.name: option for option in backtest.params if isinstance(option, click.Option)}
    for name in set(OPTIONS) & set(others) - {"test", "iterations"}:
        assert others[name].help == OPTIONS[name].help


def test_defaults_in_words() -> None:
    months = Panel.of(pd.Series(range(3000), pd.date_range("1749", periods=3000, freq="MS"), name="sunspots"))
    chosen = settle({}, months)
    assert (chosen.forecast.window, chosen.chosen) == (132, ("scaler", "ridge", "minimum"))
    assert chosen.forecast.minimum == 0
    assert settle({}, Panel.of(list(range(-1, 200)))).forecast.minimum is None
    assert settle({"linear": "none"}, months).chosen == ("scaler", "minimum")
    assert chosen.training.schedule_iterations == chosen.training.iterations
    assert settle({}, Panel.of(list(range(200)))).forecast.window == 24
    assert settle({"horizon": 3}, Panel.of(list(range(60)))).forecast.window == 14


@pytest.mark.parametrize(("optimizer", "rate"), [(None, 0.003), ("adam", 0.003), ("rmsprop", 0.001), ("sgd", 0.5)])
def test_step_sizes(optimizer: str | None, rate: float) -> None:
    settings = settle(
        {"optimizer": optimizer, "window": 10, "scaler": "none", "ridge": 1.0}, Panel.of(list(range(200)))
    )
    assert settings.training.learning_rate == rate
