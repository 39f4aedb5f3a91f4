"""Cells of a table to numbers.

Which sign is the decimal one is told by the cells themselves: 6.73 and 0,5 leave no doubt. Where they do leave one, as
1,234 does, or where thousands are set apart, as in 1.234,56, the user has to say.
"""

import re
from collections.abc import Callable, Sequence
from enum import Flag, auto
from math import isinf

import numpy as np
from numpy.typing import NDArray

from chargen.errors import SeriesError

_MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none", "-", "--", "?"})
_EXPONENT = r"(?:[eE][+-]?\d{1,9})?"
_PLAIN = re.compile(rf"[+-]?(?:\d+(?:[.]\d*)?|[.]\d+){_EXPONENT}", re.ASCII)
_COMMA = re.compile(rf"[+-]?(?:\d+,\d*|,\d+){_EXPONENT}", re.ASCII)
_DOUBTFUL = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
_THOUSANDS = {
    ".": re.compile(rf"[+-]?\d{{1,3}}(?:,\d{{3}})+(?:[.]\d*)?{_EXPONENT}", re.ASCII),
    ",": re.compile(rf"[+-]?\d{{1,3}}(?:[.]\d{{3}})+(?:,\d*)?{_EXPONENT}", re.ASCII),
}
_INFINITE = re.compile(r"[+-]?inf(?:inity)?|[+-]?∞", re.IGNORECASE)


class _Sign(Flag):
    """What a cell tells of the decimal sign."""

    NONE = 0
    DOT = auto()
    COMMA = auto()
    DOT_OR_THOUSANDS = auto()
    COMMA_OR_THOUSANDS = auto()
    THOUSANDS = auto()


def is_missing(cell: str) -> bool:
    """Tell whether a cell stands for a value that is not there."""
    return cell.lower() in _MISSING


def is_figure(cell: str) -> bool:
    """Tell whether a cell can be read as a number in one way or another."""
    return any(form.fullmatch(cell) for form in (_PLAIN, _COMMA, _INFINITE, *_THOUSANDS.values()))


def figures(
    columns: Sequence[Sequence[str]],
    names: Sequence[str],
    decimal: str | None,
    separator: str,
    source: str,
    line: Callable[[int], int],
    options: str = "--target and --column",
) -> NDArray[np.float64]:
    """Read columns of numbers, of one decimal sign.

    Args:
        columns: Their cells, stripped.
        names: Of the columns.
        decimal: The decimal sign `.` or `,`; None: as the cells tell.
        separator: What stands between cells: semicolons are often there for the sake of decimal commas.
        source: What to call the table in errors.
        line: Gives the line of a row.
        options: Those that choose columns, for messages.

    Returns:
        float64 (rows, columns), NaN where missing.

    Raises:
        SeriesError: A cell is no number or infinite, or the decimal sign is in doubt.
    """
    seen: dict[_Sign, str] = {}
    if decimal is None:
        for column in columns:
            for cell in column:
                if ("," in cell or "." in cell) and (sign := _sign(cell)) not in seen:
                    seen[sign] = cell
        decimal = _decimal(seen, separator, source)
    values = np.empty((len(columns[0]), len(columns)))
    for place, (name, column) in enumerate(zip(names, columns, strict=True)):
        for row, cell in enumerate(column):
            value = _value(cell, decimal)
            if value is None or isinf(value):
                what = f"no number{_as_text(decimal)}" if value is None else "infinite"
                raise SeriesError(
                    f"{source} has {_shown(cell)} in column {name!r}, line {line(row)}, which is {what}; "
                    f"correct it, leave it empty, or choose others with {options}"
                )
            values[row, place] = value
    return values


def _as_text(decimal: str) -> str:
    return " with decimal commas" if decimal == "," else ""


def _sign(cell: str) -> _Sign:
    if _DOUBTFUL.fullmatch(cell):
        return _Sign.COMMA_OR_THOUSANDS if "," in cell else _Sign.DOT_OR_THOUSANDS
    if _PLAIN.fullmatch(cell):
        return _Sign.DOT
    if _COMMA.fullmatch(cell):
        return _Sign.COMMA
    return _Sign.THOUSANDS if any(form.fullmatch(cell) for form in _THOUSANDS.values()) else _Sign.NONE


def _decimal(seen: dict[_Sign, str], separator: str, source: str) -> str:
    doubtful = [_Sign.THOUSANDS]
    if _Sign.COMMA not in seen:
        doubtful.append(_Sign.COMMA_OR_THOUSANDS)
    else:
        doubtful += [_Sign.DOT, _Sign.DOT_OR_THOUSANDS]
    if separator == ";" and _Sign.DOT not in seen:
        doubtful.append(_Sign.DOT_OR_THOUSANDS)
    for sign in doubtful:
        if sign in seen:
            beside = f" beside {_shown(seen[_Sign.COMMA])}" if _Sign.COMMA in seen and sign != _Sign.THOUSANDS else ""
            raise SeriesError(
                f"{source} has {_shown(seen[sign])}{beside}, which reads in two ways; "
                "say which sign is the decimal one: --decimal . or --decimal ,"
            )
    return "," if _Sign.COMMA in seen else "."


def _value(cell: str, decimal: str) -> float | None:
    """Read a number; None if it is none."""
    if _PLAIN.fullmatch(cell) and (decimal == "." or "." not in cell):
        return float(cell)
    if decimal == "," and _COMMA.fullmatch(cell):
        return float(cell.replace(",", "."))
    if is_missing(cell):
        return float("nan")
    if _THOUSANDS[decimal].fullmatch(cell):
        return float(cell.replace("," if decimal == "." else ".", "").replace(",", "."))
    return float("inf") if _INFINITE.fullmatch(cell) else None


def _shown(cell: str) -> str:
    return repr(cell if len(cell) <= 40 else cell[:37] + "...")
