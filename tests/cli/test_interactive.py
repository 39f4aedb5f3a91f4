"""`chargen sample --interactive`, its input a pipe."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest

import chargen as library
from chargen import Run
from tests.cli.conftest import Command


@pytest.fixture(autouse=True)
def mine(chargen: Command, trained: Callable[..., Run]) -> Run:
    return trained("mine")


def converse(chargen: Command, *lines: str) -> tuple[list[str], list[str]]:
    result = chargen(
        "sample", "-i", "-l", 10, "--random-seed", 1, "-t", 0, input="".join(f"{line}\n" for line in lines)
    )
    assert result.exit_code == 0
    return result.stdout.splitlines(), result.stderr.splitlines()


def test_what_is_typed_is_continued_and_nothing_goes_on(chargen: Command) -> None:
    (first, second), _ = converse(chargen, "Alice ", "")
    run = library.load("mine")
    assert first == run.sample("Alice ", temperature=0, length=10)
    assert second == run.sample(first, temperature=0, length=10)


def test_settings(chargen: Command) -> None:
    lines = (":length 3", "Alice ", ":length 7", "Alice ", ':stop "th" s', ":settings", ":quit", "no")
    out, err = converse(chargen, *lines)
    assert [len(line) for line in out] == [9, 13]
    assert ":stop ('th', 's')" in err
    assert ":temperature 0.0" in err


def test_off_puts_a_setting_back_to_its_default(chargen: Command) -> None:
    lines = (':stop "e"', ":stop off", ":length off", ":temperature off", ":settings")
    _, err = converse(chargen, *lines)
    assert {":stop ()", ":length None", ":temperature 0.5"} <= set(err)


def test_answers_come_even_when_quiet(chargen: Command) -> None:
    result = chargen("-q", "sample", "-i", input=":settings\n:nonsense\n")
    assert ":temperature 0.5" in result.stderr
    assert result.stderr.count(":quit to leave") == 1


def test_bytes_that_are_no_text_are_named() -> None:
    command = [sys.executable, "-m", "chargen", "sample", "-i", "-l", "5"]
    environment = os.environ | {"PYTHONIOENCODING": "utf-8:strict"}
    result = subprocess.run(command, input=b"ab\xff\n", capture_output=True, check=False, env=environment)
    assert result.returncode == 0
    assert b"U+DCFF" in result.stderr
    assert b"Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (":temperature hot", "'hot' is not a valid float"),
        (":temperature -1", "--temperature is -1.0"),
        (":until chapter", "'chapter' is not one of"),
        (':stop "a', "No closing quotation"),
        (":iteration 9", "has no weights of iteration 9"),
        ("Ünknown", "U+00DC"),
        (":nonsense 3", ":quit to leave"),
    ],
)
def test_what_makes_no_sense_is_told_and_changes_nothing(chargen: Command, line: str, message: str) -> None:
    out, err = converse(chargen, line, "Alice ")
    assert message in "\n".join(err[3:])
    assert out == [library.load("mine").sample("Alice ", temperature=0, length=10)]
