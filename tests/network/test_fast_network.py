"""The network that trains on processors: same outputs as Keras', right gradients, states and dropout."""

from collections.abc import Callable
from functools import partial
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from chargen.cells import ACTIVATIONS, CELLS
from chargen.cells.sequences import SEQUENCES
from chargen.cells.walks import loops
from chargen.network import ModelConfig, Network, initial_weights
from chargen.network.fast_network import FastNetwork
from chargen.network.keras_network import KerasNetwork
from chargen.network.trainable import trainable_network

RandomWeights = Callable[..., dict[str, Any]]
INPUTS, OUTPUTS, UNITS = 5, 3, 4


def gradients(
    network: Any, ids: Any, targets: Any, states: Any, owner: Any = None, compiled: bool = False
) -> tuple[Any, Any, Any]:
    variables = (owner or network).parameters()

    def run() -> Any:
        with tf.GradientTape() as tape:
            outputs, after = network(ids, states)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(targets, outputs))
        return outputs, after, tape.gradient(loss, variables)

    outputs, after, found = tf.function(run)() if compiled else run()
    return outputs.numpy(), tf.nest.flatten(after), {key: tf.convert_to_tensor(value) for key, value in found.items()}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=4)
@given(layers=st.integers(1, 3), time=st.integers(1, 12), batch=st.integers(1, 16), seed=st.integers(0, 99))
@example(layers=1, time=1, batch=1, seed=0)
@example(layers=2, time=100, batch=3, seed=1)
@pytest.mark.parametrize("cell", SEQUENCES)
def test_outputs_states_and_gradients_equal_automatic_ones(
    cell: str, layers: int, time: int, batch: int, seed: int, random_weights: RandomWeights
) -> None:
    config = ModelConfig(inputs=INPUTS, outputs=OUTPUTS, cell=cell, units=UNITS, layers=layers)
    weights = random_weights(config.shapes(), seed)
    generator = np.random.default_rng(seed)
    ids = tf.constant(generator.integers(0, INPUTS, (batch, time)), tf.int32)
    targets = tf.constant(generator.integers(0, OUTPUTS, (batch, time)), tf.int32)
    states = [
        [tf.constant(generator.standard_normal((batch, UNITS)), tf.float32) for _ in CELLS[cell].states]
        for _ in range(layers)
    ]
    ours = gradients(FastNetwork(config, weights), ids, targets, states)
    automatic = gradients(KerasNetwork(config, weights), ids, targets, states)
    np.testing.assert_allclose(ours[0], automatic[0], rtol=1e-5, atol=1e-5)
    for state, other in zip(ours[1], automatic[1], strict=True):
        np.testing.assert_allclose(state, other, rtol=1e-5, atol=1e-5)
    for key, gradient in ours[2].items():
        np.testing.assert_allclose(gradient, automatic[2][key], rtol=1e-4, atol=1e-6, err_msg=key)


@pytest.mark.parametrize(
    ("masked", "carried", "only_last"),
    [(False, False, False), (False, True, True), (True, False, True), (True, True, False)],  # each pair of settings
)
@pytest.mark.parametrize("cell", SEQUENCES)
def test_gradients_equal_finite_differences_in_float64(cell: str, masked: bool, carried: bool, only_last: bool) -> None:
    generator = np.random.default_rng(1)
    time, batch = 5, 2
    shapes = CELLS[cell].shapes(1, UNITS)
    values = {
        "projected": generator.standard_normal((time, batch, CELLS[cell].gates * UNITS)),
        **{name: generator.standard_normal(shape) * 0.5 for name, shape in shapes.items() if name != "kernel"},
    }
    some = tuple(tf.constant(generator.standard_normal((batch, UNITS))) for _ in CELLS[cell].states)
    states = some if carried else None
    mask = tf.constant(generator.integers(0, 2, (batch, UNITS)) * 2.0) if masked else None
    mix, mix_last = tf.split(tf.constant(generator.standard_normal((time + 1, batch, UNITS))), [time, 1])

    def loss(values: dict[str, Any]) -> Any:
        outputs, after = SEQUENCES[cell](values["projected"], states, values, mask, only_last)
        return tf.reduce_sum(outputs * (mix[-1] if only_last else mix)) + tf.reduce_sum(after[0] * mix_last[0])

    tensors = {name: tf.constant(value) for name, value in values.items()}
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        found = loss(tensors)
    analytic = tape.gradient(found, tensors)
    # The bias is in what is projected, but for the GRU's second row.
    for name in [name for name in tensors if name != "bias" or cell == "gru"]:
        for place in list(np.ndindex(values[name].shape))[:: 5 if values[name].ndim > 1 and name != "bias" else 1]:
            nudged = {}
            for sign in (1, -1):
                moved = values[name].copy()
                moved[place] += sign * 1e-6
                nudged[sign] = float(loss({**tensors, name: tf.constant(moved)}))
            numeric = (nudged[1] - nudged[-1]) / 2e-6
            assert float(analytic[name][place]) == pytest.approx(numeric, rel=1e-5, abs=1e-7), (name, place)


@pytest.mark.parametrize("cell", SEQUENCES)
def test_numbers_enter_as_characters_do(cell: str, random_weights: RandomWeights) -> None:
    config = ModelConfig(inputs=INPUTS, outputs=OUTPUTS, cell=cell, units=UNITS, layers=2)
    network = FastNetwork(config, random_weights(config.shapes()))
    ids = tf.constant([[0, 3, 2, 2, 1]])
    np.testing.assert_allclose(network(tf.one_hot(ids, INPUTS))[0], network(ids)[0], atol=1e-6)


@pytest.mark.parametrize("cell", SEQUENCES)
def test_dropout_and_its_gradients_equal_automatic_ones(cell: str, random_weights: RandomWeights) -> None:
    config = ModelConfig(INPUTS, OUTPUTS, cell=cell, units=UNITS, layers=2, dropout=0.4, recurrent_dropout=0.5)
    weights = random_weights(config.shapes())
    generator = np.random.default_rng(0)
    ids = tf.constant(generator.integers(0, INPUTS, (16, 4)), tf.int32)
    targets = tf.constant(generator.integers(0, OUTPUTS, (16, 4)), tf.int32)
    key = tf.constant([3, 4])
    states = [
        [tf.constant(generator.standard_normal((16, UNITS)), tf.float32) for _ in CELLS[cell].states] for _ in range(2)
    ]
    fast = FastNetwork(config, weights)
    networks: list[Any] = [fast, KerasNetwork(config, weights)]
    ours, automatic = (
        # Ours compiled, as training runs it; the oracle step by step, a fraction of the time it takes to compile.
        gradients(partial(network, dropout_seed=key), ids, targets, states, network, compiled=network is fast)
        for network in networks
    )
    clean, _ = fast(ids, states)
    np.testing.assert_allclose(ours[0], automatic[0], rtol=1e-5, atol=1e-5)
    assert np.abs(ours[0] - clean).max() > 0.01
    for gradient in ours[2]:
        np.testing.assert_allclose(ours[2][gradient], automatic[2][gradient], rtol=1e-4, atol=1e-6, err_msg=gradient)


@pytest.mark.parametrize("kind", [FastNetwork, KerasNetwork])
def test_recurrent_dropout_drops_the_same_units_at_every_step(kind: Any) -> None:
    # The kernels pass a constant on: what is dropped once is dropped always, so a row's outputs are one of two paths.
    config = ModelConfig(1, 1, cell="rnn", units=1, activation="tanh", recurrent_dropout=0.5)
    weights = {key: np.ones(shape, np.float32) for key, shape in config.shapes().items()}
    outputs, _ = kind(config, weights)(tf.zeros((200, 8), tf.int32), None, tf.constant([1, 2]))
    rows = {tuple(np.round(row, 5)) for row in outputs[:, :, 0].numpy()}
    assert len(rows) == 2


@pytest.mark.parametrize("kind", [FastNetwork, KerasNetwork])
def test_the_last_step_alone(kind: Any, random_weights: RandomWeights) -> None:
    config = ModelConfig(INPUTS, OUTPUTS, cell="gru", units=UNITS, layers=2)
    network = kind(config, random_weights(config.shapes()))
    ids = tf.constant([[0, 3, 2], [1, 1, 4]])
    np.testing.assert_allclose(network(ids, last=True)[0], network(ids)[0][:, -1], atol=1e-6)


@pytest.mark.parametrize("time", [1, 4])
@pytest.mark.parametrize("cell", SEQUENCES)
def test_from_zero_states_to_the_last_step_alone(cell: str, time: int, random_weights: RandomWeights) -> None:
    config = ModelConfig(INPUTS, OUTPUTS, cell=cell, units=UNITS, layers=2, dropout=0.3, recurrent_dropout=0.3)
    weights = random_weights(config.shapes())
    ids = tf.constant(np.random.default_rng(0).integers(0, INPUTS, (6, time)), tf.int32)
    targets = tf.constant([0, 1, 2, 0, 1, 2])
    fast = FastNetwork(config, weights)
    networks: list[Any] = [fast, KerasNetwork(config, weights)]
    ours, automatic = (
        gradients(
            partial(network, dropout_seed=tf.constant([5, 6]), last=True),
            ids,
            targets,
            None,
            network,
            compiled=network is fast,
        )
        for network in networks
    )
    np.testing.assert_allclose(ours[0], automatic[0], rtol=1e-5, atol=1e-5)
    for key, gradient in ours[2].items():
        np.testing.assert_allclose(gradient, automatic[2][key], rtol=1e-4, atol=1e-6, err_msg=key)


# The series wing's tests learn by heart with every cell.
def test_a_tiny_series_is_learnt_by_heart() -> None:
    config = ModelConfig(inputs=1, outputs=1, cell="gru", units=16)
    network = FastNetwork(config, initial_weights(config, np.random.default_rng(0)))
    times = np.arange(40)
    series = tf.constant(0.5 * np.sin(times / 2) + 0.2 * np.sin(times * 1.3), tf.float32)
    windows = tf.stack([series[start : start + 12] for start in range(28)])[..., None]
    variables, optimizer = list(network.parameters().values()), keras.optimizers.Adam(0.01)

    @tf.function
    def step() -> Any:
        with tf.GradientTape() as tape:
            outputs, _ = network(windows, last=True)
            loss = tf.reduce_mean(tf.square(outputs - series[12:, None]))
        optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))
        return loss

    losses = [float(step()) for _ in range(300)]
    assert losses[0] > 0.1
    assert losses[-1] < 3e-4


def test_dropout_is_keyed(random_weights: RandomWeights) -> None:
    config = ModelConfig(inputs=INPUTS, outputs=OUTPUTS, cell="gru", units=200, dropout=0.5)
    network = FastNetwork(config, random_weights(config.shapes(), scale=0.1))
    ids = tf.zeros((4, 6), tf.int32)
    clean, dropped, again, other = (
        network(ids, dropout_seed=None if key is None else tf.constant(key))[0].numpy()
        for key in (None, [1, 2], [1, 2], [2, 2])
    )
    assert np.array_equal(dropped, again)
    assert not np.array_equal(dropped, other)
    assert not np.array_equal(dropped, clean)


def test_the_choice_of_network(random_weights: RandomWeights) -> None:
    fast = ModelConfig(inputs=2, outputs=2, cell="gru", units=3)
    assert isinstance(trainable_network(fast, random_weights(fast.shapes())), FastNetwork)
    other = ModelConfig(inputs=2, outputs=2, cell="gru", units=3, activation="relu")
    assert isinstance(trainable_network(other, random_weights(other.shapes())), KerasNetwork)


@pytest.mark.parametrize("output_activation", ACTIVATIONS)
@pytest.mark.parametrize("skip", [0, 4])
@pytest.mark.parametrize("cell", SEQUENCES)
def test_skip_connections_and_output_activations_equal_keras_and_numpy(
    cell: str, skip: int, output_activation: str, random_weights: RandomWeights
) -> None:
    config = ModelConfig(
        inputs=2, outputs=3, cell=cell, units=UNITS, layers=2, skip=skip, output_activation=output_activation
    )
    weights = random_weights(config.shapes(), scale=0.6)
    windows = np.random.default_rng(0).normal(size=(7, 6, 2)).astype(np.float32)
    expected, _ = Network(config, weights).last(windows)
    for network in (FastNetwork(config, weights), KerasNetwork(config, weights)):
        outputs, _ = network(tf.constant(windows), last=True)
        np.testing.assert_allclose(outputs.numpy(), expected, rtol=1e-5, atol=1e-5)
        assert set(network.parameters()) == set(config.shapes())


@pytest.mark.parametrize("cell", SEQUENCES)
def test_gradients_through_a_skip_connection_equal_automatic_ones(cell: str, random_weights: RandomWeights) -> None:
    config = ModelConfig(inputs=2, outputs=3, cell=cell, units=UNITS, skip=5, output_activation="tanh")
    weights = random_weights(config.shapes())
    generator = np.random.default_rng(0)
    windows, truth = (tf.constant(generator.normal(size=shape), tf.float32) for shape in ((7, 6, 2), (7, 3)))
    found = []
    for network in (FastNetwork(config, weights), KerasNetwork(config, weights)):
        variables = network.parameters()
        with tf.GradientTape() as tape:
            outputs, _ = network(windows, last=True)
            loss = tf.reduce_mean(tf.square(outputs - truth))
        found.append(tape.gradient(loss, variables))
    for key, gradient in found[0].items():
        np.testing.assert_allclose(gradient, found[1][key], rtol=1e-4, atol=1e-6, err_msg=key)


@pytest.mark.parametrize(
    ("masked", "carried", "only_last"), [(False, False, True), (True, True, False)], ids=["bare", "everything"]
)
@pytest.mark.parametrize("cell", SEQUENCES)
def test_a_compiled_loop_is_what_is_written_out(cell: str, masked: bool, carried: bool, only_last: bool) -> None:
    generator = np.random.default_rng(1)
    time, batch = 7, 2
    values = {"projected": generator.standard_normal((time, batch, CELLS[cell].gates * UNITS)).astype(np.float32)}
    for name, shape in CELLS[cell].shapes(1, UNITS).items():
        values[name] = generator.standard_normal(shape).astype(np.float32) * 0.5
    some = tuple(tf.constant(generator.standard_normal((batch, UNITS)), tf.float32) for _ in CELLS[cell].states)
    mask = tf.constant(generator.integers(0, 2, (batch, UNITS)) * 2.0, tf.float32) if masked else None

    def run(tensors: dict[str, Any]) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(tensors)
            outputs, after = SEQUENCES[cell](tensors["projected"], some if carried else None, tensors, mask, only_last)
            loss = tf.reduce_sum(tf.sin(outputs)) + tf.reduce_sum(after[0] ** 2)
        return outputs, after, {key: each for key, each in tape.gradient(loss, tensors).items() if each is not None}

    tensors = {name: tf.constant(value) for name, value in values.items()}
    written = run(tensors)
    with loops():
        looped = tf.function(run, jit_compile=True, autograph=False)(tensors)
    for one, other in zip(tf.nest.flatten(looped), tf.nest.flatten(written), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)
