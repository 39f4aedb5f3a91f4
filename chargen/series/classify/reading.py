"""Tables of labelled sequences: a row each, as the UCR archive has them, or many rows each, told apart by an id.

Dau et al. 2019, "The UCR time series archive": no head, the label first, shorter sequences filled up with NaN at their
end.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from chargen.config import require
from chargen.errors import SeriesError
from chargen.series.classify.sequences import VALUE, Sequences
from chargen.series.figures import figures, is_figure, is_missing
from chargen.series.moments import is_moment, moments
from chargen.series.reading import COUNTERS, DATE_NAMES, OnNotice, content, groups, mostly
from chargen.series.series import require_column
from chargen.series.table import Table, table
from chargen.types import Floats

LABELS = ("label", "class", "target")
# Steps of a sequence that stands in a row, at most.
MOST_STEPS = 100_000
# Columns of these names stand for the order of a sequence's rows, and are no features unless they are chosen.
_ORDERS = (*DATE_NAMES, *COUNTERS, "t")
# Where one of these holds numbers or dates, they have to rise within a sequence.
_RISING = ("date", "datetime", "timestamp", "time", "step", "t", "index")


def read(
    source: str | Path | IO[str] | IO[bytes],
    *,
    label: str | None = None,
    columns: Sequence[str] = (),
    id_column: str | None = None,
    decimal: str | None = None,
    on_notice: OnNotice | None = None,
) -> Sequences:
    """Read labelled sequences from a table, separated by commas, semicolons or tabs, with a head or without.

    Args:
        source: A file's path, or an open file.
        label: The column of labels; without one a column called label, class or target, else the first.
        columns: The columns of steps (features where there are ids), in this order; else all of numbers.
        id_column: What tells sequences apart whose steps stand one under the other; without one a row is a sequence.
        decimal: The decimal sign, `.` or `,`.
        on_notice: Told, in a line, what was chosen.

    Returns:
        The sequences. In a row, cells that are missing at its end end the sequence.

    Raises:
        SeriesError: The table cannot be read, or a sequence or its label cannot be used.
        OptionError: An option makes no sense.
    """
    require(decimal in (None, ".", ","), "--decimal", decimal, "'.' or ','")
    text, shown, _ = content(source)
    words = {name.lower() for name in (*LABELS, *columns, label or "label", id_column or "label")}
    found = table(text, shown, decimal, MOST_STEPS, words)
    for column in (*columns, *(name for name in (label, id_column) if name is not None)):
        require_column(column, found.names, shown)
    tell = on_notice or (lambda notice: None)
    place = _label_place(found, label, id_column, tell)
    if id_column is None:
        return _rows(found, place, columns, decimal, tell)
    return _groups(found, place, found.names.index(id_column), columns, decimal, tell)


def _label_place(found: Table, label: str | None, id_column: str | None, tell: OnNotice) -> int:
    """Find the column of labels."""
    if label is not None and label == id_column:
        raise SeriesError(f"--label and --id-column are both {label!r}; name two columns")
    if label is not None:
        return found.names.index(label)
    names = [name.lower() for name in found.names]
    named = [place for place, name in enumerate(names) if name in LABELS and found.names[place] != id_column]
    if len(named) > 1:
        raise SeriesError(
            f"{found.source} has the columns {' and '.join(repr(found.names[place]) for place in named)}, and each may "
            "be that of labels; say which is with --label"
        )
    if not named and id_column is not None:
        raise SeriesError(
            f"{found.source} has no column called {', '.join(LABELS)}; name the column of labels with --label"
        )
    place = named[0] if named else 0
    tell(f"{found.source}: labels from column {found.names[place]!r}" + ("" if named else ", the first; see --label"))
    return place


def _rows(found: Table, label: int, columns: Sequence[str], decimal: str | None, tell: OnNotice) -> Sequences:
    """Read a sequence from each row."""
    places = _number_places(found, [label], columns, tell)
    cells = found.cells([label, *places])
    labels = _labels(cells[0], found)
    names = [found.names[place] for place in places]
    values = figures(cells[1:], names, decimal, found.separator, found.source, found.line, "--column")
    known = ~np.isnan(values)
    lengths = np.where(known.any(axis=1), len(places) - known[:, ::-1].argmax(axis=1), 0)
    for row, step in np.argwhere(~known & (np.arange(len(places)) < np.maximum(lengths, 1)[:, None]))[:1]:
        raise SeriesError(
            f"{found.source} misses the value of column {names[step]!r} in line {found.line(row)}: cells may be "
            "missing at the end of a row only, where its sequence ends; fill it, or leave the row out"
        )
    made = tuple(row[:length, None] for row, length in zip(values, lengths, strict=True))
    numbers = tuple(str(number) for number in range(1, len(made) + 1))
    return Sequences(made, labels, (VALUE,), numbers, found.source)


def _groups(
    found: Table, label: int, identity: int, columns: Sequence[str], decimal: str | None, tell: OnNotice
) -> Sequences:
    """Read a sequence from the rows of each id, in their order."""
    orders = [place for place, name in enumerate(found.names) if name.lower() in _ORDERS and name not in columns]
    places = _number_places(found, [label, identity, *orders], columns, tell)
    rising = [place for place in orders if found.names[place].lower() in _RISING and place not in (label, identity)]
    cells = found.cells([label, identity, *places, *rising])
    labels = _labels(cells[0], found)
    names = tuple(found.names[place] for place in places)
    steps = cells[2 : 2 + len(places)]
    values = figures(steps, names, decimal, found.separator, found.source, found.line, "--column")
    for row, column in np.argwhere(np.isnan(values))[:1]:
        raise SeriesError(
            f"{found.source} misses the value of column {names[column]!r} in line {found.line(row)}; fill it, leave "
            "the row out, or choose other columns with --column"
        )
    grouped = groups(cells[1], found)
    told = []
    for name, rows in grouped.items():
        for row in rows:
            if labels[row] != labels[rows[0]]:
                raise SeriesError(
                    f"{found.source} has the labels {labels[rows[0]][:40]!r} and {labels[row][:40]!r} in sequence "
                    f"{name[:40]!r}, line {found.line(int(row))}; give all rows of a sequence one label, or name the "
                    "column of labels with --label"
                )
        told.append(labels[rows[0]])
    for place, column_cells in zip(rising, cells[2 + len(places) :], strict=True):
        _require_rising(column_cells, found, place, decimal, grouped)
    made: tuple[Floats, ...] = tuple(values[rows] for rows in grouped.values())
    return Sequences(made, tuple(told), names, tuple(grouped), found.source)


def _number_places(found: Table, taken: Sequence[int], columns: Sequence[str], tell: OnNotice) -> list[int]:
    """Find the columns of numbers that are meant."""
    if columns:
        places = [found.names.index(column) for column in dict.fromkeys(columns)]
        for place in places:
            if place in taken:
                raise SeriesError(
                    f"--column has {found.names[place]!r}, which is the column of labels or ids; leave it out"
                )
        return places
    free = [place for place in range(len(found.names)) if place not in taken]
    places = [place for place in free if _is_numbers(found.sample[place])]
    if not places:
        raise SeriesError(f"{found.source} has no columns of numbers beside the labels; give a table with some")
    left = [found.names[place] for place in free if place not in places]
    if left:
        shown = ", ".join(left[:8]) + (f" and {len(left) - 8} more" if len(left) > 8 else "")
        tell(f"{found.source}: left out, having no numbers: {shown}; choose columns with --column")
    return places


def _is_numbers(cells: Sequence[str]) -> bool:
    # The last steps may be missing in all rows by which a table is judged.
    return mostly(is_figure, cells) or all(map(is_missing, cells))


def _labels(cells: Sequence[str], found: Table) -> tuple[str, ...]:
    if not cells:
        raise SeriesError(f"{found.source} has no rows below its head; give labelled sequences")
    labels = tuple(" ".join(cell.split()) for cell in cells)
    if "" in labels:
        raise SeriesError(
            f"{found.source} has no label in line {found.line(labels.index(''))}; give every row one, or name the "
            "column of labels with --label"
        )
    return labels


def _require_rising(
    cells: Sequence[str],
    found: Table,
    place: int,
    decimal: str | None,
    grouped: Mapping[str, NDArray[np.int64]],
) -> None:
    """Refuse rows that are out of order, as far as a column tells."""
    name = found.names[place]
    if mostly(is_figure, cells):
        order = figures([cells], [name], decimal, found.separator, found.source, found.line, "--column")[:, 0]
    elif all(map(is_moment, cells)):
        order = moments(cells, None, name, found.source, found.line).to_numpy().astype(np.int64)
    else:
        return
    for one, rows in grouped.items():
        back = np.flatnonzero(np.diff(order[rows]) < 0)
        if len(back):
            raise SeriesError(
                f"{found.source} goes back in column {name!r} within sequence {one[:40]!r}, line "
                f"{found.line(int(rows[back[0] + 1]))}; sort the rows by it, or call it otherwise if it is no order"
            )
