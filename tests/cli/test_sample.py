"""`chargen sample`: text to stdout, at once, without TensorFlow."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import chargen as library
from tests.cli.conftest import Command


@pytest.fixture(autouse=True)
def trained(chargen: Command, book: Path) -> None:
    library.train(book, units=6, seqlen=10, iterations=2, length=5, name="mine")


def test_a_continuation(chargen: Command) -> None:
    result = chargen("sample", "--seed", "Alice", "-l", 30, "--random-seed", 1)
    assert result.exit_code == 0
    assert result.stdout.startswith("Alice")
    assert len(result.stdout) == 5 + 30 + 1
    assert result.stderr == ""
    assert result.stdout == chargen("sample", "mine", "--seed", "Alice", "-l", 30, "--random-seed", 1).stdout
    assert result.stdout == library.load("mine").sample("Alice", length=30, random_seed=1) + "\n"


def test_several_samples_each_with_its_own_chance(chargen: Command) -> None:
    result = chargen("sample", "--seed", "A", "-l", 30, "-t", 1.5, "--samples", 3, "--random-seed", 1)
    texts = result.stdout.split("\n" + "─" * 20 + "\n")
    assert len({text.strip() for text in texts}) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--seed", "Ünknown"), "U+00DC"),
        (("--seed", ""), "empty"),
        (("-t", "-0.5"), "--temperature is -0.5"),
        (("-l", "0"), "--length is 0"),
        (("mien",), "no run 'mien' in checkpoints/ (did you mean 'mine'?); list them with 'chargen runs list'"),
        (("../mine",), "no run '../mine'"),
        (("--iteration", "9"), "has no iteration 9"),
    ],
)
def test_bad_input_is_one_line_and_exit_1(chargen: Command, arguments: tuple[str, ...], message: str) -> None:
    result = chargen("sample", *arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_corrupt_run_names_the_file(chargen: Command) -> None:
    Path("checkpoints/mine/vocabulary.json").write_text("[]")
    result = chargen("sample", "--seed", "A")
    assert result.exit_code == 1
    assert "vocabulary.json" in result.stderr


def test_usage_errors_exit_2(chargen: Command) -> None:
    assert chargen("sample", "--iteration", "newest").exit_code == 2
    assert chargen("sample", "--nonsense").exit_code == 2


SAMPLE = """
import sys
from chargen.cli import main
try:
    main(["sample", "--seed", "Alice", "-l", "20"])
except SystemExit as end:
    assert not end.code
sys.exit("tensorflow" in sys.modules or "keras" in sys.modules or "requests" in sys.modules)
"""


def test_tensorflow_is_not_loaded() -> None:
    assert subprocess.run([sys.executable, "-c", SAMPLE], capture_output=True, check=False).returncode == 0


def test_a_reader_that_leaves_ends_it_quietly() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "chargen", "sample", "-l", "1000000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(100)
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=30) == 0
    assert errors == b""


def test_files_and_pipes_get_utf_8_whatever_the_system_prefers() -> None:
    command = [sys.executable, "-m", "chargen", "sample", "--seed", "A", "-l", "5", "--samples", "2"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    result = subprocess.run(command, capture_output=True, check=False, env=environment)
    assert result.returncode == 0
    assert "─" in result.stdout.decode("utf-8")
