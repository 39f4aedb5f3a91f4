"""`chargen forecast train`, `forecast backtest` and `resume` of a series run: what they print, where, how they end."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from chargen.cli.ui import TrainingView
from chargen.series.run import load
from tests.cli.conftest import TABLE, TINY, Command, Tiny

FIGURES = ["model", "horizon", "rmse", "rmse_at_step", "mae", "mase", "skill"]


def test_progress_goes_to_stderr_and_scores_to_stdout(tiny: Tiny) -> None:
    result, run = tiny.result, load("months-gru", tiny.folder)
    assert result.exit_code == 0
    lines = result.stderr.splitlines()
    assert lines[0].startswith("run months-gru: gru, 1 layer of 3 units, ")
    assert lines[1] == (
        "series months: 2000-01-01 to 2006-08-01, 80 steps; parts: 56 training + 8 validation + 16 test"
    )
    assert lines[2] == "forecast visitors 3 steps ahead (direct) from windows of 6"
    assert "(scaler and ridge chosen on the validation part)" in lines[3]
    rows = [line.split() for line in lines if re.match(r"\s*\d+\s+\d\.\d{4}\s", line)]
    assert [row[0] for row in rows] == ["1", "2"]
    assert [row[1] for row in rows] == [f"{line['loss']:.4f}" for line in run.history]
    assert float(rows[1][3]) == pytest.approx(run.history[1]["validation_rmse"], rel=1e-4)
    assert lines[-2] == f"best iteration {run.folder.best()}, 14 forecasts of the test part:"
    assert lines[-1] == "forecast: chargen --checkpoints " + f"{tiny.folder} forecast predict months-gru"
    head, *scores, verdict = result.stdout.splitlines()
    assert head.split("  ")[0] == "model"
    assert head.rstrip().endswith("skill vs naive")
    assert [row.split()[0] for row in scores] == ["months-gru", "linear", "naive", "linear"]
    assert scores[1].startswith("linear part ")
    assert verdict.startswith("3 steps ahead: ")


@pytest.mark.usefixtures("months")
def test_resume(chargen: Command) -> None:
    result = chargen("resume")
    assert result.exit_code == 1
    assert result.stderr == (
        "error: run 'months-gru' has finished its 2 iterations; train on with 'chargen resume months-gru -n 10', or "
        "forecast with 'chargen forecast predict months-gru'\n"
    )
    result = chargen("-q", "resume", "months-gru", "-n", 1, "--units", 3)
    assert (result.exit_code, result.stderr) == (0, "")
    _, *scores, _ = result.stdout.splitlines()
    assert [score.split("  ")[0] for score in scores] == ["months-gru", "linear part", "naive", "linear"]
    assert load("months-gru").done == 3


@pytest.mark.usefixtures("months")
@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--units", 4), 1, "trained with --units 3, not 4; leave that out, or train a new run with 'chargen forecast"),
        (("--temperature", 1), 1, "--temperature is no option of series run 'months-gru'; leave it out"),
        (("--fork", "other"), 2, "--fork takes a text run, 'months-gru' is a series run"),
        (("-n", 0), 1, "--iterations is 0"),
    ],
)
def test_what_resume_refuses(options: tuple[object, ...], code: int, message: str, chargen: Command) -> None:
    result = chargen("resume", "months-gru", *options)
    assert result.exit_code == code
    assert message in result.stderr
    assert load("months-gru").done == 2


@pytest.mark.usefixtures("months")
def test_an_interrupt_saves_tells_how_to_go_on_and_exits_130(chargen: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(self: TrainingView, progress: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(TrainingView, "progress", interrupt)
    result = chargen("resume", "months-gru", "-n", 3)
    assert result.exit_code == 130
    assert result.stdout == ""
    assert result.stderr.splitlines()[-1] == (
        "error: interrupted; 2 iterations are saved, and the one in progress too. Go on with: chargen resume months-gru"
    )
    assert load("months-gru").plan.iterations == 5


LINES = TABLE.splitlines()


def table(name: str, lines: list[str]) -> Path:
    path = Path(name)
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("lines", "options", "message"),
    [
        (
            [LINES[0], *(re.sub(",.*", ",,1", line) for line in LINES[1:])],
            (),
            "has no numbers in column 'visitors'",
        ),
        (
            [LINES[0], *(re.sub(",.*", ",5,1", line) for line in LINES[1:])],
            (),
            "'visitors' is always 5 in",
        ),
        (LINES[:9], (), "(--window 1, --horizon 12)"),
        (LINES[:30], ("--window", 25), "--window 25, --horizon 12"),
        (LINES, ("--target", "visitor"), "no column 'visitor' (did you mean 'visitors'?)"),
        (LINES, ("--date-column", "day"), "no column 'day'"),
        ([*LINES[:5], "2000-05,many,1", *LINES[6:]], (), "line 6"),
        ([*LINES[:5], "2000-05,inf,1", *LINES[6:]], (), "infinite"),
        (LINES, ("--horizon", 0), "--horizon is 0"),
        (LINES, ("--window", -1), "--window is -1"),
        (LINES, ("--cell", "lstn"), "did you mean 'lstm'"),
        (LINES, ("--name", "../x", "--horizon", 3), "cannot be called '../x'"),
        (LINES, ("--scaler", "fixed"), "--scaler-range"),
        (LINES, ("--start", "soon"), "--start is 'soon'"),
        (LINES, ("--start", "2030"), "from 2000-01-01 to 2006-08-01"),
        (LINES[:1], (), "no rows below its head"),
        ([], (), "empty"),
        (["\0\1\2"], (), "months.csv"),
        (["a,b", "x,y", "z,w"], (), "no column of numbers"),
    ],
)
def test_bad_input_is_one_line_and_exit_1(
    lines: list[str], options: tuple[object, ...], message: str, chargen: Command
) -> None:
    target = () if "--target" in options else ("--target", "visitors")
    known = target if LINES[0] in lines else ()
    result = chargen("-q", "forecast", "train", table("months.csv", lines), *known, *options)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert not Path("checkpoints").exists()


@pytest.mark.parametrize("name", ["sunspot", "nosuch.csv", "", "a[/b]{c}", "."])
def test_an_unknown_series_is_one_line(name: str, chargen: Command) -> None:
    for command in (("train", name), ("data", name), ("predict", "--data", name)):
        result = chargen("forecast", *command)
        assert result.exit_code == 1
        assert result.stderr.startswith("error: ")
        assert len(result.stderr.splitlines()) == 1


def test_usage_errors_exit_2(chargen: Command) -> None:
    assert chargen("forecast", "train").exit_code == 2
    assert chargen("forecast", "train", "sunspots", "--linear", "some").exit_code == 2
    result = chargen("forecast", "train", "sunspots", "--patience", 2, "--validation", 0)
    assert result.exit_code == 2
    assert "--patience 2 waits for a better validation loss" in result.stderr


@pytest.mark.usefixtures("months")
def test_a_backtest_of_a_run_and_of_its_series(chargen: Command) -> None:
    result = chargen(
        "forecast", "backtest", "-n", 1, "--horizons", "1,3", "--seeds", 2, "--baseline", "drift", "--json"
    )
    assert result.exit_code == 0
    rows = json.loads(result.stdout)
    assert [(row["horizon"], row["model"]) for row in rows] == [
        (horizon, model) for horizon in (1, 3) for model in ("months-gru", "linear part", "drift", "naive", "linear")
    ]
    assert [key for key in rows[0] if key in FIGURES] == FIGURES
    assert {row["origins"] for row in rows} == {16, 14}
    assert all((row["rmse_sd"] is None) == (row["model"] != "months-gru") for row in rows)
    assert {row["skill"] for row in rows if row["model"] == "naive"} == {0.0}
    notices = result.stderr.splitlines()
    assert sorted(notices) == sorted(f"done: {row['model']}, {row['horizon']} steps" for row in rows)


@pytest.mark.usefixtures("months")
def test_a_backtest_as_a_table(chargen: Command) -> None:
    small = (*TINY, "-n", 1, "--linear", "none", "--target", "visitors", "--baseline", "drift", "--cell", "rnn")
    result = chargen("forecast", "backtest", "months.csv", *small, "--details", "--margin", 2.5)
    assert result.exit_code == 0
    table, details = result.stdout.split("\n\n")
    head, *rows = table.splitlines()
    more, *others, verdict = details.splitlines()
    assert more.split() == ["model", "steps", "MSE", "sMAPE,", "%", "right", "direction", "within", "2.5", "%"]
    assert [row.split()[0] for row in others] == [row.split()[0] for row in rows]
    assert head.split() == [
        *("model", "steps", "RMSE", "at", "the", "last", "step"),
        *("MAE", "MASE", "skill", "vs", "naive"),
    ]
    assert "no intervals for 3 steps ahead: --interval 0.9 takes 9 forecasts of the validation part" in result.stderr
    assert [row.split()[:2] for row in rows] == [[name, "3"] for name in ("rnn", "drift", "naive", "linear")]
    assert verdict.startswith("3 steps ahead: ")
    assert result.stderr.splitlines()[-1] == (
        "forecasts of the last 20 %, nothing of it seen before; origins: 14 for 3 steps ahead"
    )


@pytest.mark.usefixtures("months")
def test_coverage_and_width_of_intervals(chargen: Command) -> None:
    small = (*TINY, "-n", 1, "--linear", "none", "--target", "visitors", "--baseline", "drift", "--cell", "rnn")
    given = ("forecast", "backtest", "months.csv", *small, "--interval", 0.75)
    result = chargen(*given, "--details")
    table, details = result.stdout.split("\n\n")
    head, *rows = table.splitlines()
    assert head.rstrip().endswith("skill vs naive  in 75 % interval  its width")
    assert details.splitlines()[0].rstrip().endswith("75 % interval score")
    assert "no intervals" not in result.stderr
    figures = json.loads(chargen(*given, "--json").stdout)
    assert [key for key in figures[0] if key in ("interval", "coverage", "width", "interval_score")] == [
        *("interval", "coverage", "width", "interval_score")
    ]
    for line, row in zip(rows, figures, strict=True):
        assert row["interval"] == 0.75
        assert [float(cell) for cell in line.split()[-2:]] == pytest.approx([row["coverage"], row["width"]], rel=1e-3)
        assert 0 <= row["coverage"] <= 1
        assert row["interval_score"] >= row["width"] > 0


@pytest.mark.usefixtures("months")
@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--interval", 1), 1, "--interval is 1.0; it takes a share above 0 and below 1, such as 0.9"),
        (("--interval", "x"), 2, "'x' is not a valid float"),
        (("--validation", 1.5), 1, "--validation is 1.5; it takes a share from 0 up and below 1"),
        (("--horizons", "0"), 1, "--horizons is 0; it takes whole numbers from 1 up"),
        (("--horizons", "1,x"), 1, "--horizons is '1,x'; it takes whole numbers with commas, such as 1,12,36"),
        (("--horizons", "70"), 1, "--horizons 70"),
        (("--test", 1), 1, "--test is 1.0; it takes a share above 0 and below 1"),
        (("--test", 0), 1, "--test is 0.0"),
        (("--seeds", 0), 1, "--seeds is 0"),
        (("--refit-every", -1), 1, "--refit-every is -1"),
        (("--season", 0), 1, "--season is 0"),
        (("--baseline", "drft"), 1, "did you mean 'drift'"),
        (("--units", 0), 1, "--units is 0"),
        (("--start", "2001"), 2, "how a table is read matters with a SERIES only"),
        (("months-gru", "--start", "2001"), 2, "how a table is read matters with a SERIES only"),
        (("nosuch",), 1, "no series 'nosuch'"),
    ],
)
def test_what_backtest_refuses(options: tuple[object, ...], code: int, message: str, chargen: Command) -> None:
    result = chargen("-q", "forecast", "backtest", *options)
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in result.stderr
    assert code == 2 or len(result.stderr.splitlines()) == 1


@pytest.mark.usefixtures("months")
def test_a_name_of_a_run_and_of_a_series(chargen: Command) -> None:
    Path("checkpoints/months-gru").rename("checkpoints/sunspots")
    stop = ("--seeds", 0)  # refused after the choice, before anything is learnt
    result = chargen("forecast", "backtest", "sunspots", *stop)
    assert result.stderr.splitlines()[0].startswith("'sunspots' is a run and a series: the run is taken")
    result = chargen("forecast", "backtest", "sunspots", "--target", "sunspots", *stop)
    assert result.stderr.startswith("error: --seeds is 0")


def test_series_with_gaps_are_learnt_forecast_and_scored(chargen: Command) -> None:
    # Every seventh cell is empty, and two months of the second half are no rows at all.
    lines = [
        re.sub(r",[\d.]+,", ",,", line) if place % 7 == 3 else line
        for place, line in enumerate(LINES)
        if place not in (50, 75)
    ]
    missing = sum(",," in line for line in lines) + 2
    told = f"{missing} values are missing of 80 ({100 * missing / 80:.2g} %): neither learnt from nor scored"
    data = table("gaps.csv", lines)
    result = chargen("forecast", "train", data, "--target", "visitors", *TINY, "-n", 2, "--test", 0.2)
    assert result.exit_code == 0
    assert told in result.stderr.splitlines()
    rows = [line.split() for line in result.stdout.splitlines()[1:5]]
    assert [row[0] for row in rows] == ["gaps-gru", "linear", "naive", "linear"]
    assert all(float(figure) > 0 for row in rows for figure in row[-4:-1])
    assert load("gaps-gru").settings.forecast.masks
    ahead = chargen("-q", "forecast", "predict", "--json")
    assert all(5 < row["visitors"] < 50 for row in json.loads(ahead.stdout))
    # Whole values do as well.
    Path("whole.csv").write_text(TABLE)
    newer = chargen("-q", "forecast", "predict", "--data", "whole.csv", "--target", "visitors", "--json")
    assert newer.exit_code == 0
    again = chargen("forecast", "backtest", "-n", 1, "--season", 12, "--json")
    assert told in again.stderr.splitlines()
    scores = json.loads(again.stdout)
    assert {row["model"] for row in scores} >= {"gaps-gru", "naive", "seasonal-naive-12", "drift", "linear"}
    assert len({row["scored"] for row in scores}) == 1
    assert 0 < scores[0]["scored"] < 3 * scores[0]["origins"]
    assert all(row["rmse"] > 0 for row in scores)
    assert chargen("forecast", "plot", "-o", "gaps.svg").exit_code == 0
