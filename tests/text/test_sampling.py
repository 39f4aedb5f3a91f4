"""Sampling follows the network's probabilities, and the recipe's way through the text."""

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import OptionError
from chargen.network import ModelConfig
from chargen.text.sampling import SampleConfig, continuation, draw, probabilities
from chargen.types import Floats, Ids


class Counting:
    """A network without weights: the next character is the last plus one; it notes what it was asked."""

    config = ModelConfig(inputs=5, outputs=5)

    def __init__(self) -> None:
        self.asked: list[tuple[list[int], Any]] = []

    def last(self, x: Ids, states: Any = None) -> tuple[Floats, Any]:
        self.asked.append((x[0].tolist(), states))
        return np.eye(5)[(x[:, -1] + 1) % 5] * 50, (states or 0) + x.shape[1]


def take(network: Any, recipe: str, seed: list[int], count: int, seqlen: int = 3) -> list[int]:
    found = continuation(network, recipe, seqlen, np.array(seed, np.int32), 1.0, np.random.default_rng(0))
    return list(itertools.islice(found, count))


def test_stream_carries_the_state_on() -> None:
    network = Counting()
    assert take(network, "stream", [0, 1, 2, 3, 4, 0], 3) == [1, 2, 3]
    assert network.asked == [([0, 1, 2, 3, 4, 0], None), ([1], 6), ([2], 7)]


def test_classic_slides_its_window_from_zero_state() -> None:
    network = Counting()
    assert take(network, "classic", [0, 1, 2, 3], 3) == [4, 0, 1]
    assert network.asked == [([1, 2, 3], None), ([2, 3, 4], None), ([3, 4, 0], None)]


def test_classic_grows_a_short_seed_to_a_window() -> None:
    network = Counting()
    take(network, "classic", [3], 4)
    assert [window for window, _ in network.asked] == [[3], [3, 4], [3, 4, 0], [4, 0, 1]]


def test_probabilities_by_hand() -> None:
    logits = np.log(np.array([1.0, 2.0, 5.0]))
    np.testing.assert_allclose(probabilities(logits, 1.0), [0.125, 0.25, 0.625])
    np.testing.assert_allclose(probabilities(logits, 0.5), np.array([1, 4, 25]) / 30)
    assert probabilities(logits, 0).tolist() == [0, 0, 1]


@pytest.mark.parametrize("temperature", [1e-300, 1e-5, 0.3, 1e300])
def test_probabilities_never_overflow(temperature: float) -> None:
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = probabilities(np.array([-1e4, 0.0, 30.0, 1e4]), temperature)
    assert found.sum() == pytest.approx(1)
    assert found[3] == found.max()


@pytest.mark.parametrize("temperature", [0.2, 0.7, 1.0, 1.5])
def test_draws_follow_the_probabilities(temperature: float) -> None:
    logits = np.random.default_rng(1).standard_normal(12) * 2
    chances = probabilities(logits, temperature)
    generator = np.random.default_rng(2)
    counts = np.bincount([draw(chances, generator) for _ in range(20_000)], minlength=12)
    expected = chances * 20_000
    seen = expected > 5
    chi_square = float((np.square(counts - expected) / expected)[seen].sum())
    degrees = int(seen.sum()) - 1
    assert chi_square < degrees + 4 * np.sqrt(2 * degrees)  # 4 standard deviations above the mean


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6).filter(lambda p: sum(p) > 0.1), st.integers(0, 99))
def test_what_cannot_come_never_comes(weights: list[float], seed: int) -> None:
    chances = np.array([0.0, *weights, 0.0])
    assert chances[draw(chances / chances.sum(), np.random.default_rng(seed))] > 0


@pytest.mark.parametrize(
    ("option", "value"),
    [("temperature", -0.5), ("temperature", float("nan")), ("temperature", "hot"), ("length", 0), ("length", 1.5)],
)
def test_settings_that_make_no_sense(option: str, value: Any) -> None:
    with pytest.raises(OptionError, match=f"--{option} is"):
        SampleConfig(**{option: value})


def test_one_temperature_or_several() -> None:
    assert SampleConfig(temperature=0.7).temperature == (0.7,)  # type: ignore[arg-type]
    assert SampleConfig(temperature=[0, 1]).temperature == (0, 1)  # type: ignore[arg-type]
