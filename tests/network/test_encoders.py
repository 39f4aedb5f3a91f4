"""Encoders and decoders: NumPy, TensorFlow and Keras' own layers agree; windows are read where they should be."""

import math
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from chargen.cells import CELLS
from chargen.network import ModelConfig, Network, initial_weights
from chargen.network.encoders import ENCODERS
from chargen.network.encoders.wavenet import dilations
from chargen.network.fast_encoders import FAST_ENCODERS
from chargen.network.fast_network import FastNetwork
from chargen.network.trainable import trainable_network

RandomWeights = Callable[..., dict[str, Any]]
INPUTS, OUTPUTS, UNITS, TIME = 2, 6, 4, 7
KINDS = {"rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}
# layers, cell, decoder, skip, every step
FORMS = [(1, "gru", 0, 0, True), (2, "lstm", 0, 4, False), (1, "rnn", 3, 0, False), (2, "gru", 3, 4, False)]
# Each encoder in each form that it has.
CASES = [
    (encoder, *form)
    for encoder in ENCODERS
    for form in FORMS
    if (encoder != "window" or form[2]) and (ENCODERS[encoder].every_step or not form[4])
]


def make(encoder: str, layers: int = 1, cell: str = "gru", decoder: int = 0, skip: int = 0) -> ModelConfig:
    return ModelConfig(
        INPUTS, OUTPUTS, cell=cell, units=UNITS, layers=layers, skip=skip, encoder=encoder, window=TIME, decoder=decoder
    )


def windows(batch: int = 3, time: int = TIME) -> Any:
    return np.random.default_rng(5).normal(size=(batch, time, INPUTS)).astype(np.float32)


class Stock:
    """The network from Keras' own layers, put together from its description, not from our code.

    Attributes:
        model: Maps windows to outputs.
        variables: Its variables by our keys.
    """

    def __init__(self, config: ModelConfig, weights: dict[str, Any], every_step: bool) -> None:
        self._config = config
        self._named: dict[str, Any] = {}
        inputs = keras.Input((TIME, INPUTS))
        x = getattr(self, f"_{config.encoder}")(inputs, every_step)
        if config.decoder:
            x = keras.layers.RepeatVector(config.decoder)(x)
            for index in range(config.layers):
                x = self._apply(KINDS[config.cell](UNITS, return_sequences=True), x, f"decoder.{index}")
            dense = keras.layers.Dense(OUTPUTS // config.decoder)
            x = keras.layers.Flatten()(keras.layers.TimeDistributed(dense)(x))
            self._named["readout"] = dense
        else:
            x = self._apply(keras.layers.Dense(OUTPUTS), x, "readout")
        if config.skip:
            end = keras.layers.Flatten()(keras.layers.Cropping1D((TIME - config.skip, 0))(inputs))
            x = keras.layers.add(
                [x, self._apply(keras.layers.Dense(OUTPUTS, use_bias=bool(config.decoder)), end, "skip")]
            )
        self.model = keras.Model(inputs, x)
        self.variables = {
            f"{key}.{name}": variable.value
            for key, layer in self._named.items()
            for name, variable in zip(("kernel", *self._after_kernel(layer)), layer.weights, strict=True)
        }
        for key, variable in self.variables.items():
            variable.assign(weights[key])

    def _apply(self, layer: Any, x: Any, key: str) -> Any:
        self._named[key] = layer
        return layer(x)

    def _after_kernel(self, layer: Any) -> tuple[str, ...]:
        return ("bias",)[: len(layer.weights) - 1] if len(layer.weights) < 3 else ("recurrent_kernel", "bias")

    def _recur(self, x: Any, every_step: bool) -> Any:
        for index in range(self._config.layers):
            all_steps = every_step or index < self._config.layers - 1
            layer = KINDS[self._config.cell](UNITS, return_sequences=all_steps)
            x = self._apply(layer, x, f"layers.{index}")
        return x

    def _cells(self, x: Any, every_step: bool) -> Any:
        return self._recur(x, every_step)

    def _bidirectional(self, x: Any, every_step: bool) -> Any:
        for index in range(self._config.layers):
            all_steps = every_step or index < self._config.layers - 1
            layer = keras.layers.Bidirectional(KINDS[self._config.cell](UNITS, return_sequences=all_steps))
            x = layer(x)
            self._named[f"layers.{index}.forward"] = layer.forward_layer
            self._named[f"layers.{index}.backward"] = layer.backward_layer
        return x

    def _conv(self, x: Any, every_step: bool) -> Any:
        # Seven steps: a zero before them makes eight, whose last four are the last step's.
        padded = keras.layers.ZeroPadding1D((1, 0))(x)
        return self._recur(self._apply(keras.layers.Conv1D(UNITS, 4, strides=2), padded, "conv"), every_step)

    def _wavenet(self, x: Any, every_step: bool) -> Any:
        def convolve(x: Any, key: str, kernel: int = 1, dilation: int = 1, activation: str = "linear") -> Any:
            settings = {"padding": "causal", "dilation_rate": dilation, "activation": activation}
            return self._apply(keras.layers.Conv1D(UNITS, kernel, **settings), x, key)

        x = convolve(x, "input", 2)
        heard, reaches = [], [1, 2, 4] * self._config.layers  # eight steps cover the seven of a window
        for block, reach in enumerate(reaches):
            key = f"blocks.{block}"
            content = convolve(x, f"{key}.filter", 2, reach, "tanh")
            gated = keras.layers.multiply([content, convolve(x, f"{key}.gate", 2, reach, "sigmoid")])
            heard.append(convolve(gated, f"{key}.skip"))
            if block < len(reaches) - 1:
                x = keras.layers.add([x, convolve(gated, f"{key}.residual")])
        total = keras.layers.ReLU()(keras.layers.add(heard))
        head = convolve(total, "head", activation="relu")
        return head if every_step else keras.layers.Flatten()(keras.layers.Cropping1D((TIME - 1, 0))(head))

    def _window(self, x: Any, every_step: bool) -> Any:
        return keras.layers.Flatten()(x)


@pytest.mark.parametrize(("encoder", "layers", "cell", "decoder", "skip", "every_step"), CASES)
def test_outputs_gradients_and_parameters_equal_those_of_stock_layers(
    encoder: str, layers: int, cell: str, decoder: int, skip: int, every_step: bool, random_weights: RandomWeights
) -> None:
    config = make(encoder, layers, cell, decoder, skip)
    weights = random_weights(config.shapes(), scale=0.5)
    x, stock = windows(), Stock(config, weights, every_step)
    fast = FastNetwork(config, weights)
    assert stock.variables.keys() == config.shapes().keys() == fast.parameters().keys()
    assert sum(math.prod(shape) for shape in config.shapes().values()) == stock.model.count_params()
    found = []
    runs: list[tuple[dict[str, Any], Any]] = [
        (fast.parameters(), lambda: fast(tf.constant(x), last=not every_step)[0]),
        (stock.variables, lambda: stock.model(x)),
    ]
    for variables, run in runs:
        with tf.GradientTape() as tape:
            tape.watch(list(variables.values()))
            outputs = run()
            loss = tf.reduce_sum(tf.sin(outputs))
        found.append((outputs.numpy(), tape.gradient(loss, variables)))
    network = Network(config, weights)
    ours, _ = network(x) if every_step else network.last(x)
    assert ours.shape == ((3, TIME, OUTPUTS) if every_step else (3, OUTPUTS))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(ours, found[1][0], rtol=1e-5, atol=1e-5)
    for key, gradient in found[0][1].items():
        np.testing.assert_allclose(gradient, found[1][1][key], rtol=1e-4, atol=1e-5, err_msg=key)


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_reads_the_same_in_numpy_and_in_training(
    cell: str, encoder: str, random_weights: RandomWeights
) -> None:
    config = make(encoder, 2, cell, decoder=2)
    weights, x = random_weights(config.shapes(), scale=0.5), windows()
    expected, none = Network(config, weights).last(x)
    outputs, after = FastNetwork(config, weights)(tf.constant(x), last=True)
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=1e-5)
    assert encoder == "cells" or not (none or after)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_gradients_equal_central_differences_in_float64(encoder: str, random_weights: RandomWeights) -> None:
    config = make(encoder, decoder=3, skip=3)
    weights = {key: weight.astype(np.float64) for key, weight in random_weights(config.shapes(), scale=0.5).items()}
    network, x = FastNetwork(config, weights), tf.constant(windows().astype(np.float64))
    variables = network.parameters()

    def loss() -> Any:
        return tf.reduce_sum(tf.sin(network(x, last=True)[0]))

    with tf.GradientTape() as tape:
        value = loss()
    gradients = tape.gradient(value, variables)
    generator = np.random.default_rng(2)
    for key, variable in variables.items():
        direction = generator.standard_normal(variable.shape)
        moved = {}
        for sign in (1, -1):
            variable.assign(weights[key] + sign * 1e-6 * direction)
            moved[sign] = float(loss())
        variable.assign(weights[key])
        slope = float(tf.reduce_sum(gradients[key] * direction))
        assert slope == pytest.approx((moved[1] - moved[-1]) / 2e-6, rel=1e-6, abs=1e-7), key


@pytest.mark.parametrize("encoder", ["bidirectional", "conv", "wavenet", "window"])
def test_characters_are_read_as_their_one_hot_vectors(encoder: str, random_weights: RandomWeights) -> None:
    config = make(encoder, decoder=2, skip=3)
    network = Network(config, random_weights(config.shapes()))
    fast = FastNetwork(config, network.weights)
    ids = np.array([[0, 1, 1, 0, 1, 0, 0]], np.int32)
    expected, _ = network.last(np.eye(INPUTS, dtype=np.float32)[ids])
    np.testing.assert_allclose(network.last(ids)[0], expected, atol=1e-6)
    np.testing.assert_allclose(fast(tf.constant(ids), last=True)[0], expected, atol=1e-5)


@pytest.mark.parametrize(
    ("window", "sums"),
    [
        # Taps 1, 2, 3, 4: the last sum always ends at the window's last step, and no step is left out.
        ([1], [4]),
        ([1, 2], [11]),
        ([1, 2, 3], [20]),
        ([1, 2, 3, 4], [30]),
        ([1, 2, 3, 4, 5], [20, 40]),
        ([1, 2, 3, 4, 5, 6], [30, 50]),
        ([1, 2, 3, 4, 5, 6, 7], [20, 40, 60]),
    ],
)
def test_a_convolution_ends_where_the_window_ends(window: list[int], sums: list[int]) -> None:
    config = ModelConfig(1, 1, cell="rnn", units=1, encoder="conv")
    weights = {key: np.zeros(shape, np.float32) for key, shape in config.shapes().items()}
    weights["conv.kernel"][:, 0, 0] = [0.01, 0.02, 0.03, 0.04]
    weights["layers.0.kernel"][:] = weights["readout.kernel"][:] = 1
    weights["layers.0.recurrent_kernel"][:] = 0.5
    expected = 0.0
    for total in sums:
        expected = math.tanh(total / 100 + 0.5 * expected)
    x = np.array(window, np.float32)[None, :, None]
    assert Network(config, weights).last(x)[0].item() == pytest.approx(expected, abs=1e-6)
    assert FastNetwork(config, weights)(tf.constant(x), last=True)[0].numpy().item() == pytest.approx(
        expected, abs=1e-6
    )


def test_a_gated_block_by_hand() -> None:
    config = ModelConfig(1, 1, units=1, encoder="wavenet", window=2)
    names = [
        *(f"input.{name}" for name in ("kernel", "bias")),
        *(f"blocks.0.{part}.{name}" for part in ("filter", "gate", "skip") for name in ("kernel", "bias")),
        *("head.kernel", "head.bias", "readout.kernel", "readout.bias"),
    ]
    assert list(config.shapes()) == names
    values = [[0.5, 2], [0.1], [-1, 0.7], [0.2], [0.3, -0.4], [0.6], [1.5], [0.25], [0.8], [0.05], [3], [-0.5]]
    shapes = config.shapes()
    weights = {key: np.array(value, np.float32).reshape(shapes[key]) for key, value in zip(names, values, strict=True)}
    # The window is 1, 3. Before it there is nothing: zeros, in front of each convolution.
    first, second = 2 * 1 + 0.1, 0.5 * 1 + 2 * 3 + 0.1
    outputs = []
    for past, now in ((0, first), (first, second)):
        gate = 1 / (1 + math.exp(-(0.3 * past - 0.4 * now + 0.6)))
        heard = 1.5 * math.tanh(-1 * past + 0.7 * now + 0.2) * gate + 0.25
        outputs.append(3 * max(0.8 * max(heard, 0) + 0.05, 0) - 0.5)
    x = np.array([[[1], [3]]], np.float32)
    np.testing.assert_allclose(Network(config, weights)(x)[0].ravel(), outputs, atol=1e-6)
    np.testing.assert_allclose(FastNetwork(config, weights)(tf.constant(x), last=True)[0], [[outputs[1]]], atol=1e-6)


@pytest.mark.parametrize(
    ("window", "expected"),
    [(1, [1]), (2, [1]), (3, [1, 2]), (4, [1, 2]), (5, [1, 2, 4]), (132, [2**k for k in range(8)])],
)
def test_dilations_double_until_they_cover_the_window(window: int, expected: list[int]) -> None:
    config = ModelConfig(1, 1, encoder="wavenet", window=window)
    assert dilations(config) == expected
    assert dilations(replace(config, layers=2)) == expected * 2


@pytest.mark.parametrize("layers", [1, 2])
def test_how_far_a_wavenet_sees(layers: int, random_weights: RandomWeights) -> None:
    config = ModelConfig(1, 1, units=8, layers=layers, encoder="wavenet", window=4)
    weights = {key: weight.astype(np.float64) for key, weight in random_weights(config.shapes()).items()}
    weights |= {key: np.full_like(weights[key], 2.0) for key in ("head.bias", "blocks.0.skip.bias")}  # no relu is shut
    network, time, moved = Network(config, weights), 16, 3
    x = np.random.default_rng(0).normal(size=(1, time, 1))
    other = x.copy()
    other[0, moved] += 1
    changed = np.flatnonzero((network(x)[0] != network(other)[0])[0, :, 0])
    # One step by the first convolution, 1 + 2 by each stack of dilations; nothing before the step that moved.
    assert changed.tolist() == list(range(moved, moved + 1 + 1 + 3 * layers))


def test_both_ways_of_a_palindrome_agree(random_weights: RandomWeights) -> None:
    config = make("bidirectional")
    weights = random_weights(config.shapes())
    forward = {key: weight for key, weight in weights.items() if ".forward." in key}
    weights |= {key.replace("forward", "backward"): weight for key, weight in forward.items()}
    weights["readout.kernel"] = np.eye(2 * UNITS, OUTPUTS, dtype=np.float32)  # the first way whole, the other's half
    weights["readout.bias"][:] = 0
    x = windows()
    outputs = Network(config, weights)(np.concatenate([x, x[:, ::-1]], axis=1))[0]
    np.testing.assert_allclose(outputs[:, :, UNITS:], outputs[:, ::-1, : OUTPUTS - UNITS], atol=1e-6)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_dropout_is_keyed_and_each_mask_another(encoder: str, random_weights: RandomWeights) -> None:
    config = replace(make(encoder, 2, decoder=2), dropout=0.4, recurrent_dropout=0.3)
    network, x = FastNetwork(config, random_weights(config.shapes())), tf.constant(windows())
    clean, dropped, again, other = (
        network(x, dropout_seed=None if key is None else tf.constant(key), last=True)[0].numpy()
        for key in (None, [1, 2], [1, 2], [2, 2])
    )
    assert np.array_equal(dropped, again)
    assert not np.array_equal(dropped, other)
    assert not np.array_equal(dropped, clean)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_first_weights(encoder: str) -> None:
    config = ModelConfig(
        30, 40, cell="lstm", units=20, layers=2, encoder=encoder, window=16, decoder=4, skip=2, dropout=0.1
    )
    weights = initial_weights(config, np.random.default_rng(0))
    assert {key: weight.shape for key, weight in weights.items()} == config.shapes()
    for key, weight in weights.items():
        part, name = key.rsplit(".", 1)
        if name == "recurrent_kernel":
            np.testing.assert_allclose(weight @ weight.T, np.eye(20), atol=1e-5)
        elif name == "bias" and part.startswith(("layers", "decoder")):
            np.testing.assert_array_equal(weight, np.repeat([0, 1, 0, 0], 20))  # Keras opens the forget gate
        elif name == "bias" or part == "skip":
            assert not weight.any()
        else:
            like = keras.initializers.GlorotUniform(seed=1)(weight.shape).numpy()
            assert weight.std() == pytest.approx(like.std(), rel=0.15)
            assert np.abs(weight).max() == pytest.approx(np.abs(like).max(), rel=0.05)


@pytest.mark.parametrize("encoder", ["cells", "bidirectional", "conv", "wavenet", "window"])
def test_what_they_cannot_do_is_refused(encoder: str, random_weights: RandomWeights) -> None:
    config = make(encoder, decoder=2)
    weights, x = random_weights(config.shapes()), windows()
    network, fast = Network(config, weights), FastNetwork(config, weights)
    assert network.initial_states(3) == []
    for refused in (
        lambda: network.last(x, [(np.zeros((3, UNITS), np.float32),)]),
        lambda: fast(tf.constant(x), [(tf.zeros((3, UNITS)),)], last=True),
    ):
        with pytest.raises(ValueError, match="carries no states"):
            refused()
    for refused in (lambda: network(x), lambda: fast(tf.constant(x))):
        with pytest.raises(ValueError, match="outputs for the whole window"):
            refused()
    if encoder == "window":
        with pytest.raises(ValueError, match="windows of 6 steps; this network reads 7"):
            network.last(x[:, 1:])


def test_other_networks_train_without_keras_on_any_device(
    random_weights: RandomWeights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tf.config, "list_logical_devices", lambda kind: ["a GPU"])
    for config in (make("conv"), make("cells", decoder=3)):
        assert isinstance(trainable_network(config, random_weights(config.shapes())), FastNetwork)


def test_each_encoder_has_its_twin_in_tensorflow() -> None:
    assert list(ENCODERS) == list(FAST_ENCODERS)


def test_a_decoder_repeats_no_window(random_weights: RandomWeights) -> None:
    # A run's settings may come from a stranger: 10,000 copies of this window would take 400 MB.
    config = ModelConfig(1, 10_000, cell="rnn", units=1, encoder="window", window=10_000, decoder=10_000)
    network, window = Network(config, random_weights(config.shapes())), np.zeros((1, 10_000, 1), np.float32)
    tracemalloc.start()
    outputs, _ = network.last(window)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert outputs.shape == (1, 10_000)
    assert peak < 10_000_000
