"""How good a forecast is, in original units.

Truth and forecast are float64 (origins, steps, targets); a mean is taken over everything. Where the truth is NaN
nothing is scored; without any truth a figure is NaN. A forecast that is NaN makes the figure NaN.
"""

from collections.abc import Sequence

import numpy as np

from chargen.errors import SeriesError
from chargen.series.masks import carried, mean_known
from chargen.types import Floats

MARGINS = (0.02, 0.05)
# A difference that chance alone makes this seldom is taken for one.
SIGNIFICANT = 0.05


def mse(truth: Floats, forecast: Floats) -> float:
    """Compute the mean squared error.

    Args:
        truth: (origins, steps, targets).
        forecast: Of the same shape.

    Returns:
        The mean of (truth - forecast)^2, in squared units.
    """
    return _mean((truth - forecast) ** 2, truth)


def rmse(truth: Floats, forecast: Floats) -> float:
    """Compute the root of the mean squared error.

    Args:
        truth: (origins, steps, targets).
        forecast: Of the same shape.

    Returns:
        In the series' units.
    """
    return float(np.sqrt(mse(truth, forecast)))


def mae(truth: Floats, forecast: Floats) -> float:
    """Compute the mean absolute error.

    Args:
        truth: (origins, steps, targets).
        forecast: Of the same shape.

    Returns:
        In the series' units.
    """
    return _mean(np.abs(truth - forecast), truth)


def naive_scale(parts: Sequence[Floats]) -> Floats:
    """Measure how far a series moves in a step: the mean absolute error of the one-step naive forecast.

    Args:
        parts: The training part of each series, targets only, (n, targets).

    Returns:
        For each target, over all parts, (targets,).

    Raises:
        SeriesError: A target never moves, or no part has two values.
    """
    scale = mean_known([naive_errors(part) for part in parts])
    if not (scale > 0).all():
        raise SeriesError(
            "a target never changes in the training part, so MASE has no scale; choose another column with --target"
        )
    return scale


def naive_errors(part: Floats) -> Floats:
    """Measure the errors of the one-step naive forecast, whose forecast is the last known value.

    Args:
        part: A part of a series, targets only, (n, targets).

    Returns:
        (n - 1, targets), not below 0; NaN where the value is missing, or nothing is known before it.
    """
    return np.abs(part[1:] - carried(part)[:-1])


def mase(truth: Floats, forecast: Floats, scale: Floats) -> float:
    """Compute the mean absolute scaled error (Hyndman & Koehler 2006, section 2.4).

    Args:
        truth: (origins, steps, targets).
        forecast: Of the same shape.
        scale: What `naive_scale` says of the training part, (targets,), or of each origin's series,
            (origins, 1, targets).

    Returns:
        The mean absolute error in units of the training part's one-step naive error.
    """
    return _mean(np.abs(truth - forecast) / scale, truth)


def smape(truth: Floats, forecast: Floats) -> float:
    """Compute the symmetric mean absolute percentage error (Makridakis & Hibon 2000, appendix A).

    Args:
        truth: (origins, steps, targets).
        forecast: Of the same shape.

    Returns:
        The mean of 200 |truth - forecast| / (|truth| + |forecast|), from 0 to 200 per cent; where both are zero
        nothing is wrong, and the error is 0.
    """
    size = np.abs(truth) + np.abs(forecast)
    return _mean(200 * np.abs(truth - forecast) / np.where(size == 0, 1, size), truth)


def hit_rate(truth: Floats, forecast: Floats, margin: float) -> float:
    """Tell how often a forecast is near.

    Args:
        truth: (origins, steps, targets).
        forecast: Of the same shape.
        margin: What counts as near, as a share of the truth's size: 0.02 is 2 %.

    Returns:
        The share with |truth - forecast| <= margin |truth|; a truth of zero is hit by zero alone.
    """
    near = np.where(np.isnan(forecast), np.nan, np.abs(truth - forecast) <= margin * np.abs(truth))
    return _mean(near, truth)


def directional_accuracy(truth: Floats, forecast: Floats, last: Floats) -> float:
    """Tell how often a forecast goes the way that the series goes.

    Args:
        truth: (origins, steps, targets).
        forecast: Of the same shape.
        last: The last value known at each origin, (origins, targets).

    Returns:
        The share of steps whose forecast lies on the truth's side of the last known value. A truth equal to the last
        known value went neither way and is left out; a forecast equal to it, as all of the naive one's are, is wrong.
    """
    change = np.sign(truth - last[:, None])
    right = np.where(np.isnan(forecast), np.nan, np.sign(forecast - last[:, None]) == change)
    return _mean(right, np.where(change == 0, np.nan, change))


def skill(error: float, reference: float) -> float:
    """Compare a contestant's error with another's on the same origins.

    Args:
        error: RMSE of the contestant.
        reference: RMSE of the other, usually of the naive forecast.

    Returns:
        1 - error / reference: 0 is as good, 1 is perfect, below 0 is worse; NaN beside a perfect reference.
    """
    return 1 - error / reference if reference > 0 else float("nan")


def scores(
    truth: Floats,
    forecast: Floats,
    last: Floats,
    scale: Floats,
    naive_rmse: float,
    margins: Sequence[float] = MARGINS,
) -> dict[str, float]:
    """Compute every metric of one contestant.

    Args:
        truth: (origins, steps, targets).
        forecast: Of the same shape.
        last: The last value known at each origin, (origins, targets).
        scale: What `naive_scale` says of the training part.
        naive_rmse: RMSE of the naive forecast of the same truth.
        margins: What counts as a hit, as shares of the truth.

    Returns:
        Pooled over all steps: mse, rmse, mae, mase, smape, direction, skill, and a hit rate for each margin by a key
        such as hit_2 for 2 %; and rmse_at_step, that of the last step alone.
    """
    row = {
        "mse": mse(truth, forecast),
        "rmse": rmse(truth, forecast),
        "rmse_at_step": rmse(truth[:, -1:], forecast[:, -1:]),
        "mae": mae(truth, forecast),
        "mase": mase(truth, forecast, scale),
        "smape": smape(truth, forecast),
        "direction": directional_accuracy(truth, forecast, last),
    }
    hits = {f"hit_{100 * margin:g}": hit_rate(truth, forecast, margin) for margin in margins}
    return row | hits | {"skill": skill(row["rmse"], naive_rmse)}


def sign_test(wins: int, losses: int) -> float:
    """Compute how likely chance alone decides pairs so unevenly (McNemar 1947, in its exact form; ties left out).

    Args:
        wins: Pairs that one side won.
        losses: Pairs that the other won.

    Returns:
        The two-sided p-value: that of at least so uneven a split of wins + losses throws of a fair coin.
    """
    throws, ways, tail = wins + losses, 1, 0
    for hits in range(min(wins, losses) + 1):
        tail += ways
        ways = ways * (throws - hits) // (hits + 1)
    return min(1.0, float(2 * tail / 2**throws))


def _mean(figures: Floats, truth: Floats) -> float:
    known = ~np.isnan(truth)
    return float(figures[known].mean()) if known.any() else float("nan")
