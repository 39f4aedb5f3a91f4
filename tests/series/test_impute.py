"""Series filled and scored: nothing leaks, nothing known changes, and who fills is told."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from chargen.errors import OptionError, SeriesError
from chargen.series.filling import linear, seasonal
from chargen.series.forecaster import Forecaster
from chargen.series.gaps import gaps, hold_out, without
from chargen.series.impute import Imputation, Row, impute, verdict
from chargen.series.reading import read
from chargen.series.series import Panel, Series
from tests.series.small import series, wave

NAN = np.nan
TINY: dict[str, Any] = {"cell": "rnn", "units": 3, "iterations": 1, "batch_size": 512, "towers": 1, "window": 12}
PLACES = [(3, 4), (30, 33), (70, 72)]


def holed(features: int = 1, rows: int = 160) -> Panel:
    """Two series, the first with gaps of 1, 3 and 2 steps in its first column."""
    values = wave(rows, features)
    for first, end in PLACES:
        values[first:end, 0] = NAN
    whole = series(rows, features, seed=9, name="whole")
    return Panel((replace(series(rows, features), values=values), whole), "two")


@pytest.fixture(scope="module")
def learnt() -> Imputation:
    """One training for the tests of this module: compiling is what takes the time."""
    return impute(holed(), block=3, method="recurrent", **TINY)


def test_what_is_known_stays_to_the_digit(learnt: Imputation) -> None:
    for known, filled in zip(holed(), learnt.filled, strict=True):
        there = ~np.isnan(known.values)
        np.testing.assert_array_equal(filled.values[there], known.values[there])
        assert not np.isnan(filled.values).any()
        assert filled.index.equals(known.index)
    assert learnt.count == {"recurrent": 6}
    assert [row.method for row in learnt.rows] == ["recurrent", "linear", "seasonal-12", "last"] * 2
    assert [(row.steps, row.column) for row in learnt.rows] == [(1, "a")] * 4 + [(3, "a")] * 4


def test_the_same_seed_fills_the_same(learnt: Imputation) -> None:
    again = impute(holed(), block=3, method="recurrent", **TINY)
    for one, other in zip(learnt.filled, again.filled, strict=True):
        np.testing.assert_array_equal(one.values, other.values)
    assert again.rows == learnt.rows


def test_a_held_out_value_changes_its_score_and_nothing_else(learnt: Imputation) -> None:
    panel = holed()
    held = hold_out([one.values for one in panel], 3, 0)
    # In the other series: the gaps of the first are filled from none of its values.
    mine = [gap for kind in held.test.values() for gap in kind if gap.series == 1]
    values = panel.series[1].values.copy()
    for gap in mine:
        values[gap.first : gap.end] = 1e6
    changed = Panel((panel.series[0], replace(panel.series[1], values=values)), "two")
    other = impute(changed, block=3, method="recurrent", **TINY)
    np.testing.assert_array_equal(other.filled.series[0].values, learnt.filled.series[0].values)
    assert other.validation == learnt.validation
    assert all(new.rmse > 1000 for new in other.rows if new.steps in {len(gap) for gap in mine})


def test_baselines_are_scored_as_computed_here() -> None:
    panel = holed()
    values = [one.values for one in panel]
    made = impute(panel, block=3, method="linear")
    held = hold_out(values, 3, 0)
    cut = without(values, [gap for part in (held.validation, held.test) for kind in part.values() for gap in kind])
    fills: dict[str, Callable[[Any], Any]] = {"linear": linear, "seasonal-12": lambda one: seasonal(one, 12)}
    for name, fill in fills.items():
        for part, rows in ((held.validation, made.validation), (held.test, made.rows)):
            for steps, kind in part.items():
                errors = np.concatenate(
                    [
                        fill(cut[gap.series])[gap.first : gap.end] - values[gap.series][gap.first : gap.end]
                        for gap in kind
                    ]
                )
                row = next(row for row in rows if (row.method, row.steps) == (name, steps))
                assert row.rmse == pytest.approx(np.sqrt(np.mean(errors**2)))
                assert row.mae == pytest.approx(np.mean(np.abs(errors)))
                assert row.gaps == len(kind)
    # Without a network, no network is scored; the gaps are filled from everything that is known.
    assert {row.method for row in made.rows} == {"linear", "seasonal-12", "last"}
    np.testing.assert_array_equal(made.filled.series[0].values, linear(panel.series[0].values))


def test_the_best_of_the_seasons() -> None:
    made = impute(holed(), block=3, method="seasonal", season=(5, 12))
    best = min((row for row in made.validation if row.steps == 3 and "-" in row.method), key=lambda row: row.rmse)
    assert made.chosen["a", 3] == best.method
    with pytest.raises(OptionError, match="--method seasonal needs the steps in a season; give --season"):
        impute(wave(200), method="seasonal")


def test_each_gap_by_the_best_of_the_length_nearest_to_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    # In blocks of 6 the season is best, in single steps the line is.
    values = wave(400)
    values[20:25] = values[50:52] = values[60] = NAN
    months = Series(values, pd.date_range("1990", periods=400, freq="MS"), ("a",), "MS", "months")
    period = (
        10
        + 3 * np.sin(np.arange(400) * 2 * np.pi / 12)[:, None]
        + 0.05 * np.random.default_rng(0).normal(size=(400, 1))
    )
    months = replace(months, values=np.where(np.isnan(values), NAN, period))
    monkeypatch.setattr("chargen.series.impute._learn", lambda *_: Nothing(4))
    made = impute(months, block=6)
    assert made.chosen == {("a", 1): made.chosen["a", 1], ("a", 6): "seasonal-12"}
    near = seasonal(months.values, 12)
    np.testing.assert_array_equal(made.filled.series[0].values[20:25], near[20:25])


class Nothing:
    """A network that puts a hundred into every gap."""

    def __init__(self, longest: int) -> None:
        self.longest = longest

    def fill(self, values: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
        return [np.where(np.isnan(one), 100, one) for one in values]


def test_gaps_that_are_too_long_for_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chargen.series.impute._learn", lambda *_: Nothing(2))
    made = impute(holed(), block=3, method="recurrent")
    filled = made.filled.series[0].values[:, 0]
    assert filled[3] == filled[70] == filled[71] == 100
    assert (filled[30:33] < 20).all()
    assert sum(made.count.values()) == 6
    assert made.count["recurrent"] == 3
    assert "1 gap is longer than 2 steps, the longest that the network learnt" in made.notices[-1]
    # An automatic choice leaves it out: it was bad on the validation gaps.
    assert "recurrent" not in impute(holed(), block=3).count


def test_several_columns() -> None:
    made = impute(holed(2), block=3, method="linear")
    assert {row.column for row in made.rows} == {"a", "b"}
    assert not np.isnan(made.filled.series[0].values).any()


def test_nothing_is_missing() -> None:
    made = impute(series(200), block=3, method="last")
    assert made.count == {}
    assert made.notices[-1] == "nothing is missing in waves: nothing is filled"
    np.testing.assert_array_equal(made.filled.series[0].values, series(200).values)


@pytest.mark.parametrize(
    ("method", "seasons", "told"),
    [
        ("linear", (12,), "or learnt"),
        ("seasonal", (12,), "or learnt"),
        ("seasonal", (7, 12), "or learnt; others like them, the validation part, chose the method"),
    ],
)
def test_only_what_was_chosen_is_told(method: str, seasons: tuple[int, ...], told: str) -> None:
    assert impute(series(200), block=3, method=method, season=seasons).notices[0].endswith(told)


def test_what_cannot_be_filled() -> None:
    with pytest.raises(SeriesError, match="series has no value in column 'value2': there is nothing to fill it from"):
        impute(np.column_stack([wave(50), np.full(50, NAN)]))
    with pytest.raises(SeriesError, match="too little is known to score how gaps are filled"):
        impute([1.0, None, 3.0])
    with pytest.raises(SeriesError, match="beyond all numbers"):
        impute([1.0, 1e200, 3.0])
    with pytest.raises(OptionError, match="--method is 'best'; it takes one of auto, recurrent"):
        impute(wave(), method="best")
    with pytest.raises(OptionError, match="--window is 10; it takes a whole number from 20 up, twice --block"):
        impute(wave(300), window=10)
    with pytest.raises(OptionError, match="--season is 0"):
        impute(wave(300), season=(0,))
    with pytest.raises(OptionError, match="did you mean 'units'"):
        impute(wave(300), unit=3)


def test_a_series_too_short_for_scores_is_filled_by_what_was_asked_for() -> None:
    made = impute([1.0, 2.0, None, 4.0, 5.0], method="linear")
    assert made.filled.series[0].values[:, 0].tolist() == [1, 2, 3, 4, 5]
    assert (made.rows, made.chosen, made.count) == ((), {}, {"linear": 1})
    assert made.notices == (
        "not scored: no room to hold gaps out; a longer series or a shorter --block would have some",
        "filled 1 of 5 values of series: 1 by linear",
    )
    with pytest.raises(SeriesError, match="or shorten --block, or fill without scores: --method linear"):
        impute([1.0, 2.0, None, 4.0, 5.0])
    with pytest.raises(OptionError, match="--block is 0"):
        impute([1.0, 2.0, None, 4.0, 5.0], method="linear", block=0)


def test_verdicts() -> None:
    def rows(*errors: float, steps: int = 10) -> list[Row]:
        names = ("recurrent", "linear", "seasonal-12")
        return [
            Row("a", steps, name, 10, error, error, (error**2,) * 10)
            for name, error in zip(names, errors, strict=False)
        ]

    assert verdict(rows(6, 10, 9)) == "blocks of 10: recurrent is better than seasonal-12 by 33 %"
    told = "single steps: linear is better than recurrent by 20 %: --method linear"
    assert verdict(rows(10, 8, 9, steps=1)) == told
    assert verdict(rows(5, 4, 2)).endswith("by 60 %: --method seasonal")
    assert verdict(rows(5, 5.001)) == "blocks of 10: recurrent and linear are equally good"
    few = [replace(row, gaps=3, squares=row.squares[:3]) for row in rows(6, 10)]
    told = "blocks of 10: recurrent is ahead of linear by 40 %, closer in 3 of 3 gaps, which may be chance"
    assert verdict(few) == f"{told} (sign test: p = 0.25)"
    one = [replace(row, gaps=1, squares=row.squares[:1]) for row in rows(10, 6)]
    assert verdict(one).endswith(
        "linear is ahead of recurrent by 40 %, closer in 1 of 1 gap, which may be chance (sign test: p = 1)"
    )
    # One large error made the difference: in most gaps the other one is closer.
    most = [
        replace(row, gaps=20, squares=squares)
        for row, squares in zip(rows(6, 10), ((36.0,) * 20, (1.0,) * 19 + (1981.0,)), strict=True)
    ]
    assert "ahead of linear by 40 %, closer in 1 of 20 gaps" in verdict(most)
    assert verdict(rows(0, 0)) == "blocks of 10: recurrent and linear are equally good"


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    made = impute(holed(), block=3, method="linear")
    one = replace(made, known=Panel.of(made.known.series[0]), filled=Panel.of(made.filled.series[0]))
    one.write(tmp_path / "filled.csv")
    back = read(tmp_path / "filled.csv")
    assert isinstance(back, Series)
    np.testing.assert_array_equal(back.values, made.filled.series[0].values)
    assert back.index.equals(made.filled.series[0].index)
    for path in (tmp_path / "filled.png", tmp_path / "filled.SVG"):
        made.write(path)
        assert path.stat().st_size > 1000


def test_absent_dates_become_gaps_and_are_filled(tmp_path: Path) -> None:
    dates = pd.date_range("2000-01-01", periods=150, freq="D")
    values = np.arange(150.0)
    table = [f"{date:%Y-%m-%d},{value}" for date, value in zip(dates, values, strict=True)]
    table[40] = f"{dates[40]:%Y-%m-%d},NA"
    del table[20:23]
    (tmp_path / "days.csv").write_text("date,visitors\n" + "\n".join(table) + "\n")
    days = read(tmp_path / "days.csv")
    assert isinstance(days, Series)
    assert [(gap.first, gap.end) for gap in gaps([days.values])] == [(20, 23), (40, 41)]
    filled = impute(days, block=3, method="linear").filled.series[0]
    np.testing.assert_allclose(filled.values[:, 0], values)


def test_from_a_forecaster() -> None:
    values = wave(160)[:, 0]
    values[40:43] = NAN
    filled = Forecaster(cell="rnn", window=3, horizon=2, units=3).impute(values, method="linear", block=3)
    assert isinstance(filled, Series)
    np.testing.assert_array_equal(filled.values, linear(values[:, None]))
    assert isinstance(Forecaster().impute([values, values], method="last", block=3), Panel)
    with pytest.raises(OptionError, match="has learnt nothing yet"):
        Forecaster().impute()
