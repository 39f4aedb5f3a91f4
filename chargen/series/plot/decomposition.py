"""The picture of a series and the parts that it is taken apart into."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from chargen.learning.plot import require_format, save
from chargen.series.plot.looks import COLOURS, counted, draw_line, label_axes, put_title, short
from chargen.series.series import Panel, Series

if TYPE_CHECKING:
    from chargen.series.decompose import Decomposition  # statsmodels takes a second to load


def plot_decomposition(decomposition: "Decomposition", data: Series | Panel, path: Path) -> None:
    """Draw a series and its parts below each other, over the same dates.

    The grey bars at the right are equally high in the series' units: where one is tall beside its line, the part is
    small.

    Args:
        decomposition: The parts, of the first series of the data and its first column.
        data: What was taken apart, for the title.
        path: As for `plot_all`.

    Raises:
        OptionError: Another ending.
        SaveError: The file system refuses.
    """
    require_format(path)
    series = decomposition.series
    drawn = [decomposition.observed, *decomposition.parts.values()]
    figure = Figure(figsize=(10, 1 + 1.8 * len(drawn)), layout="constrained")
    panels = figure.subplots(len(drawn), sharex=True, height_ratios=[1.4] + [1] * (len(drawn) - 1))
    bar = min(float(np.ptp(values)) for values in drawn)
    told = ["trend", *(f"season of {counted(period, series)}" for period in decomposition.periods), "irregular"]
    labels = [short(series.columns[0]), *(label.replace(" of ", " of\n") for label in told)]
    colours = ["0.25", COLOURS[1], *COLOURS[:1] * (len(drawn) - 2)]
    for axes, values, label, colour in zip(panels, drawn, labels, colours, strict=True):
        label_axes(axes, series)
        draw_line(axes, series.index, values, color=colour, linewidth=1)
        axes.set_xlabel("")
        axes.set_ylabel(label)
        middle = (float(values.min()) + float(values.max())) / 2
        ends = [middle - bar / 2, middle + bar / 2]
        at = axes.get_yaxis_transform()
        axes.plot([1.012] * 2, ends, transform=at, color="0.7", linewidth=5, solid_capstyle="butt", clip_on=False)
    draw_line(panels[0], series.index, decomposition.trend, color=COLOURS[1], linewidth=1.8)
    panels[-1].axhline(0, color="0.4", linewidth=0.8)
    panels[-1].set_xlabel("date" if isinstance(series.index, pd.DatetimeIndex) else "step")
    put_title(panels[0], data, ", ".join(told), [])
    save(figure, path)
