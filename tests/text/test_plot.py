"""Pictures of runs: made, readable, refused where they cannot be."""

from collections.abc import Callable
from pathlib import Path

import pytest

from chargen import Run
from chargen.errors import OptionError, RunError, SaveError
from chargen.text.learning import create
from chargen.text.memory import Memory
from chargen.text.plot import plot_comparison, plot_learning, plot_memory


@pytest.mark.parametrize(
    ("name", "start"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.pdf", b"%PDF"), ("a.PNG", b"\x89PNG")]
)
def test_formats(name: str, start: bytes, trained: Callable[..., Run], tmp_path: Path) -> None:
    plot_learning(trained(test=0.1), tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(start)


def test_what_is_told(trained: Callable[..., Run], tmp_path: Path) -> None:
    plot_learning(trained(), tmp_path / "held.svg")
    plot_learning(trained("none", validation=0.0), tmp_path / "none.svg")
    assert (tmp_path / "held.svg").read_text(encoding="utf-8").count("bits per character") == 1
    assert "nothing held out" in (tmp_path / "none.svg").read_text(encoding="utf-8")


def test_a_name_that_the_font_cannot_write(trained: Callable[..., Run], tmp_path: Path) -> None:
    plot_learning(trained("紅樓夢"), tmp_path / "a.png")  # warnings are errors here
    assert (tmp_path / "a.png").exists()


def test_what_cannot_be_drawn(trained: Callable[..., Run], book: Path, tmp_path: Path) -> None:
    run = trained()
    with pytest.raises(OptionError, match=r"has to end in \.png"):
        plot_learning(run, tmp_path / "a.txt")
    with pytest.raises(SaveError, match="cannot be written"):
        plot_learning(run, tmp_path / "missing" / "a.png")
    with pytest.raises(RunError, match="no finished iteration"):
        plot_learning(create(book, checkpoints=tmp_path / "checkpoints"), tmp_path / "a.png")


def test_several_runs_in_one_picture(trained: Callable[..., Run], tmp_path: Path) -> None:
    runs = [trained("first"), trained("second", validation=0.0), trained("third", units=3)]
    plot_comparison([*runs, runs[0].fork("empty")], tmp_path / "a.svg")
    drawn = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert drawn.count("<!-- first, validation -->") == drawn.count("<!-- third, training (dropout on) -->") == 1
    assert "second, validation" not in drawn
    assert "<!-- second, training (dropout on) -->" in drawn
    with pytest.raises(OptionError, match=r"has to end in \.png"):
        plot_comparison(runs, tmp_path / "a.txt")


def test_what_several_runs_remember(tmp_path: Path) -> None:
    long = Memory("long", 1, "gru", "test", 9, (1, 2, 4), (4.0, 3.0, 2.5), 5, (1.0, 0.5, 0.0))  # 0: no logarithm
    short = Memory("short", 3, "rnn", "test", 9, (1, 2), (4.5, 4.0), 5, (1.0,))
    plot_memory([short, long], tmp_path / "memory.svg")
    drawn = (tmp_path / "memory.svg").read_text(encoding="utf-8")
    assert drawn.count("<!-- long -->") == drawn.count("<!-- short -->") == 2
    assert "<!-- bits per character, test -->" in drawn
