"""`chargen forecast impute`: scores on stdout, files, what is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.cli.conftest import TABLE, Command

LINES = TABLE.splitlines()


@pytest.fixture
def holed(chargen: Command) -> None:
    """Months with two values that are missing, and one that has no row."""
    rows = [line.split(",") for line in LINES]
    rows[10][1], rows[11][1] = "", "NA"
    Path("visits.csv").write_text("\n".join(",".join(row) for row in rows[:30] + rows[31:]) + "\n")


@pytest.mark.usefixtures("holed")
def test_impute(chargen: Command) -> None:
    options = ("--target", "visitors", "--method", "linear", "--block", 2)
    result = chargen("forecast", "impute", "visits.csv", *options, "-o", "filled.csv", "-o", "filled.svg")
    assert result.exit_code == 0
    head, *rows, first, second = result.stdout.splitlines()
    assert head.split() == ["gap,", "steps", "method", "gaps", "RMSE", "MAE"]
    assert [row.split()[:2] for row in rows] == [
        [steps, method] for steps in ("1", "2") for method in ("linear", "seasonal-12", "last")
    ]
    assert first.startswith("single steps: ")
    assert second.startswith("blocks of 2: ")
    told = result.stderr.splitlines()
    assert "no row for 2002-06-01; taken as missing values" in told[0]
    assert told[1:3] == ["written: filled.csv", "written: filled.svg"]
    assert "which nobody saw or learnt" in told[3]
    assert told[4] == "filled 3 of 80 values of visits: 3 by linear"
    filled, known = pd.read_csv("filled.csv"), pd.read_csv("visits.csv")
    assert list(filled.columns) == ["date", "visitors"]
    assert len(filled) == 80
    assert filled["date"][29] == "2002-06-01"
    there = np.setdiff1d(np.arange(80), [9, 10, 29])
    np.testing.assert_array_equal(filled["visitors"][there], known["visitors"].dropna())
    before, behind = (float(LINES[line].split(",")[1]) for line in (9, 12))
    assert filled["visitors"][9] == pytest.approx((2 * before + behind) / 3)
    assert Path("filled.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_with_a_network(chargen: Command) -> None:
    Path("visits.csv").write_text(TABLE.replace(LINES[20], LINES[20].split(",")[0] + ",,"))
    tiny = ("--cell", "rnn", "--units", 2, "-n", 1, "--window", 8, "--block", 2, "--target", "visitors")
    result = chargen("-q", "forecast", "impute", "visits.csv", *tiny, "--json", "-o", "filled.csv")
    assert (result.exit_code, result.stderr) == (0, "")
    made = json.loads(result.stdout)
    assert list(made) == ["name", "test", "validation", "chosen", "filled"]
    assert {row["method"] for row in made["test"]} == {"recurrent", "linear", "seasonal-12", "last"}
    assert [row["steps"] for row in made["chosen"]] == [1, 2]
    assert sum(made["filled"].values()) == 1
    assert not pd.read_csv("filled.csv")["visitors"].isna().any()


def test_too_short_for_scores(chargen: Command) -> None:
    Path("short.csv").write_text("date,n\n2020-01-01,1\n2020-01-02,\n2020-01-03,3\n")
    assert "fill without scores: --method linear" in chargen("forecast", "impute", "short.csv").stderr
    result = chargen("forecast", "impute", "short.csv", "--method", "linear", "-o", "filled.csv")
    assert (result.exit_code, result.stdout) == (0, "")
    assert pd.read_csv("filled.csv")["n"].tolist() == [1, 2, 3]


def test_nothing_to_fill(chargen: Command) -> None:
    Path("visits.csv").write_text(TABLE)
    options = ("--target", "visitors", "--column", "rain", "--block", 2, "--method", "last")
    result = chargen("forecast", "impute", "visits.csv", *options, "-o", "filled.csv")
    assert result.exit_code == 0
    assert result.stderr.splitlines()[-1] == "nothing is missing in visits: nothing is filled"
    pd.testing.assert_frame_equal(
        pd.read_csv("filled.csv").drop(columns="date"),
        pd.read_csv("visits.csv").drop(columns="date"),
        check_dtype=False,
    )
    assert result.stdout.splitlines()[0].split()[0] == "column"
    assert result.stdout.splitlines()[-1].startswith("rain, blocks of 2: ")


@pytest.mark.usefixtures("holed")
@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--method", "spline"), 1, "--method is 'spline'; it takes one of auto, recurrent, linear, seasonal, last"),
        (("--block", 0), 1, "--block is 0; it takes a whole number of steps from 1 up"),
        (("--block", 30), 1, "have no room for 4 blocks of 30 steps with known steps around"),
        (("--season", 0, "--method", "linear"), 1, "--season is 0"),
        (("--method", "last", "--block", 2, "-o", "no/such.csv"), 1, "cannot write no/such.csv"),
        (("-o", "filled.jpg"), 1, "--output is 'filled.jpg'; it takes a name that ends in .csv for a table"),
        (("-o", "visits.csv"), 1, "--output is 'visits.csv', which is what is read; give the result another name"),
        (("--nonsense",), 2, "No such option"),
    ],
)
def test_what_impute_refuses(options: tuple[object, ...], code: int, message: str, chargen: Command) -> None:
    result = chargen("-q", "forecast", "impute", "visits.csv", "--target", "visitors", *options)
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in result.stderr
    if code == 1:
        assert len(result.stderr.splitlines()) == 1


@pytest.mark.usefixtures("holed")
def test_where_gaps_are_refused_the_message_leads_here(chargen: Command) -> None:
    result = chargen("-q", "forecast", "decompose", "visits.csv", "--target", "visitors")
    assert result.exit_code == 1
    assert "fill them: chargen forecast impute FILE -o filled.csv" in result.stderr
