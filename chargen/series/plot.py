"""Pictures of the series wing: forecasts beside what came, learning curves, errors by step, hits by margin."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter
from numpy.typing import NDArray

from chargen.config import is_count, require
from chargen.errors import OptionError
from chargen.learning.plot import draw_learning, require_format, save
from chargen.runs import Line, best_iteration
from chargen.series.metrics import hit_rate, rmse
from chargen.series.series import Panel, Series
from chargen.types import Floats

if TYPE_CHECKING:
    from chargen.series.anomalies import Anomalies
    from chargen.series.decompose import Decomposition

# Colours that the colour-blind tell apart (Okabe & Ito 2008), and line styles for those who print in grey; as the
# numbers of colours and styles have no common divisor, 28 contestants look different.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#8C510A")
STYLES = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (6, 1.5, 1, 1.5)))
TRUTH = {"color": "0.68", "linewidth": 2.4}
MARGINS = np.arange(1, 61) / 200  # 0.5 % to 30 %
# Rows of the test part that are drawn: lines of more run into a band.
ROWS = 1000
# Known rows that are drawn before a forecast, or three times its steps.
KNOWN = 60
# Points of a line up to which each is marked.
MARKED = 40
# Characters of a name; what is longer is cut.
NAME = 28
# What a step is called, by pandas' abbreviation without what follows a hyphen.
UNITS = {"h": "hour", "D": "day", "B": "weekday", "W": "week", "MS": "month", "ME": "month", "QS": "quarter"}
UNITS |= {"QE": "quarter", "YS": "year", "YE": "year"}


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
        _line(axes, series.index[first:last], series.values[first:last, 0], **TRUTH, label="truth")
        for number, scored in enumerate(self.contestants):
            places, forecast = self._shown(series, scored)
            drawn = np.flatnonzero(places < last)
            look = _look(number, scored.name) | {"linewidth": 1.2, "zorder": 3 - number / 100}  # the model on top
            _line(axes, series.index[places[drawn]], forecast[drawn], **look)
        if self.split:
            _mark(axes, series.index[self.split - 1 : self.split + 1], "before", self.part)
        _dress(axes, series)
        step = _count(self.step or self.steps, series)
        ahead = f"of {_count(self.steps, series)}" if self._single else f"{step} ahead"
        rows = len(series) - self.split
        cut = [f"the first {ROWS:,} of {rows:,} rows"] if rows > ROWS else []
        _title(axes, self.data, f"truth and forecasts {ahead}", cut)

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
            _line(axes, steps, np.array(at), **_look(number, scored.name))
        axes.set_xlabel(f"{_unit(self.data)}s ahead")
        axes.set_ylabel(f"RMSE, {_short(self.data.columns[0])}")
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
            axes.plot(100 * MARGINS, 100 * np.array(hits), **_look(number, scored.name))
        axes.set_xlabel("margin, % of the truth")
        target = f"\n{_short(self.data.columns[0])}" if len(self.data.columns) > 1 else ""
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
    _legend(figure, panels[kinds[0]])
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
        _legend(figure, axes)
    if kind != "forecasts":
        figure.suptitle(_short(pictures.data.name))
    save(figure, path)


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
    told = ["trend", *(f"season of {_count(period, series)}" for period in decomposition.periods), "irregular"]
    labels = [_short(series.columns[0]), *(label.replace(" of ", " of\n") for label in told)]
    colours = ["0.25", COLOURS[1], *COLOURS[:1] * (len(drawn) - 2)]
    for axes, values, label, colour in zip(panels, drawn, labels, colours, strict=True):
        _dress(axes, series)
        _line(axes, series.index, values, color=colour, linewidth=1)
        axes.set_xlabel("")
        axes.set_ylabel(label)
        middle = (float(values.min()) + float(values.max())) / 2
        ends = [middle - bar / 2, middle + bar / 2]
        at = axes.get_yaxis_transform()
        axes.plot([1.012] * 2, ends, transform=at, color="0.7", linewidth=5, solid_capstyle="butt", clip_on=False)
    _line(panels[0], series.index, decomposition.trend, color=COLOURS[1], linewidth=1.8)
    panels[-1].axhline(0, color="0.4", linewidth=0.8)
    panels[-1].set_xlabel("date" if isinstance(series.index, pd.DatetimeIndex) else "step")
    _title(panels[0], data, ", ".join(told), [])
    save(figure, path)


def plot_anomalies(anomalies: "Anomalies", path: Path) -> None:
    """Draw values, forecasts of them with the range that raises no alarm, and the alarms.

    Args:
        anomalies: What was scored; of several series and targets the first is drawn, and its last ROWS values.
        path: As for `plot_all`.

    Raises:
        OptionError: Another ending.
        SaveError: The file system refuses.
    """
    require_format(path)
    whole, (scores, _) = anomalies.panel.series[0], anomalies.scores
    first = max(0, len(whole) - ROWS)
    series, rows = whole[first:], slice(first, len(whole))
    values, forecast, alarm = series.values[:, 0], scores.forecast[rows, 0], scores.alarm[rows, 0]
    figure = Figure(figsize=(10, 5), layout="constrained")
    axes = figure.subplots()
    low, high = forecast - scores.radius[0], forecast + scores.radius[0]
    held = f"{100 * anomalies.rate:.3g} % of errors are beyond"
    axes.fill_between(series.index.to_numpy(), low, high, color=COLOURS[0], alpha=0.18, linewidth=0, label=held)
    _line(axes, series.index, values, color="0.25", linewidth=1.2, label="values")
    told = f"{_short(scores.name)}, a {_unit(series)} before"
    _line(axes, series.index, forecast, color=COLOURS[0], linewidth=0.9, label=told)
    look: dict[str, Any] = {"color": COLOURS[1], "linestyle": "", "marker": "o", "fillstyle": "none", "markersize": 9}
    axes.plot(series.index.to_numpy()[alarm], values[alarm], **look, markeredgewidth=1.8, label="alarms")
    _dress(axes, series)
    count, chance = int(alarm.sum()), anomalies.rate * len(series)
    cut = [f"the last {ROWS:,} of {len(whole):,} values"] if first else []
    _title(axes, anomalies.panel, f"{count} alarm{'s' * (count != 1)}, {chance:.3g} expected by chance", cut)
    _legend(figure, axes)
    save(figure, path)


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
    series = Panel.of(forecast).series[0]
    before = Panel.of(known).series[0].select(series.columns[:1])
    before = before[max(0, len(before) - max(KNOWN, 3 * len(series))) :]
    _line(axes, before.index, before.values[:, 0], color="black")
    ahead = before.index[-1:].append(series.index)
    join = ahead[:2]
    axes.plot(join.to_numpy(), [before.values[-1, 0], series.values[0, 0]], color=COLOURS[0])
    _line(axes, series.index, series.values[:, 0], color=COLOURS[0], label="forecast" if bands else None)
    _mark(axes, join, "known", "forecast")
    _dress(axes, series)
    for share, ends in sorted((bands or {}).items()):
        low, high = np.concatenate([np.repeat(before.values[-1:, :1], 2, axis=1), ends]).T
        look: dict[str, Any] = {"color": _paler(share), "linewidth": 0, "zorder": 1.4 - share / 10}  # below the grid
        axes.fill_between(np.asarray(ahead), low, high, label=f"{100 * share:g} % interval", **look)
    told = f"{_count(len(series), series)} ahead"
    if bands:
        told += " with intervals"
        _legend(figure, axes)
    _title(axes, forecast, told, [] if bands or bands is None else ["too little was held out for intervals"])
    save(figure, path)


def plot_imputation(known: Series | Panel, filled: Series | Panel, path: Path) -> None:
    """Draw a series, and what its gaps are filled with.

    Args:
        known: The series, NaN where missing; of several the first with gaps is drawn, of several columns the first.
        filled: The same, nothing missing.
        path: As for `plot_all`.

    Raises:
        OptionError: Another ending.
        SaveError: The file system refuses.
    """
    require_format(path)
    whole = Panel.of(known)
    pairs = list(zip(whole, Panel.of(filled), strict=True))
    holed = [pair for pair in pairs if np.isnan(pair[0].values).any()]
    before, after = (holed or pairs)[0]
    place = int(np.argmax(np.isnan(before.values).any(axis=0)))  # the first column with gaps
    missing = np.flatnonzero(np.isnan(before.values[:, place]))
    # From ROWS on a line is a band: what is shown is around the first gap.
    first = max(0, min(int(missing[0]) - ROWS // 4, len(before) - ROWS)) if len(missing) else 0
    notes = [f"series {_short(before.name)} (of {len(whole):,})"] if len(whole) > 1 else []
    notes += [f"column {_short(before.columns[place])} (of {len(before.columns)})"] if len(before.columns) > 1 else []
    notes += [f"{ROWS:,} of {len(before):,} rows"] if len(before) > ROWS else []
    before, after = before[first : first + ROWS], after[first : first + ROWS]
    missing = np.isnan(before.values[:, place])
    beside = missing.copy()  # a gap's line begins and ends at what is known
    beside[1:] |= missing[:-1]
    beside[:-1] |= missing[1:]
    figure = Figure(figsize=(10, 5), layout="constrained")
    axes = figure.subplots()
    _line(axes, before.index, before.values[:, place], **TRUTH, label="known")
    line = np.where(beside, after.values[:, place], np.nan)
    _line(axes, after.index, line, color=COLOURS[1], linewidth=1.2)
    dots = np.where(missing, after.values[:, place], np.nan)
    axes.plot(np.asarray(after.index), dots, ".", color=COLOURS[1], markersize=4, label="filled")
    _dress(axes, before)
    axes.set_ylabel(_short(before.columns[place]))
    count = int(missing.sum())
    one = Panel((before.select(before.columns[place : place + 1]),), whole.name)
    _title(axes, one, f"{count:,} value{'s' * (count != 1)} filled", notes)
    _legend(figure, axes)
    save(figure, path)


def _line(axes: Axes, index: Any, values: Floats, **look: Any) -> None:
    """Draw a line with gaps where values are missing; a value between two gaps is a dot, and a short line has dots."""
    known = np.isfinite(values)
    beside = np.concatenate([[False], known, [False]])
    alone = known & ~beside[:-2] & ~beside[2:]
    marked = np.flatnonzero(known if len(values) <= MARKED else alone).tolist()
    dot = "." if marked else ""
    axes.plot(np.asarray(index), np.where(known, values, np.nan), marker=dot, markevery=marked, **look)


def _look(number: int, name: str) -> dict[str, Any]:
    """How the contestant of this number looks in every picture."""
    look = {"color": COLOURS[number % len(COLOURS)], "linestyle": STYLES[number % len(STYLES)]}
    return look | {"label": _short(name.lstrip("_"))}  # matplotlib leaves labels with a leading _ out of legends


def _paler(share: float) -> tuple[float, float, float]:
    """The forecast's colour, the paler the more an interval covers."""
    red, green, blue = to_rgb(COLOURS[0])
    white = 0.3 + 0.6 * share**2
    return white + (1 - white) * red, white + (1 - white) * green, white + (1 - white) * blue


def _mark(axes: Axes, index: "pd.Index[Any]", before: str, after: str) -> None:
    """Draw the line that parts two neighbours, and name the parts above it."""
    left, right = index.to_numpy()[[0, -1]]
    where = left + (right - left) / 2
    axes.axvline(where, color="0.4", linewidth=1)
    for text, align in ((f"{before} ← ", "right"), (f" → {after}", "left")):
        at = axes.get_xaxis_transform()
        axes.text(where, 1.01, text, transform=at, ha=align, va="bottom", fontsize=9, color="0.3")


def _dress(axes: Axes, series: Series) -> None:
    """Label the axes of a picture of the series itself."""
    if isinstance(series.index, pd.DatetimeIndex):
        locator = AutoDateLocator()  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
        axes.set_xlabel("date")
    else:
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        axes.set_xlabel("step")
    axes.set_ylabel(_short(series.columns[0]))
    axes.margins(x=0.01)
    axes.grid(alpha=0.3)


def _legend(figure: Figure, axes: Axes) -> None:
    """Put the legend of a picture below it, where it covers nothing."""
    handles, labels = axes.get_legend_handles_labels()
    letters = 12 * figure.get_figwidth()  # an inch takes 12; the sample of a line takes 7
    sizes = [len(label) + 7 for label in labels]
    columns = len(labels) if sum(sizes) <= letters else int(letters / max(sizes))
    figure.legend(handles, labels, loc="outside lower center", ncols=columns, frameon=False)


def _title(axes: Axes, data: Series | Panel, told: str, notes: list[str]) -> None:
    """Name what is shown, and say what is not."""
    panel = Panel.of(data)
    if len(panel.columns) > 1:
        notes = [f"target {_short(panel.columns[0])} (first of {len(panel.columns)})", *notes]
    if len(panel) > 1:
        notes = [f"series {_short(panel.series[0].name)} (first of {len(panel):,})", *notes]
    title = f"{_short(panel.name)}: {told}" + (f"; {', '.join(notes)}" if notes else "")
    axes.set_title(fill(title, 80), pad=18)


def _count(steps: int, data: Series | Panel) -> str:
    return f"{steps} {_unit(data)}{'s' if steps > 1 else ''}"


def _unit(data: Series | Panel) -> str:
    """What a step is called."""
    return UNITS.get((data.frequency or "").split("-")[0], "step")


def _short(name: str) -> str:
    """Make a name fit to be shown: one line, not long, no dollar that would start a formula."""
    name = " ".join(name.split())
    return (name if len(name) <= NAME else name[: NAME - 1] + "…").replace("$", r"\$")
