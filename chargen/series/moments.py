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
    rf"(?P<year>\d{{4}})(?P<mark>[-/.])(?P<month>\d\d?)(?:(?P=mark)(?P<day>\d\d?){_TIME})?", re.ASCII
)
_YEAR_LAST = re.compile(rf"(?P<one>\d\d?)(?P<mark>[-/.])(?P<two>\d\d?)(?P=mark)(?P<year>\d{{4}}){_TIME}", re.ASCII)
_QUARTER = re.compile(r"(?P<year>\d{4})-?Q(?P<quarter>[1-4])", re.ASCII)
# Whole numbers, which are dates only where the column says so.
_COMPACT = re.compile(r"(?P<year>\d{4})(?:(?P<month>\d\d)(?P<day>\d\d))?", re.ASCII)
# A number with a dot, such as 1749.04, is no month.
_DECIMAL = re.compile(r"\d{4}[.]\d+", re.ASCII)
_CLOCK = ("hour", "minute", "second", "part", "offset")
_EPOCH, _MICROSECOND = datetime(1970, 1, 1), timedelta(microseconds=1)


def is_moment(cell: str) -> bool:
    """Tell whether a cell reads as a date, and as nothing else."""
    form = _YEAR_FIRST.fullmatch(cell) or _YEAR_LAST.fullmatch(cell) or _QUARTER.fullmatch(cell)
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

    def refused(row: int, how: str = "") -> SeriesError:
        shown = "no date" if is_missing(cells[row]) else f"{cells[row][:40]!r}, which is no date{how},"
        return SeriesError(
            f"{source} has {shown} in column {name!r}, line {line(row)}; correct it, give the format "
            "with --date-format '%d/%m/%Y', or choose the column with --date-column"
        )

    read = _formatted(date_format) if date_format is not None else _told_by(cells, name, source, refused)
    made = np.empty(len(cells), np.int64)
    for row, cell in enumerate(cells):
        try:
            made[row] = (read(cell) - _EPOCH) // _MICROSECOND
        except (ValueError, OverflowError):
            raise refused(row, f" of the format {date_format!r}" if date_format else " of the calendar") from None
    return pd.DatetimeIndex(made.view("datetime64[us]"))


def fits(cell: str, date_format: str) -> bool:
    """Tell whether a cell is a date of a format, as strptime takes it."""
    try:
        _formatted(date_format)(cell)
    except (ValueError, OverflowError):
        return False
    return True


def _formatted(date_format: str) -> Callable[[str], datetime]:
    def read(cell: str) -> datetime:
        try:
            return datetime.strptime(cell, date_format).replace(tzinfo=None)
        except re.error as error:  # of a format such as %-d
            raise ValueError(date_format) from error

    return read


def _told_by(
    cells: Sequence[str], name: str, source: str, refused: Callable[[int, str], SeriesError]
) -> Callable[[str], datetime]:
    """Find the form that all cells have."""
    forms = (_YEAR_FIRST, _YEAR_LAST, _QUARTER, _COMPACT)
    form = next((form for form in forms if form.fullmatch(cells[0])), None)
    if form is None:
        raise refused(0, "")
    offsets = set()
    for row, cell in enumerate(cells):
        match = form.fullmatch(cell)
        if match is None:
            raise refused(row, " like those before it")
        offsets.add(match["offset"] if "offset" in form.groupindex else None)
    to_utc = len(offsets) > 1
    if form is _QUARTER:
        return lambda cell: datetime(int(cell[:4]), int(cell[-1]) * 3 - 2, 1)
    if form is _COMPACT:
        return lambda cell: datetime(int(cell[:4]), int(cell[4:6] or 1), int(cell[6:] or 1))
    if form is _YEAR_FIRST:
        return _reader(form, ("year", "month", "day", *_CLOCK), to_utc)
    day_first = _day_first(cells, name, source)
    return _reader(form, ("year", "two", "one", *_CLOCK) if day_first else ("year", "one", "two", *_CLOCK), to_utc)


def _reader(form: re.Pattern[str], names: Sequence[str], to_utc: bool) -> Callable[[str], datetime]:
    def read(cell: str) -> datetime:
        match = form.fullmatch(cell)
        if match is None:
            raise ValueError(cell)
        year, month, day, hour, minute, second, part, offset = match.group(*names)
        micro = int(f"{part:0<6}"[:6]) if part else 0
        date = datetime(int(year), int(month), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), micro)
        if not to_utc or offset in (None, "Z"):
            return date
        ahead = timedelta(hours=int(offset[1:3]), minutes=int(offset[3:].strip(":") or 0))
        return date + ahead if offset[0] == "-" else date - ahead

    return read


def _day_first(cells: Sequence[str], name: str, source: str) -> bool:
    """Tell days from months by those above 12; between dots the day stands first."""
    mark = next(sign for sign in cells[0] if not sign.isdecimal())
    doubtful = first = second = ""
    for cell in cells:
        one, two = (int(part) for part in cell.split(mark, 2)[:2])
        if one > 12:
            first = first or cell
        if two > 12:
            second = second or cell
        if one != two:
            doubtful = doubtful or cell
    if first and second:
        raise SeriesError(
            f"{source} has {first!r} and {second!r} in column {name!r}: days and months change places; "
            "write all dates as 2010-12-31"
        )
    if doubtful and not first and not second and mark != ".":
        raise SeriesError(
            f"{source} has {doubtful!r} in column {name!r}, where any date can have the day or the month first; "
            f"say which: --date-format '%d{mark}%m{mark}%Y' or --date-format '%m{mark}%d{mark}%Y'"
        )
    return not second
