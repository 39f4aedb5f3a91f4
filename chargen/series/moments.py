"""Cells of a table to dates.

Read without being told: years first (2010-01-04, 2010/1/4, 2010-01, 2010Q1, with or without a time and an offset from
UTC), days first where dots separate (31.12.2010), and 31/12/2010 or 12/31/2010 where the column has a day above 12.
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import numpy as np
import pandas as pd

from chargen.errors import SeriesError
from chargen.series.figures import is_missing

_TIME = r"(?:[T ]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<part>\d{1,9}))?)?"
_TIME += r"[ ]?(?P<offset>Z|[+-]\d\d:?(?:\d\d)?)?)?"
_YEAR_FIRST = re.compile(
    rf"(?P<year>\d{{4}})(?:-?Q(?P<quarter>[1-4])|(?P<mark>[-/.])(?P<month>\d\d?)(?:(?P=mark)(?P<day>\d\d?){_TIME})?)",
    re.ASCII,
)
_YEAR_LAST = re.compile(rf"(?P<one>\d\d?)(?P<mark>[-/.])(?P<two>\d\d?)(?P=mark)(?P<year>\d{{4}}){_TIME}", re.ASCII)
# Whole numbers, which are dates only where the column says so.
_COMPACT = re.compile(r"(?P<year>\d{4})(?:(?P<month>\d\d)(?P<day>\d\d))?", re.ASCII)
# A number with a dot, such as 1749.04, is no month.
_DECIMAL = re.compile(r"\d{4}[.]\d+", re.ASCII)


def is_moment(cell: str) -> bool:
    """Tell whether a cell reads as a date, and as nothing else."""
    form = _YEAR_FIRST.fullmatch(cell) or _YEAR_LAST.fullmatch(cell)
    return form is not None and not _DECIMAL.fullmatch(cell)


def is_compact(cell: str) -> bool:
    """Tell whether a cell is a year, or a date without separators: 1749, 20100104."""
    return _COMPACT.fullmatch(cell) is not None


def moments(
    cells: Sequence[str], date_format: str | None, name: str, source: str, line: Callable[[int], int]
) -> pd.DatetimeIndex:
    """Read a column of dates, of one format.

    Args:
        cells: Stripped.
        date_format: As strptime takes it; None: as the cells tell.
        name: Of the column.
        source: What to call the table in errors.
        line: Gives the line of a row.

    Returns:
        The dates (rows,); times are those of the wall where all have the same offset, else UTC.

    Raises:
        SeriesError: A cell is no date, or days and months cannot be told apart.
    """

    def refused(row: int, how: str) -> SeriesError:
        cell = cells[row]
        shown = "no date" if is_missing(cell) else f"{cell[:40]!r}, which is no date{how},"
        return SeriesError(
            f"{source} has {shown} in column {name!r}, line {line(row)}; correct it, give the format "
            "with --date-format '%d/%m/%Y', or choose the column with --date-column"
        )

    if date_format is not None:
        return _formatted(cells, date_format, refused)
    form = next((form for form in (_YEAR_FIRST, _YEAR_LAST, _COMPACT) if form.fullmatch(cells[0])), None)
    if form is None:
        raise refused(0, "")
    matches = []
    for row, cell in enumerate(cells):
        match = form.fullmatch(cell)
        if match is None or match["year"] == "0000":
            raise refused(row, " like those before it" if row else "")
        matches.append(match)
    days_first = form is _YEAR_LAST and _days_first(matches, name, source)
    offsets = {match.groupdict().get("offset") for match in matches}
    dates = []
    for row, match in enumerate(matches):
        try:
            dates.append(_moment(match.groupdict(), days_first, len(offsets) > 1))
        except (ValueError, OverflowError):
            raise refused(row, " of the calendar") from None
    return pd.DatetimeIndex(np.array(dates, "datetime64[us]"))


def _formatted(cells: Sequence[str], date_format: str, refused: Callable[[int, str], SeriesError]) -> pd.DatetimeIndex:
    dates = []
    for row, cell in enumerate(cells):
        try:
            dates.append(datetime.strptime(cell, date_format).replace(tzinfo=None))
        except (ValueError, re.error, OverflowError):
            raise refused(row, f" of the format {date_format!r}") from None
    return pd.DatetimeIndex(np.array(dates, "datetime64[us]"))


def _days_first(matches: Sequence[re.Match[str]], name: str, source: str) -> bool:
    """Tell days from months by those above 12; between dots the day stands first."""
    first = next((match for match in matches if int(match["one"]) > 12), None)
    second = next((match for match in matches if int(match["two"]) > 12), None)
    if matches[0]["mark"] == "." or (first and not second):
        return True
    if second and not first:
        return False
    if first and second:
        raise SeriesError(
            f"{source} has {first[0]!r} and {second[0]!r} in column {name!r}: days and months change places; "
            "write all dates as 2010-12-31"
        )
    mark = matches[0]["mark"]
    doubtful = next((match for match in matches if match["one"] != match["two"]), matches[0])
    raise SeriesError(
        f"{source} has {doubtful[0]!r} in column {name!r}, where any date can have the day or the month first; "
        f"say which: --date-format '%d{mark}%m{mark}%Y' or --date-format '%m{mark}%d{mark}%Y'"
    )


def _moment(parts: dict[str, str | None], days_first: bool, to_utc: bool) -> datetime:
    one, two = parts.get("one"), parts.get("two")
    month, day = (two, one) if days_first else (one, two)
    quarter = parts.get("quarter")
    date = datetime(
        int(parts["year"] or 0),
        int(quarter) * 3 - 2 if quarter else int(month or parts.get("month") or 1),
        int(day or parts.get("day") or 1),
        int(parts.get("hour") or 0),
        int(parts.get("minute") or 0),
        int(parts.get("second") or 0),
        int(f"{parts.get('part') or '':0<6}"[:6]),
    )
    offset = parts.get("offset")
    if not to_utc or offset in (None, "Z"):
        return date
    ahead = timedelta(hours=int(offset[1:3]), minutes=int(offset[3:].strip(":") or 0))
    return date + ahead if offset[0] == "-" else date - ahead
