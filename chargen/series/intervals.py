"""Prediction intervals: split-conformal, as wide as the errors of forecasts of the validation part.

What has learnt the training part alone forecasts the validation part; the absolute errors, sorted, tell how far the
truth lies from a forecast so many steps ahead (Vovk, Gammerman & Shafer 2005, "Algorithmic Learning in a Random World",
section 4.1; Lei et al. 2018, "Distribution-Free Predictive Inference for Regression", section 2.2). They are counted in
units of how much the series has moved before each origin (section 5.2 there), so that intervals are wide in restless
times and narrow in quiet ones.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from chargen.config import is_number, require
from chargen.errors import SeriesError
from chargen.series.contestant import Contestant
from chargen.series.history import lifted
from chargen.series.scoring import Origins
from chargen.types import Floats

INTERVAL = 0.9
# A scale is the mean of the last moves and of so many average ones: few moves tell little.
_AVERAGE_MOVES = 12


def require_interval(interval: object) -> None:
    """Refuse a coverage that no interval can have.

    Args:
        interval: The share of truths that intervals are to cover.

    Raises:
        OptionError: No number between 0 and 1.
    """
    right = is_number(interval) and 0 < interval < 1  # type: ignore[operator]  # a number
    require(right, "--interval", interval, "a share above 0 and below 1, such as 0.9")


def rank(count: int, coverage: float) -> int:
    """Tell which of the sorted errors is the radius.

    Args:
        count: How many errors there are.
        coverage: The share of truths that is to be covered, as it is written in decimals.

    Returns:
        ⌈(count + 1) coverage⌉, from 1; above `count` where there are too few errors.
    """
    return math.ceil((count + 1) * Fraction(repr(float(coverage))))


def least(coverage: float) -> int:
    """Tell how many errors an interval takes at least: ⌈coverage / (1 - coverage)⌉."""
    share = Fraction(repr(float(coverage)))
    return math.ceil(share / (1 - share))


def radius(errors: Floats, coverage: float) -> Floats:
    """Find how far the truth may lie from a forecast.

    If the errors and the one to come are exchangeable, the one to come is within the radius with a probability of at
    least `coverage` (Lei et al. 2018, theorem 2).

    Args:
        errors: (n, ...), NaN where nothing is known; their signs do not matter.
        coverage: Above 0 and below 1.

    Returns:
        The `rank`-th smallest of each column, (...); infinite where there are too few.
    """
    ordered = np.sort(np.abs(errors), axis=0)  # NaN come last
    counts = np.count_nonzero(~np.isnan(ordered), axis=0)
    ranks = np.vectorize(rank, otypes=[np.int64])(counts, coverage)
    far = np.concatenate([ordered, np.full((1, *ordered.shape[1:]), np.inf)])
    places = np.where(ranks <= counts, ranks - 1, len(ordered))
    found: Floats = np.take_along_axis(far, places[None], axis=0)[0]
    return found


def scale(values: Floats, origins: NDArray[np.int64], back: int) -> Floats:
    """Measure how much a series moves in a step, as far as is known at each origin.

    Args:
        values: One series, (n, targets), NaN where nothing is known.
        origins: Where forecasts start, from 1 to n, (k,).
        back: Steps that are looked back.

    Returns:
        The mean of |x_t - x_(t-1)| over the last `back` moves and 12 times the mean of all moves before the origin,
        (k, targets); 0 where the series has not moved yet.
    """
    moves = np.abs(np.diff(values, axis=0))
    sums = np.where(np.isnan(moves), 0, moves)
    counts = np.where(np.isnan(moves), 0.0, 1.0)
    nothing = np.zeros((1, values.shape[1]))
    whole, many = (np.cumsum(np.concatenate([nothing, part]), axis=0)[origins - 1] for part in (sums, counts))
    # Added up before they are picked: picking copies, and `back` may be a year of hours.
    first, last = (int(end) for end in (origins.min(), origins.max())) if len(origins) else (1, 0)
    recent, few = (
        sliding_window_view(np.concatenate([np.repeat(nothing, back, axis=0), part]), back, axis=0)[
            first - 1 : last
        ].sum(-1)[origins - first]
        for part in (sums, counts)
    )
    measured: Floats = (recent + _AVERAGE_MOVES * whole / np.maximum(many, 1)) / (few + _AVERAGE_MOVES)
    return measured


@dataclass(frozen=True, eq=False)
class Calibration:
    """Errors of forecasts that are no longer than those to come, and what turns them into intervals.

    Args:
        errors: |truth - forecast| / scale, (forecasts, steps, targets), NaN where nothing came.
        usual: The mean scale, (targets,): that of a series that has not moved yet.
        back: Steps over which the scale is measured.
    """

    errors: Floats
    usual: Floats
    back: int

    @classmethod
    def unknown(cls, horizon: int, targets: int, back: int) -> "Calibration":
        """Make one without errors: its intervals are without end.

        Args:
            horizon: Steps.
            targets: How many columns are forecast.
            back: Steps over which the scale is measured.

        Returns:
            The calibration.
        """
        return cls(np.empty((0, horizon, targets)), np.ones(targets), back)

    @classmethod
    def of(
        cls,
        contestant: Contestant,
        values: Sequence[Floats],
        origins: Origins,
        targets: int,
        back: int,
        minimum: float | None,
    ) -> "Calibration":
        """Let a contestant forecast what it has not learnt.

        Args:
            contestant: Fitted, to nothing that stands after the first origin.
            values: Each series in original units, targets first, (n, features).
            origins: Of the validation part.
            targets: How many columns are forecast.
            back: Steps over which the scale is measured.
            minimum: Forecasts below it are lifted to it; see `lifted`.

        Returns:
            The calibration; without origins it has no errors.
        """
        if not any(map(len, origins.places)):
            return cls.unknown(origins.horizon, targets, back)
        scales = _scales(values, origins, targets, back)
        moving = scales > 0
        usual = scales.sum(axis=0) / np.maximum(moving.sum(axis=0), 1)
        usual = np.where(usual > 0, usual, 1)
        truth = origins.truth(values, targets)
        with np.errstate(invalid="ignore"):
            errors = np.abs(truth - origins.forecast(contestant, values, minimum))
        # A forecast that is no number is as wrong as can be; NaN stays for where nothing came.
        errors = np.where(np.isnan(errors) & ~np.isnan(truth), np.inf, errors)
        return cls(errors / np.where(moving, scales, usual)[:, None], usual, back)

    def suffices(self, coverage: float) -> bool:
        """Tell whether there are errors enough for intervals of this coverage, at every step."""
        return bool(np.isfinite(radius(self.errors, coverage)).all())

    def require(self, coverage: float) -> None:
        """Refuse a coverage that there are too few errors for.

        Args:
            coverage: The share of truths that is to be covered.

        Raises:
            OptionError: No share between 0 and 1.
            SeriesError: Too few errors.
        """
        require_interval(coverage)
        if not self.suffices(coverage):
            count, horizon = self.errors.shape[:2]
            raise SeriesError(
                f"--interval {coverage:g} takes the errors of {least(coverage)} forecasts of the validation part, "
                f"which has room for {count} of {horizon} step{'s' if horizon > 1 else ''}; ask for a smaller "
                "--interval or a shorter --horizon, or train with a larger --validation"
            )

    def bounds(
        self, forecast: Floats, values: Sequence[Floats], origins: Origins, coverage: float, minimum: float | None
    ) -> tuple[Floats, Floats]:
        """Put intervals around forecasts.

        Args:
            forecast: (origins, steps, targets), no more steps than the errors have.
            values: Each series in original units, targets first, (n, features).
            origins: Where the forecasts start.
            coverage: The share of truths that is to be covered.
            minimum: Ends of intervals below it are lifted to it, as the forecasts are.

        Returns:
            The lower and the upper ends, of the shape of `forecast`; infinitely far where there are too few errors.
        """
        scales = _scales(values, origins, forecast.shape[-1], self.back)
        away = radius(self.errors, coverage)[: forecast.shape[1]] * np.where(scales > 0, scales, self.usual)[:, None]
        cuts = np.cumsum([len(places) for places in origins.places])[:-1]
        with np.errstate(invalid="ignore"):  # a forecast beyond all numbers has no ends
            ends = forecast - away, forecast + away
        low, high = (
            np.concatenate(
                [
                    lifted(part, series, places, minimum)
                    for part, series, places in zip(np.split(end, cuts), values, origins.places, strict=True)
                ]
            )
            for end in ends
        )
        return low, high


def interval_figures(truth: Floats, low: Floats, high: Floats, coverage: float) -> dict[str, float]:
    """Measure how good intervals are.

    Args:
        truth: (origins, steps, targets), NaN where nothing is known.
        low: Lower ends, of the same shape.
        high: Upper ends.
        coverage: The share that they were made to cover.

    Returns:
        `coverage`, the share of truths in their interval; `width`, the mean distance of its ends; `interval_score`,
        the mean of width + 2 / α (distance of a truth outside from the nearer end), α = 1 - coverage, the smaller the
        better (Gneiting & Raftery 2007, "Strictly Proper Scoring Rules", equation 43).
    """
    known = ~np.isnan(truth)
    if not known.any():
        return dict.fromkeys(("coverage", "width", "interval_score"), math.nan)
    truth, low, high = truth[known], low[known], high[known]
    with np.errstate(invalid="ignore"):
        width, outside = high - low, np.maximum(low - truth, 0) + np.maximum(truth - high, 0)
    return {
        "coverage": float((outside == 0).mean()),
        "width": float(width.mean()),
        "interval_score": float((width + 2 / (1 - coverage) * outside).mean()),
    }


def _scales(values: Sequence[Floats], origins: Origins, targets: int, back: int) -> Floats:
    return np.concatenate(
        [scale(series[:, :targets], places, back) for series, places in zip(values, origins.places, strict=True)]
    )
