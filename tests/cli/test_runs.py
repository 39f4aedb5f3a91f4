"""`chargen runs`: list, show, rename, remove."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import chargen as library
from chargen import Run
from tests.cli.conftest import Command


@pytest.fixture(autouse=True)
def mine(chargen: Command, trained: Callable[..., Run]) -> Run:
    return trained("mine")


def test_list(chargen: Command) -> None:
    result = chargen("runs", "list")
    assert result.exit_code == 0
    head, row = result.stdout.splitlines()
    assert head.split()[:4] == ["run", "kind", "cell", "units"]
    assert row.split()[:7] == ["mine", "text", "gru", "6", "2", "/", "2"]
    assert row.split()[-1] == "finished"
    assert re.search(r" 0\.\d  +\d+ s  finished", row)
    assert len(row.rstrip()) < 80
    assert "RMSE" not in head
    assert chargen("runs", "list", "--markdown").stdout.splitlines()[2].startswith("| mine | text | gru | 6 | 2 / 2 |")


def test_list_as_json_with_a_damaged_run(chargen: Command) -> None:
    Path("checkpoints/broken").mkdir()
    rows = {row["name"]: row for row in json.loads(chargen("runs", "list", "--json").stdout)}
    assert rows["mine"]["iterations"] == 2
    assert rows["mine"]["bits_per_character"] > 0
    assert (rows["mine"]["kind"], rows["mine"]["validation_rmse"]) == ("text", None)
    assert rows["broken"]["state"] == "damaged"
    assert "damaged" in chargen("runs", "list").stdout


def test_an_empty_folder(chargen: Command) -> None:
    result = chargen("--checkpoints", "nothing", "runs", "list")
    assert result.exit_code == 0
    assert "make one with 'chargen train alice.txt'" in result.stderr
    assert chargen("--checkpoints", "nothing", "runs", "list", "--json").stdout.strip() == "[]"


def test_show(chargen: Command) -> None:
    result = chargen("runs", "show", "mine", "--samples")
    assert result.exit_code == 0
    assert "model.units" in result.stdout
    assert "─ iteration 2, temperature 0.5" in result.stdout


def test_show_as_json(chargen: Command) -> None:
    whole = json.loads(chargen("runs", "show", "--json").stdout)
    assert whole["name"] == "mine"
    assert whole["model"]["units"] == 6
    assert [line["iteration"] for line in whole["history"]] == [1, 2]
    assert len(whole["samples"]) == 2


def test_remove_asks(chargen: Command) -> None:
    assert chargen("runs", "remove", "mine", input="n\n").exit_code == 1
    assert Path("checkpoints/mine").is_dir()
    assert chargen("runs", "remove", "mine", input="y\n").exit_code == 0
    assert not Path("checkpoints/mine").exists()


def test_remove_takes_a_damaged_run_too(chargen: Command) -> None:
    Path("checkpoints/mine/run.json").unlink()
    assert chargen("runs", "remove", "mine", "--yes").exit_code == 0


def test_an_unknown_run_removes_nothing(chargen: Command) -> None:
    result = chargen("runs", "remove", "mine", "minne", "--yes")
    assert result.exit_code == 1
    assert "did you mean 'mine'" in result.stderr
    assert Path("checkpoints/mine").is_dir()


def test_rename(chargen: Command) -> None:
    assert "mine is now first" in chargen("runs", "rename", "mine", "first").stderr
    assert chargen("sample", "first", "-l", 5).exit_code == 0
    result = chargen("runs", "rename", "mine", "second")
    assert result.exit_code == 1
    assert "no run 'mine'" in result.stderr


def test_a_run_in_training_is_shown_as_such(chargen: Command) -> None:
    run = library.load("mine")
    with run.folder.writing():
        assert chargen("runs", "list").stdout.splitlines()[-1].split()[-1] == "training"
        result = chargen("resume", "mine", "-n", "1")
    assert result.exit_code == 1
    assert "run 'mine' is being trained elsewhere" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_run_that_is_stopped(chargen: Command) -> None:
    def stop(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        library.load("mine").resume(3, on_progress=stop)
    row = next(row for row in json.loads(chargen("runs", "list", "--json").stdout) if row["name"] == "mine")
    assert (row["state"], row["iterations"], row["planned"]) == ("stopped", 2, 5)
    assert row["bytes"] > 1000
    assert row["trained"] >= row["created"]


def test_a_patience_that_ended_is_the_end_of_a_run(chargen: Command, book: Path) -> None:
    library.train(book, units=6, seqlen=10, iterations=30, length=5, name="tired", patience=1, learning_rate=0.5)
    row = next(row for row in json.loads(chargen("runs", "list", "--json").stdout) if row["name"] == "tired")
    assert (row["state"], row["planned"]) == ("finished", 30)
    assert row["iterations"] < 30


@pytest.mark.parametrize("name", ["weights.safetensors", "report.json", "state.json", "manifest.json"])
def test_a_damaged_iteration_is_shown(name: str, chargen: Command) -> None:
    Path("checkpoints/mine/iterations/0002", name).unlink()
    assert json.loads(chargen("runs", "list", "--json").stdout)[0]["state"] == "damaged"
    result = chargen("runs", "show", "mine")
    assert result.exit_code == 0
    assert f"warning: checkpoints/mine/iterations/0002/{name} is missing" in result.stderr
    assert name in json.loads(chargen("runs", "show", "mine", "--json").stdout)["faults"][0]


def test_a_changed_byte_is_found_by_show(chargen: Command) -> None:
    path = Path("checkpoints/mine/iterations/0001/weights.safetensors")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    assert "0001/weights.safetensors is not what was saved" in chargen("runs", "show", "mine").stderr


def test_compare(chargen: Command, trained: Callable[..., Run]) -> None:
    trained("other", units=5, iterations=1, lowercase=True)
    result = chargen("runs", "compare", "mine", "other", "-o", "curves.svg")
    assert result.exit_code == 0
    assert re.search(r"^model\.units +6 +5 *$", result.stdout, re.MULTILINE)
    assert re.search(r"^iterations +2 +1 *$", result.stdout, re.MULTILINE)
    assert "the validation figures are of different texts" in result.stderr
    assert Path("curves.svg").read_bytes().startswith(b"<?xml")
    whole = json.loads(chargen("runs", "compare", "mine", "other", "--json").stdout)
    assert {"setting": "model.units", "mine": 6, "other": 5} in whole["settings"]
    assert "| model.units | 6 | 5 |" in chargen("runs", "compare", "mine", "other", "--markdown").stdout


def test_compare_takes_two(chargen: Command) -> None:
    assert chargen("runs", "compare", "mine", "mine").exit_code == 2
    result = chargen("runs", "compare", "mine", "nine")
    assert result.exit_code == 1
    assert "did you mean 'mine'" in result.stderr
