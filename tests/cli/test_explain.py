"""`chargen explain`: cells, texts read character by character, what runs remember."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from chargen import CELLS, Run
from chargen.cli.ui import Ui
from tests.cli.conftest import Command


def test_the_list_of_cells(chargen: Command) -> None:
    lines = chargen("explain").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:6]] == list(CELLS)
    assert "103,424" in lines[2]


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell(chargen: Command, cell: str) -> None:
    result = chargen("explain", cell, "--units", 20, "--inputs", 1)
    assert result.exit_code == 0
    for equations in (CELLS[cell].equations, *CELLS[cell].variants):
        assert equations.source in result.stdout
        for equation, meaning in equations.lines:
            assert f"  {equation} " in result.stdout
            assert meaning in result.stdout
    (facts,) = json.loads(chargen("explain", cell, "--units", 20, "--inputs", 1, "--json").stdout)
    assert f"= {facts['parameters']:,} for m = 1 inputs, n = 20 units" in result.stdout


def test_a_text(chargen: Command, untrained: Callable[..., Run]) -> None:
    untrained(name="gru")  # called like a cell: with --text it is the run
    result = chargen("explain", "gru", "--text", "Alice sees\na", "--unit", 3)
    assert result.exit_code == 0
    head, text, bars, _, heads, *rows = result.stdout.splitlines()
    assert head.startswith("gru, iteration 1: gru, layer 0, unit 3; shaded by h")
    assert text == "Alice sees⏎a"
    assert len(bars) == len(text)
    assert heads.split() == ["read", "bits", "z", "r", "h,", "unit", "3", "likeliest", "next"]
    assert [row[0] for row in rows] == list("Alice␣sees⏎a")
    found = json.loads(chargen("explain", "--text", "Alice sees\na", "--json").stdout)
    assert [step["character"] for step in found["steps"]] == list("Alice sees\na")
    assert "which varies most" in chargen("explain", "--text", "Alice").stdout


def test_colours_where_there_are_some(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": "40"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    Ui().activations("abc", (-1.0, 0.0, 1.0))
    shaded = capsys.readouterr().out
    assert shaded.count("\x1b[30;48") == 2
    monkeypatch.setenv("NO_COLOR", "1")
    Ui().activations("abc", (-1.0, 0.0, 1.0))
    assert capsys.readouterr().out == "abc\n▁▅█\n"


def test_wide_characters_have_wide_bars(capsys: pytest.CaptureFixture[str]) -> None:
    Ui().activations("紅a", (1.0, -1.0))
    assert capsys.readouterr().out == "紅a\n██▁\n"
    Ui().activations("紅" * 51, [1.0] * 51)
    assert capsys.readouterr().out.splitlines() == ["紅" * 50, "█" * 100, "紅", "██"]


def test_memory(chargen: Command, untrained: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chargen.text.memory._gradients", lambda *_: np.array([[2.0, 1.0, 0.5]]))
    monkeypatch.setattr("chargen.cli.learning.load_tensorflow", lambda _: None)
    untrained(name="first")
    untrained(name="second")
    result = chargen("explain", "first", "second", "--memory", "-o", "memory.png")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("first: gru, iteration 1; ")
    assert lines[0].endswith(" characters, validation (also chose the best iteration)")
    places = [line.split() for line in lines]
    assert [line[0] for line in places if len(line) == 3 and line[0].isdigit()] == [
        *(str(2**power) for power in range(9)),
        *"012",
    ]
    assert places[-1] == ["2", "2.5e-01", "2.5e-01"]
    assert Path("memory.png").read_bytes().startswith(b"\x89PNG")
    found = json.loads(chargen("explain", "second", "--memory", "--json").stdout)
    assert [each["run"] for each in found] == ["second"]
    assert found[0]["gradients"] == [1.0, 0.5, 0.25]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("lstn",), 1, "no cell and no run 'lstn' (did you mean 'lstm'?)"),
        (("gru", "--units", "0"), 1, "--units is 0"),
        (("--text", "Alice"), 1, "no text run in checkpoints/ yet"),
        (("nobody", "--memory"), 1, "no run 'nobody'"),
        (("--memory", "-o", "memory.xyz"), 1, "--output is 'memory.xyz'"),
        (("--memory", "--text", "Alice"), 2, "--text and --memory do not go together"),
        (("a", "b", "--text", "Alice"), 2, "--text takes one run, and 2 are given"),
        (("gru", "--unit", "1"), 2, "--unit goes with --text, not with a CELL"),
        (("--memory", "--units", "1"), 2, "--units goes with a CELL, not with --memory"),
        (("gru", "--iteration", "1"), 2, "--iteration goes with --text or --memory"),
    ],
)
def test_errors(chargen: Command, arguments: tuple[str, ...], code: int, message: str) -> None:
    result = chargen("explain", *arguments)
    assert (result.exit_code, result.stdout) == (code, "")
    assert message in result.stderr


def test_a_run_alone(chargen: Command, untrained: Callable[..., Run]) -> None:
    untrained(name="mine")
    result = chargen("explain", "mine")
    assert result.exit_code == 2
    assert "'mine' is a run; say what of it to explain, with --text TEXT or with --memory" in result.stderr
