"""Learning curves: what is drawn, what is marked, where a picture can be written."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from chargen.errors import OptionError, SaveError
from chargen.learning.plot import draw_learning, require_format, save


def lines(count: int, **losses: Any) -> list[dict[str, Any]]:
    """Lines of history: the losses given, each falling as 1 / iteration."""
    return [
        {"iteration": number} | {key: loss and loss / number for key, loss in losses.items()}
        for number in range(1, count + 1)
    ]


def drawn(history: list[dict[str, Any]]) -> dict[str, tuple[list[float], list[float]]]:
    axes = Figure().subplots()
    draw_learning(axes, history, "loss, squared units")
    assert axes.get_ylabel() == "loss, squared units"
    points = [(np.asarray(line.get_xdata()).tolist(), np.asarray(line.get_ydata()).tolist()) for line in axes.lines]
    return dict(zip((str(line.get_label()) for line in axes.lines), points, strict=True))


def test_curves_and_the_best_iteration() -> None:
    history = lines(3, loss=6.0, validation_loss=12.0)
    history[2]["validation_loss"] = 7.0
    curves = drawn(history)
    assert curves["training"] == ([1, 2, 3], [6.0, 3.0, 2.0])
    assert curves["validation"] == ([1, 2, 3], [12.0, 6.0, 7.0])
    (mark,) = set(curves) - {"training", "validation"}
    assert curves[mark] == ([2], [6.0])


@pytest.mark.parametrize("history", [lines(2, loss=1.0), lines(2, loss=1.0, validation_loss=None, test_loss=None)])
def test_what_was_not_held_out_is_not_drawn(history: list[dict[str, Any]]) -> None:
    assert list(drawn(history)) == ["training"]


def test_an_iteration_without_a_figure_is_a_gap() -> None:
    history = lines(3, loss=6.0, test_loss=3.0)
    history[1]["test_loss"] = None
    np.testing.assert_array_equal(drawn(history)["test"][1], [3.0, np.nan, 1.0])


@pytest.mark.parametrize(("count", "marker"), [(1, "."), (100, "."), (101, "None")])
def test_dots_only_while_they_stand_apart(count: int, marker: str) -> None:
    axes = Figure().subplots()
    draw_learning(axes, lines(count, loss=1.0), "loss")
    assert (axes.lines[0].get_marker() or "None") == marker


@pytest.mark.parametrize("name", ["a.txt", "a", "png", "a.png.gz"])
def test_another_ending_is_refused(name: str) -> None:
    with pytest.raises(OptionError, match=r"--output is '.*'; its name has to end in \.png, \.svg, \.pdf"):
        require_format(Path(name))


@pytest.mark.parametrize(("name", "start"), [("a.png", b"\x89PNG"), ("a.SVG", b"<?xml"), ("a.pdf", b"%PDF")])
def test_the_ending_decides_the_format(name: str, start: bytes, tmp_path: Path) -> None:
    require_format(tmp_path / name)
    save(Figure(), tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(start)


def test_a_letter_that_the_font_lacks_is_no_warning(tmp_path: Path) -> None:
    figure = Figure()
    figure.suptitle("紅樓夢")
    save(figure, tmp_path / "a.png")  # warnings are errors here


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(SaveError, match=r"a\.png cannot be written \(No such file or directory\); .*--output"):
        save(Figure(), tmp_path / "missing" / "a.png")
