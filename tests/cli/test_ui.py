"""What the terminal shows."""

import pytest

from chargen.cli.ui import LONGEST_CELL, Ui, plain


def test_a_long_cell_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    Ui().table({"a": "head"}, [{"a": "x" * 1_000_000}, {"a": None}])
    shown = capsys.readouterr().out
    assert shown.count("x") == LONGEST_CELL - 1
    assert "…" in shown


def test_a_stranger_does_not_steer_the_terminal() -> None:
    assert plain("a\x1b[2Jb\tc\nd\x9be\x7f") == "a\ufffd[2Jb\tc\nd\ufffde\ufffd"
