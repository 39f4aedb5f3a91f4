"""Series and panels of what Python programs hold."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from chargen.errors import ChargenError, OptionError, SeriesError
from chargen.series.reading import read
from chargen.series.series import Panel, Series


def months(count: int) -> Series:
    dates = pd.date_range("2000-01-01", periods=count, freq="MS")
    return Series.of(pd.Series(np.arange(float(count)), dates, name="rain"))


def test_a_list_of_numbers_is_one_series() -> None:
    series = Series.of([1, 2, None, 4])
    np.testing.assert_array_equal(series.values, [[1.0], [2.0], [np.nan], [4.0]])
    assert (series.columns, series.frequency, series.name) == (("value",), None, "series")
    assert isinstance(series.index, pd.RangeIndex)
    assert list(series.index) == [0, 1, 2, 3]
    assert len(Panel.of([1, 2, None, 4])) == 1


def test_a_pandas_series_brings_its_name_dates_and_frequency() -> None:
    series = months(30)
    assert (series.name, series.columns, series.frequency, len(series)) == ("rain", ("rain",), "MS", 30)


def test_a_data_frame_has_its_columns_as_features() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [True, False], "c": pd.array([1, None], "Int64")})
    series = Series.of(frame, "frame")
    np.testing.assert_array_equal(series.values, [[1, 1, 1], [2, 0, np.nan]])
    assert series.columns == ("a", "b", "c")


def test_an_array_of_two_dimensions_has_features() -> None:
    assert Series.of(np.zeros((5, 2))).columns == ("value1", "value2")


def test_consecutive_numbers_stay_the_index() -> None:
    series = Series.of(pd.Series([5.0, 6.0], index=[1700, 1701]))
    assert list(series.index) == [1700, 1701]
    assert list(series.future(2)) == [1702, 1703]


def test_periods_are_dated_by_their_start() -> None:
    series = Series.of(pd.Series(range(4), index=pd.period_range("2000-11", periods=4, freq="M")))
    assert (series.frequency, str(series.index[0])[:10]) == ("MS", "2000-11-01")


def test_a_time_zone_gives_way_to_the_clock_on_the_wall() -> None:
    days = pd.date_range("2020-03-27", periods=5, freq="D", tz="Europe/Madrid")  # the clock changes on the 29th
    assert Series.of(pd.Series(range(5), days)).frequency == "D"
    hours = pd.date_range("2020-10-24 22:00", periods=8, freq="h", tz="Europe/Madrid")  # one hour comes twice
    assert Series.of(pd.Series(range(8), hours)).frequency == "h"


def test_values_cannot_be_changed() -> None:
    given = np.ones((3, 1))
    series = Series.of(given)
    given[0] = 7
    assert series.values[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        series.values[0, 0] = 7


def test_a_slice_keeps_dates_and_frequency() -> None:
    part = months(30)[24:]
    assert (len(part), part.frequency, str(part.index[0])[:10]) == (6, "MS", "2002-01-01")
    assert str(part.future(1)[0])[:10] == "2002-07-01"
    assert len(part[6:]) == 0
    with pytest.raises(SeriesError, match="not contiguous"):
        part[::2]


def test_columns_are_selected_in_the_order_given() -> None:
    series = Series.of(pd.DataFrame({"open": [1.0, 2], "high": [3.0, 4], "close": [5.0, 6]}))
    np.testing.assert_array_equal(series.select(["close", "open"]).values, [[5, 1], [6, 2]])
    with pytest.raises(SeriesError, match=r"no column 'clos' \(did you mean 'close'\?\); it has open, high, close"):
        series.select(["clos"])


@pytest.mark.parametrize(
    ("frequency", "start", "expected"),
    [
        ("MS", "2000-01-01", ["2000-07-01", "2000-08-01"]),
        ("ME", "2000-01-31", ["2000-07-31", "2000-08-31"]),
        ("D", "2000-02-25", ["2000-03-02", "2000-03-03"]),
        ("B", "2000-01-03", ["2000-01-11", "2000-01-12"]),
        ("W-SUN", "2000-01-02", ["2000-02-13", "2000-02-20"]),
        ("QS-OCT", "2000-01-01", ["2001-07-01", "2001-10-01"]),
        ("QE-DEC", "2000-03-31", ["2001-09-30", "2001-12-31"]),
        ("YS-JUL", "2000-07-01", ["2006-07-01", "2007-07-01"]),
        ("YE-DEC", "2000-12-31", ["2006-12-31", "2007-12-31"]),
        ("h", "2000-01-01", ["2000-01-01 06:00", "2000-01-01 07:00"]),
        ("15min", "2000-01-01", ["2000-01-01 01:30", "2000-01-01 01:45"]),
        ("2D", "2000-01-01", ["2000-01-13", "2000-01-15"]),
    ],
)
def test_the_future_goes_on_as_the_past_went(frequency: str, start: str, expected: list[str]) -> None:
    dates = pd.date_range(start, periods=6, freq=frequency)
    assert list(Series.of(pd.Series(range(6), dates)).future(2)) == [pd.Timestamp(date) for date in expected]


def test_the_future_is_bounded() -> None:
    for steps in (0, -1, 1.5, True):
        with pytest.raises(OptionError, match="--horizon"):
            months(5).future(steps)  # type: ignore[arg-type]
    last = pd.DatetimeIndex(np.arange("9999-08", "10000-01", dtype="datetime64[M]").astype("datetime64[s]"))
    with pytest.raises(ChargenError, match=r"year 10000|cannot be dated"):
        Series.of(pd.Series(range(5), last)).future(1)


def test_a_series_comes_back_from_its_own_csv(tmp_path: Path) -> None:
    series = Series(np.array([[0.1, np.nan], [1e-300, 2.0], [3.0, -7e17]]), months(3).index, ("a", "b,c"), "MS", "x")
    series.to_csv(tmp_path / "x.csv")
    again = read(tmp_path / "x.csv", columns=["a", "b,c"])
    assert isinstance(again, Series)
    np.testing.assert_array_equal(again.values, series.values)
    assert again.index.equals(series.index)
    assert (tmp_path / "x.csv").read_text().splitlines()[:2] == ['date,a,"b,c"', "2000-01-01,0.1,"]
    with pytest.raises(SeriesError, match="cannot write"):
        series.to_csv(tmp_path / "none" / "x.csv")


def test_a_numbered_series_comes_back_from_its_own_csv(tmp_path: Path) -> None:
    Series.of([1.5, 2.5, 4.0]).to_csv(tmp_path / "x.csv")
    again = read(tmp_path / "x.csv")
    assert isinstance(again, Series)
    assert (again.columns, again.values.ravel().tolist()) == (("value",), [1.5, 2.5, 4.0])


REFUSED: dict[str, tuple[Any, str]] = {
    "nothing": ([], "empty"),
    "words": (["a", "b"], "numbers belong"),
    "dates": (pd.Series(pd.to_datetime(["2000-01-01"])), "numbers belong"),
    "complex": (np.array([1j]), "numbers belong"),
    "infinite": ([1.0, float("inf")], "infinite value in column 'value' at row 2"),
    "infinite on a day": (
        pd.Series([1, np.inf, 2], pd.date_range("2000-01-01", periods=3)),
        "infinite value in column 'value' at 2000-01-02",
    ),
    "three dimensions": (np.zeros((2, 2, 2)), "3 dimensions"),
    "a number": (3.0, "0 dimensions"),
    "gaps in the numbers": (pd.Series([1.0, 2], index=[0, 5]), "neither dates nor consecutive numbers"),
    "irregular dates": (
        pd.Series([1.0, 2, 3, 4], pd.to_datetime(["2000-01-01", "2000-01-02", "2000-03-05", "2003-03-05"])),
        "without a regular step",
    ),
    "a missing date": (pd.Series([1.0, 2], pd.DatetimeIndex(["2000-01-01", None])), "no date in row 2"),
    "one date twice": (
        pd.Series([1.0, 2, 3], pd.to_datetime(["2000-01-01", "2000-01-02", "2000-01-02"])),
        "different values for the same date: 2000-01-02",
    ),
    "columns of one name": (pd.DataFrame([[1, 2]], columns=["a", "a"]), "two of one name"),
    "no columns": (pd.DataFrame(index=[0, 1]), "no columns"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_series_is_refused_by_name(name: str) -> None:
    data, message = REFUSED[name]
    with pytest.raises(SeriesError, match=message):
        Series.of(data)


def test_a_panel_takes_lists_and_mappings_of_series() -> None:
    panel = Panel.of({"north": [1, 2, 3], "south": [4, 5]})
    assert [(one.name, len(one)) for one in panel] == [("north", 3), ("south", 2)]
    assert (panel.columns, panel.frequency, len(panel)) == (("value",), None, 2)
    assert [one.name for one in Panel.of([np.array([1, 2]), np.array([3, 4])])] == ["0", "1"]
    assert [one.name for one in Panel.of((Series.of([1], "a"), Series.of([1], "b")))] == ["a", "b"]
    assert Panel.of(panel) is panel


def test_series_of_a_panel_are_of_one_kind() -> None:
    with pytest.raises(SeriesError, match="no series"):
        Panel.of({})
    with pytest.raises(SeriesError, match="two series 'a'"):
        Panel((Series.of([1], "a"), Series.of([2], "a")), "x")
    with pytest.raises(SeriesError, match="has the columns value1, value2, 'a' has value"):
        Panel.of({"a": [1, 2], "b": np.zeros((2, 2))})
    with pytest.raises(SeriesError, match="frequency MS, 'a' has None"):
        Panel.of({"a": [1, 2], "b": pd.Series([1, 2], pd.date_range("2000-01-01", periods=2, freq="MS"))})
