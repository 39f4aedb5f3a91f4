"""Baselines that fill gaps: what any other way of filling has to beat."""

import numpy as np

from chargen.types import Floats


def last(values: Floats) -> Floats:
    """Carry the last known value forward; before the first one there is nothing but that one.

    Args:
        values: (n, features), NaN where missing; each column has a value.

    Returns:
        float64 of the same shape, nothing missing.
    """
    filled = np.array(values, np.float64)
    for column in filled.T:
        known = np.flatnonzero(~np.isnan(column))
        column[:] = column[known[np.maximum(np.searchsorted(known, np.arange(len(column)), side="right") - 1, 0)]]
    return filled


def linear(values: Floats) -> Floats:
    """Draw lines between the known values on both sides; before the first and after the last one they go on level.

    Args:
        values: (n, features), NaN where missing; each column has a value.

    Returns:
        float64 of the same shape, nothing missing.
    """
    filled = np.array(values, np.float64)
    for column in filled.T:
        missing = np.isnan(column)
        column[missing] = np.interp(np.flatnonzero(missing), np.flatnonzero(~missing), column[~missing])
    return filled


def seasonal(values: Floats, season: int) -> Floats:
    """Take the mean of the nearest known values of the same phase, before and behind, or the one of them there is.

    Args:
        values: (n, features), NaN where missing; each column has a value.
        season: Steps in a season.

    Returns:
        float64 of the same shape, nothing missing: where nothing is known of a phase, lines fill.
    """
    filled = linear(values)
    for phase in range(min(season, len(values))):
        cycle = values[phase::season]
        for column in range(values.shape[1]):
            missing, known = (
                np.flatnonzero(found) for found in (np.isnan(cycle[:, column]), ~np.isnan(cycle[:, column]))
            )
            if len(known) and len(missing):
                place = np.searchsorted(known, missing)
                before, behind = known[np.maximum(place - 1, 0)], known[np.minimum(place, len(known) - 1)]
                # At the ends one side is missing, and the other counts for both.
                before, behind = np.where(place == 0, behind, before), np.where(place == len(known), before, behind)
                filled[phase::season][missing, column] = (cycle[before, column] + cycle[behind, column]) / 2
    return filled
