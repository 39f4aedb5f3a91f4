"""Pictures of the parts of a series."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from chargen.errors import OptionError
from chargen.series.decompose import Decomposition
from chargen.series.plot import plot_decomposition
from chargen.series.series import Panel
from tests.series.plot.drawing import TEN, numbered, points


def test_parts_stand_below_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures: list[Figure] = []
    monkeypatch.setattr("chargen.series.plot.decomposition.save", lambda figure, path: figures.append(figure))
    walk = numbered(np.arange(4.0))
    season, rest = np.array([1.0, -1, 1, -1]), np.array([0.0, 0.5, 0, 0])
    parts = Decomposition(walk, (2,), walk.values[:, 0] - season - rest, season[:, None], rest)
    plot_decomposition(parts, Panel((walk, numbered(TEN, "other")), "walks"), tmp_path / "a.png")
    whole, trend, cycle, irregular = figures[0].axes
    assert [axes.get_ylabel() for axes in figures[0].axes] == ["value", "trend", "season of\n2 steps", "irregular"]
    for axes, values in ((whole, walk.values[:, 0]), (trend, parts.trend), (cycle, season), (irregular, rest)):
        assert points(axes.lines[0]) == ([0, 1, 2, 3], values.tolist())
        assert np.ptp(points(axes.lines[1])[1]) == pytest.approx(0.5)  # bars of one height
        assert axes.get_xlim() == whole.get_xlim()
    assert points(whole.lines[2])[1] == parts.trend.tolist()
    assert whole.get_title() == "walks: trend, season of 2 steps, irregular; series walk (first of 2)"
    with pytest.raises(OptionError, match=r"has to end in \.png"):
        plot_decomposition(parts, walk, tmp_path / "a.txt")
