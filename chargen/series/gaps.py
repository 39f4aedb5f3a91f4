"""Gaps in series: where they are, and gaps cut into what is known, so that filling can be scored.

What is held out is cut before anything is fitted: nobody who fills sees it, learns it, or is scaled by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chargen.config import is_count, require
from chargen.errors import SeriesError
from chargen.randomness import Purpose, generator
from chargen.types import Floats

# Of all rows, the share that each part holds out as single rows and as blocks; gaps of a kind, at least and at most.
_SINGLES, _BLOCKS = 0.02, 0.08
_LEAST, _MOST = 2, 500
# Known rows on each side of a held-out gap: its neighbours are known, and it is no longer than it is said to be.
APART = 2


@dataclass(frozen=True)
class Gap:
    """Neighbouring rows of a series without values.

    Args:
        series: The number of the series.
        first: The first row.
        end: The row after the last.
        columns: Where the values are missing.
    """

    series: int
    first: int
    end: int
    columns: tuple[int, ...]

    def __len__(self) -> int:
        return self.end - self.first

    def cut(self, values: Sequence[Floats]) -> Floats:
        """Take the values at its place, (rows, columns)."""
        return np.asarray(values[self.series][self.first : self.end, list(self.columns)])


@dataclass(frozen=True)
class HeldOut:
    """What is held out, in two parts, each of single rows and of blocks.

    Args:
        validation: Gaps by their length: they choose.
        test: Gaps by their length: they are only ever reported.
    """

    validation: dict[int, list[Gap]]
    test: dict[int, list[Gap]]


def gaps(values: Sequence[Floats]) -> list[Gap]:
    """Find the gaps of each column.

    Args:
        values: Each series, (n, features), NaN where missing.

    Returns:
        The gaps, one column each, in the order of series, columns and rows.
    """
    found = []
    for number, series in enumerate(values):
        for column in range(series.shape[1]):
            missing = np.concatenate([[False], np.isnan(series[:, column]), [False]])
            edges = np.flatnonzero(missing[1:] != missing[:-1]).tolist()
            found += [Gap(number, *pair, (column,)) for pair in zip(edges[::2], edges[1::2], strict=True)]
    return found


def without(values: Sequence[Floats], cut: Sequence[Gap]) -> list[Floats]:
    """Cut gaps into series.

    Args:
        values: Each series, (n, features).
        cut: The gaps.

    Returns:
        Copies with NaN in the gaps.
    """
    copies: list[Floats] = [np.array(series, np.float64) for series in values]
    for gap in cut:
        copies[gap.series][gap.first : gap.end, list(gap.columns)] = np.nan
    return copies


def hold_out(values: Sequence[Floats], block: int, random_seed: int) -> HeldOut:
    """Choose what is held out: gaps of one row and of `block` rows for each part, at random places.

    Every gap has at least APART rows on each side whose values are known and not held out. Where a series has several
    columns, a gap is cut into all of them as often as the series' own gaps are, and into one otherwise.

    Args:
        values: Each series, (n, features), NaN where missing.
        block: Rows of a block.
        random_seed: The seed of chance; the places depend on it and on what is known, never on the values.

    Returns:
        The gaps.

    Raises:
        SeriesError: Too little is known.
        OptionError: The block makes no sense.
    """
    require(is_count(block), "--block", block, "a whole number of steps from 1 up")
    free = [~np.isnan(series) for series in values]
    rows = sum(map(len, values))
    whole = _share_of_whole_rows(free)
    chance = generator(random_seed, Purpose.GAPS)
    held: list[dict[int, list[Gap]]] = [{}, {}]
    # The longest first: they are hard to place.
    for length, share in ((block, _BLOCKS), (1, _SINGLES)) if block > 1 else ((1, _SINGLES + _BLOCKS),):
        count = min(max(round(share * rows / length), _LEAST), _MOST)
        placed = _place(free, length, 2 * count, whole, chance)
        if len(placed) < 2 * _LEAST:
            kind = "steps one by one" if length == 1 else f"blocks of {length} steps"
            raise SeriesError(
                f"too little is known to score how gaps are filled: {rows:,} steps, {sum(int(f.sum()) for f in free):,}"
                f" known values, have no room for {2 * _LEAST} {kind} with known steps around; give a longer series"
                + (", or shorten --block" if length > 1 else "")
            )
        for part, gaps_of_part in zip(held, (placed[::2], placed[1::2]), strict=True):
            part[length] = gaps_of_part
    validation, test = ({length: part[length] for length in sorted(part)} for part in held)
    return HeldOut(validation, test)


def own_lengths(values: Sequence[Floats]) -> list[int]:
    """List how long the series' own gaps are, shortest first, those at the beginning and the end of a series too."""
    return sorted(len(gap) for gap in gaps(values))


def _share_of_whole_rows(free: Sequence[NDArray[np.bool_]]) -> float:
    """Tell how often all columns are missing where one is; always, where none ever is."""
    missing = np.concatenate([~known for known in free])
    some = missing.any(axis=1).sum()
    return float(missing.all(axis=1).sum() / some) if some else 1.0


def _place(
    free: Sequence[NDArray[np.bool_]], length: int, count: int, whole: float, chance: np.random.Generator
) -> list[Gap]:
    """Find places one after the other; what is taken is free no more."""
    taken: list[Gap] = []
    ends = np.cumsum([len(known) for known in free])
    features = free[0].shape[1]
    for _ in range(40 * count):
        row = int(chance.integers(ends[-1]))
        series = int(np.searchsorted(ends, row, side="right"))
        first = row - int(ends[series]) + len(free[series])
        columns = tuple(range(features)) if chance.random() < whole else (int(chance.integers(features)),)
        around = free[series][max(0, first - APART) : first + length + APART, columns]
        if first >= APART and len(around) == length + 2 * APART and around.all():
            free[series][first : first + length, columns] = False
            taken.append(Gap(series, first, first + length, columns))
            if len(taken) == count:
                break
    return taken
