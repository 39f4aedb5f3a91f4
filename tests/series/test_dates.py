"""Rules for dates, against the calendars that pandas makes."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import SeriesError
from chargen.series.dates import Rows, arrange

FREQUENCIES = [
    *("MS", "ME", "2MS", "QS-JAN", "QE-DEC", "QE-NOV", "YS-JAN", "YE-DEC", "YS-JUL", "10YS-JAN"),
    *("D", "2D", "W-SUN", "W-WED", "2W-MON", "h", "6h", "min", "5min", "s", "ms"),
]


def rows(dates: pd.DatetimeIndex, name: str = "x") -> Rows:
    return Rows(name, dates, np.arange(float(len(dates)))[:, None])


def on(*days: str) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(days)


@given(
    st.sampled_from(FREQUENCIES),
    st.datetimes(min_value=pd.Timestamp("1700-01-01"), max_value=pd.Timestamp("2100-01-01")),
    st.integers(7, 40),
    st.data(),
)
def test_calendars_are_recognised_in_any_order_and_with_gaps(
    frequency: str, start: pd.Timestamp, count: int, data: st.DataObject
) -> None:
    dates = pd.date_range(pd.Timestamp(start).normalize(), periods=count, freq=frequency).as_unit("us")
    kept = np.ones(count, np.bool_)
    kept[data.draw(st.integers(1, count - 2))] = False
    order = data.draw(st.permutations(range(int(kept.sum()))))
    (made,), found, _ = arrange([rows(dates[kept][list(order)])])
    assert found is not None
    again = pd.date_range(dates[0], periods=count, freq=found).as_unit("us")
    assert again.equals(dates)
    assert made.dates.equals(dates)
    assert int(np.isnan(made.values).sum()) == count - int(kept.sum())
    np.testing.assert_array_equal(made.values[kept].ravel(), np.argsort(order))


def test_weekdays_with_holidays_are_business_days() -> None:
    every = pd.bdate_range("2010-01-04", periods=200)
    holidays = [10, 77, 78, 120]
    (made,), found, notices = arrange([rows(every.delete(holidays))])
    assert (found, len(made.dates), notices) == ("B", 196, [])


def test_one_saturday_does_not_make_a_week_of_seven_days() -> None:
    days = pd.bdate_range("2010-01-04", periods=200).union(on("2010-02-06"))
    assert arrange([rows(days)])[1] == "B"


def test_daily_data_with_a_gap_are_days() -> None:
    days = pd.date_range("2010-01-01", periods=60).delete([20, 21, 40])
    (made,), found, notices = arrange([rows(days)])
    assert (found, len(made.dates), int(np.isnan(made.values).sum())) == ("D", 60, 3)
    assert notices == ["x: no row for 2010-01-21, 2010-01-22, 2010-02-10; taken as missing values"]


def test_a_last_trading_day_stands_for_its_month() -> None:
    days = on("2010-01-29", "2010-02-26", "2010-03-31", "2010-04-30", "2010-05-28", "2010-06-30")
    (made,), found, notices = arrange([rows(days)])
    assert (found, str(made.dates[4].date())) == ("ME", "2010-05-31")
    assert "one row a month or year, on different days" in notices[0]


@pytest.mark.parametrize(
    ("days", "frequency", "first"),
    [
        (on("2010-01-15", "2010-02-15", "2010-03-15"), "MS", "2010-01-01"),
        (on("2010-01-12", "2010-02-09", "2010-03-09", "2010-04-13"), "MS", "2010-01-01"),
        (on("2001-07-15", "2002-07-15", "2003-07-15"), "YS-JUL", "2001-07-01"),
        (on("2010-01-31", "2010-02-28"), "ME", "2010-01-31"),
        (on("2010-01-31", "2011-01-31", "2012-01-31"), "YE-JAN", "2010-01-31"),
    ],
)
def test_months_are_told_by_their_months(days: pd.DatetimeIndex, frequency: str, first: str) -> None:
    (made,), found, _ = arrange([rows(days)])
    assert (found, str(made.dates[0].date())) == (frequency, first)


def test_what_has_no_step_is_irregular_and_stays_as_it_is() -> None:
    days = on("2010-01-01", "2010-01-02", "2010-05-09", "2012-05-09")
    (made,), found, _ = arrange([rows(days[::-1])])
    assert found is None
    assert made.dates.equals(days.as_unit("us"))


def test_equal_rows_of_a_date_are_one_and_others_are_refused() -> None:
    days = on("2010-01-01", "2010-01-02", "2010-01-02", "2010-01-03")
    values = np.array([[1.0, np.nan], [2.0, np.nan], [2.0, np.nan], [3.0, 1.0]])
    (made,), found, notices = arrange([Rows("x", days, values)])
    assert (found, len(made.dates)) == ("D", 3)
    assert notices == ["x: 1 rows repeat a date and its values (2010-01-02); dropped"]
    values[2, 0] = 9
    with pytest.raises(SeriesError, match=r"x has different values for the same date: 2010-01-02; .*--id-column"):
        arrange([Rows("x", days, values)])


def test_many_series_have_one_frequency() -> None:
    days = pd.date_range("2010-01-01", periods=10, freq="MS")
    every_other, late = rows(days[::2], "a"), rows(days[6:], "b")
    (first, second), found, notices = arrange([every_other, late])
    assert (found, len(first.dates), len(second.dates)) == ("MS", 9, 4)
    assert notices[0].startswith("a: no row for 2010-02-01, 2010-04-01, 2010-06-01 and 1 more")
