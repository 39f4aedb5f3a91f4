"""Seasons that nobody has to say."""

import numpy as np
import pandas as pd
import pytest

from chargen.series.seasons import LEAST_WINDOW, seasons, window
from chargen.series.series import Panel, Series


def of(frequency: str | None, name: str = "x", column: str = "value", n: int = 400) -> Panel:
    index = pd.RangeIndex(n) if frequency is None else pd.date_range("1990-01-01", periods=n, freq=frequency)
    return Panel((Series(np.arange(float(n))[:, None], index, (column,), frequency, name),), name)


@pytest.mark.parametrize(
    ("frequency", "expected"),
    [
        ("MS", (12,)),
        ("ME", (12,)),
        ("B", (5,)),
        ("D", (7,)),
        ("h", (24,)),
        ("QS-JAN", (4,)),
        ("W-SUN", (52,)),
        ("min", (60,)),
        ("s", (60,)),
        ("YS-JAN", ()),
        ("2MS", ()),
        ("ms", ()),
        (None, ()),
    ],
)
def test_by_frequency(frequency: str | None, expected: tuple[int, ...]) -> None:
    assert seasons(of(frequency)) == expected


@pytest.mark.parametrize(
    ("name", "column"),
    [("sunspots", "value"), ("Sunspots_SILSO_1749-2018", "mean"), ("silso", "x"), ("data", "Sunspot Number")],
)
def test_the_sun_has_two_seasons(name: str, column: str) -> None:
    assert seasons(of("MS", name, column)) == (12, 132)
    assert seasons(of("D", name, column)) == (7,)


def test_a_window_is_the_longest_season() -> None:
    assert window(of("MS", "sunspots", n=1000), 12) == 132
    assert window(of("W-SUN"), 12) == 52
    assert window(of("D"), 12) == LEAST_WINDOW


@pytest.mark.parametrize(("n", "horizon", "expected"), [(60, 12, 12), (5, 1, 1), (3, 9, 1)])
def test_a_short_series_has_room_for_four_windows(n: int, horizon: int, expected: int) -> None:
    assert window(of("MS", n=n), horizon) == expected
