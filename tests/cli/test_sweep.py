"""`chargen sweep`: what it prints, where, and what it refuses."""

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from chargen.cli import sweep as command
from chargen.sweep import kinds
from tests.cli.conftest import Command, run_command
from tests.conftest import write_book

pytest.importorskip("optuna")
SMALL = ("--units", 3, "--seqlen", 5, "--batch-size", 8, "-n", 1, "-l", 5, "--recurrent-dropout", 0)


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A sweep of two seeds: its folder, and what it printed to stdout and stderr."""
    folder = tmp_path_factory.mktemp("swept")
    where = ("--checkpoints", folder / "checkpoints")
    result = run_command(*where, "sweep", write_book(folder), *SMALL, "--grid", "cell=rnn", "--seeds", 2, "--test", 0.1)
    assert result.exit_code == 0
    return folder, result.stdout, result.stderr


@pytest.fixture
def resumed(swept: tuple[Path, str, str], chargen: Command) -> None:
    """A test's own copy of the sweep."""
    shutil.copytree(swept[0] / "checkpoints", "checkpoints")


def test_the_table_goes_to_stdout_and_the_rest_to_stderr(swept: tuple[Path, str, str]) -> None:
    folder, stdout, stderr = swept
    head, row, best, test = stdout.splitlines()
    assert [part.strip() for part in head.split("  ") if part.strip()] == [
        *("cell", "bits per char., validation", "± sd", "bits per char., test", "± sd", "parameters", "seconds", "runs")
    ]
    figures = [float(trial["validation_bits_per_character"]) for trial in _trials(folder)]
    assert row.split()[:2] == ["rnn", f"{sum(figures) / 2:.4g}"]
    assert best.startswith(f"best: cell rnn: {sum(figures) / 2:.4g} ± ")
    assert best.endswith(" bits per character, validation (also chose this iteration)")
    assert test.startswith("on the test part, which chose nothing: ")
    lines = stderr.splitlines()
    assert lines[0] == "sweep garden-sweep: text garden, 1 setting x 2 seeds"
    assert lines[1].startswith(f"trial 1 of 2: cell rnn, seed 0: {figures[0]:.4g} bits per character, validation (")
    assert lines[-1].endswith(" evaluate garden-sweep-1")


@pytest.mark.usefixtures("resumed")
def test_a_sweep_that_is_over_is_shown_again(chargen: Command, swept: tuple[Path, str, str]) -> None:
    result = chargen("-q", "sweep", "--resume", "garden-sweep", "-o", "trials.csv", "-o", "effects.png")
    assert (result.exit_code, result.stdout, result.stderr) == (0, swept[1], "")
    assert Path("trials.csv").read_text() == Path("checkpoints/.sweeps/garden-sweep/garden-sweep.csv").read_text()
    assert Path("effects.png").read_bytes().startswith(b"\x89PNG")
    told = json.loads(chargen("sweep", "--resume", "garden-sweep", "--json").stdout)
    assert (told["part"], told["figure"]) == ("validation (also chose this iteration)", "bits_per_character")
    (setting,) = told["settings"]
    assert [trial["run"] for trial in setting["trials"]] == ["garden-sweep-1", "garden-sweep-2"]
    listed = json.loads(chargen("runs", "list", "--json").stdout)
    assert [run["name"] for run in listed] == ["garden-sweep-1", "garden-sweep-2"]  # the sweep is no run


def test_what_fails_and_what_is_interrupted(chargen: Command, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def learn(run: object, *_: object, **__: object) -> Iterator[None]:
        raise MemoryError if run.name == "garden-sweep-1" else KeyboardInterrupt  # type: ignore[attr-defined]

    monkeypatch.setattr(kinds, "learn_text", learn)
    monkeypatch.setattr(command, "load_tensorflow", lambda towers: None)
    result = chargen("sweep", book, *SMALL, "--grid", "lowercase=true,false")
    assert result.exit_code == 130
    told = result.stderr.splitlines()
    assert told[1].startswith("warning: the settings are scored on different texts")
    assert told[2] == (
        "trial 1 of 2: lowercase True, seed 0: failed: the memory is full; take fewer --units, a smaller --batch-size"
    )
    assert told[3] == (
        "error: interrupted; 1 of 2 trials are over, and the one in progress is saved. Go on with: chargen sweep "
        "--resume garden-sweep"
    )
    monkeypatch.setattr(kinds, "learn_text", lambda run, *_, **__: learn(type("Run", (), {"name": "garden-sweep-1"})))
    result = chargen("sweep", "--resume", "garden-sweep")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("error: all 2 trials of sweep 'garden-sweep' failed")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("garden.txt",), 2, "nothing varies"),
        (("--grid", "units=3,4"), 2, "Missing argument 'CORPUS...'"),
        (("garden.txt", "--grid", "units"), 1, "--grid is 'units'"),
        (("garden.txt", "--grid", "unitz=3"), 1, "no option 'unitz' (did you mean 'units'?)"),
        (("garden.txt", "--grid", "units=3,x"), 2, "'x' is not a valid integer"),
        (("garden.txt", "--grid", "temperature=1"), 1, "takes several values at once"),
        (("garden.txt", "--grid", "strategy=direct"), 1, "no option 'strategy'"),
        (("garden.txt", "--grid", "units=3", "--unts", "4"), 2, "No such option '--unts'"),
        (("--series", "sunspots", "garden.txt", "--grid", "units=3"), 2, "unexpected extra argument (garden.txt)"),
        (("--series", "sunspots", "--grid", "seqlen=3"), 1, "no option 'seqlen'"),
        (("garden.txt", "--grid", "units=3", "-o", "trials.txt"), 1, "--output is 'trials.txt'"),
        (("--resume", "garden", "--grid", "units=3"), 2, "leave --grid out"),
        (("--resume", "garden"), 1, "no sweep 'garden'"),
        (("plan.toml", "--grid", "units=3"), 2, "write --grid into it"),
        (("plan.toml",), 1, "--units is 0"),
        (("nosuchplan.toml",), 1, "cannot read nosuchplan.toml"),
    ],
)
def test_what_is_refused(chargen: Command, book: Path, arguments: tuple[str, ...], code: int, message: str) -> None:
    Path("plan.toml").write_text('[sweep]\ncorpus = "garden.txt"\n[grid]\nunits = [3, 0]\n')
    result = chargen("sweep", *arguments)
    assert result.exit_code == code
    assert message in " ".join(result.stderr.split())
    assert result.stdout == ""
    assert not Path("checkpoints").exists()


def _trials(folder: Path) -> list[dict[str, str]]:
    table = folder / "checkpoints" / ".sweeps" / "garden-sweep" / "garden-sweep.csv"
    return list(csv.DictReader(table.read_text().splitlines()))
