"""`chargen plot`: a picture, and its name on stdout."""

from collections.abc import Callable
from pathlib import Path

from chargen import Run
from tests.cli.conftest import Command


def test_a_picture_of_the_newest_run(chargen: Command, trained: Callable[..., Run]) -> None:
    trained()
    result = chargen("plot")
    assert (result.exit_code, result.stdout) == (0, "garden-gru.png\n")
    assert Path("garden-gru.png").read_bytes().startswith(b"\x89PNG")
    result = chargen("plot", "garden-gru", "-o", "curves.svg")
    assert result.stdout == "curves.svg\n"
    assert Path("curves.svg").is_file()


def test_errors(chargen: Command, trained: Callable[..., Run]) -> None:
    assert "no text run in checkpoints/ yet" in chargen("plot").stderr
    trained()
    result = chargen("plot", "-o", "curves.xyz")
    assert result.exit_code == 1
    assert "--output is 'curves.xyz'" in result.stderr
