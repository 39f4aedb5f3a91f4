"""Gaps of series filled, and how well: on gaps cut into what is known, a network beside what learns nothing."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from operator import gt
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from chargen.config import is_count, is_whole, require
from chargen.errors import OptionError, SeriesError
from chargen.series.filling import last, linear, seasonal
from chargen.series.gaps import HeldOut, gaps, hold_out, without
from chargen.series.metrics import SIGNIFICANT, mae, rmse, sign_test
from chargen.series.seasons import seasons
from chargen.series.series import Panel, PanelLike
from chargen.series.settings import require_squares
from chargen.types import Floats

if TYPE_CHECKING:
    from chargen.series.reconstruction import Reconstruction
    from chargen.trainer import Progress

# Fills series, each (n, features).
Fill: TypeAlias = Callable[[Sequence[Floats]], list[Floats]]

AUTO, RECURRENT, LINEAR, SEASONAL, LAST = METHODS = ("auto", "recurrent", "linear", "seasonal", "last")
BLOCK = 10
# Options that a network that fills gaps has in common with one that forecasts.
SHARED = (
    "cell",
    "units",
    "layers",
    "activation",
    "dropout",
    "recurrent_dropout",
    "iterations",
    "patience",
    "random_seed",
)
# Gaps of each length that choose the network's best iteration, at most.
_MOST_CHOOSING = 128


@dataclass(frozen=True)
class Row:
    """How one method filled the held-out gaps of a length in one column: in the column's units.

    Args:
        column: The column.
        steps: Steps of each gap.
        method: What filled them; a seasonal one with its season, such as seasonal-12.
        gaps: How many.
        rmse: Root of the mean squared error over all their values.
        mae: Mean absolute error.
        squares: Mean squared error of each gap, in an order that all methods share.
    """

    column: str
    steps: int
    method: str
    gaps: int
    rmse: float
    mae: float
    squares: tuple[float, ...]

    def figures(self) -> dict[str, Any]:
        """Make a row of a table, without what each gap has."""
        return {key: value for key, value in asdict(self).items() if key != "squares"}


@dataclass(frozen=True, eq=False)
class Imputation:
    """Series without gaps, and how well such gaps are filled.

    Args:
        known: The series, NaN where missing.
        filled: The series; what is known is as it was.
        rows: Figures on the test gaps, which chose nothing, by column, length and method.
        validation: The same on the validation gaps, which chose.
        chosen: The method that was best on the validation gaps, or was asked for, by column and steps of a gap.
        count: How many missing values each method filled.
        notices: What was held out and what was filled, a line each.
    """

    known: Panel
    filled: Panel
    rows: tuple[Row, ...]
    validation: tuple[Row, ...]
    chosen: Mapping[tuple[str, int], str]
    count: Mapping[str, int]
    notices: tuple[str, ...]

    def figures(self) -> dict[str, Any]:
        """Make a document of it, without the series."""
        chosen = [{"column": column, "steps": steps, "method": name} for (column, steps), name in self.chosen.items()]
        rows = {"test": self.rows, "validation": self.validation}
        scores = {part: [row.figures() for row in found] for part, found in rows.items()}
        return {"name": self.known.name, **scores, "chosen": chosen, "filled": dict(self.count)}

    def write(self, path: Path) -> None:
        """Write the filled series: as a picture, its gaps marked, or as a table.

        Args:
            path: Where; .csv is a table, .png, .svg and .pdf are pictures.

        Raises:
            OptionError: Another ending.
            SeriesError: The table cannot be written.
            SaveError: The picture cannot be written.
        """
        if path.suffix.lower() == ".csv":
            self.filled.to_csv(path)
            return
        from chargen.series.plot import plot_imputation  # matplotlib takes a second to load

        plot_imputation(self.known, self.filled, path)


def impute(
    data: PanelLike,
    *,
    method: str = AUTO,
    block: int = BLOCK,
    season: Sequence[int] = (),
    window: int | None = None,
    on_progress: "Callable[[Progress], None] | None" = None,
    **options: Any,
) -> Imputation:
    """Fill the gaps of series, and score it on gaps cut into what is known: single steps and blocks.

    Held-out gaps are cut before anything is fitted; no method sees or learns what stands in them. Those of the
    validation part choose the network's best iteration and, for each column and length, the method; those of the
    test part are scored. Then the gaps that were there from the start are filled from everything that is known, by
    what was learnt without the held-out values.

    Args:
        data: A Series, a pandas Series or DataFrame, a list of numbers, or several of these; NaN where missing.
        method: `auto`, the best on the validation gaps nearest in length to a gap; `recurrent`; or one that learns
            nothing: `linear`, `seasonal`, `last`. Then no network takes part.
        block: Steps of the blocks that are scored.
        season: Steps in a season; as known from the frequency when left out.
        window: Steps that the network reads at once; chosen when left out.
        on_progress: Called several times a second while the network learns.
        **options: The network's: cell, units, layers, iterations, patience, random_seed and so on.

    Returns:
        What came of it.

    Raises:
        OptionError: An option makes no sense.
        SeriesError: Too little is known for a network to learn and be scored, or a column has no value.
        TrainingError: The loss is no longer a number.
    """
    panel = _require_values(require_squares(Panel.of(data)))
    require(method in METHODS, "--method", method, f"one of {', '.join(METHODS)}")
    seed = options.get("random_seed") or 0
    require(is_whole(seed), "--random-seed", seed, "a whole number from 0 up")
    values = [series.values for series in panel]
    fills = _baselines(panel, season, method)
    held = _hold_out(values, block, seed, method)
    cut = [gap for part in (held.validation, held.test) for kind in part.values() for gap in kind]
    learnable = without(values, cut)
    longest = math.inf
    if method in (AUTO, RECURRENT):
        network = _learn(panel, learnable, held, block, season, window, on_progress, options)
        fills = {RECURRENT: network.fill} | fills
        longest = network.longest
    validation, test = _score(panel.columns, values, learnable, fills, held)
    allowed = [name for name in fills if method in (AUTO, name) or name.startswith(f"{method}-")]
    orders = {
        key: _order(key, validation, allowed) for key in dict.fromkeys((row.column, row.steps) for row in validation)
    }
    chosen = {key: order[0] for key, order in orders.items()}
    unscored = [*(name for name in allowed if method != AUTO), LINEAR]
    filled, count, beyond = _fill(panel, fills, orders, unscored, longest)
    notices = (*_tell(panel, held, count, allowed), *_tell_beyond(beyond, longest))
    return Imputation(panel, filled, test, validation, chosen, count, notices)


def verdict(rows: Sequence[Row]) -> str:
    """Say in a line who fills gaps of one length in one column best.

    Args:
        rows: Of this column and length.

    Returns:
        A plain sentence; the better one's error is so many per cent below the other's. Where a sign test over the gaps
        says that chance may have made the difference, so does it.
    """
    by_name = {row.method: row for row in rows}
    ours = by_name.pop(RECURRENT if RECURRENT in by_name else min(by_name, key=lambda name: by_name[name].rmse))
    best = min(by_name.values(), key=lambda row: row.rmse)
    less, more = sorted((ours, best), key=lambda row: row.rmse)
    share = 0.0 if less.rmse == more.rmse else 1 - less.rmse / more.rmse
    gaps_of = "single steps" if ours.steps == 1 else f"blocks of {ours.steps}"
    if share < 0.005:
        return f"{gaps_of}: {ours.method} and {best.method} are equally good"
    wins, losses = (sum(map(gt, *pair)) for pair in ((more.squares, less.squares), (less.squares, more.squares)))
    chance = sign_test(wins, losses)
    by = f"{less.method} is {{}} {more.method} by {100 * share:.0f} %"
    if wins <= losses or chance >= SIGNIFICANT:
        told = f"closer in {wins} of {less.gaps} gap{'s' * (less.gaps > 1)}, which may be chance"
        return f"{gaps_of}: {by.format('ahead of')}, {told} (sign test: p = {chance:.2g})"
    advice = f": --method {best.method.partition('-')[0]}" if less is best and ours.method == RECURRENT else ""
    return f"{gaps_of}: {by.format('better than')}{advice}"


def _tell(panel: Panel, held: HeldOut, count: Mapping[str, int], allowed: Sequence[str]) -> list[str]:
    """Tell what was held out, and what was filled."""
    chose = ["the iteration"] * (RECURRENT in allowed) + ["the method"] * (len(allowed) > 1)
    test = " + ".join(f"{len(kind)} of {steps}" for steps, kind in held.test.items())
    told = [
        "not scored: no room to hold gaps out; a longer series or a shorter --block would have some"
        if not test
        else f"scored on gaps cut into what is known ({test} steps), which nobody saw or learnt"
        + (f"; others like them, the validation part, chose {' and '.join(chose)}" if chose else "")
    ]
    missing = sum(count.values())
    if not missing:
        return [*told, f"nothing is missing in {panel.name}: nothing is filled"]
    total = sum(series.values.size for series in panel)
    ways = ", ".join(f"{number:,} by {name}" for name, number in count.items())
    return [*told, f"filled {missing:,} of {total:,} values of {panel.name}: {ways}"]


def _tell_beyond(beyond: int, longest: float) -> list[str]:
    """Tell of gaps that are too long for the network."""
    if not beyond:
        return []
    are = "gaps are" if beyond > 1 else "gap is"
    return [
        f"{beyond} {are} longer than {longest} steps, the longest that the network learnt, and filled by the best of "
        "the others; --window reaches farther"
    ]


def _require_values(panel: Panel) -> Panel:
    for series in panel:
        for place, column in enumerate(series.columns):
            if np.isnan(series.values[:, place]).all():
                raise SeriesError(
                    f"{series.name} has no value in column {column!r}: there is nothing to fill it from; leave the "
                    f"{'column' if len(series.columns) > 1 else 'series'} out"
                )
    return panel


def _hold_out(values: Sequence[Floats], block: int, random_seed: int, method: str) -> HeldOut:
    """Hold gaps out; where there is no room for any, what learns nothing and was asked for fills all the same."""
    try:
        return hold_out(values, block, random_seed)
    except SeriesError as error:
        if method in (LINEAR, SEASONAL, LAST):
            return HeldOut({}, {})
        raise SeriesError(f"{error}, or fill without scores: --method linear") from error


def _baselines(panel: Panel, season: Sequence[int], method: str) -> dict[str, Fill]:
    for steps in season:
        require(is_count(steps), "--season", steps, "the steps in a season, a whole number from 1 up")
    # A season that nobody asked for is left out where hardly any phase comes twice.
    longest = max(map(len, panel))
    known = tuple(season) or tuple(steps for steps in seasons(panel) if 2 * steps <= longest)
    if method == SEASONAL and not known:
        raise OptionError(
            "--method seasonal needs the steps in a season; give --season, such as 12 for months of a year"
        )
    seasonals: dict[str, Callable[[Floats], Floats]] = {
        f"{SEASONAL}-{steps}": partial(seasonal, season=steps) for steps in known
    }
    return {name: _each(fill) for name, fill in {LINEAR: linear, **seasonals, LAST: last}.items()}


def _each(fill: Callable[[Floats], Floats]) -> Fill:
    return lambda values: [fill(series) for series in values]


def _learn(
    panel: Panel,
    learnable: Sequence[Floats],
    held: HeldOut,
    block: int,
    season: Sequence[int],
    window: int | None,
    on_progress: "Callable[[Progress], None] | None",
    options: Mapping[str, Any],
) -> "Reconstruction":
    """Let a network learn from what is not held out."""
    from chargen.series.reconstruction import learn, lengths_for, settle, window_for

    values = [series.values for series in panel]
    steps = window_for(values, block, tuple(season) or seasons(panel)) if window is None else window
    right = is_count(steps) and (window is None or steps >= 2 * block)
    require(right, "--window", steps, f"a whole number from {2 * block} up, twice --block")
    steps = min(steps, max(map(len, values)))
    model, training = settle(options, len(panel.columns), steps)
    validation = [(gap, gap.cut(values)) for kind in held.validation.values() for gap in kind[:_MOST_CHOOSING]]
    lengths = lengths_for(values, block, steps)
    return learn(learnable, panel.columns, validation, model, training, lengths, on_progress)


def _score(
    columns: Sequence[str],
    values: Sequence[Floats],
    learnable: Sequence[Floats],
    fills: Mapping[str, Fill],
    held: HeldOut,
) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Score every method on the validation gaps and on the test gaps."""
    rows: tuple[list[Row], list[Row]] = ([], [])
    touched = sorted({gap.series for part in (held.validation, held.test) for kind in part.values() for gap in kind})
    series_touched = [learnable[number] for number in touched]
    filled = {name: dict(zip(touched, fill(series_touched), strict=True)) for name, fill in fills.items()}
    for found, part in zip(rows, (held.validation, held.test), strict=True):
        for place, column in enumerate(columns):
            for steps, kind in part.items():
                mine = [gap for gap in kind if place in gap.columns]
                if not mine:
                    continue
                rows_of = [(gap.series, slice(gap.first, gap.end), place) for gap in mine]
                truth = np.array([values[series][at, column] for series, at, column in rows_of])
                for name in fills:
                    made = np.array([filled[name][series][at, column] for series, at, column in rows_of])
                    squares = tuple(((truth - made) ** 2).mean(axis=1).tolist())
                    found.append(Row(column, steps, name, len(mine), rmse(truth, made), mae(truth, made), squares))
    return tuple(rows[0]), tuple(rows[1])


def _order(key: tuple[str, int], rows: Sequence[Row], allowed: Sequence[str]) -> list[str]:
    """Order the methods by their error in gaps of a length in a column: those that may fill, then the others."""
    mine = [row for row in rows if (row.column, row.steps) == key]
    return [row.method for row in sorted(mine, key=lambda row: (row.method not in allowed, row.rmse))]


def _fill(
    panel: Panel,
    fills: Mapping[str, Fill],
    orders: Mapping[tuple[str, int], Sequence[str]],
    unscored: Sequence[str],
    longest: float,
) -> tuple[Panel, dict[str, int], int]:
    """Fill each gap by the first method for its column and the length nearest to its own that goes so far."""
    values = [series.values for series in panel]
    found = gaps(values)
    holed = sorted({gap.series for gap in found})
    ways: dict[str, dict[int, Floats]] = {}
    whole = [series.copy() for series in values]
    count, beyond = Counter[str](), 0
    for gap in found:
        place = gap.columns[0]
        lengths = {steps: order for (column, steps), order in orders.items() if column == panel.columns[place]}
        # The nearest length, as ratios go.
        order = lengths[min(lengths, key=lambda steps: abs(math.log(steps / len(gap))))] if lengths else unscored
        name = next(name for name in order if name != RECURRENT or len(gap) <= longest)
        beyond += name != order[0]
        if name not in ways:
            ways[name] = dict(zip(holed, fills[name]([values[number] for number in holed]), strict=True))
        whole[gap.series][gap.first : gap.end, place] = ways[name][gap.series][gap.first : gap.end, place]
        count[name] += len(gap)
    made = (replace(series, values=filled) for series, filled in zip(panel, whole, strict=True))
    return Panel(tuple(made), panel.name), dict(count), beyond
