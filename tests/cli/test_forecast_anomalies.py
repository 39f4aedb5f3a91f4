"""`chargen forecast anomalies`: alarms, counts, files, what is refused."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from chargen.series.anomalies import anomalies
from chargen.series.run import load
from tests.cli.conftest import MONTHS, Command

pytestmark = pytest.mark.usefixtures("months")
RATE = ("--false-alarms", 0.2)


def test_the_test_part(chargen: Command) -> None:
    result = chargen("forecast", "anomalies", *RATE)
    assert (result.exit_code, result.stderr) == (0, "")
    found = anomalies(load("months-gru"), false_alarms=0.2)
    *alarms, head, ours, naive, told = result.stdout.splitlines()
    assert [line.split()[0] for line in alarms[1:]] == [row["date"] for row in found.alarms()]
    assert head == "model       values  alarms  expected by chance  alarm beyond an error of"
    assert ours.split()[:4] == ["months-gru", "16", str(len(found.alarms())), "1.778"]
    assert naive.split()[:2] == ["naive", "16"]
    assert told == (
        "test part, one step ahead, measured by 8 errors of the validation part: where errors are like those, 11.1 % "
        "of values raise a false alarm"
    )


def test_newer_values_with_a_spike(chargen: Command) -> None:
    newer = "".join(
        f"{2006 + month // 12}-{month % 12 + 1:02},{900 if month == 11 else 20},0\n" for month in range(8, 16)
    )
    Path("newer.csv").write_text(f"date,visitors,rain\n{newer}")
    options = ("months-gru", "--data", "newer.csv", "--target", "visitors", *RATE)
    result = chargen("forecast", "anomalies", *options, "--json", "-o", "a.csv", "-o", "a.svg")
    assert result.stderr == "written: a.csv\nwritten: a.svg\n"
    found = json.loads(result.stdout)
    assert (found["scored"], found["calibrated"], found["false_alarms"]) == ("new values of newer", 8, 1 / 9)
    assert "2006-12-01" in [alarm["date"] for alarm in found["alarms"]]
    assert [row["model"] for row in found["summary"]] == ["months-gru", "naive"]
    written = pd.read_csv("a.csv")
    assert written["date"].iloc[0] == "2006-09-01"
    assert len(written) == 8  # forecast from the run's own values before them
    assert written["alarm"].sum() == len(found["alarms"])
    np.testing.assert_array_equal(written["alarm"] == 1, written["p"] <= 0.2)
    assert "<!-- newer" not in Path("a.svg").read_text(encoding="utf-8")
    assert "<!-- months: " in Path("a.svg").read_text(encoding="utf-8")


def test_no_more_alarms_are_shown_than_fit(chargen: Command) -> None:
    rows = "".join(f"{2010 + month // 12}-{month % 12 + 1:02},{900 * (month % 2)},0\n" for month in range(120))
    Path("newer.csv").write_text(f"date,visitors,rain\n{rows}")
    result = chargen("forecast", "anomalies", "--data", "newer.csv", "--target", "visitors", *RATE)
    assert len(result.stdout.splitlines()) == 1 + 30 + 1 + 3 + 1
    assert "and 27 more: -o alarms.csv writes all" in result.stdout.splitlines()


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        ([], 1, "--false-alarms is 0.01, and 8 errors of the validation part tell no rate below 0.111"),
        (["--false-alarms", 2], 1, "--false-alarms is 2.0; it takes a number between 0 and 1"),
        (
            ["--data", "old.csv", "--target", "visitors", *RATE],
            1,
            "nothing to score, as the run learnt or was calibrated by all of them",
        ),
        (["--target", "visitors"], 2, "matters with --data SERIES only"),
        (["-o", "a.txt"], 1, "--output is 'a.txt'; it takes a name that ends in .csv"),
    ],
)
def test_what_is_refused(options: list[object], code: int, message: str, chargen: Command) -> None:
    Path("old.csv").write_text("date,visitors,rain\n" + "".join(MONTHS.splitlines(keepends=True)[:64]))
    result = chargen("-q", "forecast", "anomalies", *options)
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in result.stderr
