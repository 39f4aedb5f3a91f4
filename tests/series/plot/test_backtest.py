"""Pictures of backtests: which points are drawn, what is said of those that are not, every kind and format."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from chargen.errors import OptionError, SaveError
from chargen.series.plot import KINDS, Pictures, Scored, plot_all, plot_one, plot_prediction
from chargen.series.series import Panel
from tests.series.plot.drawing import HISTORY, TEN, axes_of, labelled, numbered, pictures, points, scored


def test_forecasts_stand_where_they_belong() -> None:
    axes = axes_of(pictures(numbered(TEN), step=2).draw_forecasts)
    lines = labelled(axes)
    assert list(lines) == ["truth", "model", "naive", "linear"]
    assert points(lines["truth"]) == (list(range(10)), TEN.tolist())
    assert points(lines["model"]) == ([7, 8, 9], [50, 65, 82])  # the first step, 6, is not two steps ahead of any
    assert points(lines["linear"]) == ([7, 8, 9], [46, 61, 78])
    assert axes.get_title() == "walk: truth and forecasts 2 steps ahead"
    assert [text.get_text().strip() for text in axes.texts] == ["before ←", "→ test part"]
    assert {text.get_position()[0] for text in axes.texts} == {5.5}


def test_the_last_step_is_shown_unless_another_is_chosen() -> None:
    series = numbered(TEN)
    last, first = (labelled(axes_of(pictures(series, step=step).draw_forecasts)) for step in (None, 1))
    assert points(last["model"])[0] == [7, 8, 9]
    assert points(first["model"])[0] == [6, 7, 8]


@pytest.mark.parametrize("step", [0, 3, -1, 1.5, True])
def test_a_step_that_was_not_forecast(step: Any) -> None:
    with pytest.raises(OptionError, match=r"--step is .*; it takes a whole number from 1 to 2"):
        pictures(numbered(TEN), step=step)


def test_forecasts_by_date() -> None:
    dates = pd.date_range("2024-01-01", periods=10, freq="MS")
    series = replace(numbered(TEN), index=dates, frequency="MS")
    axes = axes_of(pictures(series, step=1).draw_forecasts)
    drawn = np.asarray(labelled(axes)["model"].get_xdata())
    assert drawn.astype("datetime64[D]").tolist() == [date.date() for date in dates[6:9]]
    assert axes.get_title() == "walk: truth and forecasts 1 month ahead"
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("date", "value")


def test_a_single_forecast_is_drawn_with_all_its_steps() -> None:
    axes = axes_of(pictures(numbered(TEN), split=6, steps=4).draw_forecasts)
    assert points(labelled(axes)["naive"]) == ([6, 7, 8, 9], [38, 51, 66, 83])
    assert axes.get_title() == "walk: truth and forecasts of 4 steps"


def test_of_a_long_test_part_the_beginning_is_drawn_and_said_so() -> None:
    axes = axes_of(pictures(numbered(np.arange(5000.0)), split=2000).draw_forecasts)
    lines = labelled(axes)
    assert points(lines["truth"])[0] == list(range(1500, 3000))
    assert points(lines["model"])[0] == list(range(2001, 3000))
    assert axes.get_title().endswith("the first 1,000 of 3,000 rows")


def test_of_several_series_and_targets_the_first_is_drawn_and_said_so() -> None:
    columns = ("open", "close")
    one, two = (numbered(np.arange(20.0) + shift, name, columns) for name, shift in (("a", 0), ("b", 100)))
    parts = [scored(series, "model", [6, 7], 2, error) for series, error in ((one, 3.0), (two, 4.0))]
    truth, forecast = (np.concatenate([getattr(part, key) for part in parts]) for key in ("truth", "forecast"))
    forecast[..., 1] = np.inf  # the second target is not looked at
    both = Pictures(Panel((one, two), "shops"), 6, [Scored("model", truth, forecast, parts[0].starts)], step=1)
    axes = axes_of(both.draw_forecasts)
    assert points(labelled(axes)["model"]) == ([6, 7], [15, 17])
    said = "shops: truth and forecasts 1 step ahead; series a (first of 2), target open (first of 2)"
    assert axes.get_title().replace("\n", " ") == said
    errors = axes_of(both.draw_errors)
    np.testing.assert_allclose(points(labelled(errors)["model"]), [[1, 2], [12.5**0.5] * 2])
    assert (errors.get_title(), errors.get_ylabel()) == ("Error by horizon, all 2 series", "RMSE, open")
    assert axes_of(both.draw_hits).get_ylabel() == "hits, % of forecasts\nopen"


def test_errors_by_step() -> None:
    series = numbered(TEN)
    truth = np.zeros((2, 2, 1))
    forecast = np.array([[[3.0], [1.0]], [[4.0], [np.nan]]])
    truth[1, 1] = np.nan
    axes = axes_of(Pictures(series, 6, [Scored("model", truth, forecast, series.index[6:8])]).draw_errors)
    np.testing.assert_allclose(points(labelled(axes)["model"]), [[1, 2], [12.5**0.5, 1.0]])
    assert axes.get_ylim()[0] == 0


def test_hits_by_margin() -> None:
    series = numbered(np.full(10, 100.0))
    axes = axes_of(pictures(series).draw_hits)
    hits = {name: dict(zip(*points(line), strict=True)) for name, line in labelled(axes).items()}
    assert [min(margin for margin, hit in curve.items() if hit == 100) for curve in hits.values()] == [1, 2, 3]
    assert all(curve[0.5] == 0 and curve[30] == 100 for curve in hits.values())
    assert len(hits["model"]) == 60


def test_learning_curves_are_logarithmic_where_they_fall_far() -> None:
    some = pictures(numbered(TEN))
    far = [*HISTORY, {"iteration": 4, "loss": 0.001, "validation_loss": 0.01}]
    assert axes_of(some.draw_learning).get_yscale() == "linear"
    axes = axes_of(replace(some, history=far).draw_learning)
    assert axes.get_yscale() == "log"
    assert (axes.get_title(), axes.get_ylabel()) == ("Learning curves, best iteration 4", "loss, squared")
    untested = [{"iteration": 1, "loss": 0.0, "validation_loss": None}]
    axes = axes_of(replace(some, history=untested).draw_learning)
    assert (axes.get_title(), axes.get_yscale()) == ("Learning curves", "linear")


def test_a_contestant_looks_the_same_everywhere() -> None:
    some = pictures(numbered(TEN))
    looks = [
        {name: (line.get_color(), line.get_linestyle()) for name, line in labelled(axes_of(draw)).items()}
        for draw in (some.draw_forecasts, some.draw_errors, some.draw_hits)
    ]
    del looks[0]["truth"]
    assert looks[0] == looks[1] == looks[2]
    assert len(set(looks[0].values())) == 3


ENDINGS = [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")]


@pytest.mark.parametrize(("ending", "start"), ENDINGS)
def test_all_in_one(ending: str, start: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"a{ending}"
    plot_all(pictures(numbered(TEN)), path)
    assert path.read_bytes().startswith(start)


def test_what_one_picture_says(tmp_path: Path) -> None:
    some = pictures(numbered(TEN))
    titles = ("walk: truth and forecasts 2 steps ahead", "Learning curves", "Error by horizon", "Hit rate by margin")
    plot_all(some, tmp_path / "a.svg")
    drawn = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert all(f"<!-- {title}" in drawn for title in titles)
    assert drawn.count("<!-- naive -->") == 1  # one legend for all
    plot_all(replace(some, history=()), tmp_path / "a.svg")
    drawn = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert [f"<!-- {title}" in drawn for title in titles] == [True, False, True, True]


@pytest.mark.parametrize("kind", KINDS)
def test_each_alone(kind: str, tmp_path: Path) -> None:
    plot_one(pictures(numbered(TEN)), kind, tmp_path / "a.svg")
    drawn = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert "<!-- walk" in drawn
    assert drawn.count("<!-- naive -->") == (kind != "learning")


def test_what_cannot_be_drawn(tmp_path: Path) -> None:
    some = pictures(numbered(TEN))
    with pytest.raises(OptionError, match=r"--kind is 'error'; it takes one of forecasts, learning, errors, hits"):
        plot_one(some, "error", tmp_path / "a.png")
    with pytest.raises(OptionError, match="no learning curves where nothing was trained"):
        plot_one(replace(some, history=()), "learning", tmp_path / "a.png")
    draws: list[Callable[[Path], None]] = [
        partial(plot_all, some),
        partial(plot_one, some, "hits"),
        partial(plot_prediction, numbered(TEN), numbered([1.0])),
    ]
    for draw in draws:
        with pytest.raises(OptionError, match=r"has to end in \.png"):
            draw(tmp_path / "a.txt")
        with pytest.raises(SaveError, match="cannot be written"):
            draw(tmp_path / "missing" / "a.png")
    assert list(tmp_path.iterdir()) == []
