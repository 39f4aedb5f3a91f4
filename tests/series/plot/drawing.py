"""What the tests of pictures draw, and how they read what was drawn."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from chargen.series.plot import Pictures, Scored
from chargen.series.series import Series

HISTORY = [{"iteration": number, "loss": 1 / number, "validation_loss": 2 / number} for number in (1, 2, 3)]
TEN: NDArray[np.float64] = np.arange(10.0) ** 2


def numbered(values: Any, name: str = "walk", columns: tuple[str, ...] = ("value",)) -> Series:
    values = np.asarray(values, np.float64).reshape(-1, len(columns))
    return Series(values, pd.RangeIndex(len(values)), columns, None, name)


def scored(series: Series, name: str, origins: list[int], steps: int, error: float) -> Scored:
    """A contestant that is wrong by the same everywhere."""
    truth = np.stack([series.values[origin : origin + steps] for origin in origins])
    return Scored(name, truth, truth + error, series.index[origins])


def pictures(series: Series, split: int = 6, steps: int = 2, **options: Any) -> Pictures:
    origins = list(range(split, len(series) - steps + 1))
    errors = {"model": 1.0, "naive": 2.0, "linear": -3.0}
    contestants = [scored(series, name, origins, steps, error) for name, error in errors.items()]
    return Pictures(series, split, contestants, HISTORY, "loss, squared", **options)


def axes_of(draw: Any) -> Axes:
    axes = Figure().subplots()
    draw(axes)
    return axes


def points(line: Line2D) -> tuple[list[float], list[float]]:
    return np.asarray(line.get_xdata()).tolist(), np.asarray(line.get_ydata(), np.float64).tolist()


def labelled(axes: Axes) -> dict[str, Line2D]:
    return {str(line.get_label()): line for line in axes.lines if not str(line.get_label()).startswith("_")}
