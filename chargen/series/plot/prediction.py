"""The picture of a forecast: it goes on from what is known, its intervals are a fan."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from chargen.learning.plot import require_format, save
from chargen.series.plot.looks import COLOURS, counted, draw_line, label_axes, mark_parts, put_legend, put_title
from chargen.series.series import Panel, Series
from chargen.types import Floats

# Known rows that are drawn before a forecast, or three times its steps.
KNOWN = 60


def plot_prediction(
    known: Series | Panel, forecast: Series | Panel, path: Path, bands: Mapping[float, Floats] | None = None
) -> None:
    """Draw the end of what is known and the forecast that goes on from it, with its intervals as a fan.

    Args:
        known: The series; of several the first is drawn.
        forecast: The values that follow, of the same series; of several targets the first is drawn.
        path: As for `plot_all`.
        bands: By the share of truths that they are to cover the two ends of the intervals, (steps, 2); of the series
            and the target that are drawn. Where there are none the picture says so; None draws none.

    Raises:
        OptionError: Another ending.
        SaveError: The file system refuses.
    """
    require_format(path)
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    draw_prediction(axes, known, forecast, bands)
    if bands:
        put_legend(figure, axes)
    save(figure, path)


def draw_prediction(
    axes: Axes, known: Series | Panel, forecast: Series | Panel, bands: Mapping[float, Floats] | None = None
) -> None:
    """Draw what `plot_prediction` shows.

    Args:
        axes: Where it is drawn.
        known: As for `plot_prediction`.
        forecast: Likewise.
        bands: Likewise.
    """
    series = Panel.of(forecast).series[0]
    before = Panel.of(known).series[0].select(series.columns[:1])
    before = before[max(0, len(before) - max(KNOWN, 3 * len(series))) :]
    draw_line(axes, before.index, before.values[:, 0], color="black")
    ahead = before.index[-1:].append(series.index)
    join = ahead[:2]
    axes.plot(join.to_numpy(), [before.values[-1, 0], series.values[0, 0]], color=COLOURS[0])
    draw_line(axes, series.index, series.values[:, 0], color=COLOURS[0], label="forecast" if bands else None)
    mark_parts(axes, join, "known", "forecast")
    label_axes(axes, series)
    for share, ends in sorted((bands or {}).items()):
        low, high = np.concatenate([np.repeat(before.values[-1:, :1], 2, axis=1), ends]).T
        look: dict[str, Any] = {"color": _paler(share), "linewidth": 0, "zorder": 1.4 - share / 10}  # below the grid
        axes.fill_between(np.asarray(ahead), low, high, label=f"{100 * share:g} % interval", **look)
    told = f"{counted(len(series), series)} ahead"
    if bands:
        told += " with intervals"
    put_title(axes, forecast, told, [] if bands or bands is None else ["too little was held out for intervals"])


def _paler(share: float) -> tuple[float, float, float]:
    """The forecast's colour, the paler the more an interval covers."""
    red, green, blue = to_rgb(COLOURS[0])
    white = 0.3 + 0.6 * share**2
    return white + (1 - white) * red, white + (1 - white) * green, white + (1 - white) * blue
