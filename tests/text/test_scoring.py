"""Scores against a plain loop over the text, one character at a time."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chargen.network import ModelConfig, Network
from chargen.text.scoring import bits, score, surprise
from chargen.text.split import HeldOut
from chargen.types import Floats, Ids
from chargen.windows import segments


@pytest.fixture
def network(random_weights: Callable[..., dict[str, Any]]) -> Network:
    config = ModelConfig(inputs=7, outputs=7, cell="gru", units=5)
    return Network(config, random_weights(config.shapes(), scale=0.8))


def ids(count: int, seed: int = 0) -> Ids:
    return np.random.default_rng(seed).integers(0, 7, count).astype(np.int32)


def one_by_one(network: Network, text: Ids) -> list[float]:
    """Nats of each character of the text but the first, the state carried from its start."""
    states, nats = None, []
    for place in range(len(text) - 1):
        logits, states = network(text[place : place + 1][None], states)
        p = np.exp(logits[0, 0].astype(np.float64))
        nats.append(-math.log(p[text[place + 1]] / p.sum()))
    return nats


@pytest.mark.parametrize("length", [1, 2, 15, 16, 17, 100, 801])
@pytest.mark.parametrize("before", [1, 3, 500, 600])
def test_stream_scores_each_character_once_after_its_primer(network: Network, length: int, before: int) -> None:
    held_out = HeldOut(ids(before, seed=1), ids(length))
    found = score(network, "stream", 10, held_out)
    text = np.concatenate([held_out.before, held_out.ids])
    count, size = segments(length, 16)
    expected: list[float] = []
    for segment in range(count):
        start, end = before + segment * size, before + min(length, (segment + 1) * size)
        primer = min(500, start)
        expected += one_by_one(network, text[start - primer : end])[primer - 1 :]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert found.shape == (length,)


@pytest.mark.parametrize("length", [1, 40])
def test_classic_scores_each_character_from_a_window_of_zero_state(network: Network, length: int) -> None:
    held_out = HeldOut(ids(12, seed=1), ids(length))
    found = score(network, "classic", 5, held_out)
    text = np.concatenate([held_out.before, held_out.ids])
    expected = [one_by_one(network, text[end - 5 : end + 1])[-1] for end in range(12, 12 + length)]
    np.testing.assert_allclose(found, expected, atol=1e-5)


@pytest.mark.parametrize(("recipe", "window"), [("stream", None), ("classic", 5)])
def test_each_document_is_scored_with_a_state_of_its_own(network: Network, recipe: str, window: int | None) -> None:
    heads, lengths = [ids(9, seed=2), ids(0), ids(2, seed=3), ids(0)], [4, 30, 11, 1]
    text = ids(sum(lengths), seed=4)
    starts = np.cumsum([0, *lengths])[:-1].tolist()
    found = score(network, recipe, 5, HeldOut(ids(6), text, tuple(heads), tuple(starts)))
    expected: list[float] = []
    for head, start, length in zip(heads, starts, lengths, strict=True):
        whole = np.concatenate([head, text[start : start + length]])
        for end in range(len(head), len(whole)):
            context = whole[:end] if window is None else whole[max(0, end - window) : end]
            known = [*context, whole[end]]
            expected.append(
                one_by_one(network, np.array(known))[-1] if len(context) else math.log(network.config.outputs)
            )
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_a_network_that_knows_nothing_scores_the_logarithm_of_its_choices() -> None:
    config = ModelConfig(inputs=8, outputs=8, cell="rnn", units=2)
    blank: dict[str, Floats] = {key: np.zeros(shape, np.float32) for key, shape in config.shapes().items()}
    nats = score(Network(config, blank), "stream", 5, HeldOut(ids(10), ids(50)))
    assert bits(float(nats.mean())) == pytest.approx(3)


def test_surprise_never_takes_the_logarithm_of_zero() -> None:
    nats = surprise(np.array([[0.0, 1e5]], np.float32), np.array([0], np.int32))
    assert nats.tolist() == [1e5]
