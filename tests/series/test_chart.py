"""The chart in the terminal: small ones drawn by hand, and the shape of any."""

import math
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import OptionError
from chargen.series.chart import chart

NAN = math.nan


def lines(values: list[float], forecast: list[float] | None = None, **options: Any) -> list[str]:
    following = None if forecast is None else np.array(forecast, np.float64)
    return chart(np.array(values, np.float64), following, **options).split("\n")


def test_stars() -> None:
    assert lines([0, 1, 2, 3], width=4, height=6, plain=True) == ["   *", "  *", " *", "*", "----", ""]


def test_a_forecast_in_plain_letters() -> None:
    assert lines([0, 1], [2, 3], width=4, height=6, plain=True) == ["   o", "  o", " *", "*", "--^-", ""]


def test_dots() -> None:
    # Two dots across and eight down: the line climbs through the left column, then through the right one.
    assert lines([0, 1], width=1, height=4) == ["⢸", "⡇", "─", ""]
    assert lines([5, 5, 5, 5], width=2, height=4) == ["", "⠉⠉", "──", ""]


def test_blocks() -> None:
    assert lines([], [0, 1], width=1, height=4) == ["▐", "▌", "▲", ""]
    # A dot and a column of four, then a column of four (two quarters) and a dot.
    assert lines([1, 1], [0, 0], width=2, height=4) == ["⢹", " ▙", "─▲", ""]


def test_what_is_missing_is_blank() -> None:
    assert lines([0, NAN, 0, NAN, NAN, 3], width=6, height=6, plain=True) == ["     *", "", "", "* *", "------", ""]
    assert lines([math.inf, 1, -math.inf], width=3, height=4, plain=True) == ["", " *", "---", ""]
    assert lines([NAN, NAN], width=24, height=4, plain=True) == ["|", "|", "+" + "-" * 23, ""]
    assert lines([], width=24, height=4, plain=True) == ["|", "|", "+" + "-" * 23, ""]


def test_neighbours_are_joined() -> None:
    assert lines([0, 3], width=2, height=6, plain=True) == [" *", " *", "*", "*", "--", ""]
    assert lines([0, 3], width=7, height=6, plain=True) == ["      *", "    **", "  **", "**", "-------", ""]


def test_the_highest_and_the_lowest_value_at_the_left() -> None:
    drawn = lines([-1.5, 200.25], width=24, height=5)
    assert [line[:7] for line in drawn[:3]] == ["200.25┤", "      │", "  -1.5┤"]
    assert drawn[3] == "      └" + "─" * 17
    assert [line[:2] for line in lines([7, 7], width=24, height=5)[:3]] == [" │", "7┤", " │"]
    assert lines([0, 1], width=23, height=4)[0].strip()[0] not in "01"  # too narrow for figures


def test_dates_below() -> None:
    index = pd.date_range("2024-01-01", periods=40, freq="MS")
    *_, axis, ends = lines(list(range(28)), list(range(12)), index=index, width=44, height=5, plain=True)
    assert axis == "  +" + "-" * 17 + " 2026-05-01 ^" + "-" * 11
    assert ends == "   2024-01-01" + " " * 21 + "2027-04-01"
    *_, axis, ends = lines([1, 2], [3], index=pd.RangeIndex(5, 8), width=24, height=5, plain=True)
    assert (axis, ends) == (" +" + "-" * 18 + " 7 ^", "  5" + " " * 20 + "7")


def test_labels_without_room_are_left_out() -> None:
    index = pd.date_range("2024-01-01", periods=3, freq="MS")
    assert lines([1, 2], [3], index=index, width=9, height=4, plain=True)[-2:] == ["--------^", ""]
    assert lines([1, 2], [3], index=index, width=20, height=4, plain=True)[-1] == "2024-01-01"
    assert lines([1, 2], [3], index=index, width=21, height=4, plain=True)[-1] == "2024-01-01 2024-03-01"
    assert lines([1], index=index[:1], width=40, height=4)[-1].split() == ["2024-01-01"]


def test_before_a_forecast_stands_the_end_of_what_is_known() -> None:
    index = pd.RangeIndex(1010)
    assert lines(list(range(1000)), list(range(10)), index=index, width=70, plain=True)[-1].split() == ["940", "1009"]
    index = pd.RangeIndex(1100)
    assert lines(list(range(1000)), list(range(100)), index=index, width=70)[-1].split() == ["700", "1099"]
    assert lines(list(range(1000)), index=index[:1000], width=70)[-1].split() == ["0", "999"]


@pytest.mark.parametrize(("option", "value"), [("width", 0), ("height", 3), ("width", 2.5), ("height", True)])
def test_no_room(option: str, value: Any) -> None:
    with pytest.raises(OptionError, match=f"{option} is {value}; it takes a whole number from"):
        lines([1, 2], **{option: value})


FIGURES = st.lists(st.floats(), max_size=60)


@given(FIGURES, FIGURES, st.integers(1, 100), st.integers(4, 20), st.booleans(), st.booleans())
def test_the_shape_of_any(
    values: list[float], forecast: list[float], width: int, height: int, plain: bool, dated: bool
) -> None:
    count = len(values) + len(forecast)
    index = pd.date_range("1749-01-01", periods=count, freq="MS") if dated else pd.RangeIndex(count)
    drawn = lines(values, forecast, index=index, width=width, height=height, plain=plain)
    assert len(drawn) == height
    assert all(len(line) <= width and line == line.rstrip() for line in drawn)
    assert "".join(drawn).isascii() or not plain
    known, following = (r"\*", "o") if plain else ("[\u2801-\u28ff]", "[\u2580-\u259f]")
    rows, mark = drawn[:-2], drawn[-2].find("^" if plain else "▲")
    assert (mark >= 0) == bool(forecast)
    margin = 0 if width < 24 else drawn[-2].index("+" if plain else "└") + 1
    for row in rows:
        ends = [found.end() for found in re.finditer(known, row[margin:])]
        starts = [found.start() for found in re.finditer(following, row[margin:])]
        assert max(ends, default=0) <= (mark - margin if forecast else width)
        assert min(starts, default=width) >= mark - margin
        assert forecast or not starts
    if any(map(math.isfinite, forecast)):
        assert any(re.search(following, row[margin:]) for row in rows)


@given(st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=200), st.integers(24, 100))
def test_every_value_lies_on_the_line(values: list[float], width: int) -> None:
    drawn = lines(values, width=width, height=10, plain=True)
    margin = drawn[-2].index("+") + 1
    stars = {(row, column) for row in range(8) for column, glyph in enumerate(drawn[row][margin:]) if glyph == "*"}
    low, high = min(values), max(values)
    for place, value in enumerate(values):
        column = place * (width - margin - 1) / max(len(values) - 1, 1)
        row = 7 * (high - value) / (high - low) if high > low else 3.5
        assert any(abs(row - r) <= 0.5001 and abs(column - c) <= 0.5001 for r, c in stars)
    assert {column for _, column in stars} == set(range(width - margin if len(values) > 1 else 1))


def test_a_long_series() -> None:
    values = np.random.default_rng(3).standard_normal(100_000)
    drawn = chart(values).split("\n")
    assert drawn[0].startswith(f"{values.max():.6g}".rjust(8) + "┤")
    assert drawn[-3].startswith(f"{values.min():.6g}".rjust(8) + "┤")
