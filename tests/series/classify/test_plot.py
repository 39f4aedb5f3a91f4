"""The picture of who was told for whom: counts, shades, labels, files."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from chargen.errors import OptionError, SaveError
from chargen.series.classify import Sequences
from chargen.series.classify.judging import Contest, Result, _result
from chargen.series.classify.plot import LABEL, WRITTEN, draw_confusion, plot


def told(classes: tuple[str, ...], truth: str, answer: str, name: str = "gru") -> tuple[Sequences, Result]:
    labels = [classes[int(place, 36)] for place in truth]
    data = Sequences.of([[1.0]] * len(truth), labels)
    return data, _result(name, [tuple(classes[int(place, 36)] for place in answer)], data, classes, None)


def test_counts_and_shades() -> None:
    classes = ("cat", "a $x$ of a very long name", "owl")
    axes = Figure().subplots()
    draw_confusion(axes, told(classes, "0000111", "0001110")[1], classes)
    assert [text.get_text() for text in axes.texts] == ["3", "1", "0", "1", "2", "0", "0", "0", "0"]
    shades = np.array(axes.images[0].get_array())
    np.testing.assert_allclose(shades, np.array([[0.75, 0.25, 0], [1 / 3, 2 / 3, 0], [0, 0, 0]]))
    assert to_rgb(axes.texts[0].get_color()) == (1, 1, 1)
    assert to_rgb(axes.texts[1].get_color()) == (0, 0, 0)
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels[::2] == ["cat", "owl"]
    assert labels[1] == r"a \$x\$ of a very…"
    assert len(labels[1].replace("\\", "")) == LABEL
    assert axes.get_title() == "gru: 5 of 7 right"


def test_of_several_seeds_the_first_is_drawn_and_said_so() -> None:
    data = Sequences.of([[1.0]] * 4, "aabb")
    axes = Figure().subplots()
    draw_confusion(axes, _result("gru", [tuple("aabb"), tuple("bbbb")], data, ("a", "b"), None), ("a", "b"))
    assert axes.get_title() == "gru, first seed: 4 of 4 right"


def test_many_classes_have_no_counts() -> None:
    classes = tuple("abcdefghijklmnopqrstuvwxyz"[: WRITTEN + 1])
    axes = Figure().subplots()
    draw_confusion(axes, told(classes, "01", "00")[1], classes)
    assert not axes.texts


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_files(suffix: str, tmp_path: Path) -> None:
    data, ours = told(("a$b", "b"), "0011", "0010")
    others = [told(("a$b", "b"), "0011", "0000", name)[1] for name in ("majority", "nearest neighbour")]
    contest = Contest(("a$b", "b"), data, None, data, 0, (ours, *others))
    plot(contest, tmp_path / f"confusion.{suffix}")
    assert (tmp_path / f"confusion.{suffix}").stat().st_size > 1000
    with pytest.raises(OptionError, match="--output"):
        plot(contest, tmp_path / "confusion.bmp")
    with pytest.raises(SaveError, match="--output"):
        plot(contest, tmp_path / "nowhere" / "confusion.png")
