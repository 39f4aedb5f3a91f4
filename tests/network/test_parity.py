"""Our NumPy network, our Keras network and Keras' own layers compute the same."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chargen.cells import ACTIVATIONS, CELLS
from chargen.network import ModelConfig, Network, initial_weights
from chargen.network.keras_network import KerasNetwork

TOLERANCE = 1e-5


class Loop(keras.layers.Layer):  # type: ignore[misc] # Keras ships no types
    """A cell that Keras has no layer for, put together from its dense layers in a plain loop."""

    def __init__(self, cell: str, units: int, activation: str) -> None:
        super().__init__()
        self.of_inputs = keras.layers.Dense(units, use_bias=False)
        self.of_output = keras.layers.Dense(units)
        content = keras.layers.Activation(activation)
        self.then = {
            "jordan": [content, keras.layers.Dense(units, "tanh")],
            "lnrnn": [keras.layers.LayerNormalization(), content],
        }[cell]

    def call(self, x: Any) -> Any:
        products = self.of_inputs(x)
        output = tf.zeros_like(products[:, 0])
        outputs = []
        for t in range(x.shape[1]):
            output = products[:, t] + self.of_output(output)
            for layer in self.then:
                output = layer(output)
            outputs.append(output)
        return tf.stack(outputs, axis=1)


def stock(config: ModelConfig, weights: dict[str, Any]) -> keras.Sequential:
    """Stack Keras' own layers, weights set by Keras' order, independently of KerasNetwork."""
    kinds = {"rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}
    recurrent = [
        kinds[config.cell](config.units, activation=config.activation, return_sequences=True)
        if config.cell in kinds
        else Loop(config.cell, config.units, config.activation)
        for _ in range(config.layers)
    ]
    model = keras.Sequential([*recurrent, keras.layers.Dense(config.outputs)])
    model(np.zeros((1, 1, config.inputs), np.float32))
    model.set_weights(list(weights.values()))
    return model


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=3)
@given(
    layers=st.integers(1, 3),
    time=st.integers(1, 12),
    batch=st.integers(1, 16),
    units=st.integers(1, 9),
    activation=st.sampled_from(ACTIVATIONS[:2]),
    seed=st.integers(0, 99),
)
@example(layers=2, time=100, batch=64, units=9, activation="tanh", seed=1)
@example(layers=1, time=1, batch=1, units=1, activation="linear", seed=2)
@pytest.mark.parametrize("cell", CELLS)
def test_numpy_equals_keras_layers(
    cell: str,
    layers: int,
    time: int,
    batch: int,
    units: int,
    activation: str,
    seed: int,
    random_weights: Callable[..., dict[str, Any]],
) -> None:
    config = ModelConfig(inputs=5, outputs=3, cell=cell, units=units, layers=layers, activation=activation)
    weights = random_weights(config.shapes(), seed)
    ids = np.random.default_rng(seed).integers(0, 5, (batch, time)).astype(np.int32)
    expected = stock(config, weights)(np.eye(5, dtype=np.float32)[ids]).numpy()
    outputs, states = Network(config, weights)(ids)
    np.testing.assert_allclose(outputs, expected, rtol=TOLERANCE, atol=TOLERANCE)
    ours, keras_states = KerasNetwork(config, weights)(tf.constant(ids))
    np.testing.assert_allclose(ours.numpy(), expected, rtol=TOLERANCE, atol=TOLERANCE)
    for layer, keras_layer in zip(states, keras_states, strict=True):
        for state, keras_state in zip(layer, keras_layer, strict=True):
            np.testing.assert_allclose(state, keras_state.numpy(), rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize("cell", CELLS)
def test_each_step_with_first_weights_equals_keras(cell: str) -> None:
    # From the same states each: what lnrnn makes of rounding in a hundred steps is not the network's fault.
    config = ModelConfig(inputs=5, outputs=3, cell=cell, units=64, layers=2)
    weights = initial_weights(config, np.random.default_rng(0))
    network, ids = Network(config, weights), np.random.default_rng(1).integers(0, 5, (100, 1)).astype(np.int32)
    walk = [network.initial_states(1)]
    outputs = []
    for t in range(100):
        output, after = network(ids[t : t + 1], walk[-1])
        outputs.append(output)
        walk.append(after)
    before, after = (
        [tuple(map(np.concatenate, zip(*layer, strict=True))) for layer in zip(*part, strict=True)]
        for part in (walk[:-1], walk[1:])
    )
    found, found_after = KerasNetwork(config, weights)(tf.constant(ids), before)
    np.testing.assert_allclose(np.concatenate(outputs), found.numpy(), rtol=TOLERANCE, atol=TOLERANCE)
    for layer, keras_layer in zip(after, found_after, strict=True):
        for state, keras_state in zip(layer, keras_layer, strict=True):
            np.testing.assert_allclose(state, keras_state.numpy(), rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_states_carry_a_sequence_on(cell: str, layers: int, random_weights: Callable[..., dict[str, Any]]) -> None:
    config = ModelConfig(inputs=4, outputs=4, cell=cell, units=6, layers=layers)
    network = Network(config, random_weights(config.shapes()))
    ids = np.random.default_rng(0).integers(0, 4, (2, 10)).astype(np.int32)
    whole, _ = network(ids)
    first, states = network(ids[:, :4])
    second, _ = network(ids[:, 4:], states)
    np.testing.assert_allclose(np.concatenate([first, second], axis=1), whole, atol=1e-6)
    last, _ = network.last(ids)
    np.testing.assert_allclose(last, whole[:, -1], atol=1e-6)


@pytest.mark.parametrize("cell", CELLS)
def test_numbers_enter_as_characters_do(cell: str, random_weights: Callable[..., dict[str, Any]]) -> None:
    config = ModelConfig(inputs=4, outputs=2, cell=cell, units=5)
    network = Network(config, random_weights(config.shapes()))
    ids = np.array([[0, 3, 2, 2, 1]], np.int32)
    characters, _ = network(ids)
    numbers, _ = network(np.eye(4, dtype=np.float32)[ids])
    np.testing.assert_allclose(numbers, characters, atol=1e-6)


@pytest.mark.parametrize("layers", [1, 3])
@pytest.mark.parametrize("cell", CELLS)
def test_parameters_are_as_many_as_keras_counts(
    cell: str, layers: int, random_weights: Callable[..., dict[str, Any]]
) -> None:
    config = ModelConfig(inputs=11, outputs=7, cell=cell, units=13, layers=layers)
    weights = random_weights(config.shapes())
    counted = stock(config, weights).count_params()
    assert sum(weight.size for weight in weights.values()) == counted
    assert KerasNetwork(config, weights).count_params() == counted
