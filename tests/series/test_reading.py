"""Tables to series: what is recognised, what is refused, and that nothing ends in a traceback."""

import csv
import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import ChargenError, OptionError, SeriesError
from chargen.series import encoding, table
from chargen.series.figures import is_figure
from chargen.series.reading import read
from chargen.series.series import Panel, Series

PRICES = """Date,Open,High,Low,Close,Volume,Name
2006-01-03,82.45,82.55,80.81,82.06,11715200,IBM
2006-01-04,82.2,82.5,,81.95,9840600,IBM
2006-01-05,81.4,82.9,81.0,82.5,7213500,IBM
2006-01-06,83.95,85.03,83.41,84.95,8197400,IBM
2006-01-09,84.1,84.25,83.38,83.73,6858200,IBM
"""
SILSO = """1749;01;1749.042;  96.7; -1.0;   -1;1
1749;02;1749.123; 104.3; -1.0;   -1;1
1749;03;1749.204;  -1.0;  3.5;   -1;1
"""


def series(text: str, **options: Any) -> Series:
    found = read(io.StringIO(text), **options)
    assert isinstance(found, Series)
    return found


def days(found: Series) -> list[str]:
    return [str(date).removesuffix(" 00:00:00") for date in found.index]


def test_a_table_of_prices_is_read_by_its_close() -> None:
    told: list[str] = []
    found = series(PRICES, on_notice=told.append)
    assert (found.columns, found.frequency, found.name) == (("Close",), "B", "series")
    assert found.values.ravel().tolist() == [82.06, 81.95, 82.5, 84.95, 83.73]
    assert days(found)[0] == "2006-01-03"
    assert [str(date)[:10] for date in found.future(4)] == ["2006-01-10", "2006-01-11", "2006-01-12", "2006-01-13"]
    assert told == ["the table: reading column 'Close'; there are also Open, High, Low, Volume: choose with --target"]


def test_targets_come_first() -> None:
    found = series(PRICES, columns=["Open", "Low"], target=["Close", "Low"])
    assert found.columns == ("Close", "Low", "Open")
    np.testing.assert_array_equal(found.values[1], [81.95, np.nan, 82.2])


def test_the_layout_of_silso_is_recognised() -> None:
    found = series(SILSO)
    assert (found.columns, found.frequency, days(found)[0]) == (("sunspots",), "MS", "1749-01-01")
    np.testing.assert_array_equal(found.values.ravel(), [96.7, 104.3, np.nan])
    assert series(SILSO, columns=["deviation"]).values[2, 0] == 3.5


def test_a_column_that_counts_the_rows_is_no_value() -> None:
    found = series(",Date,Monthly Mean\n0,1749-01-31,96.7\n1,1749-02-28,104.3\n2,1749-03-31,116.7\n")
    assert (found.columns, found.frequency) == (("Monthly Mean",), "ME")
    assert str(found.future(1)[0])[:10] == "1749-04-30"


@pytest.mark.parametrize(
    ("text", "frequency", "first", "values"),
    [
        ('"Month","Sunspots"\n"1749-01",58.0\n"1749-02",62.6', "MS", "1749-01-01", [58.0, 62.6]),
        ("Fecha;Valor\n31.12.2010;1,5\n01.01.2011;-2,25\n", "D", "2010-12-31", [1.5, -2.25]),
        ("date\tv\n12/31/2010\t1\n1/1/2011\t2\n", "D", "2010-12-31", [1, 2]),
        ("date,v\n31-12-2010,1\n01-01-2011,2\n", "D", "2010-12-31", [1, 2]),
        ("2010/1/31,1.5\n2010/2/28,2\n", "ME", "2010-01-31", [1.5, 2]),
        ("year,v\n1700,5\n1701,11\n", "YS-JAN", "1700-01-01", [5, 11]),
        ("year,month,v\n1700,11,5\n1700,12,6\n1701,1,7\n", "MS", "1700-11-01", [5, 6, 7]),
        ("year,month,day,v\n1700,12,31,5\n1701,1,1,6\n", "D", "1700-12-31", [5, 6]),
        ("date,v\n20100104,5\n20100111,11\n", "W-MON", "2010-01-04", [5, 11]),
        ("quarter,v\n2010-Q4,1\n2011Q1,2\n", "QS-JAN", "2010-10-01", [1, 2]),
        ("t,v\n2010-01-01T23:30:00,5\n2010-01-02 00:00,6\n", "30min", "2010-01-01 23:30:00", [5, 6]),
        ("t,v\n2010-01-01T01:00Z,5\n2010-01-01T03:00+01:00,6\n", "h", "2010-01-01 01:00:00", [5, 6]),
        ("t,v\n2010-01-01 01:00+02:00,5\n2010-01-01 02:00+02:00,6\n", "h", "2010-01-01 01:00:00", [5, 6]),
        ("# made by hand\n\nx, v \n 1.5e3 , 2\n .5 , +4\n", None, "0", [1500, 0.5]),
        ("1\n5\n2\n", None, "0", [1, 5, 2]),
        ("value\n1\n2\n3\n", None, "0", [1, 2, 3]),
        ('id,v\n1,"1,5"\n2,"1,234"\n', None, "0", [1.5, 1.234]),
        ("date,v\n2010-01-01,1\n2010-01-02,2,\n,,\n", "D", "2010-01-01", [1, 2]),
    ],
)
def test_layouts(text: str, frequency: str | None, first: str, values: list[float]) -> None:
    found = series(text)
    assert (found.frequency, days(found)[0], found.values.ravel().tolist()) == (frequency, first, values)


@pytest.mark.parametrize("word", ["", "NA", "nan", "NaN", "-", "?", "n/a", "NULL", "  "])
def test_missing_values_stay_missing(word: str) -> None:
    found = series(f"date,v\n2010-01-01,1\n2010-01-02,{word}\n2010-01-03,3\n")
    np.testing.assert_array_equal(found.values.ravel(), [1, np.nan, 3])


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(coding: str, tmp_path: Path) -> None:
    path = tmp_path / "años.csv"
    path.write_bytes("Año;Señal\r\n2010;1,5\r\n2011;2,5\r\n".encode(coding))
    found = read(path, date_column="Año")
    assert isinstance(found, Series)
    assert (found.columns, found.name, found.frequency) == (("Señal",), "años", "YS-JAN")


def test_doubt_about_days_and_months_is_settled_by_the_user() -> None:
    text = "date,v\n03/04/2010,1\n03/05/2010,2\n03/06/2010,3\n"
    with pytest.raises(SeriesError, match=r"'03/04/2010' in column 'date'.*--date-format '%d/%m/%Y' or .*'%m/%d/%Y'"):
        series(text)
    assert (series(text, date_format="%d/%m/%Y").frequency, days(series(text, date_format="%d/%m/%Y"))[1]) == (
        "MS",
        "2010-05-01",
    )
    assert days(series(text, date_format="%m/%d/%Y"))[1] == "2010-03-05"
    assert series("when,v\n04 Jan 2010,1\n05 Jan 2010,2\n", date_format="%d %b %Y").frequency == "D"


def test_doubt_about_decimals_is_settled_by_the_user() -> None:
    for cell in ("1.234,56", "1,234", "1.234", "1,234,567"):
        text = f"date;v\n2010-01-01;{cell}\n2010-01-02;2\n"
        with pytest.raises(SeriesError, match=rf"'{re.escape(cell)}'.* two ways; .*--decimal \. or --decimal ,"):
            series(text)
    assert series("d;v\n2010-01-01;1.234,56\n2010-01-02;2\n", decimal=",").values[0, 0] == 1234.56
    assert series("d;v\n2010-01-01;1,234\n2010-01-02;2\n", decimal=".").values[0, 0] == 1234
    assert series("d;v\n2010-01-01;1,234\n2010-01-02;2\n", decimal=",").values[0, 0] == 1.234
    assert series("v\n1,5\n2,5\n", decimal=",").values[0, 0] == 1.5
    assert series("d,v\n2010-01-01,1.234\n2010-01-02,2.345\n").values[0, 0] == 1.234  # a comma separates: no doubt
    with pytest.raises(SeriesError, match=r"'1\.5' beside '2,5'"):
        series("d;v\n2010-01-01;1.5\n2010-01-02;2,5\n")


def test_rows_are_sorted_and_equal_ones_dropped_and_told() -> None:
    told: list[str] = []
    found = series("date,v\n2010-01-03,3\n2010-01-01,1\n2010-01-01,1\n2010-01-02,2\n", on_notice=told.append)
    assert (days(found)[0], found.values.ravel().tolist()) == ("2010-01-01", [1, 2, 3])
    assert [("sorted" in told[0], "2010-01-01" in told[1])] == [(True, True)]


def test_irregular_dates_are_numbered_and_told() -> None:
    told: list[str] = []
    found = series("date,v\n2010-01-01,1\n2010-01-02,2\n2014-05-01,3\n2013-05-01,4\n", on_notice=told.append)
    assert (found.frequency, list(found.index), found.values.ravel().tolist()) == (None, [0, 1, 2, 3], [1, 2, 4, 3])
    assert "numbered in the order of time" in told[-1]


@pytest.mark.parametrize(
    ("start", "end", "kept"),
    [
        ("2000", None, 24),
        ("2000-02", None, 23),
        ("2000-01-02", None, 23),
        (None, "2000", 12),
        (None, "2000-03", 3),
        (None, "2000-03-01", 3),
        (None, "2000-02-29 23:59", 2),
        ("2000-05", "2001-04", 12),
    ],
)
def test_start_and_end_include_what_they_name(start: str | None, end: str | None, kept: int) -> None:
    text = "".join(f"{year}-{month:02},1\n" for year in (2000, 2001) for month in range(1, 13))
    assert len(series("month,v\n" + text, start=start, end=end)) == kept


def test_a_column_of_ids_makes_a_panel() -> None:
    told: list[str] = []
    text = "day,shop,sold\n2010-01-01,north,1\n2010-01-02,north,2\n2010-01-02,south,3\n2010-01-04,south,4\n"
    found = read(io.StringIO(text + "2010-01-01,west,9\n"), id_column="shop", name="shops", on_notice=told.append)
    assert isinstance(found, Panel)
    assert (found.name, found.frequency, found.columns) == ("shops", "D", ("sold",))
    assert [(one.name, len(one), days(one)[0]) for one in found] == [
        ("north", 2, "2010-01-01"),
        ("south", 3, "2010-01-02"),
    ]
    assert "west" in told[0]
    with pytest.raises(SeriesError, match=r"same date: 2010-01-02.*--id-column"):
        series(text)
    with pytest.raises(SeriesError, match="no id in line 3"):
        read(io.StringIO("day,shop,v\n2010-01-01,a,1\n2010-01-02,,2\n"), id_column="shop")


WRONG: dict[str, tuple[str, dict[str, Any], str]] = {
    "empty": ("", {}, "is empty"),
    "blank": (" \n\n", {}, "is empty"),
    "comments": ("# nothing\n# here\n", {}, "has no rows"),
    "a head": ("date,v\n", {}, "no column of numbers"),
    "one row": ("date,v\n2010-01-01,1\n", {}, "has one row"),
    "words": ("a,b\nx,y\nz,w\n", {}, "no column of numbers"),
    "a novel": ("It was a bright cold day " * 30 + "\n" + "in April " * 20, {}, "where names of columns belong"),
    "text among numbers": (
        "date,v\n2010-01-01,1\n\n2010-01-02,2\n2010-01-03,x9\n",
        {},
        "'x9' in column 'v', line 5, which is no number",
    ),
    "infinite": ("date,v\n2010-01-01,1\n2010-01-02,-inf\n", {}, "'-inf' in column 'v', line 3, which is infinite"),
    "too large for a float": ("date,v\n2010-01-01,1\n2010-01-02,1e999\n", {}, "'1e999' .* infinite"),
    "ragged": ("date,v\n2010-01-01,1\n2010-01-02,2,3\n", {}, "3 cells in line 3 and 2 in the first"),
    "short": ("date,v\n2010-01-01,1\n2010-01-02\n", {}, "1 cells in line 3"),
    "no such column": (PRICES, {"target": ["Closed"]}, r"no column 'Closed' \(did you mean 'Close'"),
    "no such id": (PRICES, {"id_column": "shop"}, "no column 'shop'"),
    "a column of words": (PRICES, {"columns": ["Name"]}, "'IBM' in column 'Name', line 2"),
    "only missing values": ("date,a,b\n2010-01-01,1,\n2010-01-02,2,\n", {"target": "b"}, "no numbers in column 'b'"),
    "a day that is none": ("date,v\n2010-02-28,1\n2010-02-30,2\n", {}, "'2010-02-30', which is no date of the cal"),
    "a missing date": ("date,v\n2010-02-28,1\n,2\n", {}, "no date in column 'date', line 3"),
    "dates of two formats": ("date,v\n2010-02-28,1\n01.03.2010,2\n", {}, "'01.03.2010', which is no date like"),
    "days and months mixed": ("date,v\n13/01/2010,1\n01/14/2010,2\n", {}, "change places"),
    "dates to be told": (
        "date,v\n04 Jan 2010,1\n05 Jan 2010,2\n",
        {},
        "'04 Jan 2010'.* no date.*--date-format",
    ),
    "another format": ("date,v\n2010-01-01,1\n2010-01-02,2\n", {"date_format": "%b"}, "no column of dates of .* '%b'"),
    "no such date": (
        "d,v\n31.02.2010,1\n01.03.2010,2\n",
        {"date_format": "%d.%m.%Y", "date_column": "d"},
        "'31.02.2010'.* line 2.*%d/%m",
    ),
    "two values a date": ("date,v\n2010-01-01,1\n2010-01-01,2\n", {}, "different values for the same date: 2010-01-01"),
    "columns of one name": ("date,v,v\n2010-01-01,1,2\n2010-01-02,1,2\n", {}, "two columns 'v'"),
    "no dates to start at": ("v\n1.5\n2.5\n", {"start": "2010"}, "no dates to start or end at"),
    "nothing left": ("date,v\n2010-01-01,1\n2010-01-02,2\n", {"start": "2011"}, "fewer than two rows"),
    "a page": ("<!DOCTYPE html><html>", {}, "web page"),
    "control characters": ("a,b\n1,\0\n", {}, "binary"),
    "an open quote": ('date,v\n2010-01-01,"1\n' + "2010-01-02,2\n" * 12_000, {}, "quote that is not closed"),
    "columns without end": ("1," * 3000 + "1\n", {}, "3,001 columns"),
}


@pytest.mark.parametrize("name", WRONG)
def test_bad_tables_are_refused_in_one_clear_line(name: str) -> None:
    text, options, message = WRONG[name]
    with pytest.raises(SeriesError, match=message) as caught:
        read(io.StringIO(text), **options)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(("the table ", "series "))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"decimal": ";"}, "--decimal is ';'"),
        ({"start": "soon"}, "--start is 'soon'; it takes a date"),
        ({"end": "2010-13"}, "--end is '2010-13'; it takes a date of the calendar"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        read(io.StringIO(PRICES), **options)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"PK\x03\x04...", "spreadsheet"),
        (b"\x1f\x8b...", "gunzip"),
        (b"%PDF-1.7", "PDF"),
        (b"\x89PNG\r\n\x1a\n\0\0", "binary"),
        (b"\xff\xfea\xd8a\xd8", "mark of UTF-16-LE"),
    ],
)
def test_files_that_are_no_tables(content: bytes, message: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(SeriesError, match=message):
        read(tmp_path / "x.csv")
    for path in (tmp_path, tmp_path / "none.csv", "x\0.csv"):
        with pytest.raises(SeriesError, match=r"is a folder|cannot read"):
            read(path)


def test_bounds_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "LIMIT", 2**20)
    with pytest.raises(SeriesError, match="larger than 1 MiB"):
        read(io.StringIO("1.5\n" * 2**19))
    monkeypatch.setattr(table, "MOST_CELLS", 10)
    with pytest.raises(SeriesError, match="more than 10 values"):
        read(io.StringIO("1.5\n" * 11))


def test_a_name_on_two_lines_is_one_name() -> None:
    assert series('day,"price\n(EUR)"\n2010-01-01,1\n2010-01-02,2\n').columns == ("price (EUR)",)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_series_or_a_clear_error(data: bytes) -> None:
    _reads(lambda **options: read(io.BytesIO(data), **options))


CELLS = [
    *("2010-01-04", "2010-01-05", "2010-01", "31.12.2010", "03/04/2010", "1749", "20100104", "2010-01-04T10:00Z"),
    *("9999-12-31", "0001-01-01", "0000-00-00", "0001-01-01T00:00+23:59", "2010-01-04T25:00", "2010Q4", "1e999"),
    *("1", "2.5", "2,5", "1.234", "1,234", "1.234,56", "-", "NA", "", "inf", "x", "-1e308", "1e-400", "٣", "1_0", '"'),
    *("date", "Close", "year", "month", "#", " ", "'", "1749.042", "\ufeff", "é", "0x10", "--", "+", ".", ","),
]


@given(
    st.lists(st.lists(st.sampled_from(CELLS), min_size=1, max_size=5), max_size=7),
    st.sampled_from([",", ";", "\t"]),
    st.fixed_dictionaries(
        {},
        optional={
            "target": st.sampled_from([["date"], ["Close"], ["column2"]]),
            "date_column": st.sampled_from(["date", "column1", "year"]),
            "id_column": st.sampled_from(["Close", "column1", "column3"]),
            "date_format": st.sampled_from(["%Y", "%d.%m.%Y", "%", "%Q", "(", "%Y-%m-%dT%H:%M%z", ""]),
            "decimal": st.sampled_from([".", ","]),
            "start": st.sampled_from(["1", "2010", "9999", "2010-01-04", "0000"]),
            "end": st.sampled_from(["9999", "9999-12", "9999-12-31", "2010"]),
        },
    ),
)
def test_any_table_is_a_series_or_a_clear_error(rows: list[list[str]], separator: str, options: dict[str, Any]) -> None:
    text = "\n".join(separator.join(row) for row in rows)
    _reads(lambda **_: read(io.StringIO(text), **options))


@given(st.integers(0, 400), st.integers(0, 20), st.sampled_from(CELLS), st.sampled_from([PRICES, SILSO]))
def test_any_damage_to_a_table_is_a_series_or_a_clear_error(start: int, gone: int, new: str, text: str) -> None:
    start %= len(text)
    _reads(lambda **options: read(io.StringIO(text[:start] + new + text[start + gone :]), **options))


def _reads(reading: Callable[..., Series | Panel]) -> None:
    try:
        found = reading()
    except ChargenError as error:
        message = str(error)
    else:
        message = ""
        _require_sound(found)
    assert "\n" not in message


def _require_sound(found: Series | Panel) -> None:
    for one in found if isinstance(found, Panel) else [found]:
        assert one.values.shape == (len(one.index), len(one.columns))
        assert not np.isinf(one.values).any()
        assert one.index.is_monotonic_increasing
        assert one.index.is_unique


@given(
    st.lists(st.tuples(st.floats(allow_infinity=False, allow_nan=False), st.floats(allow_infinity=False)), min_size=2),
    st.sampled_from([("MS", "2000-01-01"), ("ME", "2000-01-31"), ("D", "1999-12-30"), ("h", "2000-01-01"), (None, "")]),
    st.booleans(),
)
def test_what_is_written_is_read(
    rows: list[tuple[float, float]], calendar: tuple[str | None, str], decimal_commas: bool
) -> None:
    """The oracle is Python's own csv module and pandas' calendars."""
    frequency, start = calendar
    dates = pd.date_range(start, periods=len(rows), freq=frequency) if frequency else range(len(rows))
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";" if decimal_commas else ",")
    writer.writerow(["when", "a", "b"])
    for date, row in zip(dates, rows, strict=True):
        cells = [repr(value).replace(".", ",") if decimal_commas else repr(value) for value in row]
        writer.writerow([str(date), *cells])
    options: dict[str, Any] = {"decimal": ","} if decimal_commas else {}
    present = [name for name, column in zip("ab", np.array(rows).T, strict=True) if not np.isnan(column).all()]
    found = series(out.getvalue(), columns=present, **options)
    np.testing.assert_array_equal(found.values, np.array(rows)[:, ["ab".index(name) for name in present]])
    assert found.frequency == frequency
    if frequency:
        assert list(found.index) == list(dates)


@pytest.mark.parametrize("cell", ["1" * 100_000 + "x", "1" * 100_000 + ",x", "1." + "1" * 100_000 + "x"])
def test_a_long_cell_is_judged_in_one_pass(cell: str) -> None:
    assert not is_figure(cell)  # trying every way to share out the digits would take minutes
