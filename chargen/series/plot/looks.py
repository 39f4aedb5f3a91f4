"""How pictures of series look: their lines, colours, axes, legends and titles."""

from textwrap import fill
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from chargen.series.series import Panel, Series
from chargen.types import Floats

# Colours that the colour-blind tell apart (Okabe & Ito 2008), and line styles for those who print in grey; as the
# numbers of colours and styles have no common divisor, 28 contestants look different.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C510A")
STYLES = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (6, 1.5, 1, 1.5)))
TRUTH = {"color": "0.68", "linewidth": 2.4}
# Rows of the test part that are drawn: lines of more run into a band.
ROWS = 1000
# Points of a line up to which each is marked.
MARKED = 40
# Characters of a name; what is longer is cut.
NAME = 28
# What a step is called, by pandas' abbreviation without what follows a hyphen.
UNITS = {"h": "hour", "D": "day", "B": "weekday", "W": "week", "MS": "month", "ME": "month", "QS": "quarter"}
UNITS |= {"QE": "quarter", "YS": "year", "YE": "year"}


def draw_line(axes: Axes, index: Any, values: Floats, **look: Any) -> None:
    """Draw a line with gaps where values are missing; a value between two gaps is a dot, and a short line has dots.

    Args:
        axes: Where it is drawn.
        index: Dates or steps, (n,).
        values: float64 (n,), NaN where missing.
        look: Colour, width, label, as matplotlib names them.
    """
    known = np.isfinite(values)
    beside = np.concatenate([[False], known, [False]])
    alone = known & ~beside[:-2] & ~beside[2:]
    marked = np.flatnonzero(known if len(values) <= MARKED else alone).tolist()
    dot = "." if marked else ""
    axes.plot(np.asarray(index), np.where(known, values, np.nan), marker=dot, markevery=marked, **look)


def look_of(number: int, name: str) -> dict[str, Any]:
    """Tell how a contestant looks in every picture.

    Args:
        number: Its place among the contestants, from 0.
        name: What legends call it.

    Returns:
        Colour, line style and label, as matplotlib names them.
    """
    look = {"color": COLOURS[number % len(COLOURS)], "linestyle": STYLES[number % len(STYLES)]}
    return look | {"label": short(name.lstrip("_"))}  # matplotlib leaves labels with a leading _ out of legends


def mark_parts(axes: Axes, index: "pd.Index[Any]", before: str, after: str) -> None:
    """Draw the line that parts two neighbours, and name the parts above it.

    Args:
        axes: Where it is drawn.
        index: The neighbours, (2,).
        before: What the part on the left is called.
        after: What the part on the right is called.
    """
    left, right = index.to_numpy()[[0, -1]]
    where = left + (right - left) / 2
    axes.axvline(where, color="0.4", linewidth=1)
    for text, align in ((f"{before} ← ", "right"), (f" → {after}", "left")):
        at = axes.get_xaxis_transform()
        axes.text(where, 1.01, text, transform=at, ha=align, va="bottom", fontsize=9, color="0.3")


def label_axes(axes: Axes, series: Series) -> None:
    """Label the axes of a picture of the series itself.

    Args:
        axes: What is labelled.
        series: Its dates or steps are the horizontal axis, its first column the vertical one.
    """
    if isinstance(series.index, pd.DatetimeIndex):
        locator = AutoDateLocator()  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
        axes.set_xlabel("date")
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.set_xlabel("step")
    axes.set_ylabel(short(series.columns[0]))
    axes.margins(x=0.01)
    axes.grid(alpha=0.3)


def put_legend(figure: Figure, axes: Axes) -> None:
    """Put the legend of a picture below it, where it covers nothing.

    Args:
        figure: The picture.
        axes: Whose lines the legend names.
    """
    handles, labels = axes.get_legend_handles_labels()
    letters = 12 * figure.get_figwidth()  # an inch takes 12; the sample of a line takes 7
    sizes = [len(label) + 7 for label in labels]
    columns = len(labels) if sum(sizes) <= letters else int(letters / max(sizes))
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, frameon=False)


def put_title(axes: Axes, data: Series | Panel, told: str, notes: list[str]) -> None:
    """Name what is shown, and say what is not.

    Args:
        axes: What gets the title.
        data: Where what is shown comes from.
        told: What is shown of it.
        notes: What is left out besides other series and other targets.
    """
    panel = Panel.of(data)
    if len(panel.columns) > 1:
        notes = [f"target {short(panel.columns[0])} (first of {len(panel.columns)})", *notes]
    if len(panel) > 1:
        notes = [f"series {short(panel.series[0].name)} (first of {len(panel):,})", *notes]
    title = f"{short(panel.name)}: {told}" + (f"; {', '.join(notes)}" if notes else "")
    axes.set_title(fill(title, 80), pad=18)


def counted(steps: int, data: Series | Panel) -> str:
    """Count steps by what one is called.

    Args:
        steps: How many.
        data: The series, whose frequency names a step.

    Returns:
        Such as `3 months`.
    """
    return f"{steps} {unit_of(data)}{'s' if steps > 1 else ''}"


def unit_of(data: Series | Panel) -> str:
    """Tell what a step is called.

    Args:
        data: The series, whose frequency names it.

    Returns:
        Such as `month`; `step` where there is no better word.
    """
    return UNITS.get((data.frequency or "").split("-")[0], "step")


def short(name: str) -> str:
    """Make a name fit to be shown.

    Args:
        name: Any text.

    Returns:
        One line of NAME characters at most, its dollars escaped: they would start a formula.
    """
    name = " ".join(name.split())
    return (name if len(name) <= NAME else name[: NAME - 1] + "…").replace("$", r"\$")
