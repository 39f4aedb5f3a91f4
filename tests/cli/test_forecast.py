"""`chargen forecast data`, `fetch`, `predict` and `plot`: results on stdout, files, what is refused."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from chargen.series import builtin
from chargen.series.builtin import SILSO
from chargen.series.reading import read
from chargen.series.run import load
from tests.cli.conftest import TABLE, Command

AHEAD = ["2006-09-01", "2006-10-01", "2006-11-01"]
SILSO_TABLE = "".join(
    f"{year};{month:02};{year + (month - 0.5) / 12:.3f};{month * 10.5:6.1f};  1.0;  30;1\n"
    for year in (2000, 2001)
    for month in range(1, 13)
)


def exactly(path: str) -> pd.DataFrame:
    """Read a table of dates and numbers to the last digit: pandas' parser rounds, or not, by its version."""
    return pd.read_csv(path, index_col=0, dtype=str).astype(float).reset_index()


def test_data_alone_lists_what_there_is(chargen: Command) -> None:
    Path("corpora").mkdir()
    Path("corpora/visits.csv").write_text(TABLE)
    result = chargen("forecast", "data")
    assert result.exit_code == 0
    head, *rows = result.stdout.splitlines()
    assert head.split() == ["series", "where", "about"]
    assert [row.split()[0] for row in rows] == ["sunspots", "synthetic", "visits.csv", "silso"]
    assert "read by its path" in result.stderr
    quiet = chargen("-q", "forecast", "data", "--json")
    assert quiet.stderr == ""
    assert [list(row) for row in json.loads(quiet.stdout)] == [["series", "where", "about"]] * 4
    for more in (("--start", "2000"), ("-o", "x.csv")):
        assert chargen("forecast", "data", *more).exit_code == 2


def test_data(chargen: Command) -> None:
    Path("visits.csv").write_text(TABLE)
    options = ("visits.csv", "--target", "visitors", "--column", "rain", "--start", "2001")
    result = chargen("forecast", "data", *options, "-o", "copy.csv")
    assert result.exit_code == 0
    assert result.stderr == "written: copy.csv\n"
    lines = result.stdout.splitlines()
    assert [line.split()[1] for line in lines[1:3]] == ["visitors", "rain"]
    assert lines[3] == "frequency: MS; seasons: 12"
    assert "│" in lines[5]
    about = json.loads(chargen("forecast", "data", *options, "--json").stdout)
    assert (about["name"], about["frequency"], about["seasons"]) == ("visits", "MS", [12])
    frame = pd.read_csv("visits.csv").iloc[12:]
    assert about["series"][0] == {
        "series": "visits",
        "column": "visitors",
        "steps": 68,
        "first": "2001-01-01",
        "last": "2006-08-01",
        "missing": 0,
        "minimum": frame["visitors"].min(),
        "mean": pytest.approx(frame["visitors"].mean()),
        "maximum": frame["visitors"].max(),
    }
    np.testing.assert_array_equal(exactly("copy.csv")["visitors"], frame["visitors"])


def test_data_of_many_series(chargen: Command) -> None:
    result = chargen("forecast", "data", "synthetic")
    lines = result.stdout.splitlines()
    assert len(lines[1:11]) == 10
    assert lines[11] == "and 9990 more"
    assert lines[12] == "frequency: numbered rows; seasons: none known"


def test_notices_of_reading_go_to_stderr(chargen: Command) -> None:
    Path("visits.csv").write_text(TABLE)
    assert "there are also rain: choose with --target" in chargen("forecast", "data", "visits.csv").stderr
    assert chargen("-q", "forecast", "data", "visits.csv").stderr == ""


def test_fetch(chargen: Command, web: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert builtin.FETCHED["silso"] == SILSO
    monkeypatch.setitem(builtin.FETCHED, "silso", [f"{web.url}/silso.csv"])
    result = chargen("forecast", "fetch", "silso")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: cannot fetch silso")
    assert "chargen forecast fetch silso" in chargen("forecast", "train", "silso").stderr
    web.pages["/silso.csv"] = SILSO_TABLE.encode()
    result = chargen("forecast", "fetch", "silso")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "corpora/silso.csv\n", "")
    assert json.loads(chargen("forecast", "data", "silso", "--json").stdout)["series"][0]["steps"] == 24
    assert chargen("corpus", "list").stdout == ""
    result = chargen("forecast", "fetch", "sislo")
    assert result.exit_code == 1
    assert "did you mean 'silso'" in result.stderr


@pytest.mark.usefixtures("months")
def test_predict(chargen: Command) -> None:
    result = chargen("forecast", "predict", "-o", "ahead.csv")
    assert result.exit_code == 0
    head, *rows = [line.split() for line in result.stdout.splitlines()]
    assert head == ["date", "visitors"]
    forecast = load("months-gru").predict().series[0].values[:, 0]
    assert [date for date, _ in rows] == AHEAD
    assert [float(value) for _, value in rows] == pytest.approx(forecast, rel=1e-3)
    assert result.stderr.startswith("written: ahead.csv\n")
    assert "▲" in result.stderr  # the chart, which is no result
    written = exactly("ahead.csv")
    assert list(written["date"]) == AHEAD
    np.testing.assert_array_equal(written["visitors"], forecast)
    quiet = chargen("-q", "forecast", "predict", "months-gru", "--iteration", "best")
    assert (quiet.stdout, quiet.stderr) == (result.stdout, "")


@pytest.mark.usefixtures("months")
def test_predict_as_json_at_an_iteration(chargen: Command) -> None:
    result = chargen("forecast", "predict", "--json", "--horizon", 2, "--iteration", 1)
    assert result.stderr == ""
    values = load("months-gru").predict(2, iteration=1).series[0].values[:, 0].tolist()
    assert json.loads(result.stdout) == [
        {"series": "months", "date": date, "visitors": value} for date, value in zip(AHEAD, values, strict=False)
    ]


@pytest.mark.usefixtures("months")
def test_predict_from_newer_data(chargen: Command) -> None:
    newer = [*TABLE.splitlines()[:-3], "2006-06,25,0", "2006-07,26,0", "2006-08,27,0", "2006-09,28,0", "2006-10,29,0"]
    Path("newer.csv").write_text("\n".join(newer) + "\n")
    result = chargen("forecast", "predict", "--data", "newer.csv", "--target", "visitors", "--json")
    assert [row["date"] for row in json.loads(result.stdout)] == ["2006-11-01", "2006-12-01", "2007-01-01"]
    data = read("newer.csv", target=["visitors"])
    expected = load("months-gru").predict(data=data).series[0].values[:, 0]
    assert [row["visitors"] for row in json.loads(result.stdout)] == pytest.approx(expected, rel=1e-12)


@pytest.mark.usefixtures("months")
@pytest.mark.parametrize("model", [(), ("--model", "linear")])
def test_predict_with_intervals(model: tuple[str, ...], chargen: Command) -> None:
    result = chargen("forecast", "predict", *model, "--interval", 0.8, "-o", "ahead.csv")
    assert result.exit_code == 0
    head, *rows = [line.split() for line in result.stdout.splitlines()]
    assert head == ["date", "visitors", "visitors_low", "visitors_high"]
    assert [row[0] for row in rows] == AHEAD
    written = exactly("ahead.csv")
    assert list(written.columns) == head
    plain = chargen("forecast", "predict", *model, "--json")
    assert [row["visitors"] for row in json.loads(plain.stdout)] == written["visitors"].tolist()
    assert (written["visitors_low"] < written["visitors"]).all()
    np.testing.assert_allclose(
        written["visitors_high"] - written["visitors"], written["visitors"] - written["visitors_low"]
    )
    rows = json.loads(chargen("forecast", "predict", *model, "--interval", 0.8, "--json").stdout)
    assert [list(row) for row in rows] == [["series", *head]] * 3
    assert [row["visitors_high"] for row in rows] == written["visitors_high"].tolist()
    narrow = json.loads(chargen("forecast", "predict", *model, "--interval", 0.5, "--horizon", 2, "--json").stdout)
    for less, more in zip(narrow, rows, strict=False):
        assert more["visitors_low"] <= less["visitors_low"] < less["visitors_high"] <= more["visitors_high"]


@pytest.mark.usefixtures("months")
def test_predict_with_a_baseline(chargen: Command) -> None:
    result = chargen("forecast", "predict", "--model", "naive", "--horizon", 5, "--json")
    last = float(TABLE.splitlines()[-1].split(",")[1])
    assert [row["visitors"] for row in json.loads(result.stdout)] == [last] * 5
    result = chargen("forecast", "predict", "--model", "linear", "--json")
    assert [row["date"] for row in json.loads(result.stdout)] == AHEAD
    # A season is linear in its last months; what is left is noise.
    truth = [22 + 10 * np.sin(month * np.pi / 6) for month in (80, 81, 82)]
    assert [row["visitors"] for row in json.loads(result.stdout)] == pytest.approx(truth, abs=3)


@pytest.mark.usefixtures("months")
@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--horizon", 0), 1, "--horizon is 0; it takes a whole number from 1 up"),
        (("--horizon", 4), 1, "learnt 3 steps (--strategy direct); ask for 3 at most"),
        (("--interval", 1), 1, "--interval is 1.0; it takes a share above 0 and below 1, such as 0.9"),
        (("--interval", 0.5, "--horizon", 4), 1, "learnt 3 steps (--strategy direct); ask for 3 at most"),
        (("--interval", 0.5, "--horizon", 0), 1, "--horizon is 0; it takes a whole number from 1 up"),
        (
            ("--interval", 0.9),
            1,
            "--interval 0.9 takes the errors of 9 forecasts of the validation part, which has room",
        ),
        (
            ("--interval", 0.5, "--model", "naive", "--horizon", 9),
            1,
            "which has room for 0 of 9 steps; ask for a smaller",
        ),
        (("--iteration", 9), 1, "no weights of iteration 9; --iteration takes best, last or 1 to 2"),
        (("--iteration", "newest"), 2, "'newest' is not best, last or a number"),
        (("--iteration", 1, "--model", "naive"), 2, "--iteration chooses a network, and --model naive has none"),
        (("--model", "lineer"), 1, "did you mean 'linear'"),
        (("--target", "visitors"), 2, "how a table is read matters with --data SERIES only"),
        (("--data", "months.csv", "--target", "rain", "--column", "visitors"), 0, ""),
        (("--data", "two.csv", "--column", "a", "--column", "b"), 1, "forecasts from visitors; two has no visitors"),
        (("-o", "ahead.png"), 1, "draw them with 'chargen forecast plot --kind ahead -o ahead.png'"),
        (("--data", "short.csv", "-o", "short.csv"), 1, "--output is 'short.csv', which is what is read"),
        (("--data", "short.csv"), 1, "looks back 6 values, and a series has 4; give more values with --data"),
        (
            ("--data", "gaps.csv"),
            1,
            "learnt without gaps, and gaps misses 1 value: 'visitors' at 2000-02-01; leave them out",
        ),
        (("--data", "days.csv"), 1, "learnt steps of MS, days has D"),
        (("-o", "no/such/folder.csv"), 1, "cannot write no/such/folder.csv"),
        (("nosuch",), 1, "no run 'nosuch' in checkpoints/"),
    ],
)
def test_what_predict_takes_and_refuses(options: tuple[object, ...], code: int, message: str, chargen: Command) -> None:
    Path("two.csv").write_text("a,b\n" + "1.5,2\n2.5,3\n" * 9)
    Path("short.csv").write_text("date,visitors\n2000-01,1\n2000-02,2\n2000-03,3\n2000-04,4\n")
    Path("gaps.csv").write_text("date,visitors\n2000-01,1\n2000-02,\n2000-03,3\n2000-04,4\n")
    Path("days.csv").write_text("date,visitors\n" + "".join(f"2000-01-{day:02},{day}\n" for day in range(1, 20)))
    result = chargen("-q", "forecast", "predict", *options)
    assert result.exit_code == code
    assert message in result.stderr
    if code:
        assert result.stdout == ""
    if code == 1:
        assert result.stderr.startswith("error: ")
        assert len(result.stderr.splitlines()) == 1


def test_nothing_to_forecast_with(chargen: Command) -> None:
    for command in ("predict", "plot", "backtest"):
        result = chargen("forecast", command)
        assert result.exit_code == 1
        assert "no series run in checkpoints/ yet; make one with 'chargen forecast train sunspots'" in result.stderr


@pytest.mark.usefixtures("months")
def test_a_series_run_is_no_text_run(chargen: Command) -> None:
    for command in ("sample", "plot"):
        result = chargen(command, "months-gru")
        assert result.exit_code == 1
        assert "run 'months-gru' is a series run, this command takes a text run" in result.stderr
        assert "no text run in checkpoints/ yet" in chargen(command).stderr


@pytest.mark.usefixtures("months")
@pytest.mark.parametrize("kind", ["all", "forecasts", "learning", "errors", "hits", "ahead"])
def test_plot(kind: str, chargen: Command) -> None:
    result = chargen("forecast", "plot", "--kind", kind, "-o", f"{kind}.svg")
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{kind}.svg\n", "")
    drawn = Path(f"{kind}.svg").read_text(encoding="utf-8")
    assert drawn.startswith("<?xml")
    assert ("months-gru" in drawn) == (kind not in ("ahead", "learning"))


@pytest.mark.usefixtures("months")
def test_plot_is_called_after_the_run_and_refuses_what_it_cannot_draw(chargen: Command) -> None:
    result = chargen("forecast", "plot", "months-gru", "--kind", "errors")
    assert result.stdout == "months-gru.png\n"
    assert Path("months-gru.png").read_bytes().startswith(b"\x89PNG")
    assert "has to end in .png" in chargen("forecast", "plot", "-o", "x.txt").stderr
    assert "--step is 4; it takes a whole number from 1 to 3" in chargen("forecast", "plot", "--step", 4).stderr
    assert "cannot be written" in chargen("forecast", "plot", "-o", "no/such.png").stderr
    assert chargen("forecast", "plot", "--kind", "pie").exit_code == 2


WITHOUT = """
import sys
from chargen.cli import main
for arguments in {commands}:
    try:
        main(arguments)
    except SystemExit as end:
        assert not end.code, end.code
    loaded = [name for name in {heavy} if name in sys.modules]
    if loaded:
        sys.exit(f"{{arguments}} loaded: {{loaded}}")
"""
NOTHING_HEAVY = [
    ["forecast", "predict", "-o", "ahead.csv"],
    ["forecast", "predict", "--interval", "0.8"],
    ["forecast", "data", "months.csv"],
    ["forecast", "anomalies", "--false-alarms", "0.2", "-o", "scores.csv"],
    ["runs", "list"],
    ["runs", "compare", "months-gru", "other"],
]


@pytest.mark.usefixtures("months")
@pytest.mark.parametrize(
    ("commands", "heavy"),
    [
        (NOTHING_HEAVY, ["tensorflow", "keras", "matplotlib", "statsmodels"]),
        ([["forecast", "plot"]], ["tensorflow", "keras", "statsmodels"]),
        ([["forecast", "decompose", "months.csv", "-o", "parts.csv"]], ["tensorflow", "keras", "matplotlib"]),
    ],
    ids=["most", "plot", "decompose"],
)
def test_what_needs_no_training_loads_no_tensorflow(commands: list[list[str]], heavy: list[str]) -> None:
    load("months-gru").folder.path.with_name("other").symlink_to("months-gru")
    code = WITHOUT.format(commands=commands, heavy=heavy)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, env=os.environ, text=True)
    assert (done.returncode, done.stderr.count("loaded")) == (0, 0), done.stderr
