"""Tables in files to series: which columns are meant, and what stands in them.

Without being told, the column of dates is one that is called so, else the first that holds dates; the values are those
of `Close` in a table of prices, else of the first column of numbers that does not merely count the rows. Dates become
a regular index by the rules of `chargen.series.dates`; where they have no regular step, the rows are numbered in the
order of time.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chargen.config import require
from chargen.errors import SeriesError
from chargen.series.dates import Rows, arrange, list_dates
from chargen.series.encoding import LIMIT, decode
from chargen.series.figures import figures, is_figure, is_missing
from chargen.series.moments import fits, is_compact, is_moment, moments
from chargen.series.series import Index, Panel, Series, require_column
from chargen.series.table import Table, table

OnNotice = Callable[[str], object]

DATE_NAMES = ("date", "datetime", "timestamp", "ds", "time", "period", "year", "month", "day", "fecha", "datum")
# Under these names a whole number such as 1749 or 20100104 is a date.
_COMPACT_NAMES = ("date", "ds", "period", "year", "fecha", "datum")
COUNTERS = ("", "index", "step", "row", "no", "nr", "id", "unnamed: 0", "column1")
_PRICES = {"open", "high", "low", "close"}
_BOUND = re.compile(r"(\d{4})(?:-(\d\d?)(?:-(\d\d?)(?:[T ](\d\d?):(\d\d)(?::(\d\d))?)?)?)?", re.ASCII)
_UNITS = ("Y", "M", "D", "h", "m", "s")


@dataclass(frozen=True)
class _Options:
    """What the user said of a table."""

    columns: tuple[str, ...]
    target: tuple[str, ...]
    date_column: str | None
    id_column: str | None
    date_format: str | None
    decimal: str | None


def read(
    source: str | Path | IO[str] | IO[bytes],
    *,
    columns: Sequence[str] = (),
    target: Sequence[str] = (),
    date_column: str | None = None,
    id_column: str | None = None,
    start: str | None = None,
    end: str | None = None,
    date_format: str | None = None,
    decimal: str | None = None,
    name: str | None = None,
    on_notice: OnNotice | None = None,
) -> Series | Panel:
    """Read a table of values, separated by commas, semicolons or tabs, with a head or without.

    Args:
        source: A file's path, or an open file.
        columns: Names of the columns of values.
        target: Those of them that are to be forecast; they come first.
        date_column: The name of the column of dates.
        id_column: The column that tells many series apart; makes a panel.
        start: The first date that is kept, such as `1900`, `1900-06` or `1900-06-30`.
        end: The last date that is kept; `1900` keeps all of that year.
        date_format: Of the dates, as strptime takes it.
        decimal: The decimal sign, `.` or `,`.
        name: What to call the series; a file's name otherwise.
        on_notice: Told, in a line, what was chosen or changed.

    Returns:
        The series; a panel if there is a column of ids.

    Raises:
        SeriesError: The table cannot be read, or in more than one way.
        OptionError: An option makes no sense.
    """
    require(decimal in (None, ".", ","), "--decimal", decimal, "'.' or ','")
    first, last = _bound("--start", start, 0), _bound("--end", end, 1)
    wanted = _Options(_listed(columns), _listed(target), date_column, id_column, date_format, decimal)
    text, shown, stem = content(source)
    tell = on_notice or (lambda notice: None)
    made = _series(table(text, shown, decimal), name or stem, wanted, (first, last), tell)
    return made if id_column is not None else made.series[0]


def _listed(names: Sequence[str]) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(dict.fromkeys(names))


def content(source: str | Path | IO[str] | IO[bytes]) -> tuple[str, str, str]:
    """Read all of a file.

    Args:
        source: A file's path, or an open file.

    Returns:
        Its text, lines ending in LF; what to call it in messages; what to call what is in it.

    Raises:
        SeriesError: It cannot be read, is too large, empty, or no text.
    """
    if not isinstance(source, str | Path):
        given = source.read(LIMIT + 1)
        data = given.encode("utf-8", "replace") if isinstance(given, str) else given
        return decode(data, "the table"), "the table", "series"
    path = Path(source)
    shown = str(path).encode(errors="replace").decode()
    try:
        with path.open("rb") as file:
            data = file.read(LIMIT + 1)
    except IsADirectoryError as error:
        raise SeriesError(f"{shown} is a folder; give a table in it") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise SeriesError(f"cannot read {shown}: {reason}; check the path and its permissions") from error
    return decode(data, shown), shown, path.stem


def _bound(option: str, text: str | None, more: int) -> np.datetime64 | None:
    """The first moment of a year, month, day or minute, or of the one after."""
    if text is None:
        return None
    match = _BOUND.fullmatch(text.strip())
    require(match is not None, option, text, "a date such as 1900, 1900-06 or 1900-06-30")
    parts = [int(part) for part in match.groups() if part is not None] if match else []
    try:
        datetime(*[*parts, 1, 1][: max(3, len(parts))])  # type: ignore[arg-type]  # at most six numbers
    except ValueError:
        require(False, option, text, "a date of the calendar")
    padded = "-".join(f"{part:0{4 if place == 0 else 2}d}" for place, part in enumerate(parts[:3]))
    clock = "T" * (len(parts) > 3) + ":".join(f"{part:02d}" for part in parts[3:])
    moment: np.datetime64 = np.array([padded + clock], f"datetime64[{_UNITS[len(parts) - 1]}]")[0]
    return moment + more


def _series(
    found: Table,
    name: str,
    wanted: _Options,
    bounds: tuple[np.datetime64 | None, np.datetime64 | None],
    tell: OnNotice,
) -> Panel:
    names, source = found.names, found.source
    for column in (*wanted.target, *wanted.columns, wanted.date_column, wanted.id_column):
        if column is not None:
            require_column(column, names, source)
    dated = _date_places(found, wanted)
    identity = [names.index(wanted.id_column)] if wanted.id_column is not None else []
    chosen = _value_places(found, wanted, [*dated, *identity], tell)
    cells = found.cells([*dated, *identity, *chosen])
    if len(cells[0]) < 2:
        raise SeriesError(f"{source} has {'one row' if cells[0] else 'no rows below its head'}; give one row a step")
    columns = tuple(names[place] for place in chosen)
    values = figures(cells[len(dated) + len(identity) :], columns, wanted.decimal, found.separator, source, found.line)
    if found.silso:
        values[values == -1] = np.nan
    dates = None
    if dated:
        joined = ["-".join(parts) for parts in zip(*cells[: len(dated)], strict=True)] if dated[1:] else cells[0]
        dates = moments(joined, wanted.date_format, names[dated[0]], source, found.line)
    elif bounds != (None, None):
        raise SeriesError(f"{source} has no dates to start or end at; name their column with --date-column")
    grouped = groups(cells[len(dated)], found) if identity else {name: np.arange(len(values))}
    short = [one for one, rows in grouped.items() if len(rows) < 2]
    if short and len(short) < len(grouped):
        shown = ", ".join(short[:3])
        tell(f"{source}: left out, having one row each: {shown}" + (f" and {len(short) - 3:,} more" * (len(short) > 3)))
        grouped = {one: rows for one, rows in grouped.items() if len(rows) > 1}
    made = _indexed(grouped, dates, values, columns, source, bounds, tell)
    for place, column in enumerate(columns):
        if all(np.isnan(one.values[:, place]).all() for one in made):
            raise SeriesError(f"{source} has no numbers in column {column!r}; choose another with --column")
    return Panel(tuple(made), name)


def groups(ids: Sequence[str], found: Table) -> dict[str, NDArray[np.int64]]:
    """Tell which rows belong together.

    Args:
        ids: The cells of the column that tells.
        found: The table, for messages.

    Returns:
        The rows of each id, in order.

    Raises:
        SeriesError: A row has none.
    """
    rows: dict[str, list[int]] = {}
    for row, one in enumerate(ids):
        if not one:
            raise SeriesError(f"{found.source} has no id in line {found.line(row)}; give every row the series it is of")
        rows.setdefault(" ".join(one.split()), []).append(row)
    return {one: np.array(places, np.int64) for one, places in rows.items()}


def _indexed(
    grouped: dict[str, NDArray[np.int64]],
    dates: pd.DatetimeIndex | None,
    values: NDArray[np.float64],
    columns: tuple[str, ...],
    source: str,
    bounds: tuple[np.datetime64 | None, np.datetime64 | None],
    tell: OnNotice,
) -> list[Series]:
    if dates is None:
        return [Series(values[rows], pd.RangeIndex(len(rows)), columns, None, name) for name, rows in grouped.items()]
    arranged, frequency, notices = arrange([Rows(name, dates[rows], values[rows]) for name, rows in grouped.items()])
    for notice in notices:
        tell(notice)
    if frequency is None:
        tell(f"{source}: the dates ({list_dates(dates)}) have no regular step; rows are numbered in the order of time")
    made = []
    for rows in arranged:
        dated = rows.dates.to_numpy()
        first = 0 if bounds[0] is None else int(np.searchsorted(dated, bounds[0]))
        last = len(dated) if bounds[1] is None else int(np.searchsorted(dated, bounds[1]))
        index: Index = rows.dates[first:last] if frequency else pd.RangeIndex(max(0, last - first))
        if len(index) > 1:
            made.append(Series(rows.values[first:last], index, columns, frequency, rows.name))
    if not made:
        raise SeriesError(
            f"{source} has dates from {list_dates(arranged[0].dates[:1])} to {list_dates(arranged[0].dates[-1:])}: "
            "fewer than two rows are left between --start and --end"
        )
    return made


def _date_places(found: Table, wanted: _Options) -> list[int]:
    """Find the column of dates, or those of years and months, or none."""
    names = [name.lower() for name in found.names]
    if wanted.date_column is not None:
        date = found.names.index(wanted.date_column)
    else:
        free = [place for place, name in enumerate(found.names) if name not in (*wanted.target, *wanted.columns)]
        free = [place for place in free if found.names[place] != wanted.id_column]
        free.sort(key=lambda place: names[place] not in DATE_NAMES)
        dates = [place for place in free if _holds_dates(found.sample[place], names[place], wanted.date_format)]
        if not dates and wanted.date_format is not None:
            raise SeriesError(
                f"{found.source} has no column of dates of the format {wanted.date_format!r}; give the format of its "
                "dates as strptime takes it, or name their column with --date-column"
            )
        if not dates:
            return []
        date = dates[0]
    if found.head and not found.silso and names[date] != "year":
        return [date]
    # SILSO's layout, and others like it, have the year and the month in columns of their own.
    parts = [date]
    for part in ("month", "day"):
        if wanted.date_format is None and part in names and mostly(is_figure, found.sample[names.index(part)]):
            parts.append(names.index(part))
        else:
            break
    return parts


def _holds_dates(cells: Sequence[str], name: str, date_format: str | None) -> bool:
    if date_format is not None:
        return mostly(lambda cell: fits(cell, date_format), cells)
    if name in _COMPACT_NAMES and mostly(is_compact, cells):
        return True
    # Words in a column of that name are dates of a format that has to be told.
    return mostly(is_moment, cells) or (name in DATE_NAMES and not mostly(is_figure, cells))


def mostly(holds: Callable[[str], bool], cells: Sequence[str]) -> bool:
    """Tell whether something holds for at least half of the cells that are not missing."""
    present = [cell for cell in cells if not is_missing(cell)]
    return bool(present) and sum(map(holds, present)) * 2 >= len(present)


def _value_places(found: Table, wanted: _Options, taken: Sequence[int], tell: OnNotice) -> list[int]:
    names = found.names
    if wanted.target or wanted.columns:
        return [names.index(column) for column in dict.fromkeys((*wanted.target, *wanted.columns))]
    numbers = [place for place in range(len(names)) if place not in taken and mostly(is_figure, found.sample[place])]
    if not numbers:
        raise SeriesError(f"{found.source} has no column of numbers; give a table with one")
    values = [place for place in numbers if not _counts(found, place, numbers)] or numbers
    if found.silso:
        return [names.index("sunspots")]
    by_name = {names[place].lower(): place for place in values}
    chosen = by_name["close"] if by_name.keys() >= _PRICES else values[0]
    if len(values) > 1:
        others = [names[place] for place in values if place != chosen]
        shown = ", ".join(others[:8]) + (f" and {len(others) - 8} more" if len(others) > 8 else "")
        tell(f"{found.source}: reading column {names[chosen]!r}; there are also {shown}: choose with --target")
    return [chosen]


def _counts(found: Table, place: int, numbers: Sequence[int]) -> bool:
    """Tell whether a column merely counts the rows."""
    cells = found.sample[place]
    if not all(cell.isdecimal() and len(cell) < 16 for cell in cells):
        return False
    named = found.names[place].lower() in COUNTERS or place == 0
    return named and len(numbers) > 1 and bool((np.diff([int(cell) for cell in cells]) == 1).all())
