"""`chargen forecast classify`: tables, scores, files, what is refused; its options' defaults are those that hold."""

import json
from pathlib import Path

import click
import pytest

from chargen.cli.forecast.classify import classify
from chargen.series.classify.classifier import default, known_options
from tests.cli.conftest import Command
from tests.cli.test_forecast_options import IN_WORDS as FORECASTS
from tests.series.classify.sines import sines, table

TINY = ("--cell", "rnn", "--units", 3, "-n", 2)
OPTIONS = {option.name: option for option in classify.params if isinstance(option, click.Option)}
IN_WORDS = {name: FORECASTS[name] for name in ("schedule_iterations", "learning_rate")}
# How a table is read, what is held out and what is written: no settings of the network.
OTHERS = ("label", "id_column", "column", "decimal", "test", "seeds", "output", "as_json")


@pytest.fixture
def waves(chargen: Command) -> None:
    """Tables of sines in the current folder."""
    Path("waves.csv").write_text(table(sines(40)))
    Path("more.csv").write_text(table(sines(12, seed=1)))


@pytest.mark.usefixtures("waves")
def test_scores_and_files(chargen: Command) -> None:
    result = chargen("forecast", "classify", "waves.csv", *TINY, "--seeds", 2, "-o", "told.csv", "-o", "told.png")
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        "waves.csv: labels from column 'label'",
        *("done: rnn", "done: majority", "done: nearest neighbour", "written: told.csv", "written: told.png"),
        "waves.csv: 40 sequences of 12 steps; classes: quick 20, slow 20",
        "learnt from 32 (4 of them chose the iteration), told 8, drawn from each class by random seed 0",
    ]
    blocks = [block.splitlines() for block in result.stdout.split("\n\n")]
    assert blocks[0][0].split("  ")[0] == "model"
    assert [line.split("  ")[0] for line in blocks[0][1:]] == ["rnn", "majority", "nearest neighbour"]
    assert blocks[0][2].split()[1:] == ["0.5", "—", "0.215", "to", "0.785", "0.3333", "—"]
    assert [line.split()[:2] for line in blocks[1][1:]] == [["quick", "4"], ["slow", "4"]]
    assert blocks[2][0].split() == ["by", "rnn,", "first", "seed", "told", "quick", "told", "slow"]
    assert sum(int(cell) for line in blocks[2][1:3] for cell in line.split()[1:]) == 8
    assert "accuracy" in blocks[2][3]
    assert len(Path("told.csv").read_text().splitlines()) == 9
    assert Path("told.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("waves")
def test_files_of_their_own_are_told(chargen: Command) -> None:
    options = ("--test", "more.csv", "--validation", "more.csv", "--json")
    result = chargen("-q", "forecast", "classify", "waves.csv", *TINY, *options)
    assert (result.exit_code, result.stderr) == (0, "")
    rows = json.loads(result.stdout)
    assert [row["model"] for row in rows] == ["rnn", "majority", "nearest neighbour"]
    assert {row["sequences"] for row in rows} == {12}
    assert rows[1] == {
        "model": "majority",
        "sequences": 12,
        "accuracy": 0.5,
        "accuracy_low": pytest.approx(0.2538, abs=1e-4),
        "accuracy_high": pytest.approx(0.7462, abs=1e-4),
        "accuracy_sd": None,
        "f1": pytest.approx(1 / 3),
        "f1_sd": None,
        "f1_by_class": {"quick": pytest.approx(2 / 3), "slow": 0},
        "confusion": [[6, 0], [6, 0]],
    }


def test_rows_told_apart_by_an_id(chargen: Command) -> None:
    lines = ["run,heat,noise,state"]
    for number, (values, label) in enumerate(zip(sines(24).values, sines(24).labels, strict=True)):
        lines += [f"{number},{value:.4f},{number % 5},{label}" for (value,) in values[: 9 + number % 3]]
    Path("runs.csv").write_text("\n".join(lines))
    options = ("--id-column", "run", "--label", "state", "--encoder", "bidirectional", "--validation", 0)
    result = chargen("forecast", "classify", "runs.csv", *TINY, *options)
    assert result.exit_code == 0
    assert "24 sequences of 9 to 11 steps, padded with a mask, 2 features" in result.stderr
    assert "(nothing chose the iteration: the last is taken)" in result.stderr


@pytest.mark.usefixtures("waves")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nothing.csv",), "cannot read nothing.csv"),
        (("waves.csv", "--label", "labl"), "did you mean 'label'"),
        (("waves.csv", "--label", "t1"), "has one sequence of class"),
        (("waves.csv", "-o", "told.txt"), "--output is 'told.txt'; it takes a name that ends in .csv"),
        (("waves.csv", "-o", "no/told.csv"), "cannot write no/told.csv: there is no folder no; make it"),
        (("waves.csv", "-o", "waves.csv"), "--output is 'waves.csv', which is what is read"),
        (("waves.csv", "--test", "more.csv", "-o", "more.csv"), "--output is 'more.csv', which is what is read"),
        (("waves.csv", "--test", "0"), "--test is 0.0"),
        (("waves.csv", "--validation", "nothing.csv"), "cannot read nothing.csv"),
        (("waves.csv", "--units", "0"), "--units is 0"),
        (("waves.csv", "--seeds", "0"), "--seeds is 0"),
        (("waves.csv", "--encoder", "conv", "--activation", "relu"), "--activation is 'relu'"),
    ],
)
def test_what_is_refused(arguments: tuple[str, ...], told: str, chargen: Command) -> None:
    result = chargen("-q", "forecast", "classify", *arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ")
    assert told in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_options_are_those_of_the_library() -> None:
    known = {name for names in known_options().values() for name in names} - {"towers"}
    assert OPTIONS.keys() - set(OTHERS) == known


@pytest.mark.parametrize("name", [name for name in OPTIONS if name not in OTHERS])
def test_the_default_that_help_tells_is_the_one_that_holds(name: str) -> None:
    _, _, told = (OPTIONS[name].help or "").rstrip("]").partition("  [default: ")
    if name in IN_WORDS:
        assert told == IN_WORDS[name]
    elif name == "validation":
        assert OPTIONS[name].default == default(name)
    elif told:
        assert told == str(default(name))
    else:
        assert default(name) in (None, 0)
