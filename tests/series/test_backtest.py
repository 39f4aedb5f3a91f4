"""Rolling origins, against loops by hand with the definitions that chargen's tables follow."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import OptionError, SeriesError
from chargen.series.backtest import Entry, Result, Row, backtest, network_name, verdict
from chargen.series.baselines import BASELINES, baseline
from chargen.series.linear import Linear
from chargen.series.naive import Drift, Naive
from chargen.series.splitting import Part, Split, split
from chargen.types import Floats
from tests.series.small import wave

LAGS = 5


def run(values: Sequence[Floats], horizons: Sequence[int], entries: Any = None, **options: Any) -> list[Result]:
    validation, test = options.pop("shares", (0.0, 0.2))
    parts = split([len(series) for series in values], validation, test, options.pop("by", "time"))
    named = entries or {"naive": lambda seed: Naive(), "linear": lambda seed: Linear(LAGS)}
    return list(backtest(values, parts, named, horizons, **{"back": LAGS} | options))


class Spy:
    """Forecasts the last value, adds a little by its seed, and writes down what it was shown."""

    name = "spy"

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self.fits: list[tuple[list[Floats], int]] = []
        self.asked: list[tuple[Floats, list[int], int]] = []

    def fit(self, parts: Sequence[Floats], horizon: int) -> Self:
        self.fits.append(([part.copy() for part in parts], horizon))
        return self

    def forecast(self, values: Floats, origins: Any, horizon: int) -> Floats:
        self.asked.append((values, origins.tolist(), horizon))
        return np.repeat(values[origins - 1, :1][:, None], horizon, axis=1) + 0.1 * self.seed


@given(st.integers(12, 70), st.integers(1, 6))
def test_naive_and_linear_equal_a_loop(n: int, horizon: int) -> None:
    values = wave(n)
    column = values[:, 0]
    first = int(0.8 * n + 1e-9)
    origins = range(max(first, LAGS), n - horizon + 1)
    if not origins or first < LAGS + horizon:
        return
    windows = np.array([column[start : start + LAGS] for start in range(first - LAGS - horizon + 1)])
    after = np.array([column[start + LAGS : start + LAGS + horizon] for start in range(len(windows))])
    design = np.column_stack([np.ones(len(windows)), windows])
    coefficients = np.linalg.pinv(design, rcond=1e-10) @ after
    truth = np.array([column[origin : origin + horizon] for origin in origins])
    naive = np.array([[column[origin - 1]] * horizon for origin in origins])
    linear = np.array([np.concatenate([[1], column[origin - LAGS : origin]]) @ coefficients for origin in origins])
    scale = np.abs(np.diff(column[:first])).mean()
    results = run([values], [horizon])
    assert [result.row.model for result in results] == ["naive", "linear"]
    # Few windows leave least squares underdetermined: standardised inputs have another smallest solution.
    determined = len(windows) > 2 * LAGS
    for result, forecast in zip(results, (naive, linear), strict=True):
        row, errors = result.row, forecast - truth
        if result.row.model == "linear" and not determined:
            continue
        np.testing.assert_allclose(result.forecast[:, :, 0], forecast, rtol=1e-6)
        assert (row.horizon, row.origins, row.rmse_sd) == (horizon, len(origins), None)
        expected = {
            "rmse": np.sqrt((errors**2).mean()),
            "mse": (errors**2).mean(),
            "rmse_at_step": np.sqrt((errors[:, -1] ** 2).mean()),
            "mae": np.abs(errors).mean(),
            "mase": np.abs(errors).mean() / scale,
            "skill": 1 - np.sqrt((errors**2).mean() / ((naive - truth) ** 2).mean()),
        }
        for key, value in expected.items():
            assert getattr(row, key) == pytest.approx(value, rel=1e-5, abs=1e-9), key


def test_every_contestant_is_asked_from_the_same_origins() -> None:
    values = [wave(50), wave(37, seed=1)]
    spies = [Spy(), Spy()]
    entries: dict[str, Entry] = {f"spy{place}": lambda seed, spy=spy: spy for place, spy in enumerate(spies)}  # type: ignore[misc]
    results = run(values, [1, 4], entries)
    assert spies[0].asked[0][1:] == (list(range(40, 50)), 1)
    for first, second in zip(spies[0].asked, spies[1].asked, strict=True):
        assert first[1:] == second[1:]
    assert [asked[1] for asked in spies[0].asked] == [
        list(range(first, n - horizon + 1)) for horizon in (1, 4) for first, n in ((40, 50), (29, 37))
    ]
    # The naive one was added: skill is measured against it.
    assert [(result.row.model, result.row.horizon) for result in results] == [
        (model, horizon) for horizon in (1, 4) for model in ("naive", "spy0", "spy1")
    ]
    assert all(result.row.skill == 0 for result in results)


def test_what_is_learnt_ends_where_the_test_part_begins() -> None:
    values = [wave(50), wave(30, seed=1)]
    for shares in ((0.0, 0.2), (0.1, 0.2)):
        spy = Spy()
        run(values, [3], {"spy": lambda seed, spy=spy: spy}, shares=shares)
        # Intervals come from what has learnt the training part alone.
        assert [[len(part) for part in parts] for parts, _ in spy.fits[:-1]] == ([[35, 21]] if shares[0] else [])
        parts, horizon = spy.fits[-1]
        assert horizon == 3
        assert [part.tolist() for part in parts] == [values[0][:40].tolist(), values[1][:24].tolist()]


def test_whole_series_are_held_out() -> None:
    values, spy = [wave(30, seed=place) for place in range(5)], Spy()
    run(values, [3], {"spy": lambda seed: spy}, by="series")
    assert [part.tolist() for part in spy.fits[0][0]] == [series.tolist() for series in values[:4]]
    assert [origins for _, origins, _ in spy.asked] == [list(range(5, 28))]


@pytest.mark.parametrize("every", [1, 3, 4, 100])
def test_refitting_shows_all_that_stands_before_and_nothing_else(every: int) -> None:
    values, spy = [wave(50), wave(35, seed=1)], Spy()
    result = run(values, [2], {"naive": lambda seed: Naive(), "spy": lambda seed: spy}, refit_every=every)[1]
    starts = [list(range(40, 49)), list(range(28, 34))]
    rounds = [[places[at : at + every] for places in starts] for at in range(0, 9, every)]
    assert len(spy.fits) == len(rounds)
    for (parts, _), now in zip(spy.fits, rounds, strict=True):
        ends = [places[0] if places else len(values[k]) * 8 // 10 for k, places in enumerate(now)]
        assert [len(part) for part in parts] == ends
        for part, series in zip(parts, values, strict=True):
            assert np.array_equal(part, series[: len(part)])
    assert [asked for _, asked, _ in spy.asked] == [places for now in rounds for places in now if places]
    np.testing.assert_array_equal(result.forecast[:9, 0, 0], values[0][39:48, 0])
    np.testing.assert_array_equal(result.forecast[9:, 0, 0], values[1][27:33, 0])


def test_refitting_least_squares_equals_a_loop() -> None:
    values = wave(40)
    result = run([values], [2], refit_every=3)[1]
    expected = []
    for origin in range(32, 39):
        known = 32 + (origin - 32) // 3 * 3
        expected.append(Linear(LAGS).fit([values[:known]], 2).forecast(values, np.array([origin]), 2)[0])
    np.testing.assert_allclose(result.forecast, expected, rtol=1e-9)


@pytest.mark.parametrize("name", ["naive", "seasonal-naive-4", "drift", "linear", "linear-recursive"])
@pytest.mark.parametrize("refit_every", [0, 2])
@given(seed=st.integers(0, 2**32 - 1), keep=st.integers(32, 38))
def test_no_forecast_knows_what_comes_after_its_origin(name: str, refit_every: int, seed: int, keep: int) -> None:
    before = wave(40)
    after = before.copy()
    after[keep:] = np.random.default_rng(seed).uniform(0, 1e3, after[keep:].shape)
    entries: dict[str, Entry] = {name: lambda seed: baseline(name, lags=LAGS)}
    first, second = (run([values], [2], entries, refit_every=refit_every)[-1].forecast for values in (before, after))
    known = keep - 32 + 1
    assert np.array_equal(first[:known], second[:known])


def test_several_seeds_give_mean_and_spread() -> None:
    values = [wave(50)]
    entries: dict[str, Entry] = {"naive": lambda seed: Naive(), "spy": Spy}
    pooled = run(values, [3], entries, seeds=(4, 5, 9), seeded=("spy",))
    single = [run(values, [3], entries, seeds=(seed,), seeded=("spy",))[1].row for seed in (4, 5, 9)]
    errors = [row.rmse for row in single]
    assert pooled[1].row.rmse == pytest.approx(np.mean(errors))
    assert pooled[1].row.rmse_sd == pytest.approx(np.std(errors, ddof=1))
    assert pooled[1].row.mase == pytest.approx(np.mean([row.mase for row in single]))
    assert pooled[1].row.skill == pytest.approx(np.mean([row.skill for row in single]))
    assert pooled[0].row.rmse_sd is None
    np.testing.assert_allclose(pooled[1].forecast - pooled[0].forecast, 0.4)  # the first seed's


def test_forecasts_are_lifted_for_everyone() -> None:
    values = wave(40) - wave(40)[:33].min()  # at its lowest it is 0
    entries: dict[str, Entry] = {"naive": lambda seed: Naive(), "drift": lambda seed: Drift()}
    free = list(run([values], [2], entries))
    for bound, refit in ((0.0, 0), (0.0, 3)):
        for result, without in zip(run([values], [2], entries, minimum=bound, refit_every=refit), free, strict=True):
            assert np.array_equal(result.forecast, np.maximum(without.forecast, bound))
    # Nobody is lifted above what its own history has shown.
    for result, without in zip(
        run([values - 10], [2], entries, minimum=0.0), run([values - 10], [2], entries), strict=True
    ):
        assert np.array_equal(result.forecast, without.forecast)


@pytest.mark.parametrize("last", [0.0, 1e200])
def test_figures_are_json_whatever_they_are(last: float) -> None:
    values = wave(40)
    values[32:] = values[31] if last == 0 else last
    with np.errstate(over="ignore", invalid="ignore"):
        results = run([values], [2])
    for result in results:
        figures = result.row.figures()
        assert json.loads(json.dumps(figures, allow_nan=False)) == figures
        assert list(figures)[:5] == ["model", "horizon", "origins", "scored", "rmse"]
    naive = results[0].row.figures()
    if last == 0:  # a naive forecast without an error gives no skill, and nothing went anywhere
        assert naive["skill"] is naive["direction"] is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"horizons": []}, r"--horizons is \[\]; it takes at least one"),
        ({"horizons": [1, 0]}, "--horizons is 0; it takes whole numbers from 1 up"),
        ({"horizons": [1.5]}, "--horizons is 1.5"),
        ({"refit_every": -1}, "--refit-every is -1; it takes a whole number of steps, or 0 for never"),
    ],
)
def test_values_that_make_no_sense(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        run([wave(40)], **{"horizons": [2]} | options)


def test_a_test_part_without_room() -> None:
    with pytest.raises(SeriesError, match=r"the test part has 8 steps at most, and --horizons 9 needs as many"):
        run([wave(40)], [1, 9])
    with pytest.raises(SeriesError, match="a target never changes in the training part"):
        run([np.ones((40, 1))], [1])


def test_a_part_can_be_given_by_hand() -> None:
    parts = Split(Part((0,), (20,)), Part((20,), (20,)), Part((25,), (30,)))
    results = list(backtest([wave(40)], parts, {}, [2], back=3))
    assert results[0].origins.places[0].tolist() == [25, 26, 27, 28]


def row(model: str, error: float, horizon: int = 12) -> Row:
    base = run([wave(40)], [2])[0].row
    return replace(base, model=model, rmse=error, horizon=horizon)


@pytest.mark.parametrize(
    ("ours", "naive", "linear", "expected"),
    [
        (1.0, 2.0, 0.92, "12 steps ahead: least squares is better by 8 %: --model linear"),
        (1.0, 0.5, 0.92, "12 steps ahead: naive is better by 50 %: --model naive"),
        (0.9, 2.0, 1.0, "12 steps ahead: gru is better than least squares by 10 %"),
        (1.0, 2.0, 1.001, "12 steps ahead: gru and least squares are equally good"),
        (0.0, 2.0, 1.0, "12 steps ahead: gru is better than least squares by 100 %"),
        (0.0, 0.0, 1.0, "12 steps ahead: gru and naive are equally good"),
        (float("nan"), 2.0, 1.0, "12 steps ahead: least squares is better by 100 %: --model linear"),
        (float("inf"), float("nan"), 1.0, "12 steps ahead: least squares is better by 100 %: --model linear"),
    ],
)
def test_a_plain_verdict(ours: float, naive: float, linear: float, expected: str) -> None:
    assert verdict([row("gru", ours), row("naive", naive), row("linear", linear)]) == expected


def test_the_linear_part_is_no_rival_but_told() -> None:
    rows = [row("gru", 0.9), row("naive", 1.0), row("linear part", 0.5)]
    expected = "12 steps ahead: gru is better than naive by 10 %; its linear part alone: RMSE 0.5, with the cells 0.9"
    assert verdict(rows) == expected + ", which add nothing: try --linear none"
    assert verdict([row("gru", 0.9), row("naive", 1.0), row("linear part", 0.95)]).endswith("with the cells 0.9")
    assert verdict([row("gru", 2.0), row("naive", 1.0), row("linear part", 2.5)]) == (
        "12 steps ahead: naive is better by 50 %: --model naive; its linear part alone: RMSE 2.5, with the cells 2"
    )


def test_one_step_is_no_plural() -> None:
    assert verdict([row("gru", 1.0, 1), row("naive", 2.0, 1)]).startswith("1 step ahead: ")


def test_no_network_is_called_like_a_baseline() -> None:
    for name in (*BASELINES, "seasonal-naive-12", "linear part"):
        assert network_name(name) == f"{name} (network)"
    assert network_name("sunspots-gru") == "sunspots-gru"


class Diverging(Spy):
    """Forecasts numbers without end from its second seed on."""

    def forecast(self, values: Floats, origins: Any, horizon: int) -> Floats:
        return super().forecast(values, origins, horizon) * (np.inf if self.seed else 1)


def test_a_seed_that_diverges_leaves_rows_for_json() -> None:
    spied: Any = {"spy": Diverging}
    _, result = run([wave(80)], [1], spied, shares=(0.2, 0.2), seeds=(0, 1), seeded=("spy",), interval=0.5)
    figures = result.row.figures()
    assert (figures["rmse"], figures["rmse_sd"], figures["coverage"], figures["width"]) == (None,) * 4
    assert figures["rmse_at_step"] is None
    json.dumps(figures, allow_nan=False)
