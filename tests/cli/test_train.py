"""`chargen train` and `chargen resume`: what they print, where, and how they end."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from chargen import Run, load
from tests.cli.conftest import Command

SMALL = ("--units", 6, "--seqlen", 5, "-n", 2, "-l", 20)


def test_progress_goes_to_stderr_and_the_text_to_stdout(chargen: Command, book: Path) -> None:
    result = chargen("train", book, *SMALL, "-t", 0, "-t", 1)
    assert result.exit_code == 0
    run = load("garden-gru")
    lines = result.stderr.splitlines()
    assert lines[0].startswith("run garden-gru: gru, 1 layer of 6 units, ")
    assert any(line.split() == ["nats", "nats", "character", "per", "second", "s"] for line in lines)
    rows = [line.split() for line in lines if re.match(r"\s*\d+\s+\d\.\d{4}\s", line)]
    assert [row[0] for row in rows] == ["1", "2"]
    assert rows[1][1] == f"{run.history[1]['loss']:.4f}"
    assert rows[1][3] == f"{run.history[1]['bits_per_character']:.3f}"
    assert result.stderr.count("t=0 ") == result.stderr.count("t=1 ") == 2
    assert "validation (also chose this iteration)" in result.stderr
    assert f"chargen sample {run.name}" in result.stderr
    assert len(result.stdout) == 5 + 400 + 1
    assert result.stdout[:5] in run.text


def test_the_same_command_twice(chargen: Command, book: Path) -> None:
    first, second = (chargen("train", book, *SMALL) for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.stdout == second.stdout
    assert sorted(path.name for path in Path("checkpoints").iterdir()) == ["garden-gru", "garden-gru-2"]


def test_quiet(chargen: Command, book: Path) -> None:
    result = chargen("-q", "train", book, *SMALL)
    assert result.stderr == ""
    assert result.stdout


def test_a_test_part_is_what_is_told(chargen: Command, book: Path) -> None:
    result = chargen("train", book, *SMALL, "--test", 0.1)
    assert "bits per character on the test part" in result.stderr


def test_nothing_held_out(chargen: Command, book: Path) -> None:
    result = chargen("train", book, *SMALL, "--validation", 0)
    assert "nothing was held out" in result.stderr
    assert "best so far" not in result.stderr


def test_the_time_it_will_take_is_told_once(chargen: Command, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chargen.trainer.trainer.STRETCH_SECONDS", 0)
    result = chargen("train", book, *SMALL)
    assert len(re.findall(r"^2 iterations to iteration 2: about \d+ s of training$", result.stderr, re.MULTILINE)) == 1


def test_an_early_stop_is_explained(chargen: Command, book: Path) -> None:
    result = chargen("train", book, *SMALL, "-n", 30, "--patience", 1, "--learning-rate", 0.5, "--schedule", "constant")
    assert result.exit_code == 0
    assert "stopped early (--patience 1): no better validation loss since iteration " in result.stderr
    assert "chargen resume garden-gru -n 10" in result.stderr
    result = chargen("resume")
    assert result.exit_code == 1
    assert "stopped early after iteration" in result.stderr


def test_patience_without_validation_is_a_usage_error(chargen: Command, book: Path) -> None:
    result = chargen("train", book, *SMALL, "--patience", 2, "--validation", 0)
    assert result.exit_code == 2
    assert "--patience 2" in result.stderr


def test_resume(chargen: Command, trained: Callable[..., Run]) -> None:
    trained()
    result = chargen("resume", "-n", 1)
    assert result.exit_code == 0
    assert load("garden-gru").folder.iterations() == [1, 2, 3]
    result = chargen("resume", "garden-gru")
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("error: run 'garden-gru' has finished its 3 iterations")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("train", "nosuchbook", "--units", 0), "--units is 0"),
        (("train", "empty.txt"), "empty.txt"),
        (("train", "one.txt"), "one.txt"),
        (("train", "short.txt", "--seqlen", 30), "at least 32"),
        (("train", "binary.txt"), "binary.txt"),
        (("train", "alise in wonderlund"), "chargen corpus search"),
        (("train", "short.txt", "--cell", "lstn"), "did you mean 'lstm'"),
        (("train", "short.txt", "--name", "../x", "--seqlen", 3), "cannot be called '../x'"),
        (("train", "short.txt", "-t", -1), "--temperature is -1.0"),
        (("--checkpoints", "one.txt", "train", "short.txt", "--seqlen", 3), "one.txt"),
        (("resume", "nosuchrun"), "no run 'nosuchrun'"),
    ],
)
def test_bad_input_is_one_line_and_exit_1(chargen: Command, arguments: tuple[str, ...], message: str) -> None:
    Path("empty.txt").write_bytes(b"")
    Path("one.txt").write_text("x")
    Path("short.txt").write_text("a text of some 31 characters...")
    Path("binary.txt").write_bytes(bytes(range(256)) * 10)
    result = chargen(*arguments)
    assert result.exit_code == (2 if "--checkpoints" in arguments else 1)  # click itself refuses a file for a folder
    assert message in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.stderr
    assert not Path("checkpoints").exists()
    if result.exit_code == 1:
        assert result.stderr.startswith("error: ")
        assert len(result.stderr.splitlines()) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals for one process")
def test_an_interrupt_saves_tells_how_to_go_on_and_exits_130(book: Path, tmp_path: Path) -> None:
    # The first interrupts; the impatient send more, of any kind, and the save goes on.
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    folder = ("--checkpoints", str(tmp_path / "checkpoints"))
    command = [sys.executable, "-m", "chargen", *folder, "train", str(book), "--units", "6", "--seqlen", "5"]
    process = subprocess.Popen(
        [*command, "-n", "100000", "-l", "5"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # A suite that runs in the background ignores some signals, and what it starts would inherit that.
        preexec_fn=lambda: [signal.signal(number, signal.SIG_DFL) for number in numbers],  # noqa: PLW1509 (no thread forks here)
    )
    iterations = tmp_path / "checkpoints" / "garden-gru" / "iterations"
    deadline = time.monotonic() + 60
    while not (iterations / "0003").is_dir() and time.monotonic() < deadline:
        time.sleep(0.05)
    for number in numbers:
        process.send_signal(number)
        time.sleep(0.01)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert f"Go on with: chargen --checkpoints {tmp_path / 'checkpoints'} resume garden-gru" in errors
    assert "Traceback" not in errors
    run = load("garden-gru", tmp_path / "checkpoints")
    position = run.folder.position()
    assert position is not None
    assert position.plan.iterations == 100000
    done = len(run.folder.iterations())
    run.resume(iterations=1)
    assert len(run.folder.iterations()) == done + 1


def test_resume_goes_on_with_the_runs_own_settings(chargen: Command, trained: Callable[..., Run]) -> None:
    trained()
    result = chargen("resume", "-n", 1, "--learning-rate", 0.1, "--cell", "lstm", "--units", 6)
    assert result.exit_code == 1
    assert "trained with --learning-rate 0.004, not 0.1, --cell gru, not lstm; resume goes on" in result.stderr
    assert "chargen resume garden-gru --fork NEW-NAME --learning-rate 0.1" in result.stderr
    assert len(result.stderr.splitlines()) == 1
    result = chargen("resume", "-n", 1, "--learning-rate", 0.004, "--keep", 2, "--checkpoint-every", 1)
    assert result.exit_code == 0
    assert load("garden-gru").done == 3


def test_a_fork_is_a_new_run(chargen: Command, trained: Callable[..., Run]) -> None:
    trained()
    result = chargen("resume", "garden-gru", "--fork", "slower", "--learning-rate", 0.001, "-n", 1)
    assert result.exit_code == 0
    assert result.stderr.startswith("run slower: gru")
    assert (load("slower").done, load("garden-gru").done) == (1, 2)
    result = chargen("resume", "garden-gru", "--fork", "slower")
    assert "a run 'slower' exists" in result.stderr
    result = chargen("resume", "garden-gru", "--fork", "../out")
    assert "cannot be called '../out'" in result.stderr


def test_a_warm_start_is_told(chargen: Command, trained: Callable[..., Run], tmp_path: Path) -> None:
    trained()
    Path("river.txt").write_text("\n".join(f"{number} böats go by" for number in range(99)), encoding="utf-8")
    small = ("--seqlen", 5, "-n", 1, "-l", 20)
    result = chargen("train", "river.txt", "--from", "garden-gru", *small)
    assert result.exit_code == 0
    known = load("garden-gru").vocabulary.characters
    new = "".join(sorted(set("0123456789böats goby\n") - set(known)))
    line = result.stderr.splitlines()[1]
    assert line == (
        f"from run garden-gru, iteration 2: {len(known)} characters known, {len(new)} new: {new!r}; "
        "0.5 of the usual step size, patience 5"
    )
    assert chargen("evaluate", "river-gru").exit_code == 0
    result = chargen("report", "river-gru", "-o", "page.html")
    assert result.exit_code == 0
    page = Path("page.html").read_text(encoding="utf-8")
    for again in (
        "--learning-rate 0.002 ",
        "--patience 5 ",
        "--from garden-gru ",
        "# with the weights of its iteration 2",
    ):
        assert again in page
    result = chargen("train", "river.txt", "--from", "garden-gru", "--cell", "lstm")
    assert result.exit_code == 2
    assert "--cell lstm is not what run 'garden-gru' has: gru" in result.stderr


def test_damage_is_a_warning_even_when_quiet(chargen: Command, trained: Callable[..., Run]) -> None:
    trained()
    Path("checkpoints/garden-gru/iterations/0002/optimizer.safetensors").unlink()
    result = chargen("-q", "resume")
    assert result.exit_code == 0
    first, second = result.stderr.splitlines()
    assert first == (
        "warning: checkpoints/garden-gru/iterations/0002/optimizer.safetensors is missing; the state of training in "
        "iterations/0002 is skipped"
    )
    assert second.startswith("warning: iteration 2 is trained again; the old one is kept as checkpoints/garden-gru/")
    assert load("garden-gru").done == 2
    assert load("garden-gru").folder.faults() == []
