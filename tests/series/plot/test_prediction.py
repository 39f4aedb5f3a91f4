"""Pictures of forecasts: what is known before them, and their intervals."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from chargen.series.plot import plot_prediction
from chargen.series.series import Series
from tests.series.plot.drawing import numbered, points


def test_a_prediction_goes_on_from_what_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures: list[Figure] = []
    monkeypatch.setattr("chargen.series.plot.prediction.save", lambda figure, path: figures.append(figure))
    known = numbered(np.arange(2000.0).reshape(-1, 2), columns=("open", "close"))
    future = Series(np.array([[7.0], [8.0]]), known.future(2), ("close",), None, "walk")
    plot_prediction(known, future, tmp_path / "a.png")
    (axes,) = figures[0].axes
    before, join, after, parting = (points(line) for line in axes.lines)
    assert (before[0][0], before[0][-1]) == (940, 999)
    assert before[1][-2:] == [1997, 1999]
    assert join == ([999, 1000], [1999, 7])
    assert after == ([1000, 1001], [7, 8])
    assert parting[0] == [999.5, 999.5]
    assert (axes.get_title(), axes.get_ylabel()) == ("walk: 2 steps ahead", "close")


def test_intervals_are_a_fan_that_opens_where_the_known_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    figures: list[Figure] = []
    monkeypatch.setattr("chargen.series.plot.prediction.save", lambda figure, path: figures.append(figure))
    known, future = numbered(np.arange(100.0)), numbered([100.0, 101.0])
    future = replace(future, index=known.future(2))
    bands = {0.9: np.array([[90.0, 110.0], [80.0, 120.0]]), 0.5: np.array([[98.0, 102.0], [95.0, 105.0]])}
    plot_prediction(known, future, tmp_path / "a.png", bands)
    (axes,) = figures[0].axes
    assert axes.get_title() == "walk: 2 steps ahead with intervals"
    (legend,) = figures[0].legends
    assert [text.get_text() for text in legend.get_texts()] == ["forecast", "50 % interval", "90 % interval"]
    for drawn, share in zip(axes.collections, (0.5, 0.9), strict=True):
        (path,) = drawn.get_paths()
        corners = {(x, y) for x, y in np.asarray(path.vertices).tolist()}
        ends = [(100 + step, end) for step in (0, 1) for end in bands[share][step].tolist()]
        assert corners == {(99, 99), *ends}
    narrow, wide = axes.collections
    assert narrow.get_zorder() > wide.get_zorder()
    dark, pale = (np.asarray(drawn.get_facecolor(), np.float64)[0, :3] for drawn in (narrow, wide))
    assert (dark < pale).all()
    plot_prediction(known, future, tmp_path / "a.png", {})
    assert figures[1].axes[0].get_title() == "walk: 2 steps ahead; too little was held out for intervals"
    assert figures[1].legends == []
