"""Pictures of a backtest: forecasts beside what came, learning curves, errors by step, hits by margin."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter
from numpy.typing import NDArray

from chargen.config import is_count, require
from chargen.errors import OptionError
from chargen.learning.plot import draw_learning, require_format, save
from chargen.runs import Line, best_iteration
from chargen.series.metrics import hit_rate, rmse
from chargen.series.plot.looks import (
    COLOURS,
    ROWS,
    TRUTH,
    counted,
    draw_line,
    label_axes,
    look_of,
    mark_parts,
    put_legend,
    put_title,
    short,
    unit_of,
)
from chargen.series.series import Panel, Series
from chargen.types import Floats

MARGINS = np.arange(1, 61) / 200  # 0.5 % to 30 %


@dataclass(frozen=True, eq=False)
class Scored:
    """A contestant's forecasts beside what came.

    Args:
        name: What legends call it.
        truth: float64 (forecasts, steps, targets), NaN where nothing is known.
        forecast: Of the same shape.
        starts: The first step of each forecast of the series that is drawn, as the series' index has it, in order.
            These forecasts come first; others after them (of the other series of a panel, of other seeds) count for
            errors and hits.
    """

    name: str
    truth: Floats
    forecast: Floats
    starts: "pd.Index[Any]"


@dataclass(frozen=True, eq=False)
class Pictures:
    """What a backtest is drawn from; of several series the first is shown, of several targets the first.

    Args:
        data: The series, its targets alone and in the order of the forecasts'.
        split: The first row that was forecast of the first series; 0 where all of it is.
        contestants: The forecasts, the model's first; all with the same steps.
        history: The model's line of each iteration; empty when nothing was trained.
        loss: What the loss in these lines is, with its unit.
        step: Which step of each forecast is shown beside the truth, from 1; the last when left out.
        part: What the part that was forecast is called.

    Raises:
        OptionError: The forecasts have no such step.
    """

    data: Series | Panel
    split: int
    contestants: Sequence[Scored]
    history: Sequence[Line] = ()
    loss: str = "loss"
    step: int | None = None
    part: str = "test part"

    def __post_init__(self) -> None:
        right = self.step is None or (is_count(self.step) and self.step <= self.steps)
        require(right, "--step", self.step, f"a whole number from 1 to {self.steps}")

    @property
    def steps(self) -> int:
        """Steps of each forecast."""
        return int(self.contestants[0].forecast.shape[1])

    def draw_forecasts(self, axes: Axes) -> None:
        """Draw the end of the training part and the test part, with what was forecast of it a number of steps before.

        Where there is but one forecast of the series, all of its steps are drawn.

        Args:
            axes: Where it is drawn.
        """
        series = Panel.of(self.data).series[0]
        last = min(len(series), self.split + ROWS)
        first = max(0, self.split - max((last - self.split) // 2, 10))
        draw_line(axes, series.index[first:last], series.values[first:last, 0], **TRUTH, label="truth")
        for number, scored in enumerate(self.contestants):
            places, forecast = self._shown(series, scored)
            drawn = np.flatnonzero(places < last)
            look = look_of(number, scored.name) | {"linewidth": 1.2, "zorder": 3 - number / 100}  # the model on top
            draw_line(axes, series.index[places[drawn]], forecast[drawn], **look)
        if self.split:
            mark_parts(axes, series.index[self.split - 1 : self.split + 1], "before", self.part)
        label_axes(axes, series)
        step = counted(self.step or self.steps, series)
        ahead = f"of {counted(self.steps, series)}" if self._single else f"{step} ahead"
        rows = len(series) - self.split
        cut = [f"the first {ROWS:,} of {rows:,} rows"] if rows > ROWS else []
        put_title(axes, self.data, f"truth and forecasts {ahead}", cut)

    def draw_learning(self, axes: Axes) -> None:
        """Draw the losses by iteration; on a logarithmic scale where they fall far.

        Args:
            axes: Where it is drawn.

        Raises:
            OptionError: There is no iteration.
        """
        if not self.history:
            raise OptionError("there are no learning curves where nothing was trained; take another --kind")
        axes.set_prop_cycle(color=COLOURS[:1] * 3, linestyle=("--", "-", ":"))
        draw_learning(axes, self.history, self.loss)
        losses = np.concatenate([np.asarray(line.get_ydata(), np.float64) for line in axes.lines])
        if np.nanmin(losses) > 0 and np.nanmax(losses) > 10 * np.nanmin(losses):
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axes.yaxis.set_minor_formatter(NullFormatter())
        axes.set_xlabel("iteration")
        held_out = any(line.get("validation_loss") is not None for line in self.history)
        best = f", best iteration {best_iteration(self.history)}" if held_out else ""
        axes.set_title(f"Learning curves{best}")

    def draw_errors(self, axes: Axes) -> None:
        """Draw the root mean squared error of each step.

        Args:
            axes: Where it is drawn.
        """
        steps = range(1, self.steps + 1)
        for number, scored in enumerate(self.contestants):
            at = [rmse(scored.truth[:, step - 1, :1], scored.forecast[:, step - 1, :1]) for step in steps]
            draw_line(axes, steps, np.array(at), **look_of(number, scored.name))
        axes.set_xlabel(f"{unit_of(self.data)}s ahead")
        axes.set_ylabel(f"RMSE, {short(self.data.columns[0])}")
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.grid(alpha=0.3)
        axes.set_title(f"Error by horizon{self._counted}")

    def draw_hits(self, axes: Axes) -> None:
        """Draw how many forecasts, of all steps, are as near to the truth as a margin asks.

        Args:
            axes: Where it is drawn.
        """
        for number, scored in enumerate(self.contestants):
            truth, forecast = scored.truth[..., :1], scored.forecast[..., :1]
            hits = [hit_rate(truth, forecast, margin) for margin in MARGINS]
            axes.plot(100 * MARGINS, 100 * np.array(hits), **look_of(number, scored.name))
        axes.set_xlabel("margin, % of the truth")
        target = f"\n{short(self.data.columns[0])}" if len(self.data.columns) > 1 else ""
        axes.set_ylabel(f"hits, % of forecasts{target}")
        axes.set_xlim(0, 30.5)
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3)
        axes.set_title(f"Hit rate by margin{self._counted}")

    @property
    def _counted(self) -> str:
        """What errors and hits are counted over, where it is more than what is shown."""
        series = len(Panel.of(self.data))
        return f", all {series:,} series" if series > 1 else ""

    @property
    def _single(self) -> bool:
        """Whether there is but one forecast of the series that is drawn."""
        return all(len(scored.starts) == 1 for scored in self.contestants)

    def _shown(self, series: Series, scored: Scored) -> tuple[NDArray[np.int64], Floats]:
        """The rows that a contestant's line goes through, and the forecasts of them."""
        starts = series.index.get_indexer(scored.starts)
        if self._single:
            return starts[0] + np.arange(self.steps), scored.forecast[0, :, 0]
        step = self.step or self.steps
        return starts + step - 1, scored.forecast[: len(starts), step - 1, 0]


KINDS: Mapping[str, Callable[[Pictures, Axes], None]] = {
    "forecasts": Pictures.draw_forecasts,
    "learning": Pictures.draw_learning,
    "errors": Pictures.draw_errors,
    "hits": Pictures.draw_hits,
}


def plot_all(pictures: Pictures, path: Path) -> None:
    """Draw everything into one picture; without learning curves where nothing was trained.

    Args:
        pictures: What is drawn.
        path: Where it goes; its ending, one of .png, .svg and .pdf, decides the format.

    Raises:
        OptionError: Another ending.
        SaveError: The file system refuses.
    """
    require_format(path)
    kinds = [kind for kind in KINDS if kind != "learning" or pictures.history]
    below = kinds[1:]
    figure = Figure(figsize=(12, 8), layout="constrained")
    rows: list[Any] = [kinds[:1] * len(below), below]
    panels = figure.subplot_mosaic(rows, height_ratios=(1.2, 1))
    for kind in kinds:
        KINDS[kind](pictures, panels[kind])
    put_legend(figure, panels[kinds[0]])
    save(figure, path)


def plot_one(pictures: Pictures, kind: str, path: Path) -> None:
    """Draw one kind of picture.

    Args:
        pictures: What is drawn.
        kind: One of KINDS.
        path: As for `plot_all`.

    Raises:
        OptionError: No such kind, another ending, or learning curves where nothing was trained.
        SaveError: The file system refuses.
    """
    require_format(path)
    require(kind in KINDS, "--kind", kind, f"one of {', '.join(KINDS)}")
    figure = Figure(figsize=(10 if kind == "forecasts" else 8, 5), layout="constrained")
    axes = figure.subplots()
    KINDS[kind](pictures, axes)
    if kind != "learning":
        put_legend(figure, axes)
    if kind != "forecasts":
        figure.suptitle(short(pictures.data.name))
    save(figure, path)
