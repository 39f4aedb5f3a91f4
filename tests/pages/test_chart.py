"""What matplotlib draws, as a chart: places by hand, and nothing that only matplotlib understands."""

import numpy as np
import pandas as pd
import pytest

from chargen.pages.chart import HEIGHT, WIDTH, Chart, chart, new_axes


def drawn(scale: str = "linear") -> Chart:
    axes = new_axes()
    axes.set_xlim(0, 4)
    axes.set_ylim(1, 100)
    axes.set_yscale(scale)
    axes.set_yticks([1, 10, 100], ["1", "10", "100"])
    axes.set_xticks([0, 2, 4], ["none", r"\$2", "4"])
    axes.plot([0, 1, 2, 3, 4], [1, 10, np.nan, 10, 100], "--", color="#0072B2", label=r"a \$", linewidth=2)
    axes.plot([2], [10], "o", fillstyle="none", color="black", markersize=10)
    axes.fill_between([0, 4], [1, 1], [100, 100], color="#56B4E9", alpha=0.5, linewidth=0, label="band")
    axes.set_title("several\nlines")
    return chart(axes)


def test_places() -> None:
    made = drawn("log")  # 10 is halfway from 1 to 100
    line = next(mark for mark in made.marks if mark.label == "a $")
    assert line.path == f"M0 {HEIGHT}L1000 1000M3000 1000L{WIDTH} 0"
    assert (line.colour, line.width, line.dash != "") == ("var(--0072b2,#0072b2)", 2.5, True)
    assert [(tick.at, tick.text) for tick in made.x_ticks] == [(0, "none"), (50, "$2"), (100, "4")]
    assert [(tick.at, tick.text) for tick in made.y_ticks] == [(100, "1"), (50, "10"), (0, "100")]
    assert made.title == "several lines"
    assert made.told == "Chart. several lines;  by : band, a $"
    assert drawn().marks != made.marks


def test_bands_lie_behind_lines_and_rings_are_dots_on_dots() -> None:
    marks = drawn().marks
    assert (marks[0].label, marks[0].width, marks[0].opacity) == ("band", 0, 0.5)
    assert [mark.colour for mark in marks[-3:]] == ["currentColor", "var(--page)", "currentColor"]
    assert len({mark.path for mark in marks[-3:]}) == 1


@pytest.mark.parametrize("index", [range(4), pd.date_range("2001-01-01", periods=4, freq="MS")])
def test_words_stand_where_they_are_drawn(index: object) -> None:
    axes = new_axes()
    axes.plot(np.asarray(index), [1.0, 2.0, 3.0, 4.0])
    axes.margins(x=0)
    axes.text(np.asarray(index)[-1], 1.01, "end ← ", transform=axes.get_xaxis_transform(), ha="right")
    word = chart(axes).words[0]
    assert (word.at, word.text, word.before) == (100, "end ←", True)


def test_what_ticks_leave_out_is_told_and_words_without_room_are_not() -> None:
    axes = new_axes()
    axes.plot([2e7, 2.5e7])
    axes.set_ylabel("sales")
    axes.text(0.95, 1.01, " → forecast", transform=axes.transAxes)
    assert chart(axes).y_label == "sales · 1e7"
    assert chart(axes).words == ()
