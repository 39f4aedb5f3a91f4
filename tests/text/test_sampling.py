"""Samples that training shows, and the way of a continuation through its network."""

import itertools
from typing import Any

import numpy as np
import pytest

from chargen.errors import OptionError
from chargen.text.decoding import Decoding
from chargen.text.sampling import DRAWS_AT_ONCE, SampleConfig, chance, continuations
from chargen.types import Floats, Ids


class Counting:
    """A stepper without weights: the next character is the last plus one; it notes what it read."""

    def __init__(self) -> None:
        self.read: list[list[int]] = []

    def step(self, ids: Ids) -> Floats:
        self.read.append(ids.tolist())
        return np.eye(5)[(ids + 1) % 5] * 50


def test_what_is_drawn_is_read_next() -> None:
    stepper: Any = Counting()
    steps = continuations(stepper, stepper.step(np.array([0, 3])), Decoding(1.0), np.full((9, 2), 0.5))
    assert [ids.tolist() for ids, _ in itertools.islice(steps, 3)] == [[1, 4], [2, 0], [3, 1]]
    assert stepper.read == [[0, 3], [1, 4], [2, 0]]


class Fair:
    """A stepper that finds every character equally likely."""

    def step(self, ids: Ids) -> Floats:
        return np.zeros((*np.shape(ids), 7))


def test_a_generator_gives_one_number_a_character() -> None:
    count = DRAWS_AT_ONCE + 10
    stepper: Any = Fair()
    steps = continuations(stepper, np.zeros(7), Decoding(1.0), chance(np.random.default_rng(5)))
    found = [int(ids) for ids, _ in itertools.islice(steps, count)]
    one_at_a_time = np.random.default_rng(5)
    assert found == [int(one_at_a_time.random() * 7) for _ in range(count)]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("temperature", -0.5),
        ("temperature", float("nan")),
        ("temperature", "hot"),
        ("length", 0),
        ("length", 1.5),
        ("length", 10**9),
        ("sample-seed", 5),
        ("temperature", (0.5,) * 1000),
    ],
)
def test_settings_that_make_no_sense(option: str, value: Any) -> None:
    with pytest.raises(OptionError, match=f"--{option} is"):
        SampleConfig(**{option.replace("-", "_"): value})


def test_one_temperature_or_several() -> None:
    assert SampleConfig(temperature=0.7).temperature == (0.7,)  # type: ignore[arg-type]
    assert SampleConfig(temperature=[0, 1]).temperature == (0, 1)  # type: ignore[arg-type]
