"""`chargen sample --interactive`, its input a pipe."""

from pathlib import Path

import pytest

import chargen as library
from tests.cli.conftest import Command


@pytest.fixture(autouse=True)
def trained(chargen: Command, book: Path) -> None:
    library.train(book, units=6, seqlen=10, iterations=1, length=5, name="mine")


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
    out, err = converse(
        chargen, ":length 3", "Alice ", ":length off", "Alice ", ':stop "zz" yy', ":settings", ":quit", "no"
    )
    assert [len(line) for line in out] == [9, 16]
    assert ":stop ('zz', 'yy')" in err
    assert ":temperature 0.0" in err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (":temperature hot", "'hot' is not a valid float"),
        (":temperature -1", "--temperature is -1.0"),
        (":until chapter", "'chapter' is not one of"),
        (':stop "a', "No closing quotation"),
        (":iteration 9", "has no iteration 9"),
        ("Ünknown", "U+00DC"),
        (":nonsense 3", ":quit to leave"),
    ],
)
def test_what_makes_no_sense_is_told_and_changes_nothing(chargen: Command, line: str, message: str) -> None:
    out, err = converse(chargen, line, "Alice ")
    assert message in "\n".join(err[3:])
    assert out == [library.load("mine").sample("Alice ", temperature=0, length=10)]
