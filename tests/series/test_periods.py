"""Periods found in values: those of sines are, and noise and trends have none."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from chargen.series.builtin import sunspots
from chargen.series.periods import CYCLES, FALSE_PERIODS, MOST_PERIODS, find_periods
from chargen.series.series import Panel
from chargen.types import Floats


def sine(period: float, n: int, noise: float = 0.3, seed: int = 0) -> Floats:
    generator = np.random.default_rng(seed)
    values: Floats = np.sin(2 * np.pi * (np.arange(n) / period + generator.random())) + noise * generator.normal(size=n)
    return values


@pytest.mark.parametrize("cycles", [8, 10.5, 20])
@pytest.mark.parametrize("period", [5, 7, 12, 24, 52])
def test_a_sine_has_its_period(period: int, cycles: float) -> None:
    n = int(period * cycles)
    assert find_periods(sine(period, n, 0.1)) == (period,)
    assert find_periods(1e6 + 1e3 * sine(period, n, 0.1) + 200 * np.arange(n) / n) == (period,)


@pytest.mark.parametrize("seed", range(5))
def test_a_long_period_in_noise_is_found_to_a_few_steps(seed: int) -> None:
    (found,) = find_periods(sine(132, 1500, 0.5, seed))
    assert found == pytest.approx(132, abs=4)


def test_a_sine_without_noise() -> None:
    assert find_periods(sine(12, 100, 0)) == (12,)


def test_two_periods() -> None:
    assert find_periods(sine(7, 400) + sine(30, 400)) == (7, 30)
    hours = np.arange(24 * 7 * 8)
    weekend = 2.0 * (hours // 24 % 7 > 4)
    noise = np.random.default_rng(0).normal(0, 0.5, len(hours))
    assert find_periods(3 * np.sin(2 * np.pi * hours / 24) + weekend + noise) == (24, 168)


def test_the_suns_cycle() -> None:
    values = sunspots()
    numbers = next(iter(Panel.of(values))).values[:, 0]
    assert find_periods(numbers, (12, 132)) == (132,)  # and no season of the year
    (found,) = find_periods(numbers)
    assert 126 <= found <= 138  # nobody said where to look


def test_what_is_suggested_is_taken_where_the_data_has_it() -> None:
    peaks = 5.0 * (np.arange(120) % 12 == 3) + np.random.default_rng(1).normal(0, 0.5, 120)
    assert find_periods(peaks, (12,)) == (12,)
    assert find_periods(sine(12.4, 100), (12,)) == (12,)
    assert find_periods(sine(30, 300), (12,)) == (30,)
    assert find_periods(sine(12, 100), (1, 2, 90)) == (12,)


def test_a_harmonic_of_a_suggested_season_is_no_season() -> None:
    values = sine(12, 120) + 2 * sine(6, 120)
    assert find_periods(values) == (6, 12)
    assert find_periods(values, (12,)) == (12,)


NOISE: dict[str, Callable[[np.random.Generator, int], Floats]] = {
    "white": lambda generator, n: generator.normal(size=n),
    "red": lambda generator, n: np.convolve(generator.normal(size=2 * n), 0.8 ** np.arange(60))[n : 2 * n],
    "walk": lambda generator, n: generator.normal(size=n).cumsum(),
    "noisy walk": lambda generator, n: 0.1 * generator.normal(size=n).cumsum() + generator.normal(size=n),
    "parabola": lambda generator, n: 20 * (np.arange(n) / n) ** 2 + generator.normal(size=n),
    "growth": lambda generator, n: np.exp(5 * np.arange(n) / n) + generator.normal(size=n),
    "step": lambda generator, n: 5 * (np.arange(n) > n * generator.random()) + generator.normal(size=n),
}


@pytest.mark.parametrize("suggested", [(), (12,)])
@pytest.mark.parametrize("kind", NOISE)
def test_noise_and_trends_have_none_more_often_than_is_stated(kind: str, suggested: tuple[int, ...]) -> None:
    generator = np.random.default_rng(3)
    found = [bool(find_periods(NOISE[kind](generator, 150), suggested)) for _ in range(100)]
    # Each of the two tests errs in 1 % at most; these are two and a half standard deviations more.
    assert sum(found) <= (5 if suggested else 3)
    assert FALSE_PERIODS == 0.01


@pytest.mark.parametrize("values", [np.zeros(50), np.full(50, 1e-3), np.arange(50.0), 1e9 + 3.7 * np.arange(200)])
def test_a_line_has_none(values: Floats) -> None:
    assert find_periods(values) == ()


def test_growth_without_noise_has_none() -> None:
    for rate in (0.5, 2, 5, 20):
        assert find_periods(np.exp(rate * np.arange(300) / 300)) == ()


@given(
    arrays(np.float64, st.integers(1, 80), elements=st.floats(-1e100, 1e100)),
    st.lists(st.integers(1, 100), max_size=3),
)
def test_any_values(values: Floats, suggested: list[int]) -> None:
    found = find_periods(values, suggested)
    assert list(found) == sorted(set(found))
    assert all(3 <= period <= len(values) / CYCLES for period in found)
    assert len(found) <= MOST_PERIODS + len(suggested)
