"""A character at a time gives what whole sequences give."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chargen.cells import CELLS
from chargen.errors import SamplingError
from chargen.network import ModelConfig, Network, Stepper
from chargen.types import Floats, Ids


def make(cell: str, layers: int, random_weights: Callable[..., dict[str, Any]]) -> Network:
    config = ModelConfig(inputs=6, outputs=6, cell=cell, units=5, layers=layers)
    return Network(config, random_weights(config.shapes(), scale=0.8))


def ids(*shape: int) -> Ids:
    return np.random.default_rng(3).integers(0, 6, shape).astype(np.int32)


def read(stepper: Stepper, texts: Ids) -> Floats:
    """Logits after each character, (..., time, V)."""
    return np.stack([stepper.step(column) for column in texts.T], axis=-2)


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_the_state_is_carried_on(cell: str, layers: int, random_weights: Callable[..., dict[str, Any]]) -> None:
    network, texts = make(cell, layers, random_weights), ids(4, 30)
    found, _ = network(texts)
    np.testing.assert_allclose(read(Stepper(network, (4,)), texts), found, atol=1e-5)
    np.testing.assert_allclose(read(Stepper(network), texts[1]), found[1], atol=1e-5)


@pytest.mark.parametrize("window", [1, 2, 7])
@pytest.mark.parametrize("cell", CELLS)
def test_a_window_starts_from_zero(cell: str, window: int, random_weights: Callable[..., dict[str, Any]]) -> None:
    network, texts = make(cell, 2, random_weights), ids(3, 20)
    found = read(Stepper(network, (3,), window), texts)
    np.testing.assert_allclose(read(Stepper(network, (), window), texts[0]), found[0], atol=1e-5)
    for time in range(20):
        expected, _ = network.last(texts[:, max(0, time + 1 - window) : time + 1])
        np.testing.assert_allclose(found[:, time], expected, atol=1e-5)


@pytest.mark.parametrize("window", [None, 4])
def test_spread_goes_on_with_copies(window: int | None, random_weights: Callable[..., dict[str, Any]]) -> None:
    network, texts = make("lstm", 2, random_weights), ids(2, 9)
    stepper = Stepper(network, (2,), window)
    read(stepper, texts)
    stepper.spread(np.array([1, 0, 1], np.int32))
    more = ids(3, 6)
    found = read(stepper, more)
    whole = np.concatenate([texts[[1, 0, 1]], more], axis=1)
    np.testing.assert_allclose(found, read(Stepper(network, (3,), window), whole)[:, 9:], atol=1e-5)


@pytest.mark.parametrize("window", [None, 4])
def test_one_sequence_spreads_into_several(window: int | None, random_weights: Callable[..., dict[str, Any]]) -> None:
    network, text, more = make("gru", 2, random_weights), ids(9), ids(2, 6)
    stepper = Stepper(network, (), window)
    read(stepper, text)
    stepper.spread(np.zeros(2, np.int32))
    found = read(stepper, more)
    for each, way in zip(found, more, strict=True):
        alone = read(Stepper(network, (), window), np.concatenate([text, way]))
        np.testing.assert_allclose(each, alone[9:], atol=1e-5)


def test_a_window_too_long_for_memory_is_refused(random_weights: Callable[..., dict[str, Any]]) -> None:
    network = make("lstm", 2, random_weights)
    with pytest.raises(SamplingError, match=r"a window of 10,000,000,000,000 characters .* --context state"):
        Stepper(network, (), 10**13)
