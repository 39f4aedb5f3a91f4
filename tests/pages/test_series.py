"""The page of a series run: its figures are the judgement's, its command makes the same settings."""

import shlex
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from chargen.cli.forecast.train import train
from chargen.pages.series import series_page
from chargen.series.judging import judge
from chargen.series.run import SeriesRun
from chargen.series.series import Panel
from chargen.series.settings import settle
from tests.pages.html import Page
from tests.series.small import series

Make = Callable[..., SeriesRun]


def test_figures_and_charts(series_run: Make) -> None:
    run = series_run()
    html = series_page(run)
    page = Page(html)
    assert html == series_page(run)
    for result in judge(run).results:
        assert f"{result.row.rmse:.4g}" in page.text
        assert result.row.model in page.text
    assert "of the test part" in page.text
    assert page.tags.count("figure") == 5
    assert html.count('class="band"') == 6  # three intervals, each in the legend too


def test_what_cannot_be_told_is_a_dash(series_run: Make) -> None:
    # The test part stands still: the naive forecast is perfect, and nothing has a skill beside it.
    data = series(160)
    still = np.where(np.arange(160)[:, None] < 120, data.values, data.values[119])
    text = Page(series_page(series_run(replace(data, values=still)))).text
    assert "nan" not in text
    assert "than the naive forecast's RMSE" not in text


def test_nothing_held_out(series_run: Make) -> None:
    page = Page(series_page(series_run(validation=0.0, test=0.0, patience=0)))
    assert "held nothing out" in page.text
    assert page.tags.count("figure") == 2


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"strategy": "vector", "optimizer": "sgd", "scaler": "fixed", "scaler_range": (0.0, 15.5), "minimum": 1.0},
        {"protocol": "tutorial", "linear": "none", "schedule_iterations": 9, "keep": 7},
    ],
)
def test_the_command_makes_the_same_settings(series_run: Make, options: dict[str, object]) -> None:
    data = series(160, 2)
    run = series_run(data, targets=1, **options)
    line = next(line for line in Page(series_page(run)).text.splitlines() if line.startswith("chargen forecast train"))
    given = train.make_context("train", shlex.split(line)[3:]).params
    assert (given.pop("series"), given.pop("name")) == ("TABLE.csv", "waves")
    assert (given.pop("target"), given.pop("column")) == (("a",), ("b",))
    typed = {key: value for key, value in given.items() if value not in (None, ())}
    made = settle(typed, Panel.of(data))
    assert made.sections() == run.settings.sections() | {"training": made.sections()["training"]}
    assert vars(made.training) | {"towers": 1} == vars(run.settings.training)
