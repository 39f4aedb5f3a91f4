"""A panel on disk comes back value for value and date for date, or is refused."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import DamagedRunError
from chargen.runs import pack
from chargen.series.series import Panel, Series
from chargen.series.storing import ABOUT, VALUES, read_panel, write_panel
from tests.runs.test_hostile import VALUES as ANYTHING
from tests.series import small


def again(panel: Panel) -> Panel:
    files = write_panel(panel)
    return read_panel(files[VALUES], files[ABOUT], "here")


def assert_same(first: Panel, second: Panel) -> None:
    assert (first.name, first.columns, first.frequency, len(first)) == (
        second.name,
        second.columns,
        second.frequency,
        len(second),
    )
    for ours, theirs in zip(first, second, strict=True):
        assert ours.name == theirs.name
        assert ours.index.equals(theirs.index)
        assert ours.values.tobytes() == theirs.values.tobytes()
        assert ours.future(5).equals(theirs.future(5))


@pytest.mark.parametrize(
    ("first", "frequency"),
    [
        ("1990-01-01", "MS"),
        ("1500-01-01", "YS-JAN"),
        ("2500-12-31", "QE-DEC"),
        ("2024-02-26", "B"),
        ("2024-02-29", "h"),
    ],
)
@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_dates_of_any_century(first: str, frequency: str, unit: Any) -> None:
    index = pd.date_range(pd.Timestamp(first).as_unit("us"), periods=30, freq=frequency)
    if unit != "ns" or 1700 < index[0].year < 2200:
        index = index.as_unit(unit)
    assert_same(panel := Panel.of(Series(small.wave(30), index, ("é",), frequency, "naïve")), again(panel))


def test_panels_and_numbered_rows() -> None:
    assert_same(panel := small.panel(5, 1, 9, features=3), again(panel))
    numbered = Panel.of(pd.Series([1.0, np.pi, 1e-300, -0.0], index=pd.RangeIndex(-2, 2), name="x"))
    assert_same(numbered, again(numbered))


@given(st.lists(st.floats(allow_infinity=False, width=64), min_size=1, max_size=9))
def test_values_bit_for_bit(values: list[float]) -> None:
    panel = Panel.of(np.array(values))
    assert again(panel).series[0].values.tobytes() == panel.series[0].values.tobytes()


FILES = write_panel(small.panel(6, 4, features=2))


@pytest.mark.parametrize("key", list(json.loads(FILES[ABOUT])))
@given(value=ANYTHING)
def test_any_value_is_read_or_refused(key: str, value: Any) -> None:
    about = json.loads(FILES[ABOUT]) | {key: value}
    try:
        panel = read_panel(FILES[VALUES], json.dumps(about).encode(), "here")
    except DamagedRunError as error:
        assert "here keeps no series that can be read" in str(error)  # noqa: PT017
        return
    assert [len(series) for series in panel] == [6, 4]


TWO = {"values": np.ones((10, 2)), "index": np.arange(10)}


@pytest.mark.parametrize(
    ("change", "tensors", "message"),
    [
        ({"lengths": [6, 5]}, {}, "its values and dates do not fit"),
        ({"lengths": [6]}, {}, "its lengths and names do not fit"),
        ({"lengths": [10, 0]}, {}, "its lengths and names do not fit"),
        ({"lengths": [10**400, 4]}, {}, "its values and dates do not fit"),
        ({"series": ["a", "a"]}, {}, "two series 'a'"),
        ({"series": ["a", 1]}, {}, "its names are no texts"),
        ({"columns": ["a"]}, {}, "has values of shape"),
        ({"frequency": "fortnight"}, {}, "Invalid frequency"),
        ({"frequency": "-1MS"}, {}, "its step is '-1MS'"),
        ({"frequency": ["MS"]}, {}, "its step is"),
        ({}, TWO | {"values": np.ones((9, 2))}, "its values and dates do not fit"),
        ({}, TWO | {"values": np.ones((10, 2), np.float32)}, "its values and dates do not fit"),
        ({}, TWO | {"values": np.full((10, 2), np.inf)}, "infinite value"),
        ({}, TWO | {"index": np.arange(9)}, "its values and dates do not fit"),
        ({}, TWO | {"index": np.arange(10)[::-1].copy()}, "its rows are not in the order of time"),
        ({}, TWO | {"index": np.zeros(10, np.int64)}, "its rows are not in the order of time"),
        ({"dated": False}, TWO | {"index": np.arange(0, 20, 2)}, "its rows are not numbered one by one"),
        ({"dated": False}, TWO | {"index": np.arange(10.0)}, "its values and dates do not fit"),
    ],
)
def test_parts_that_do_not_fit(change: dict[str, Any], tensors: dict[str, Any], message: str) -> None:
    about = json.dumps(json.loads(FILES[ABOUT]) | change).encode()
    with pytest.raises(DamagedRunError, match=message) as refused:
        read_panel(pack(tensors) if tensors else FILES[VALUES], about, "here")
    assert str(refused.value).endswith("restore it from a copy")


CUTS: list[Callable[[bytes], bytes]] = [lambda content: content[:-1], lambda content: b"", lambda content: b"[1]"]


@pytest.mark.parametrize("name", [VALUES, ABOUT])
@pytest.mark.parametrize("cut", CUTS)
def test_files_that_are_no_such_files(name: str, cut: Callable[[bytes], bytes]) -> None:
    files = FILES | {name: cut(cut(FILES[name]))}
    with pytest.raises(DamagedRunError, match="here keeps no series that can be read"):
        read_panel(files[VALUES], files[ABOUT], "here")
