"""Dates of rows to a regular index, by stated rules.

What stands in a table is sorted by date. Two rows of one date must have equal values; one of them is kept. Then the
first rule that fits gives the frequency:

1. Every date is the first day of its month, or every one the last, or every one the same: months, quarters, years.
2. The dates are Mondays to Fridays (one in a hundred may not be) with at least 80 % of those in their span: business
   days. Holidays are simply absent.
3. All dates are whole steps apart: that step, from microseconds to weeks.
4. No month has two dates: months, quarters, years, dated by the month's end where all dates are in a second half.

In 1, 3 and 4 the step is the largest that fits all gaps; at least half of the steps must be there, and those that are
missing become rows of NaN. Anything else is irregular.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chargen.errors import SeriesError

_DAY = 86_400_000_000
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
# Microseconds of the units that a fixed step is told in, the longest first.
_UNITS = ((_DAY, "D"), (3_600_000_000, "h"), (60_000_000, "min"), (1_000_000, "s"), (1000, "ms"), (1, "us"))


@dataclass(frozen=True, eq=False)
class Rows:
    """The dated rows of one series.

    Args:
        name: What to call the series in messages.
        dates: The date of each row, (n,), without time zone, n at least 1.
        values: float64 (n, features).
    """

    name: str
    dates: pd.DatetimeIndex
    values: NDArray[np.float64]


def arrange(series: Sequence[Rows]) -> tuple[list[Rows], str | None, list[str]]:
    """Put rows into the order of time, one a step of the frequency that all series have in common.

    Args:
        series: The rows of each series, at least one.

    Returns:
        The rows of each series, in the order of time; the frequency as pandas abbreviates it, such as `MS` or `B`,
        None where the dates are irregular; what was changed, a line each.

    Raises:
        SeriesError: Two rows of one date have different values, or a date is missing.
    """
    notices: list[str] = []
    ordered = [_ordered(rows, notices) for rows in series]
    every = np.unique(np.concatenate([rows.dates.asi8 for rows in ordered]))
    dates = pd.DatetimeIndex(every.astype("datetime64[us]"))
    found = _by_months(dates, calendar=True) or _business(dates) or _by_steps(dates) or _by_months(dates)
    if found is None:
        return ordered, None, notices
    grid, places, frequency = found
    if not grid[places].equals(dates):
        notices.append(f"one row a month or year, on different days; dated {list_dates(grid)}")
    made = []
    for rows in ordered:
        mine = places[np.searchsorted(every, rows.dates.asi8)]
        if frequency == "B":
            made.append(Rows(rows.name, grid[mine], rows.values))
            continue
        values = np.full((mine[-1] - mine[0] + 1, rows.values.shape[1]), np.nan)
        values[mine - mine[0]] = rows.values
        own = grid[mine[0] : mine[-1] + 1]
        if len(own) > len(mine):
            missing = own[np.setdiff1d(np.arange(len(own)), mine - mine[0])]
            notices.append(f"{rows.name}: no row for {list_dates(missing)}; taken as missing values")
        made.append(Rows(rows.name, own, values))
    return made, frequency, notices


def _ordered(rows: Rows, notices: list[str]) -> Rows:
    name, dates, values = rows.name, rows.dates, rows.values
    if dates.hasnans:
        raise SeriesError(f"{name} has no date in row {int(np.argmax(dates.isna())) + 1}; give every row a date")
    dates = dates.as_unit("us")
    if not dates.is_monotonic_increasing:
        order = np.argsort(dates.asi8, kind="stable")
        dates, values = dates[order], values[order]
        notices.append(f"{name}: the rows are not in the order of time; sorted")
    again = np.flatnonzero(np.diff(dates.asi8) == 0) + 1
    if not len(again):
        return Rows(name, dates, values)
    here, before = values[again], values[again - 1]
    differ = ~((here == before) | (np.isnan(here) & np.isnan(before))).all(axis=1)
    if differ.any():
        raise SeriesError(
            f"{name} has different values for the same date: {list_dates(dates[again[differ]].unique())}; "
            "keep one row a date, or name the column that tells series apart with --id-column"
        )
    notices.append(f"{name}: {len(again):,} rows repeat a date and its values ({list_dates(dates[again])}); dropped")
    keep = np.ones(len(dates), np.bool_)
    keep[again] = False
    return Rows(name, dates[keep], values[keep])


def list_dates(dates: pd.DatetimeIndex) -> str:
    """Name dates in a message: three at most, with the number of the others."""
    shown = ", ".join(show_date(date) for date in dates[:3])
    return shown + (f" and {len(dates) - 3:,} more" if len(dates) > 3 else "")


def show_date(date: pd.Timestamp) -> str:
    """Write a date as people do: without a time where that is midnight."""
    return date.isoformat().removesuffix("T00:00:00")


_Found = tuple[pd.DatetimeIndex, NDArray[np.int64], str]


def _by_months(dates: pd.DatetimeIndex, calendar: bool = False) -> _Found | None:
    """One row in every so many months; `calendar`: on the first, the last or the same day."""
    first, last = bool(dates.is_month_start.all()), bool(dates.is_month_end.all())
    midnight = bool((dates.asi8 % _DAY == 0).all())
    same = len(dates) > 1 and len(dates.day.unique()) == 1
    if not midnight or (calendar and not (first or last or same)):
        return None
    months = np.asarray(dates.year, np.int64) * 12 + np.asarray(dates.month, np.int64) - 1
    step, places = _spaced(months)
    if places is None:
        return None
    ends = last or (not first and bool((dates.day > 15).all()))
    frequency = _months_alias(step, int(months[-1]) % 12, "E" if ends else "S")
    starts = (months[0] + step * np.arange(places[-1] + 1) - 12 * 1970).astype("datetime64[M]")
    days = (starts + 1).astype("datetime64[D]") - 1 if ends else starts.astype("datetime64[D]")
    return pd.DatetimeIndex(days.astype("datetime64[us]")), places, frequency


def _months_alias(step: int, month: int, place: str) -> str:
    if step % 12 == 0:
        return f"{_times(step // 12)}Y{place}-{_MONTHS[month]}"
    # A quarter is named by a month in which one begins, or in which one ends.
    if step == 3:
        return f"Q{place}-{_MONTHS[month % 3 + (0 if place == 'S' else 9)]}"
    return f"{_times(step)}M{place}"


def _business(dates: pd.DatetimeIndex) -> _Found | None:
    days = dates.asi8 // _DAY
    weekend = (days + 3) % 7 > 4  # 1970 began on a Thursday
    all_days = int(days[-1] - days[0]) + 1
    if len(np.unique(days)) < len(days) or (dates.asi8 % _DAY).any() or weekend.mean() > 0.01:
        return None
    span = np.busday_count(days[:1].astype("datetime64[D]"), days[-1:].astype("datetime64[D]") + 1)[0]
    if span == all_days or len(days) < 0.8 * span:  # a span without a weekend tells nothing
        return None
    return dates, np.arange(len(dates)), "B"


def _by_steps(dates: pd.DatetimeIndex) -> _Found | None:
    step, places = _spaced(dates.asi8)
    if places is None:
        return None
    if step % (7 * _DAY) == 0 and not dates.asi8[0] % _DAY:
        frequency = f"{_times(step // (7 * _DAY))}W-{_WEEKDAYS[dates[0].weekday()]}"
    else:
        unit, alias = next((unit, alias) for unit, alias in _UNITS if step % unit == 0)
        frequency = f"{_times(step // unit)}{alias}"
    grid = dates.asi8[0] + step * np.arange(places[-1] + 1)
    return pd.DatetimeIndex(grid.astype("datetime64[us]")), places, frequency


def _spaced(numbers: NDArray[np.int64]) -> tuple[int, NDArray[np.int64] | None]:
    """Find the largest step that leads to every number, and the place of each; None where most places are empty."""
    if len(numbers) < 2:
        return 1, None
    step = int(np.gcd.reduce(np.diff(numbers)))
    if step == 0 or (np.diff(numbers) == 0).any():
        return 1, None
    places = (numbers - numbers[0]) // step
    return step, places if places[-1] + 1 <= 2 * len(numbers) else None


def _times(count: int) -> str:
    return "" if count == 1 else str(count)
