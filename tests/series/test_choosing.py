"""The choice of scaler and penalty, against a loop over all of them with least squares of its own."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import SeriesError
from chargen.series.choosing import RIDGES, SCALERS, choose
from chargen.series.config import ForecastConfig
from chargen.series.scaling import ScalingConfig
from chargen.series.splitting import split
from chargen.types import Floats
from tests.series.small import config, wave

ALL = [ScalingConfig(name) for name in SCALERS]
FORWARD: dict[str, Callable[[Floats], Floats]] = {"standard": np.array, "sqrt": np.sqrt, "log1p": np.log1p}


def ridge_fit(inputs: Floats, outputs: Floats, penalty: float) -> tuple[Floats, Floats]:
    """Normal equations on standardised inputs: coefficients and intercept."""
    centre, spread = inputs.mean(axis=0), inputs.std(axis=0)
    left = (inputs - centre) / spread
    solved = np.linalg.solve(left.T @ left + penalty * np.eye(left.shape[1]), left.T @ (outputs - outputs.mean(axis=0)))
    return solved / spread[:, None], outputs.mean(axis=0) - (centre / spread) @ solved


def brute_force(values: Floats, first: int, end: int, window: int, horizon: int) -> dict[tuple[str, float], float]:
    """RMSE on steps first to end of every scaler and penalty, learnt from what is before."""
    errors = {}
    for name, penalty in itertools.product(SCALERS, RIDGES):
        level = FORWARD[name](values[:, 0])
        offset, scale = level[:first].mean(), level[:first].std()
        scaled = (level - offset) / scale

        def cut(places: Any, scaled: Floats = scaled) -> tuple[Floats, Floats]:
            inputs = np.array([scaled[place - window : place] for place in places])
            return inputs, np.array([scaled[place : place + horizon] for place in places])

        inputs, outputs = cut(range(window, first - horizon + 1))
        coefficients, intercept = ridge_fit(inputs, outputs, penalty)
        variance = ((inputs @ coefficients + intercept - outputs) ** 2).mean(axis=0) * scale**2
        held, _ = cut(range(first, end - horizon + 1))
        found = offset + scale * (held @ coefficients + intercept)
        if name == "sqrt":
            found = np.maximum(found, 0) ** 2 + variance
        elif name == "log1p":
            found = np.expm1(found + variance / 2)
        truth = np.array([values[place : place + horizon, 0] for place in range(first, end - horizon + 1)])
        errors[name, penalty] = float(np.sqrt(((found - truth) ** 2).mean()))
    return errors


def series_of(kind: str) -> Floats:
    generator = np.random.default_rng(4)
    time = np.arange(120)[:, None]
    if kind == "growing":
        return np.exp(0.04 * time + 0.3 * np.sin(time) + 0.1 * generator.normal(size=(120, 1)))
    if kind == "counts":
        return generator.poisson(4 + 3 * np.sin(time / 3)).astype(np.float64)
    return wave(120)


@pytest.mark.parametrize("kind", ["waves", "growing", "counts"])
@pytest.mark.parametrize("horizon", [1, 3])
def test_the_choice_is_what_a_loop_over_all_finds(kind: str, horizon: int) -> None:
    values = series_of(kind)
    scaling, penalty = choose([values], split([120], 0.2, 0.2), config(horizon=horizon), ALL, RIDGES)
    errors = brute_force(values, 72, 96, 6, horizon)
    assert errors[scaling.scaler, penalty] == pytest.approx(min(errors.values()), rel=1e-5)


def test_recursive_is_chosen_by_its_one_step() -> None:
    values = series_of("counts")
    scaling, penalty = choose([values], split([120], 0.2, 0.2), config(strategy="recursive"), ALL, RIDGES)
    errors = brute_force(values, 72, 96, 6, 1)
    assert errors[scaling.scaler, penalty] == pytest.approx(min(errors.values()), rel=1e-5)


def test_the_cases_differ_in_what_is_best() -> None:
    parts, made = split([120], 0.2, 0.2), config()
    chosen = {choose([series_of(kind)], parts, made, ALL, RIDGES) for kind in ("waves", "growing", "counts")}
    assert len(chosen) > 1


@given(st.integers(0, 2**32 - 1))
def test_the_test_part_has_no_say(seed: int) -> None:
    values, parts = series_of("counts"), split([120], 0.2, 0.2)
    before = choose([values], parts, config(), ALL, [0.0, 100.0])
    after = values.copy()
    after[96:] = np.random.default_rng(seed).uniform(0, 1e3, (24, 1))
    assert choose([after], parts, config(), ALL, [0.0, 100.0]) == before


def test_the_validation_part_has_a_say() -> None:
    values, parts = series_of("waves"), split([120], 0.2, 0.2)
    upside_down = values.copy()
    upside_down[72:96] = np.random.default_rng(0).uniform(0, 30, (24, 1))
    found = [choose([each], parts, config(), ALL[:1], [0.0, 10_000.0])[1] for each in (values, upside_down)]
    assert found == [0.0, 10_000.0]


def test_without_a_validation_part_the_end_of_training_chooses() -> None:
    values = series_of("counts")
    assert choose([values[:100]], split([100], 0.0, 0.0), config(), ALL, RIDGES) == choose(
        [values], split([120], 10 / 120, 20 / 120), config(), ALL, RIDGES
    )


def test_a_short_series_has_an_end_as_long_as_the_horizon() -> None:
    values, made = wave(30), config(horizon=5)
    assert choose([values], split([30], 0.0, 0.0), made, ALL, RIDGES) == choose(
        [values], split([30], 5 / 30, 0.0), made, ALL, RIDGES
    )


def test_a_panel_chooses_together() -> None:
    values = [series_of("counts"), series_of("waves")]
    parts, made = split([120, 120], 0.2, 0.2), config()
    scaling, penalty = choose(values, parts, made, ALL, RIDGES)
    assert (scaling, penalty) == choose(values[::-1], parts, made, ALL, RIDGES)


def test_one_of_each_is_no_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chargen.series.choosing._errors", None)
    assert choose([], split([9], 0, 0), ForecastConfig(("a",)), ALL[:1], [3.0]) == (ALL[0], 3.0)


def test_scalers_that_cannot_be_fitted_are_left_out() -> None:
    values = series_of("waves") - 20
    scaling, _ = choose([values], split([120], 0.2, 0.2), config(), ALL, RIDGES)
    assert scaling.scaler == "standard"
    with pytest.raises(SeriesError, match="--scaler sqrt takes values from 0 up"):
        choose([values], split([120], 0.2, 0.2), config(), ALL[1:], RIDGES)
    with pytest.raises(SeriesError, match=r"column 'a' is always 5 in the training part"):
        choose([np.full((120, 1), 5.0)], split([120], 0.2, 0.2), config(), ALL, RIDGES)
