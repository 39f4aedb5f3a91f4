"""`chargen forecast decompose`: the table, files, what is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from chargen.series.decompose import decompose
from chargen.series.reading import read
from tests.cli.conftest import TABLE, Command


@pytest.fixture(autouse=True)
def table(chargen: Command) -> None:
    Path("months.csv").write_text(TABLE)


def test_the_table(chargen: Command) -> None:
    result = chargen("forecast", "decompose", "months.csv", "--target", "visitors")
    assert (result.exit_code, result.stderr) == (0, "")
    head, trend, season, irregular, told = result.stdout.splitlines()
    assert head.split()[:3] == ["part", "period", "strength"]
    assert [row.split()[0] for row in (trend, season, irregular)] == ["trend", "season", "irregular"]
    assert season.split()[1] == "12"
    assert told == "periods found: 12 steps; to take others, give --period"
    given = chargen("forecast", "decompose", "months.csv", "--target", "visitors", "--period", 12)
    assert given.stdout.splitlines() == [head, trend, season, irregular]


def test_as_json_each_column_for_itself(chargen: Command) -> None:
    result = chargen("forecast", "decompose", "months.csv", "--target", "visitors", "--column", "rain", "--json")
    visitors, rain = json.loads(result.stdout)
    assert (visitors["series"], visitors["column"], visitors["periods"]) == ("months", "visitors", [12])
    series = read("months.csv", columns=("visitors",))
    assert visitors["parts"] == decompose(series).rows()  # type: ignore[arg-type]  # one series
    assert rain["periods"] == [7]  # what the frequency suggests is not taken for granted


def test_files(chargen: Command) -> None:
    result = chargen("forecast", "decompose", "months.csv", "--target", "visitors", "-o", "a.csv", "-o", "a.svg")
    assert result.stderr == "written: a.csv\nwritten: a.svg\n"
    parts = pd.read_csv("a.csv")
    assert list(parts) == ["date", "observed", "trend", "season_12", "irregular"]
    np.testing.assert_array_equal(parts["observed"], pd.read_csv("months.csv")["visitors"])
    np.testing.assert_allclose(parts[["trend", "season_12", "irregular"]].sum(axis=1), parts["observed"])
    drawn = Path("a.svg").read_text(encoding="utf-8")
    assert "<!-- months: trend, season of 12 months, irregular -->" in drawn


def test_many_series(chargen: Command) -> None:
    result = chargen("forecast", "decompose", "synthetic", "-o", "first.pdf")
    *_, more, told = result.stdout.splitlines()
    assert more == "and 9990 more"
    assert told.startswith("no period found in 9 of 10: trend and irregular alone")
    assert Path("first.pdf").read_bytes().startswith(b"%PDF")


def test_no_period(chargen: Command) -> None:
    rows = "".join(f"{2000 + year}-01-01,{year}\n" for year in range(30))
    Path("years.csv").write_text(f"date,n\n{rows}")
    result = chargen("forecast", "decompose", "years.csv")
    assert result.stdout.splitlines()[-1] == (
        "no period found: trend and irregular alone; if you know one, give --period"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["months.csv", "-o", "a.txt"], "--output is 'a.txt'; it takes a name that ends in .csv"),
        (["gap.csv", "-o", "gap.csv"], "--output is 'gap.csv', which is what is read"),
        (["months.csv", "--period", 40], "--period is 40; it takes a whole number from 2 to 39"),
        (["gap.csv"], "gap misses 1 value: 'n' at 2000-01-02"),
    ],
)
def test_what_is_refused(options: list[object], message: str, chargen: Command) -> None:
    rows = "".join(f"2000-01-{day:02},{'' if day == 2 else day}\n" for day in range(1, 30))
    Path("gap.csv").write_text(f"date,n\n{rows}")
    result = chargen("-q", "forecast", "decompose", *options)
    assert (result.exit_code, result.stdout) == (1, "")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
