"""A network takes only weights that fit its settings."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from chargen.errors import DamagedRunError
from chargen.network import ModelConfig, Network

CONFIG = ModelConfig(inputs=4, outputs=4, units=3)


@pytest.mark.parametrize("kind", [np.int8, np.bool_, np.complex64])
def test_weights_are_floats(kind: Any, random_weights: Callable[..., dict[str, Any]]) -> None:
    weights = random_weights(CONFIG.shapes())
    weights["readout.bias"] = weights["readout.bias"].astype(kind)
    with pytest.raises(DamagedRunError, match=r"no floats: readout.bias is"):
        Network(CONFIG, weights)


def test_weights_fit_the_settings(random_weights: Callable[..., dict[str, Any]]) -> None:
    weights = random_weights(CONFIG.shapes())
    with pytest.raises(DamagedRunError, match=r"readout.bias missing or unknown"):
        Network(CONFIG, {key: value for key, value in weights.items() if key != "readout.bias"})
    with pytest.raises(DamagedRunError, match=r"readout.bias is \(5,\), not \(4,\)"):
        Network(CONFIG, weights | {"readout.bias": np.zeros(5, np.float32)})


SKIP = ModelConfig(inputs=2, outputs=3, cell="gru", units=4, skip=3, output_activation="tanh")


def test_a_skip_connection_reads_the_windows_end(random_weights: Callable[..., dict[str, Any]]) -> None:
    weights = random_weights(SKIP.shapes())
    windows = np.random.default_rng(1).normal(size=(5, 7, 2)).astype(np.float32)
    plain_config = replace(SKIP, skip=0)
    plain = Network(plain_config, {key: weight for key, weight in weights.items() if key != "skip.kernel"})
    added = np.array([np.concatenate(window[-3:]) @ weights["skip.kernel"] for window in windows])
    outputs, states = Network(SKIP, weights).last(windows)
    np.testing.assert_allclose(outputs, plain.last(windows)[0] + added, atol=1e-6)
    np.testing.assert_array_equal(states[0][0], plain.last(windows)[1][0][0])
    # Characters are what their one-hot vectors are.
    ids = np.array([[0, 1, 1, 0]], np.int32)
    one_hot = np.eye(2, dtype=np.float32)[ids]
    np.testing.assert_allclose(Network(SKIP, weights).last(ids)[0], Network(SKIP, weights).last(one_hot)[0], atol=1e-6)


def test_only_the_last_step_has_a_skip_connection(random_weights: Callable[..., dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="only `last` knows the window's end"):
        Network(SKIP, random_weights(SKIP.shapes()))(np.zeros((1, 4, 2), np.float32))


@pytest.mark.parametrize(("name", "function"), [("tanh", np.tanh), ("relu", lambda x: np.maximum(x, 0))])
def test_output_activations(name: str, function: Any, random_weights: Callable[..., dict[str, Any]]) -> None:
    weights = random_weights(CONFIG.shapes(), scale=1.0)
    ids = np.array([[0, 3, 2, 2, 1]], np.int32)
    linear, active = (Network(config, weights) for config in (CONFIG, replace(CONFIG, output_activation=name)))
    np.testing.assert_allclose(active(ids)[0], function(linear(ids)[0]), atol=1e-7)
    np.testing.assert_allclose(active.last(ids)[0], function(linear.last(ids)[0]), atol=1e-7)
