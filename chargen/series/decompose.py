"""A series taken apart: trend, seasons or cycles, and what is irregular."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from statsmodels.nonparametric.smoothers_lowess import lowess
from statsmodels.tsa.seasonal import MSTL

from chargen.config import is_count, require
from chargen.errors import SeriesError
from chargen.series.periods import find_periods
from chargen.series.seasons import seasons
from chargen.series.series import Panel, Series, SeriesLike
from chargen.series.settings import require_whole
from chargen.types import Floats

# Without a season the trend is smoothed over this share of the series, and over so many values at least.
_TREND_SHARE = 1 / 3
_LEAST_SMOOTHED = 7
_LEAST = 3


@dataclass(frozen=True, eq=False)
class Decomposition:
    """What a series is the sum of: observed = trend + seasons + irregular, to rounding.

    Args:
        series: What was taken apart, one column.
        periods: Steps in each season or cycle, the shortest first; none where it has none.
        trend: float64 (n,), in the series' units as all parts are.
        seasons: float64 (n, periods).
        irregular: float64 (n,).
    """

    series: Series
    periods: tuple[int, ...]
    trend: Floats
    seasons: Floats
    irregular: Floats

    @property
    def observed(self) -> Floats:
        """The series' values, float64 (n,)."""
        return self.series.values[:, 0]

    @property
    def parts(self) -> dict[str, Floats]:
        """The parts by name, the sum of which is `observed`: trend, season_12 and so on, irregular."""
        named = {f"season_{period}": season for period, season in zip(self.periods, self.seasons.T, strict=True)}
        return {"trend": self.trend, **named, "irregular": self.irregular}

    def strength(self, part: str) -> float | None:
        """Measure how strong a part is beside the irregular one: max(0, 1 - Var(R) / Var(part + R)).

        Hyndman & Athanasopoulos 2021, Forecasting: Principles and Practice, section 4.3.

        Args:
            part: A key of `parts`.

        Returns:
            0 to 1; None for the irregular part itself.
        """
        if part == "irregular":
            return None
        both = self.parts[part] + self.irregular
        if both.std() <= 1e-12 * np.abs(self.observed).max():  # what rounding leaves of a constant
            return 0.0
        return max(0.0, 1 - float(self.irregular.var() / both.var()))

    def rows(self) -> list[dict[str, Any]]:
        """Make a row of a table for each part.

        Returns:
            `part`, `period`, `strength`, `share` (its variance by the observed one's: as parts go together by chance,
            shares need not sum to 1), the `first` and `last` value, `minimum` and `maximum`.
        """
        whole = float(self.observed.var())
        return [
            {
                "part": name.partition("_")[0],
                "period": int(name.partition("_")[2]) if "_" in name else None,
                "strength": self.strength(name),
                "share": float(values.var()) / whole if whole > 0 else None,
                "first": float(values[0]),
                "last": float(values[-1]),
                "minimum": float(values.min()),
                "maximum": float(values.max()),
            }
            for name, values in self.parts.items()
        ]

    def to_series(self) -> Series:
        """Make a series of five columns and more: observed, trend, season_12 and so on, irregular."""
        columns = {"observed": self.observed, **self.parts}
        values = np.stack(list(columns.values()), axis=1)
        return Series(values, self.series.index, tuple(columns), self.series.frequency, self.series.name)


def decompose(series: SeriesLike, periods: Sequence[int] | None = None) -> Decomposition:
    """Take a series apart by locally weighted regression.

    With one period by STL (Cleveland, Cleveland, McRae & Terpenning 1990, Journal of Official Statistics 6), with
    several by MSTL (Bandara, Hyndman & Bergmeir 2021, arXiv:2107.13462), both without robustness weights. The season
    smoother of the i-th period spans s = 7 + 4 i cycles, the trend smoother 1.5 p / (1 - 1.5 / s) steps for the longest
    period p: the papers' and statsmodels' defaults. Without a period the trend is a lowess line (Cleveland 1979,
    Journal of the American Statistical Association 74) over a third of the series.

    Args:
        series: One column, nothing missing.
        periods: Steps in each season; None: those that `chargen.series.periods.find_periods` finds, to which the name
            and the frequency suggest some; empty for the trend alone.

    Returns:
        The parts.

    Raises:
        OptionError: A period is no whole number from 2 up, is given twice, or does not fit twice into the series.
        SeriesError: Several columns, a missing value, or fewer than three values.
    """
    made = Series.of(series)
    if len(made.columns) > 1:
        raise SeriesError(
            f"{made.name} has the columns {', '.join(made.columns)}, and one is taken apart at a time; choose it with "
            f"--target {made.columns[0]}, or .select({made.columns[:1]!r}) in Python"
        )
    require_whole(Panel.of(made))
    values = made.values[:, 0]
    if len(values) < _LEAST:
        raise SeriesError(f"{made.name} has {len(values)} values, and a trend takes {_LEAST}; give a longer series")
    if periods is None:
        chosen = find_periods(values, seasons(Panel.of(made)))
    else:
        told = f"a whole number from 2 to {(len(values) - 1) // 2}, as {made.name} has {len(values)} steps"
        for period in periods:
            require(is_count(period) and period > 1 and 2 * period < len(values), "--period", period, told)
        require(len(set(periods)) == len(periods), "--period", tuple(periods), "each period once")
        chosen = tuple(sorted(periods))
    if chosen:
        fitted = MSTL(values, periods=chosen).fit()
        trend, cycles = fitted.trend, fitted.seasonal.reshape(len(values), len(chosen))
    else:
        trend, cycles = _smoothed(values), np.empty((len(values), 0))
    return Decomposition(made, chosen, trend, cycles, values - trend - cycles.sum(axis=1))


def side_by_side(decompositions: Sequence[Decomposition]) -> Panel:
    """Put parts into one panel, which `to_csv` writes: observed, trend, season_12 and so on, irregular.

    Args:
        decompositions: Of several series, or of several columns of one.

    Returns:
        A series for each. A season that only others have is zero, as observed stays the sum of the parts.

    Raises:
        SeriesError: None, or two of the same series and column.
    """
    made = [decomposition.to_series() for decomposition in decompositions]
    periods = sorted({period for decomposition in decompositions for period in decomposition.periods})
    columns = ("observed", "trend", *(f"season_{period}" for period in periods), "irregular")
    frames = [one.to_frame().reindex(columns=list(columns), fill_value=0.0).to_numpy() for one in made]
    names = [(one.series.name, one.series.columns[0]) for one in decompositions]
    several = [len(set(of)) > 1 for of in zip(*names, strict=True)]
    called = [
        " ".join(dict.fromkeys(name for name, differs in zip(pair, several, strict=True) if differs)) for pair in names
    ]
    return Panel(
        tuple(
            Series(values, one.index, columns, one.frequency, name or one.name)
            for one, values, name in zip(made, frames, called, strict=True)
        ),
        "parts",
    )


def _smoothed(values: Floats) -> Floats:
    n = len(values)
    share = min(1.0, max(_TREND_SHARE, _LEAST_SMOOTHED / n))
    # Between regressions a hundredth of the series apart the line is straight: all of them would take n² steps.
    smoothed: Floats = lowess(
        values, np.arange(n, dtype=np.float64), share, it=0, delta=0.01 * n, is_sorted=True, return_sorted=False
    )
    return smoothed
