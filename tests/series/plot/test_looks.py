"""How pictures look: contestants that differ, gaps, names of any kind."""

import math
from pathlib import Path

import numpy as np
import pytest

from chargen.series.plot import Pictures, plot_all, plot_prediction
from chargen.series.plot.looks import COLOURS, STYLES
from tests.series.plot.drawing import TEN, axes_of, labelled, numbered, pictures, points, scored


def test_many_contestants_look_different() -> None:
    assert math.lcm(len(set(COLOURS)), len(set(STYLES))) == len(COLOURS) * len(STYLES)


def test_gaps_stay_gaps_and_a_value_between_two_is_a_dot() -> None:
    values = np.arange(200.0)
    values[[100, 102]] = np.nan
    line = labelled(axes_of(pictures(numbered(values), split=90).draw_forecasts))["truth"]
    x, y = points(line)
    assert np.isnan([y[x.index(100)], y[x.index(102)]]).all()
    assert line.get_markevery() == [x.index(101)]


@pytest.mark.parametrize("name", ["price $ of $ IBM_{", "紅樓夢", "two\nlines", "long " * 20, "_hidden", "%s {} \\"])
def test_names_of_any_kind(name: str, tmp_path: Path) -> None:
    series = numbered(TEN, name, (name,))
    named = Pictures(series, 6, [scored(series, name, [6, 7], 2, 1.0)])
    assert len(labelled(axes_of(named.draw_hits))) == 1  # and none hides it from the legend
    plot_all(named, tmp_path / "a.png")  # warnings are errors here
    plot_prediction(series, numbered([1.0], name, (name,)), tmp_path / "a.svg")
