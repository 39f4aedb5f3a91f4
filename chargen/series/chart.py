"""A series and its forecast as a few lines of text, for the terminal."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chargen.config import is_count, require
from chargen.series.dates import show_date
from chargen.types import Floats

# Below this width all of it belongs to the line: figures at its left would leave too little.
LABELLED = 24
# Known values shown before a forecast, in its lengths, where the width has no place for so many.
SHOWN = 3

_BRAILLE = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
# The block that fills the quarters whose bits are set: 1 top left, 2 top right, 4 bottom left, 8 bottom right.
_QUARTERS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
_PLAIN = str.maketrans("│┤└─▲", "||+-^")


def chart(
    values: Floats,
    forecast: Floats | None = None,
    index: "pd.Index[Any] | None" = None,
    width: int = 72,
    height: int = 10,
    plain: bool = False,
) -> str:
    """Draw values in the order of time as a line of dots, and a forecast after them as a line of blocks.

    Without a forecast all values are drawn. Before a forecast stand the last ones: as many as the width has places
    for, at least SHOWN times the forecast. The line is broken where a value is missing or infinite.

    Args:
        values: What is known, float64 (n,).
        forecast: What follows, float64 (h,).
        index: The dates or numbers of all n + h values, for the marks below.
        width: Characters in a line at most.
        height: Lines altogether; the last two are the axis and its marks.
        plain: Whether ASCII has to do: stars for the line, o for the forecast.

    Returns:
        The lines, without spaces at their ends. At the left stand the highest and the lowest value that are drawn,
        below the first and the last of their index; a triangle after its date marks the start of the forecast.

    Raises:
        OptionError: No room to draw in.
    """
    require(is_count(width), "width", width, "a whole number from 1 up")
    require(is_count(height) and height >= 4, "height", height, "a whole number from 4 up")
    across, down = (1, 1) if plain else (2, 4)
    following = np.empty(0) if forecast is None else forecast
    if len(following):
        values = values[-max(across * width - len(following), SHOWN * len(following)) :]
    line = np.concatenate([values, following])
    line = np.where(np.isfinite(line), line, np.nan)
    heads = _heads(line, height - 2) if width >= LABELLED else [""] * (height - 2)
    margin = len(heads[0])
    columns = width - margin
    dots = _dots(line, across * columns, down * (height - 2))
    start = columns
    if len(following):
        start = int(_places(len(line), across * columns)[len(values)]) // across
    rows = _stars(dots, start) if plain else _blocks(dots, start)
    dates = []
    if index is not None and len(line):
        dates = [_show(date) for date in index[[len(index) - len(line), -max(len(following), 1), -1]]]
    lines = [head + row for head, row in zip(heads, rows, strict=True)]
    lines.append("└".rjust(margin)[:margin] + _axis(start, columns, dates[1] if dates else ""))
    lines.append(" " * margin + _ends(dates, columns))
    text = "\n".join(one.rstrip() for one in lines)
    return text.translate(_PLAIN) if plain else text


def _heads(line: Floats, rows: int) -> list[str]:
    """What stands left of each row: the highest value, the lowest, and the frame."""
    known = line[~np.isnan(line)]
    labels = [""] * rows
    if len(known):
        low, high = known.min(), known.max()
        labels[0], labels[-1] = f"{high:.6g}", f"{low:.6g}"
        if low == high:
            labels[0] = labels[-1] = ""
            labels[rows // 2] = f"{low:.6g}"
    room = max(len(label) for label in labels)
    return [label.rjust(room) + ("┤" if label else "│") for label in labels]


def _places(count: int, across: int) -> NDArray[np.int64]:
    """Spread values over the places of the width, from the first place to the last."""
    return _nearest(np.linspace(0, across - 1, count))


def _nearest(places: Floats) -> NDArray[np.int64]:
    """Round, halves up: halves to the even number would make uneven stairs of an even slope."""
    nearest: NDArray[np.int64] = np.floor(places + 0.5).astype(np.int64)
    return nearest


def _dots(line: Floats, across: int, down: int) -> NDArray[np.bool_]:
    """Draw the line between neighbours that are both known, and a dot for each value; bool (down, across)."""
    dots = np.zeros((down, across), np.bool_)
    known = ~np.isnan(line)
    if not known.any():
        return dots
    low, high = line[known].min() / 2, line[known].max() / 2  # halves: their difference is never infinite
    share = (line / 2 - low) / (high - low) if high > low else np.full(len(line), 0.5)
    x, y = _places(len(line), across), (1 - share) * (down - 1)
    dots[_nearest(y[known]), x[known]] = True
    first = np.flatnonzero(known[:-1] & known[1:])
    wide, steep = x[first + 1] - x[first], np.ceil(np.abs(y[first + 1] - y[first])).astype(np.int64)
    count = np.maximum(np.maximum(wide, steep), 1)  # dots from one value to the next
    segment = np.repeat(first, count)
    part = (np.arange(len(segment)) - np.repeat(np.cumsum(count) - count, count)) / np.repeat(count, count)
    at_y = y[segment] + part * (y[segment + 1] - y[segment])
    at_x = x[segment] + part * (x[segment + 1] - x[segment])
    dots[_nearest(at_y), _nearest(at_x)] = True
    return dots


def _stars(dots: NDArray[np.bool_], start: int) -> list[str]:
    glyphs = np.where(np.arange(dots.shape[1]) < start, "*", "o")
    return ["".join(row) for row in np.where(dots, glyphs, " ")]


def _blocks(dots: NDArray[np.bool_], start: int) -> list[str]:
    """Put the dots of each character together: Braille before the start of the forecast, blocks after it."""
    down, across = dots.shape
    cells = dots.reshape(down // 4, 4, across // 2, 2).swapaxes(1, 2)
    braille = (cells * _BRAILLE).sum(axis=(2, 3))
    quarters = cells.reshape(*cells.shape[:2], 2, 2, 2).any(axis=3)
    blocks = (quarters * np.array([[1, 2], [4, 8]])).sum(axis=(2, 3))
    return [
        "".join(chr(0x2800 + dot) if dot else " " for dot in row[:start])
        + "".join(_QUARTERS[block] for block in filled[start:])
        for row, filled in zip(braille, blocks, strict=True)
    ]


def _axis(start: int, columns: int, date: str) -> str:
    """Draw the axis, the start of the forecast marked and, where there is room before the mark, dated."""
    if start == columns:
        return "─" * columns
    before = f" {date} ".rjust(start, "─") if date and start >= len(date) + 2 else "─" * start
    return before + "▲" + "─" * (columns - start - 1)


def _ends(dates: list[str], columns: int) -> str:
    """Put the first date at the left and the last at the right, as far as there is room."""
    if not dates or len(dates[0]) > columns:
        return ""
    between = columns - len(dates[0]) - len(dates[-1])
    return dates[0] + (" " * between + dates[-1] if between >= 1 and dates[0] != dates[-1] else "")


def _show(date: object) -> str:
    return show_date(date) if isinstance(date, pd.Timestamp) else str(date)
