"""First weights have the distributions that Keras' layers draw from."""

import math

import keras
import numpy as np
import pytest

from chargen.cells import CELLS
from chargen.network import ModelConfig, initial_weights


@pytest.mark.parametrize("cell", CELLS)
def test_first_weights(cell: str) -> None:
    config = ModelConfig(inputs=30, outputs=40, cell=cell, units=20, layers=2)
    weights = initial_weights(config, np.random.default_rng(0))
    assert {key: weight.shape for key, weight in weights.items()} == config.shapes()
    assert {weight.dtype for weight in weights.values()} == {np.dtype(np.float32)}
    for key, weight in weights.items():
        if key.endswith("recurrent_kernel"):
            np.testing.assert_allclose(weight @ weight.T, np.eye(20), atol=1e-5)
        elif key.endswith("kernel"):
            limit = math.sqrt(6 / sum(weight.shape))
            assert np.abs(weight).max() <= limit
            assert weight.std() == pytest.approx(limit / math.sqrt(3), rel=0.1)


@pytest.mark.parametrize("cell", CELLS)
def test_first_biases_equal_those_of_keras(cell: str) -> None:
    found = CELLS[cell].initial_constants(6)
    if cell == "jordan":
        first, second = keras.layers.Dense(6), keras.layers.Dense(6)
        for dense in (first, second):
            dense.build((None, 3))
        expected = {"bias": first.get_weights()[1], "output_bias": second.get_weights()[1]}
    elif cell == "lnrnn":
        dense, norm = keras.layers.Dense(6), keras.layers.LayerNormalization()
        for part in (dense, norm):
            part.build((None, 6))
        expected = {"bias": dense.get_weights()[1], "gain": norm.get_weights()[0], "shift": norm.get_weights()[1]}
    else:
        kinds = {"rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}
        layer = kinds[cell](6)
        layer.build((None, None, 3))
        expected = {"bias": layer.get_weights()[2]}
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(found[name], values)


def test_a_skip_connection_starts_from_nothing_and_shifts_no_chance() -> None:
    plain, skipping = (
        initial_weights(ModelConfig(inputs=3, outputs=2, skip=skip), np.random.default_rng(1)) for skip in (0, 4)
    )
    assert skipping["skip.kernel"].shape == (12, 2)
    assert not skipping["skip.kernel"].any()
    assert all(np.array_equal(weight, skipping[key]) for key, weight in plain.items())


def test_the_same_generator_gives_the_same_weights() -> None:
    config = ModelConfig(inputs=3, outputs=3)
    first, second, other = (initial_weights(config, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert all(np.array_equal(first[key], second[key]) for key in first)
    assert not np.array_equal(first["readout.kernel"], other["readout.kernel"])
