"""The walk-through is executed as it stands, and its translation has the same code."""

import io
import re
import shlex
from contextlib import redirect_stdout
from doctest import ELLIPSIS, OutputChecker
from pathlib import Path

import pytest
from sybil import Document, Example
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

from tests.cli.conftest import run_command

DOCS = Path(__file__).parents[2] / "docs"
NUMBER = re.compile(r"-?\d+\.\d+")
# Figures that training came to differ between machines in their last shown digits.
LAST_DIGITS = 2


def same_output(shown: str, printed: str) -> bool:
    """Compare word for word; numbers with a decimal point by their shown digits."""
    if NUMBER.sub("#", shown).split() != NUMBER.sub("#", printed).split():
        return False
    pairs = zip(NUMBER.findall(shown), NUMBER.findall(printed), strict=True)
    return all(
        abs(float(one) - float(other)) < (LAST_DIGITS + 0.5) * 10.0 ** -len(one.partition(".")[2])
        for one, other in pairs
    )


def parse(name: str, printed: io.StringIO) -> Document:
    """Read a document: Python, commands with what they print, and what the Python before has printed."""

    def compare(example: Example) -> None:
        output = printed.getvalue()
        assert same_output(example.parsed, output), f"{name}, line {example.line}: printed is\n{output}"
        printed.seek(0)
        printed.truncate()

    def run(example: Example) -> None:
        command, shown = example.parsed.removeprefix("$ chargen ").split("\n", 1)
        result = run_command(*shlex.split(command))
        fits = OutputChecker().check_output(shown.replace("…\n", "...\n"), result.stdout, ELLIPSIS)
        assert fits, f"{name}, line {example.line}: printed is\n{result.output}"

    parsers = (PythonCodeBlockParser(), CodeBlockParser("text", compare), CodeBlockParser("console", run))
    return Document.parse(str(DOCS / name), *parsers)


def code(name: str) -> list[tuple[str, str]]:
    document = parse(name, io.StringIO())
    blocks = [(example.region.lexemes["arguments"], str(example.parsed)) for example in document.examples()]
    assert document.text.count("```") == 2 * len(blocks)  # none in a language that is not executed
    return blocks


def test_what_is_shown_is_what_is_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    printed = io.StringIO()
    with redirect_stdout(printed):
        for example in parse("walkthrough.md", printed).examples():
            example.evaluate()
    assert printed.getvalue() == ""


def test_both_languages_have_the_same_code() -> None:
    assert code("recorrido.md") == code("walkthrough.md")


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("gru 0.27\n", "gru  0.29\n", True),
        ("gru 0.27\n", "gru 0.30\n", False),
        ("gru 27\n", "gru 28\n", False),
        ("gru 0.27\n", "gru 0.27\nlstm 0.27\n", False),
    ],
)
def test_outputs_are_compared_by_their_shown_digits(shown: str, printed: str, same: bool) -> None:
    assert same_output(shown, printed) == same
