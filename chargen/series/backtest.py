"""Rolling-origin backtests: everyone forecasts from the same origins, and nobody sees what comes after them."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import mean, stdev
from typing import Any

import numpy as np

from chargen.config import is_count, is_whole, require
from chargen.errors import SeriesError
from chargen.series.baselines import BASELINES
from chargen.series.contestant import Chooser, Contestant
from chargen.series.history import lifted
from chargen.series.intervals import INTERVAL, Calibration, interval_figures, require_interval
from chargen.series.masks import Filled, mean_known
from chargen.series.metrics import MARGINS, naive_errors, naive_scale, rmse, scores
from chargen.series.naive import Naive
from chargen.series.scoring import Origins
from chargen.series.splitting import Part, Split, training_parts
from chargen.types import Floats

NAIVE = "naive"
LINEAR = "linear"
SEASONAL = "seasonal-naive"
# The network's linear part, alone.
PART = "linear part"
# A contestant of the given seed, not yet fitted, for a horizon.
Entry = Callable[[int], Contestant]


@dataclass(frozen=True)
class Row:
    """How one contestant did at one horizon: in the series' units, over all origins, steps and seeds.

    Args:
        model: The contestant's name.
        horizon: Steps ahead; figures are pooled over steps 1 to horizon.
        origins: How many forecasts.
        scored: How many values the figures are over: origins times steps times targets, less those that are missing.
        rmse: Root of the mean squared error; for several seeds the mean over them, as all figures are.
        rmse_sd: Its standard deviation over the seeds; None for one.
        rmse_at_step: The same of the last step alone.
        mse: Mean squared error.
        mae: Mean absolute error.
        mase: In units of the one-step naive error of each series' training part; of all of them together for a series
            that has none, or never moves in it.
        smape: Per cent, 0 to 200.
        direction: Share of steps whose change from the last known value has the right sign.
        skill: 1 - rmse / rmse of the naive forecast.
        interval: The share of truths that prediction intervals were made to cover.
        coverage: The share that they did cover; None where too few errors were known for intervals.
        width: Their mean width, in the series' units; likewise.
        interval_score: Width and misses in one figure; see `interval_figures`.
        hits: Share of steps within a margin of the truth, by a key such as hit_2 for 2 %.
    """

    model: str
    horizon: int
    origins: int
    scored: int
    rmse: float
    rmse_sd: float | None
    rmse_at_step: float
    mse: float
    mae: float
    mase: float
    smape: float
    direction: float
    skill: float
    interval: float
    coverage: float | None
    width: float | None
    interval_score: float | None
    hits: Mapping[str, float]

    def figures(self) -> dict[str, Any]:
        """Make a row of a table; what is no number is None, since JSON has none."""
        row = asdict(self)
        row |= row.pop("hits")
        return {
            key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in row.items()
        }


@dataclass(frozen=True, eq=False)
class Result:
    """A contestant's row, and the forecasts that it came from.

    Args:
        row: Its figures.
        origins: Where its forecasts start.
        truth: What came, (origins, steps, targets).
        forecast: What it forecast with the first seed, of the same shape.
        low: The lower ends of its intervals; NaN where too few errors were known.
        high: The upper ends.
    """

    row: Row
    origins: Origins
    truth: Floats
    forecast: Floats
    low: Floats
    high: Floats


def backtest(
    values: Sequence[Floats],
    parts: Split,
    entries: Mapping[str, Entry],
    horizons: Sequence[int],
    *,
    targets: int = 1,
    back: int = 1,
    seeds: Sequence[int] = (0,),
    seeded: Sequence[str] = (),
    refit_every: int = 0,
    minimum: float | None = None,
    margins: Sequence[float] = MARGINS,
    interval: float = INTERVAL,
    measured: Part | None = None,
) -> Iterator[Result]:
    """Let contestants forecast the test part from every origin in it.

    An origin o is forecast from values[:o] alone: origins are the steps of the test part that have a whole horizon
    before the end. A contestant learns from the training and validation parts, anew for each horizon; with
    `refit_every` k it learns again after k origins, from all that stands before.

    Intervals come from the errors on the validation part of what has learnt the training part alone (`Calibration`):
    a contestant learns that first, where it is no `Chooser`, which does so by itself. They are measured once: learning
    again with `refit_every` leaves the radii as they are.

    Args:
        values: Each series in original units, (n, features), targets first; NaN where missing, which is not scored.
        parts: Their parts.
        entries: Makes each contestant, by name; the naive one is added where it is missing, as skill needs it.
        horizons: Steps ahead; each is an experiment of its own.
        targets: How many columns are forecast.
        back: Steps that the one who looks farthest back needs before an origin.
        seeds: Seeds of chance.
        seeded: Contestants that chance plays a part in: they come once a seed.
        refit_every: Origins after which everyone learns again; 0 for never.
        minimum: Forecasts below it are lifted to it, where nothing known at their origin is.
        margins: What counts as a hit, as shares of the truth.
        interval: The share of truths that intervals are made to cover.
        measured: Where the errors are measured; the validation part when left out.

    Yields:
        A result for each horizon and contestant, in the order given; the naive one comes first.

    Raises:
        OptionError: A value makes no sense.
        SeriesError: The test part has no room, or a contestant cannot be fitted.
    """
    require(is_whole(refit_every), "--refit-every", refit_every, "a whole number of steps, or 0 for never")
    require_interval(interval)
    require(len(horizons) > 0, "--horizons", horizons, "at least one")
    for horizon in horizons:
        require(is_count(horizon), "--horizons", horizon, "whole numbers from 1 up")
    learnt = [series[:end] for series, end in zip(values, _learnt_ends(parts), strict=True)]
    training = training_parts(values, parts)
    measured = parts.validation if measured is None else measured
    scales = _scales([part[:, :targets] for part in learnt])
    everyone: dict[str, Entry] = {NAIVE: lambda seed: Filled(Naive(range(targets)))} | dict(entries)
    for horizon in horizons:
        origins = Origins.of(parts.test, back, horizon)
        truth = origins.truth(values, targets)
        if not len(truth):
            longest = max(end - first for first, end in zip(parts.test.first, parts.test.end, strict=True))
            raise SeriesError(
                f"the test part has {longest} steps at most, and --horizons {horizon} needs as many; hold out a larger "
                "share with --test, or shorten the horizon"
            )
        scored = int((~np.isnan(truth)).sum())
        if not scored:
            raise SeriesError(
                f"nothing is known of what --horizons {horizon} would forecast in the test part; hold out another "
                "share with --test"
            )
        last = origins.last(values, targets)
        scale = np.concatenate(
            [np.repeat(scale[None], len(places), axis=0) for scale, places in zip(scales, origins.places, strict=True)]
        )[:, None]
        held = Origins.of(measured, back, horizon)
        reference: float | None = None
        for name, entry in everyone.items():
            figures, forecasts = [], []
            for seed in seeds if name in seeded else seeds[:1]:
                contestant = entry(seed)
                calibration = _learn(contestant, values, training, learnt, held, targets, back, minimum)
                forecast = _roll(contestant, values, learnt, origins, refit_every, minimum)
                low, high = calibration.bounds(forecast, values, origins, interval, minimum)
                reference = rmse(truth, forecast) if reference is None else reference
                with np.errstate(over="ignore", invalid="ignore"):  # what grows beyond all numbers is not told
                    figure = scores(truth, forecast, last, scale, reference, margins)
                if enough := calibration.suffices(interval):
                    figure |= interval_figures(truth, low, high, interval)
                figures.append(figure)
                forecasts.append((forecast, *(end if enough else np.full_like(end, np.nan) for end in (low, high))))
            # A seed that diverged may have no intervals, and then there are none of all.
            told_by_all = [key for key in figures[0] if all(key in figure for figure in figures)]
            pooled = {key: mean(figure[key] for figure in figures) for key in told_by_all}
            errors = [figure["rmse"] for figure in figures]
            spread = None
            if len(errors) > 1:  # `stdev` knows finite numbers alone
                spread = stdev(errors) if all(map(math.isfinite, errors)) else math.nan
            hits = {key: pooled.pop(key) for key in list(pooled) if key.startswith("hit_")}
            told: dict[str, Any] = dict.fromkeys(("coverage", "width", "interval_score")) | pooled
            row = Row(name, horizon, len(truth), scored, rmse_sd=spread, interval=interval, hits=hits, **told)
            yield Result(row, origins, truth, *forecasts[0])


def verdict(rows: Sequence[Row]) -> str:
    """Say in a line who forecasts best at one horizon: the best network, or the best baseline.

    Args:
        rows: Of this horizon; at least one network, and one baseline.

    Returns:
        A plain sentence; the better one's error is so many per cent below the other's.
    """
    errors = {row.model: row.rmse if math.isfinite(row.rmse) else math.inf for row in rows}
    networks = [name for name in errors if not is_baseline(name)]
    model = min(networks, key=lambda name: errors[name])
    ours = errors[model]
    for name in networks:
        del errors[name]
    part = errors.pop(PART, None)
    told = ""
    if part is not None:
        told = f"; its linear part alone: RMSE {part:.4g}, with the cells {ours:.4g}"
        if part <= ours:
            told += ", which add nothing: try --linear none"
    best = min(errors, key=lambda name: errors[name])
    less, more = sorted((ours, errors[best]))
    share = 0.0 if less == more else 1 - less / more
    steps = f"{rows[0].horizon} step{'s' if rows[0].horizon > 1 else ''} ahead"
    if share < 0.005:
        return f"{steps}: {model} and {_called(best)} are equally good{told}"
    if ours == less:
        return f"{steps}: {model} is better than {_called(best)} by {100 * share:.0f} %{told}"
    return f"{steps}: {_called(best)} is better by {100 * share:.0f} %: --model {best}{told}"


def network_name(name: str) -> str:
    """Call a network otherwise than any baseline, so that a table can tell them apart.

    Args:
        name: What its owner calls it.

    Returns:
        The same name, or one with a note.
    """
    return f"{name} (network)" if is_baseline(name) else name


def is_baseline(name: str) -> bool:
    """Tell a baseline's name from a network's."""
    return name in (*BASELINES, PART) or name.startswith(f"{SEASONAL}-")


def _called(name: str) -> str:
    return "least squares" if name == LINEAR else name


def _scales(parts: Sequence[Floats]) -> list[Floats]:
    """Measure how far each series moves in a step, (targets,) each; see `Row.mase`."""
    pooled = naive_scale([part for part in parts if len(part)])
    moves = [mean_known([naive_errors(part)]) for part in parts]
    return [np.where(move > 0, move, pooled) for move in moves]


def _learnt_ends(parts: Split) -> list[int]:
    return [max(ends) for ends in zip(parts.training.end, parts.validation.end, strict=True)]


def _learn(
    contestant: Contestant,
    values: Sequence[Floats],
    training: Sequence[Floats],
    learnt: Sequence[Floats],
    held: Origins,
    targets: int,
    back: int,
    minimum: float | None,
) -> Calibration:
    """Fit to all that may be learnt, and measure the errors of what has learnt the training part alone."""
    everything = [part for part in learnt if len(part)]

    def measure(trained: Contestant) -> Calibration:
        return Calibration.of(trained, values, held, targets, back, minimum)

    if isinstance(contestant, Chooser):
        contestant.fit(everything, held.horizon)
        before = contestant.before()
        return Calibration.unknown(held.horizon, targets, back) if before is None else measure(before)
    if not any(map(len, held.places)):
        contestant.fit(everything, held.horizon)
        return Calibration.unknown(held.horizon, targets, back)
    calibration = measure(contestant.fit(training, held.horizon))
    if sum(map(len, everything)) > sum(map(len, training)):
        contestant.fit(everything, held.horizon)
    return calibration


def _roll(
    contestant: Contestant,
    values: Sequence[Floats],
    learnt: Sequence[Floats],
    origins: Origins,
    refit_every: int,
    minimum: float | None,
) -> Floats:
    """Forecast from all origins with what is fitted; or fit again whenever so many have passed."""
    if not refit_every:
        return origins.forecast(contestant, values, minimum)
    rounds = -(-max(map(len, origins.places)) // refit_every)
    found: list[list[Floats]] = [[] for _ in values]
    for number in range(rounds):
        now = [places[number * refit_every : (number + 1) * refit_every] for places in origins.places]
        known = [
            series[: places[0]] if len(places) else part
            for series, places, part in zip(values, now, learnt, strict=True)
        ]
        if number or any(len(part) > len(begun) for part, begun in zip(known, learnt, strict=True)):
            contestant.fit([part for part in known if len(part)], origins.horizon)
        for series, places, forecasts in zip(values, now, found, strict=True):
            if len(places):
                forecasts.append(lifted(contestant.forecast(series, places, origins.horizon), series, places, minimum))
    return np.concatenate([forecast for forecasts in found for forecast in forecasts])
