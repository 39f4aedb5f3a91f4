"""Training learns, stops where it must, and goes on bit for bit."""

import hashlib
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from chargen.cells import CELLS
from chargen.errors import CorpusError, DamagedRunError, OptionError, TrainingError
from chargen.network import ModelConfig, initial_weights
from chargen.network.keras_network import KerasNetwork
from chargen.randomness import Purpose, generator
from chargen.snapshot import Snapshot
from chargen.trainer import Progress, TrainConfig, Trainer, next_characters
from chargen.trainer.engine import Engine
from chargen.windows import EveryStep, NextSteps, Passages

ROOT = Path(__file__).parents[2]
IDS = np.random.default_rng(3).integers(0, 6, 3000).astype(np.int32)


def settings(cell: str = "gru", recipe: str = "stream", **options: Any) -> tuple[ModelConfig, TrainConfig]:
    model = ModelConfig(
        inputs=6, outputs=6, cell=cell, units=7, layers=options.pop("layers", 1), dropout=options.pop("dropout", 0.2)
    )
    return model, TrainConfig(recipe=recipe, **{"seqlen": 5, "batch_size": 8, "step": 5, "towers": 1} | options)


def trainer_of(model: ModelConfig, config: TrainConfig, ids: Any, snapshot: Snapshot | None = None) -> Trainer:
    return Trainer(model, config, next_characters(Passages.whole(ids), config), snapshot)


def pairs(windows: Any, config: TrainConfig) -> tuple[Any, Any]:
    """Inputs and targets of windows with a character more, int32 (n, batch, seqlen + 1)."""
    return windows[..., :-1], windows[..., -1] if config.recipe == "classic" else windows[..., 1:]


ZEROS = np.zeros((1, 8, 6), np.int32)


def same(first: Snapshot, second: Snapshot) -> bool:
    groups = [(getattr(first, name), getattr(second, name)) for name in ("weights", "optimizer", "carry")]
    return first.loss_sum == second.loss_sum and all(
        a.keys() == b.keys() and all(np.array_equal(a[key], b[key]) for key in a) for a, b in groups
    )


# What a cell carries from window to window matters to streams alone; classic windows try one and two states.
BOTH_RECIPES = [*((cell, "stream") for cell in CELLS), ("lstm", "classic"), ("jordan", "classic")]


@pytest.mark.parametrize("cell", ["lstm", "jordan"])
def test_documents_are_learnt_apart(cell: str) -> None:
    model, config = settings(cell, layers=2, dropout=0.0, clip_norm=0.0, optimizer="sgd", warmup=0, towers=2)
    lengths = [12, 1, 7, 30, 3]
    ends = np.cumsum(lengths)
    spans = np.stack([ends - lengths, ends], axis=1)
    start = Snapshot(dict(initial_weights(model, np.random.default_rng(5))))
    examples = next_characters(Passages(IDS[: ends[-1]], spans), config, separate=True)
    assert examples.batch == 1
    starts = examples.order(np.random.default_rng(0))[:]
    trainer = Trainer(model, config, examples, start)
    trained = trainer.run(1)
    # The same windows in the same order, without their unknown ends, and every document's state begun by hand.
    order = examples.order(generator(config.random_seed, Purpose.ORDER, 0))[:].ravel()
    weights, carry = start.weights, dict[str, Any]()
    slots: dict[str, Any] = {}
    for first in order:
        document = int(np.searchsorted(ends, first, side="right"))
        window = IDS[first : min(first + config.seqlen + 1, ends[document])][None, None]
        if first - spans[document, 0] < config.seqlen:
            carry = {}
        example = window[..., :-1], window[..., 1:]
        engine = Engine(model, config, example, Snapshot(weights, slots, carry))
        engine.run(example, np.full(1, config.learning_rate, np.float32))
        after = engine.snapshot(0.0)
        weights, slots, carry = after.weights, after.optimizer, after.carry
    assert len(order) == starts.size == 12
    for key, weight in trained.weights.items():
        np.testing.assert_allclose(weight, weights[key], atol=2e-6, err_msg=key)


@pytest.mark.parametrize(("cell", "recipe"), BOTH_RECIPES)
def test_going_on_from_a_snapshot_equals_never_having_stopped(cell: str, recipe: str) -> None:
    model, config = settings(cell, recipe, layers=2 if recipe == "stream" else 1)
    trainer = trainer_of(model, config, IDS)
    whole = [trainer.run(iteration) for iteration in (1, 2, 3)]
    again = trainer_of(model, config, IDS, whole[0])
    assert same(again.run(2), whole[1])
    assert same(again.run(3), whole[2])
    assert not same(whole[1], whole[2])


@pytest.mark.parametrize("recipe", ["stream", "classic"])
def test_both_networks_train_alike(recipe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, config = settings("gru", recipe, layers=2 if recipe == "stream" else 1, seqlen=4)
    model = replace(model, recurrent_dropout=0.3)
    fast = trainer_of(model, config, IDS[:1500]).run(1)
    monkeypatch.setattr("chargen.trainer.engine.trainable_network", KerasNetwork)
    keras_own = trainer_of(model, config, IDS[:1500]).run(1)
    assert fast.loss_sum == pytest.approx(keras_own.loss_sum, rel=1e-5)
    for key, weight in fast.weights.items():
        np.testing.assert_allclose(weight, keras_own.weights[key], atol=1e-4, err_msg=key)


class StoppedError(Exception):
    pass


@pytest.mark.parametrize(
    ("recipe", "optimizer", "towers"), [("stream", "adam", 2), ("classic", "rmsprop", 1), ("stream", "sgd", 1)]
)
def test_going_on_within_an_iteration_equals_never_having_stopped(
    recipe: str, optimizer: str, towers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chargen.trainer.trainer.STRETCH_SECONDS", 0)  # progress after every batch
    model, config = settings(recipe=recipe, optimizer=optimizer, towers=towers, epochs=2)
    whole = trainer_of(model, config, IDS).run(1)

    def stop(progress: Progress) -> None:
        if progress.done >= progress.total // 2 + 2:
            raise StoppedError

    trainer = trainer_of(model, config, IDS)
    with pytest.raises(StoppedError):
        trainer.run(1, stop)
    middle = trainer.snapshot()
    assert 0 < middle.batches < whole.batches
    assert same(trainer_of(model, config, IDS, middle).run(1), whole)


def test_a_snapshot_is_a_copy() -> None:
    model, config = settings("rnn")
    trainer = trainer_of(model, config, IDS)
    snapshot = trainer.run(1)
    before = snapshot.weights["readout.bias"].copy()
    trainer.run(2)
    assert np.array_equal(snapshot.weights["readout.bias"], before)


def test_another_random_seed_gives_other_weights() -> None:
    model, config = settings("rnn")
    _, other = settings(random_seed=1)
    assert not same(trainer_of(model, config, IDS).run(1), trainer_of(model, other, IDS).run(1))


@pytest.mark.parametrize(("cell", "recipe"), BOTH_RECIPES)
def test_a_small_pattern_is_learnt(cell: str, recipe: str) -> None:
    pattern = np.tile(np.array([0, 1, 0, 2, 3, 0], np.int32), 100)  # what follows 0 depends on what came before it
    model = ModelConfig(inputs=4, outputs=4, cell=cell, units=16)
    config = TrainConfig(recipe=recipe, seqlen=6, batch_size=8, epochs=15, learning_rate=0.02, towers=1)
    trainer = trainer_of(model, config, pattern)
    assert trainer.run(1).loss_sum / trainer.examples.batches < 0.1


def test_one_step_equals_keras_model_in_eager_mode() -> None:
    model, config = settings("lstm", dropout=0.0, clip_norm=0.0)
    trainer = trainer_of(model, config, IDS)
    start = trainer.snapshot()
    windows = np.random.default_rng(0).integers(0, 6, (2, 8, 6)).astype(np.int32)
    engine = Engine(model, config, pairs(windows, config), start)
    engine.run(pairs(windows, config), np.full(2, 0.01, np.float32))
    # The same two steps written with Keras' fit-style pieces: states carried, not differentiated through.
    network, oracle = KerasNetwork(model, start.weights), keras.optimizers.Adam(0.01, beta_2=0.99)
    states: Any = None
    losses = []
    for window in windows:
        with tf.GradientTape() as tape:
            outputs, states = network(tf.constant(window[:, :-1]), states)
            loss = tf.reduce_mean(
                keras.losses.sparse_categorical_crossentropy(window[:, 1:], outputs, from_logits=True)
            )
        variables = network.trainable_variables
        gradients = tape.gradient(loss, [variable.value for variable in variables])
        oracle.apply_gradients(zip(gradients, variables, strict=True))
        losses.append(float(loss))
    trained = engine.snapshot(0)
    for key, variable in network.parameters().items():
        np.testing.assert_allclose(trained.weights[key], variable.numpy(), atol=2e-5)
    assert trained.loss_sum == pytest.approx(sum(losses), rel=1e-5)
    np.testing.assert_allclose(trained.carry["layers.0.c"], states[0][1].numpy(), atol=1e-5)


def test_classic_learns_the_one_character_after_a_window() -> None:
    model, config = settings("rnn", "classic", dropout=0.0)
    start = trainer_of(model, config, IDS).snapshot()
    window = np.arange(1, 8 * 6 + 1, dtype=np.int32).reshape(1, 8, 6) % 5
    engine = Engine(model, config, pairs(window, config), start)
    engine.run(pairs(window, config), np.full(1, 0.01, np.float32))
    outputs, _ = KerasNetwork(model, start.weights)(tf.constant(window[0, :, :-1]))
    expected = keras.losses.sparse_categorical_crossentropy(window[0, :, -1], outputs[:, -1], from_logits=True)
    assert engine.loss_sum == pytest.approx(float(tf.reduce_mean(expected)), rel=1e-5)


def test_gradients_are_clipped_to_the_global_norm() -> None:
    model, config = settings("rnn", optimizer="sgd", momentum=0.0, clip_norm=0.001, dropout=0.0)
    start = trainer_of(model, config, IDS).snapshot()
    engine = Engine(model, config, pairs(ZEROS, config), start)
    engine.run(pairs(ZEROS, config), np.ones(1, np.float32))
    moved = engine.snapshot(0).weights
    norm = np.sqrt(float(sum(np.square(moved[key] - start.weights[key]).sum() for key in moved)))
    assert norm == pytest.approx(0.001, rel=1e-3)


def test_weight_decay_shrinks_kernels_apart_from_the_gradient() -> None:
    plain, decaying = (
        settings("gru", optimizer="sgd", momentum=0.0, dropout=0.0, weight_decay=decay) for decay in (0.0, 0.5)
    )
    start = trainer_of(*plain, IDS).snapshot()
    moved = []
    for model, config in (plain, decaying):
        engine = Engine(model, config, pairs(ZEROS, config), start)
        engine.run(pairs(ZEROS, config), np.full(1, 0.1, np.float32))
        moved.append(engine.snapshot(0).weights)
    for key, weight in start.weights.items():
        share = 0.1 * 0.5 if key.endswith("kernel") else 0.0
        np.testing.assert_allclose(moved[1][key], moved[0][key] - share * weight, atol=1e-6, err_msg=key)


@pytest.mark.parametrize("recipe", ["stream", "classic"])
def test_the_schedule_sets_the_pace(recipe: str) -> None:
    model, config = settings("rnn", recipe, schedule="plateau", warmup=0)
    trainer = trainer_of(model, config, IDS)
    first = trainer.run(1)
    slow, fast = (trainer_of(model, config, IDS, first).run(2, losses=losses) for losses in ([1.0, 2.0] * 20, [1.0]))
    distance = {
        name: max(np.abs(after.weights[key] - first.weights[key]).max() for key in first.weights)
        for name, after in (("slow", slow), ("fast", fast))
    }
    assert distance["slow"] < distance["fast"] / 20
    assert trainer.learning_rate(2, [1.0, 2.0]) == pytest.approx(config.learning_rate / 2)


def test_dropout_drops_its_share_in_training_only() -> None:
    model = ModelConfig(inputs=3, outputs=3, cell="rnn", units=400, dropout=0.4)
    shapes = model.shapes()
    network = KerasNetwork(model, {key: np.ones(shape, np.float32) * 0.01 for key, shape in shapes.items()})
    ids = tf.zeros((20, 5), tf.int32)
    clean, _ = network(ids)
    dropped, _ = network(ids, dropout_seed=tf.constant([1, 2]))
    again, _ = network(ids, dropout_seed=tf.constant([1, 2]))
    other, _ = network(ids, dropout_seed=tf.constant([2, 2]))
    assert np.array_equal(dropped, again)
    assert not np.array_equal(dropped, other)
    assert not np.array_equal(dropped, clean)
    np.testing.assert_allclose(np.mean(dropped), np.mean(clean), rtol=0.02)


def test_a_loss_that_is_no_number_stops_training() -> None:
    model, config = settings("lstm", optimizer="sgd", learning_rate=3e38, clip_norm=0.0)
    with pytest.raises(TrainingError, match=r"the loss became (nan|inf) in iteration 1: lower --learning-rate"):
        trainer_of(model, config, IDS).run(1)


def test_a_training_part_without_room_for_a_window() -> None:
    model, config = settings()
    with pytest.raises(CorpusError, match="need 6"):
        trainer_of(model, config, IDS[:5])
    trainer_of(model, config, IDS[:6]).run(1)


def test_progress_ends_at_the_last_batch() -> None:
    model, config = settings("rnn", epochs=2)
    seen: list[Progress] = []
    trainer = trainer_of(model, config, IDS)
    trainer.run(1, seen.append)
    assert seen[-1].done == seen[-1].total == 2 * trainer.examples.batches
    assert [progress.done for progress in seen] == sorted(progress.done for progress in seen)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("weights", {"readout.bias": np.zeros(7, np.float32)}),
        ("weights", {"readout.bias": np.zeros(6, np.float16)}),
        ("weights", {"layers.7.kernel": np.zeros(6, np.float32)}),
        ("optimizer", {"readout.bias.m": np.zeros((6, 1), np.float32)}),
        ("optimizer", {"m": np.zeros(6, np.float32)}),
        ("carry", {"layers.0.h": np.zeros((1000, 7), np.float32)}),
        ("batches", 10**30),
        ("batches", -1),
    ],
)
def test_a_state_of_another_network_is_refused(name: str, change: Any) -> None:
    model, config = settings()
    start = trainer_of(model, config, IDS).snapshot()
    changed = getattr(start, name) | change if isinstance(change, dict) else change
    with pytest.raises(DamagedRunError, match=name):
        trainer_of(model, config, IDS, replace(start, **{name: changed}))
    weights = {key: value for key, value in start.weights.items() if key != "readout.bias"}
    with pytest.raises(DamagedRunError, match=r"readout.bias missing"):
        trainer_of(model, config, IDS, replace(start, weights=weights))


SERIES = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)


def steps(starts: int = 40, batch: int = 8) -> NextSteps:
    return NextSteps(SERIES, np.arange(starts), seqlen=5, batch_size=batch, truth=SERIES[:, :1], horizon=3)


def forecasting(cell: str = "gru", skip: int = 5, **options: Any) -> tuple[ModelConfig, TrainConfig]:
    model = ModelConfig(inputs=2, outputs=3, cell=cell, units=4, skip=skip)
    small: dict[str, Any] = {"seqlen": 5, "batch_size": 8, "warmup": 0, "towers": 1, "clip_norm": 0.0}
    return model, TrainConfig(**{"recipe": "classic"} | small | options)


@pytest.mark.parametrize("towers", [1, 2])
@pytest.mark.parametrize("cell", CELLS)
def test_a_step_on_numbers_equals_keras_mean_squared_error(cell: str, towers: int) -> None:
    model, config = forecasting(cell, towers=towers, optimizer="sgd", momentum=0.0)
    start = Trainer(model, config, steps()).snapshot()
    start.weights["skip.kernel"][:] = np.random.default_rng(1).normal(size=(10, 3))
    inputs, targets = steps().cut(np.arange(8)[None])
    engine = Engine(model, config, (inputs, targets), start)
    engine.run((inputs, targets), np.full(1, 0.1, np.float32))
    trained = engine.snapshot(0)
    network = KerasNetwork(model, start.weights)
    with tf.GradientTape() as tape:
        outputs, _ = network(tf.constant(inputs[0]), last=True)
        loss = tf.reduce_mean(keras.losses.MeanSquaredError()(targets[0], outputs))
    gradients = tape.gradient(loss, network.parameters())
    assert trained.loss_sum == pytest.approx(float(loss), rel=1e-5)
    for key, gradient in gradients.items():
        np.testing.assert_allclose(trained.weights[key], start.weights[key] - 0.1 * gradient, atol=2e-6, err_msg=key)


def test_frozen_weights_stay_and_the_others_learn() -> None:
    model, config = forecasting(frozen=("skip.kernel", "readout.bias"), weight_decay=0.5)
    start = Trainer(model, config, steps()).snapshot()
    start.weights["skip.kernel"][:] = 0.5
    after = Trainer(model, config, steps(), start).run(1)
    for key, weight in start.weights.items():
        assert np.array_equal(after.weights[key], weight) == (key in config.frozen), key
    assert not any(key.startswith(config.frozen) for key in after.optimizer)
    again = Trainer(model, config, steps(), after).run(2)
    whole = Trainer(model, config, steps(), start)
    whole.run(1)
    assert same(whole.run(2), again)


def test_frozen_are_keys() -> None:
    with pytest.raises(OptionError, match=r"frozen is 'skip.kernel'; it takes keys of weights"):
        forecasting(frozen="skip.kernel")


def test_a_restarted_trainer_learns_what_a_new_one_does() -> None:
    model, config = forecasting("lstm", optimizer="adam")
    model = replace(model, dropout=0.3, recurrent_dropout=0.2)
    other = replace(config, random_seed=4, learning_rate=0.05, epochs=2, iterations=3, warmup=3, schedule="cosine")
    first = Trainer(model, config, steps())
    middle = first.run(1)
    starts = [Trainer(model, train, steps()).snapshot() for train in (config, other)]
    for train, examples, snapshot in (
        (other, steps(24), starts[1]),
        (config, steps(), starts[0]),
        (config, steps(), middle),
    ):
        assert first.fits(model, train, examples)
        first.restart(train, examples, snapshot)
        new = Trainer(model, train, examples, snapshot)
        iteration = 2 if snapshot is middle else 1
        assert same(first.run(iteration), new.run(iteration))


@pytest.mark.parametrize(
    "change",
    [
        {"optimizer": "sgd"},
        {"clip_norm": 1.0},
        {"weight_decay": 0.1},
        {"momentum": 0.5},
        {"frozen": ("skip.kernel",)},
        {"towers": 2},
        {"seqlen": 6},
        {"recipe": "stream"},
    ],
)
def test_what_is_compiled_has_to_fit(change: dict[str, Any]) -> None:
    model, config = forecasting()
    trainer = Trainer(model, config, steps())
    assert trainer.fits(model, replace(config, random_seed=9, iterations=3), steps(30))
    assert not trainer.fits(model, replace(config, **change), steps())
    assert not trainer.fits(replace(model, units=5), config, steps())
    assert not trainer.fits(model, config, steps(batch=4))
    assert not trainer.fits(model, config, every_step(np.zeros((60, 3), np.float32)))
    unknown = SERIES[:, :1].copy()
    unknown[9] = np.nan
    assert not trainer.fits(model, config, replace(steps(), truth=unknown))
    with pytest.raises(DamagedRunError, match="the weights do not fit the settings"):
        trainer.restart(config, steps(), Snapshot({}))


def every_step(ahead: Any, starts: Any = None, shuffled: bool = True) -> EveryStep:
    return EveryStep(SERIES, np.arange(40) if starts is None else starts, 5, 8, ahead, shuffled=shuffled)


@pytest.mark.parametrize("towers", [1, 2])
@pytest.mark.parametrize("gaps", [False, True])
def test_a_step_on_every_step_equals_keras_masked_mean_squared_error(towers: int, gaps: bool) -> None:
    model, config = forecasting("gru", skip=0, towers=towers, optimizer="sgd", momentum=0.0)
    ahead = np.random.default_rng(2).normal(size=(60, 3)).astype(np.float32)
    if gaps:
        ahead[[2, 3, 9]] = np.nan
        ahead[5, 1] = np.nan
    examples = every_step(ahead)
    start = Trainer(model, config, examples).snapshot()
    inputs, targets = examples.cut(np.arange(8)[None])
    engine = Engine(model, config, (inputs, targets), start, examples.gaps)
    engine.run((inputs, targets), np.full(1, 0.1, np.float32))
    trained = engine.snapshot(0)
    network = KerasNetwork(model, start.weights)
    known = np.isfinite(targets[0])
    with tf.GradientTape() as tape:
        outputs, _ = network(tf.constant(inputs[0]))
        difference = tf.boolean_mask(outputs, known) - targets[0][known]
        loss = tf.reduce_mean(tf.square(difference))
    gradients = tape.gradient(loss, network.parameters())
    assert trained.loss_sum == pytest.approx(float(loss), rel=1e-5)
    for key, gradient in gradients.items():
        np.testing.assert_allclose(trained.weights[key], start.weights[key] - 0.1 * gradient, atol=2e-6, err_msg=key)


def test_a_batch_without_a_known_target_changes_nothing() -> None:
    model, config = forecasting("gru", skip=0, optimizer="sgd", momentum=0.0)
    trainer = Trainer(model, config, every_step(np.full((60, 3), np.nan, np.float32)))
    start = trainer.snapshot()
    after = trainer.run(1)
    assert after.loss_sum == 0
    for key, weight in start.weights.items():
        np.testing.assert_array_equal(after.weights[key], weight)


def online(**options: Any) -> tuple[ModelConfig, TrainConfig, NextSteps]:
    given: dict[str, Any] = {"recipe": "online", "batch_size": 1, "optimizer": "sgd", "learning_rate": 0.02} | options
    model, config = forecasting("lstm", **given)
    return model, config, NextSteps(SERIES, np.arange(40), 5, 1, SERIES[:, :1], 3, shuffled=False)


def test_online_learning_is_a_keras_step_after_every_sample_with_the_state_carried_along() -> None:
    model, config, examples = online(momentum=0.0)
    trainer = Trainer(model, config, examples)
    network = KerasNetwork(model, trainer.snapshot().weights)
    after = trainer.run(1)
    states: Any = None
    for start in range(40):
        window, truth = tf.constant(SERIES[None, start : start + 5]), SERIES[start + 5 : start + 8, :1].reshape(1, 3)
        with tf.GradientTape() as tape:
            outputs, _ = network(window, states, last=True)
            loss = tf.reduce_mean(tf.square(truth - outputs))
        gradients = tape.gradient(loss, network.parameters())
        _, states = network(window[:, :1], states)
        for key, variable in network.parameters().items():
            variable.assign_sub(0.02 * gradients[key])
    for key, variable in network.parameters().items():
        np.testing.assert_allclose(after.weights[key], variable.numpy(), atol=1e-4, err_msg=key)
    for name, state in zip("hc", states[0], strict=True):
        np.testing.assert_allclose(after.carry[f"layers.0.{name}"], state, atol=1e-4)


def test_online_learning_goes_on_from_a_snapshot_bit_for_bit() -> None:
    model, config, examples = online(optimizer="adam")
    trainer = Trainer(model, config, examples)
    middle, end = trainer.run(1), trainer.run(2)
    assert same(Trainer(model, config, examples, middle).run(2), end)


def test_updates_learn_newer_examples_with_all_that_was_carried() -> None:
    model, config, examples = online(optimizer="adam", warmup=0, schedule="constant")
    trainer = Trainer(model, config, replace(examples, starts=np.arange(40)))
    whole = trainer.run(1)
    first = Trainer(model, config, replace(examples, starts=np.arange(25)))
    first.run(1)
    updated = first.update(replace(examples, starts=np.arange(25, 40)), config.learning_rate)
    for key, weight in whole.weights.items():
        np.testing.assert_array_equal(updated.weights[key], weight, err_msg=key)


LONG = np.random.default_rng(5).normal(size=(120, 1)).astype(np.float32)


def long_windows(units: int = 4, batch: int = 8, dropout: float = 0.0) -> tuple[ModelConfig, TrainConfig, NextSteps]:
    model = ModelConfig(1, 2, "gru", units=units, skip=50, dropout=dropout, recurrent_dropout=dropout)
    config = TrainConfig(recipe="classic", seqlen=50, batch_size=batch, warmup=0, towers=2)
    return model, config, NextSteps(LONG, np.arange(68), 50, batch, LONG, 2)


def test_long_windows_go_on_bit_for_bit() -> None:
    model, config, examples = long_windows(dropout=0.2)
    trainer = Trainer(model, config, examples)
    middle, end = trainer.run(1), trainer.run(2)
    assert same(Trainer(model, config, examples, middle).run(2), end)
    assert not same(middle, end)


def test_long_windows_learn_as_in_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    model, config, examples = long_windows()
    middle = Trainer(model, config, examples).run(1)
    monkeypatch.setattr("chargen.trainer.engine.trainable_network", KerasNetwork)
    automatic = Trainer(model, config, examples).run(1)
    assert middle.loss_sum == pytest.approx(automatic.loss_sum, rel=1e-5)
    for key, weight in middle.weights.items():
        np.testing.assert_allclose(weight, automatic.weights[key], atol=1e-4, err_msg=key)


def digest_of_long_windows() -> str:
    """Train, and sum the weights up."""
    weights = Trainer(*long_windows(64, 32)).run(1).weights
    return hashlib.sha256(b"".join(weights[key].tobytes() for key in sorted(weights))).hexdigest()


# Numbers that no process chooses by itself, neither for its cores nor for its towers.
OTHER_THREADS = """
import os
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import tensorflow as tf
tf.config.threading.set_intra_op_parallelism_threads(3)
tf.config.threading.set_inter_op_parallelism_threads(5)
from tests.trainer.test_trainer import digest_of_long_windows
print(digest_of_long_windows())
"""


def test_the_number_of_threads_does_not_decide_the_bits() -> None:
    command = [sys.executable, "-c", OTHER_THREADS]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout == f"{digest_of_long_windows()}\n"
