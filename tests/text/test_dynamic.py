"""Dynamic evaluation against the trained network where nothing is learnt, and against a step worked out by hand."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chargen.network import ModelConfig, Network
from chargen.text.dynamic import LEARNING_RATE, PULL, dynamic_score
from chargen.text.scoring import log_probabilities
from chargen.text.split import HeldOut
from chargen.types import Ids

SEGMENT = 3  # what takes time is that TensorFlow traces the steps


def ids(count: int, seed: int = 0) -> Ids:
    return np.random.default_rng(seed).integers(0, 5, count).astype(np.int32)


@pytest.mark.parametrize("window", [None, 3])
def test_where_nothing_is_learnt_the_figures_are_the_trained_networks(
    random_weights: Callable[..., dict[str, Any]], window: int | None
) -> None:
    config = ModelConfig(inputs=5, outputs=5, cell="rnn", units=3)
    network = Network(config, random_weights(config.shapes(), scale=0.8))
    text = HeldOut(ids(9, seed=1), ids(18))
    found = dynamic_score(network, window, ids(40, seed=2), text, segment=SEGMENT, learning_rate=0.0)
    np.testing.assert_allclose(found, -log_probabilities(network, window, text.before, text.ids), atol=1e-5)


def test_steps_are_those_of_the_paper() -> None:
    """A network of which only the readout's bias b does anything: a segment's gradient is softmax(b) - its shares."""
    config = ModelConfig(inputs=5, outputs=5, cell="rnn", units=2)
    weights = {key: np.zeros(shape, np.float32) for key, shape in config.shapes().items()}
    weights["readout.bias"] = np.array([0.5, 0.1, -0.3, 0, 0.2], np.float32)
    training, text = ids(40, seed=2), HeldOut(ids(3, seed=1), ids(10))

    def softmax(b: Any) -> Any:
        return np.exp(b) / np.exp(b).sum()

    def gradient(b: Any, segment: Ids) -> Any:
        return softmax(b) - np.bincount(segment, minlength=5) / len(segment)

    trained = b = weights["readout.bias"].astype(np.float64)
    root = np.sqrt(
        np.mean([gradient(b, training[start : start + SEGMENT]) ** 2 for start in range(1, 40, SEGMENT)], axis=0)
    )
    mean_root = root.sum() / sum(np.prod(shape) for shape in config.shapes().values())
    expected = []
    for start in range(0, 10, SEGMENT):
        segment = text.ids[start : start + SEGMENT]
        expected += list(-np.log(softmax(b)[segment]))
        pull = np.minimum(PULL * root / mean_root, 1) * (trained - b)
        b = b + pull - LEARNING_RATE * gradient(b, segment) / (root + mean_root)
    found = dynamic_score(Network(config, weights), None, training, text, segment=SEGMENT)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert weights["readout.bias"][0] == np.float32(0.5)  # the run's network stays as it is
