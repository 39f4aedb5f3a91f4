"""Text to a table: the separator, the head, and columns of cells.

Lines that start with `#` and empty ones are left out. Cells are stripped of spaces.
"""

import csv
import io
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from chargen.errors import SeriesError
from chargen.series.figures import is_figure, is_missing
from chargen.series.moments import is_moment

# Columns at most, and cells that are kept at most: what is read has to fit into memory.
MOST_COLUMNS = 2000
MOST_CELLS = 5_000_000
# Rows and cells at most by which a table is judged.
_SAMPLE_ROWS = 1000
_SAMPLE_CELLS = 200_000
_LONGEST_NAME = 200
_SEPARATORS = ("\t", ";", ",")

# The layout of the World Data Center SILSO (https://www.sidc.be/SILSO/infosnmtot): seven columns without a head.
SILSO = ("year", "month", "decimal year", "sunspots", "deviation", "observations", "definitive")


@dataclass(frozen=True, eq=False)
class Table:
    """A table whose cells are read when they are needed.

    Args:
        text: All of it, lines ending in LF.
        source: What to call it in errors.
        separator: Between cells.
        names: Of the columns.
        head: Whether the first row holds them.
        sample: Cells of the first rows, by column.
        silso: Whether it has SILSO's layout, in which -1 means missing.
    """

    text: str
    source: str
    separator: str
    names: tuple[str, ...]
    head: bool
    sample: tuple[tuple[str, ...], ...]
    silso: bool

    def cells(self, places: Sequence[int]) -> list[list[str]]:
        """Read columns.

        Args:
            places: Which.

        Returns:
            The cells of each, from the first row to the last.

        Raises:
            SeriesError: A row has more or fewer cells than the head, or there are too many.
        """
        columns: list[list[str]] = [[] for _ in places]
        width, most = len(self.names), MOST_CELLS // max(1, len(places))
        for number, (line, row) in enumerate(self._rows()):
            if len(row) != width:
                raise SeriesError(
                    f"{self.source} has {len(row)} cells in line {line} and {width} in the first; "
                    "give every row the same cells"
                )
            if number >= most:
                raise SeriesError(
                    f"{self.source} has more than {MOST_CELLS:,} values, the most that is read; "
                    "cut it, or choose fewer columns with --column"
                )
            for column, place in zip(columns, places, strict=True):
                column.append(row[place])
        return columns

    def line(self, row: int) -> int:
        """Find the line of the text on which a row ends, counted from 1."""
        return next(islice(self._rows(), row, None))[0]

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        return islice(_rows(self.text, self.separator, self.source), int(self.head), None)


def table(
    text: str, source: str, decimal: str | None, most_columns: int = MOST_COLUMNS, head_words: Collection[str] = ()
) -> Table:
    """Find out how a table is laid out.

    Args:
        text: All of it, lines ending in LF.
        source: What to call it in errors.
        decimal: The decimal sign, if the user said which: a comma then separates nothing.
        most_columns: Columns at most.
        head_words: In lower case; a first row with one of them, which its column does not have again, is a head.

    Returns:
        The table.

    Raises:
        SeriesError: No rows, too many columns, or two of one name.
    """
    separator = _separator(text, source, [mark for mark in _SEPARATORS if mark != decimal])
    first: list[list[str]] = []
    for _, row in _rows(text, separator, source):
        first.append(row)
        if len(first) == _SAMPLE_ROWS or len(first) * len(row) > _SAMPLE_CELLS:
            break
    if not first:
        raise SeriesError(f"{source} has no rows; give a table with dates and numbers")
    width = len(first[0])
    if width > most_columns:
        raise SeriesError(f"{source} has {width:,} columns, more than {most_columns:,}; give one row a step")
    columns = list(zip(*(row for row in first if len(row) == width), strict=True))
    silso = _is_silso(columns)
    head = not silso and (_has_head(columns) or any(_is_name(column, head_words) for column in columns))
    names = SILSO if silso else _names(first[0], head)
    long = next((name for name in names if len(name) > _LONGEST_NAME), None)
    if long is not None:
        raise SeriesError(f"{source} starts with {long[:40]!r}... where names of columns belong; give a table")
    double = next((name for name, count in Counter(names).items() if count > 1), None)
    if double is not None:
        raise SeriesError(f"{source} has two columns {double!r}; give each a name of its own")
    return Table(text, source, separator, names, head, tuple(column[head:] for column in columns), silso)


def _rows(text: str, separator: str, source: str) -> Iterator[tuple[int, list[str]]]:
    """Read rows with the line on which each ends."""
    line = 0

    def lines() -> Iterator[str]:
        nonlocal line
        for line, content in enumerate(io.StringIO(text), start=1):  # noqa: B007 (told with each row)
            if not content.startswith("#"):
                yield content

    width = 0
    try:
        for row in csv.reader(lines(), delimiter=separator, skipinitialspace=True):
            cells = [cell.strip() for cell in row]
            width = width or len(cells)
            while len(cells) > width and not cells[-1]:
                cells.pop()
            if any(cells):
                yield line, cells
    except csv.Error as error:
        raise SeriesError(
            f"{source} cannot be read at line {line}: {error}; look for a quote that is not closed"
        ) from error


def _separator(text: str, source: str, marks: Sequence[str]) -> str:
    """Take the first mark by which all rows are equally wide, else the one by which most are."""
    start = "".join(islice((line for line in io.StringIO(text) if line.strip() and line[0] != "#"), 100))
    marks = [mark for mark in marks if mark in start] or marks  # a long line without the mark is no cell that csv reads
    best, most = marks[0], 0
    for mark in marks:
        widths = Counter(len(row) for _, row in _rows(start, mark, source))
        width, count = widths.most_common(1)[0] if widths else (1, 0)
        if width > 1 and len(widths) == 1:
            return mark
        if width > 1 and count > most:
            best, most = mark, count
    return best


def _has_head(columns: Sequence[Sequence[str]]) -> bool:
    """The first row is a head if it is words, or words where the column below has numbers or dates."""
    if all(not _is_value(first) for first, *_ in columns):
        return True
    return any(not _is_value(first) and _mostly_values(rest) for first, *rest in columns if not is_missing(first))


def _is_name(column: Sequence[str], words: Collection[str]) -> bool:
    return column[0].lower() in words and column[0] not in column[1:]


def _is_value(cell: str) -> bool:
    return is_figure(cell) or is_moment(cell)


def _mostly_values(cells: Sequence[str]) -> bool:
    present = [cell for cell in cells if not is_missing(cell)]
    return sum(map(_is_value, present)) * 2 > len(present)


def _names(first: Sequence[str], head: bool) -> tuple[str, ...]:
    # A name may be written on two lines.
    return tuple((head and " ".join(name.split())) or f"column{place}" for place, name in enumerate(first, start=1))


def _is_silso(columns: Sequence[Sequence[str]]) -> bool:
    if len(columns) != len(SILSO):
        return False
    try:
        years, months, decimals = ([float(cell) for cell in column] for column in columns[:3])
    except ValueError:
        return False
    return all(
        month in range(1, 13) and abs(year + (month - 0.5) / 12 - decimal) < 0.01
        for year, month, decimal in zip(years, months, decimals, strict=True)
    )
