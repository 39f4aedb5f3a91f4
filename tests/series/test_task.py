"""What a network learns: windows of the training part alone, and least squares to start from."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import SeriesError
from chargen.network import ModelConfig, Network
from chargen.series.linear import Linear, LinearRecursive
from chargen.series.model import Model
from chargen.series.scaling import Scaler, ScalingConfig
from chargen.series.settings import network_of
from chargen.series.splitting import Part, split, training_parts
from chargen.series.task import Task
from chargen.types import Floats
from tests.series.small import config, scaler, wave

NONE = Scaler(ScalingConfig("none"), ("a",), (0.0,), (1.0,))


def numbered(lengths: list[int]) -> list[Floats]:
    """Series whose values tell where they stand: 1000 times the series' number, and the step's."""
    return [1000.0 * place + np.arange(float(n))[:, None] for place, n in enumerate(lengths)]


def task_of(values: Sequence[Floats], parts: Any, **options: Any) -> Task:
    made = config(values[0].shape[1], **options)
    return Task(values, parts, made, scaler(values, parts, made))


@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=5),
    st.integers(1, 6),
    st.integers(1, 5),
    st.sampled_from(["direct", "recursive"]),
    st.sampled_from(["time", "series"]),
)
def test_windows_never_cross_a_border(lengths: list[int], window: int, horizon: int, strategy: str, by: str) -> None:
    made = config(window=window, horizon=horizon, strategy=strategy)
    try:
        parts = split(lengths, 0.2, 0.2, by)
        task = Task(numbered(lengths), parts, made, NONE)
    except SeriesError:
        return
    for part, back in ((parts.training, 0), (parts.validation, window)):
        windows = task.windows(part)
        whole = np.concatenate([windows.inputs[:, :, 0], windows.truth], axis=1).astype(int)
        assert (np.diff(whole, axis=1) == 1).all()
        expected = [
            1000 * place + start
            for place in range(len(lengths))
            for start in range(max(0, part.first[place] - back), part.end[place] - window - made.steps + 1)
        ]
        assert whole[:, 0].tolist() == expected
        if part is parts.training:
            examples = task.examples(4)
            inputs, truth = examples.cut(np.sort(examples.starts)[None])
            assert np.concatenate([inputs[0, :, :, 0], truth[0]], axis=1).tolist() == whole.tolist()


def test_windows_of_the_tutorials_are_disjoint() -> None:
    values = numbered([50, 31])
    task = Task(values, split([50, 31], 0.0, 0.0), config(window=7, horizon=3, protocol="tutorial"), NONE)
    inputs, _ = task.examples(4).cut(task.examples(4).starts[None])
    assert inputs[0, :, 0, 0].tolist() == [0, 7, 14, 21, 28, 35, 1000, 1007, 1014, 1021]


def test_with_differences_a_season_more_is_looked_back() -> None:
    values = [wave(40)]
    parts = split([40], 0.25, 0.25)
    made = config(window=4, horizon=2)
    task = Task(values, parts, made, scaler(values, parts, made, difference=5))
    windows = task.windows(parts.training)
    assert len(windows.inputs) == 20 - 4 - 5 - 2 + 1
    assert np.isfinite(windows.inputs).all()


def test_several_features_and_targets() -> None:
    values, parts = [wave(30, 3)], split([30], 0.2, 0.2)
    task = task_of(values, parts, targets=2, window=4, horizon=2)
    scaled = scaler(values, parts, task.config).transform(values[0])
    windows = task.windows(parts.training)
    np.testing.assert_allclose(windows.inputs[5], scaled[5:9], rtol=1e-6)
    np.testing.assert_allclose(windows.truth[5], scaled[9:11, :2].reshape(-1), rtol=1e-6)


def test_no_more_windows_than_asked_for() -> None:
    task = Task(numbered([100]), split([100], 0.0, 0.0), config(window=4, horizon=2), NONE)
    some = task.windows(Part((0,), (100,)), 10)
    assert some.inputs.shape == (10, 4, 1)
    assert (some.inputs[0, 0, 0], some.inputs[-1, 0, 0]) == (0, 94)


@pytest.mark.parametrize("linear", ["residual", "skip"])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "jordan"])
def test_a_network_with_a_linear_part_starts_as_least_squares(cell: str, linear: str) -> None:
    values, parts = [wave(60, 2)], split([60], 0.1, 0.2)
    origins = np.arange(48, 57)
    for strategy, baseline in (("direct", Linear(6)), ("recursive", LinearRecursive(6))):
        task = task_of(values, parts, strategy=strategy, linear=linear)
        model = ModelConfig(2, task.config.outputs, cell=cell, units=3, skip=6)
        network = Network(model, task.start(model, 0))
        ours = Model("x", task.config, scaler(values, parts, task.config), network, [])
        theirs = baseline.fit(training_parts(values, parts), 3).forecast(values[0], origins, 3)
        np.testing.assert_allclose(ours.forecast(values[0], origins, 3), theirs, rtol=1e-4)


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_a_readout_that_is_not_linear_can_learn_from_the_start(activation: str) -> None:
    # Zeros would stay zeros: no gradient passes a relu of nothing.
    task = task_of([wave(60)], split([60], 0.1, 0.2))
    model = ModelConfig(1, 3, cell="rnn", units=4, skip=6, output_activation=activation)
    weights = task.start(model, 0)
    assert np.abs(weights["readout.kernel"]).min() > 0
    assert not weights["readout.bias"].any()
    assert weights["skip.kernel"].any()


def test_without_a_linear_part_chance_makes_the_weights() -> None:
    task = task_of([wave(60)], split([60], 0.1, 0.2), linear="none")
    model = ModelConfig(1, 3, cell="gru", units=4)
    first, again, other = (task.start(model, seed)["readout.kernel"] for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@given(st.integers(0, 2**32 - 1))
def test_what_is_held_out_changes_nothing_that_is_learnt(seed: int) -> None:
    lengths = [40, 33]
    before = [wave(n, 2, place) for place, n in enumerate(lengths)]
    parts = split(lengths, 0.2, 0.2)
    after = [values.copy() for values in before]
    for values, end in zip(after, parts.training.end, strict=True):
        values[end:] = np.random.default_rng(seed).normal(0, 1e3, values[end:].shape)
    model = ModelConfig(2, 3, cell="rnn", units=2, skip=6)
    ours, theirs = (task_of(values, parts, ridge=1.0) for values in (before, after))
    for key, weight in ours.start(model, 0).items():
        assert np.array_equal(weight, theirs.start(model, 0)[key])
    starts = ours.examples(4).starts[None]
    for mine, other in zip(ours.examples(4).cut(starts), theirs.examples(4).cut(starts), strict=True):
        assert np.array_equal(mine, other)


@pytest.mark.parametrize(
    ("lengths", "shares", "by", "message"),
    [
        ([10], (0.2, 0.1), "time", r"the training part has 7 steps at most, and a forecast takes 9 \(--window 6, "),
        ([14], (0.15, 0.2), "time", "the validation part has 2 steps at most, and a forecast takes 3 "),
        ([20] * 4 + [8], (0.0, 0.2), "series", "the test part has 8 steps at most, and a forecast takes 9 "),
        ([20] * 3 + [8, 20, 20], (0.17, 0.17), "series", "the validation part has 8 .* a forecast takes 9 "),
    ],
)
def test_parts_without_room(lengths: list[int], shares: tuple[float, float], by: str, message: str) -> None:
    with pytest.raises(SeriesError, match=message) as refused:
        Task([wave(n) for n in lengths], split(lengths, *shares, by), config(), NONE)
    assert str(refused.value).endswith("with --validation and --test")


def test_values_beyond_what_a_network_computes_with() -> None:
    with pytest.raises(SeriesError, match="--scaler none leaves values that are too large for a network; use --scaler"):
        Task([wave(40) * 1e38], split([40], 0.2, 0.2), config(), NONE)


def test_every_step_of_a_window_is_followed_by_a_horizon() -> None:
    lengths = [30, 21]
    made = config(window=4, horizon=3, strategy="seq2seq", linear="none")
    examples = Task(numbered(lengths), split(lengths, 0.2, 0.2), made, NONE).examples(4)
    inputs, ahead = examples.cut(np.sort(examples.starts)[None])
    assert not examples.gaps
    # 18 and 12 steps to learn from.
    assert inputs.shape == (1, (18 - 4 - 3 + 1) + (12 - 4 - 3 + 1), 4, 1)
    np.testing.assert_array_equal(ahead[0], inputs[0] + np.array([1.0, 2.0, 3.0]))


def test_every_step_learns_what_a_frozen_linear_part_leaves() -> None:
    values, parts = [wave(60, 2), wave(40, 2, 1)], split([60, 40], 0.1, 0.2)
    task = task_of(values, parts, strategy="seq2seq", targets=2)
    plain = task_of(values, parts, strategy="seq2seq", targets=2, linear="none")
    model = ModelConfig(2, 6, cell="rnn", units=3, skip=6)
    coefficients = task.start(model, 0)["skip.kernel"]
    starts = np.sort(task.examples(4).starts)[None]
    inputs, left = task.examples(4).cut(starts)
    _, whole = plain.examples(4).cut(starts)
    for place, start in enumerate(starts[0]):
        # What the last step of a window is to say is what the linear part of this window leaves.
        np.testing.assert_allclose(
            left[0, place, -1], whole[0, place, -1] - inputs[0, place].reshape(-1) @ coefficients, atol=1e-5
        )
        first = start % 60  # the second series starts at 60
        assert np.isnan(left[0, place, : max(0, 5 - first)]).all()
        assert np.isfinite(left[0, place, max(0, 5 - first) :]).all()


@pytest.mark.parametrize("strategy", ["encoder-decoder", "vector", "seq2seq"])
def test_every_strategy_starts_as_least_squares(strategy: str) -> None:
    values, parts = [wave(60, 2)], split([60], 0.1, 0.2)
    origins = np.arange(48, 57)
    task = task_of(values, parts, strategy=strategy)
    model = network_of(task.config, {"cell": "gru", "units": 3})
    network = Network(model, task.start(model, 0))
    ours = Model("x", task.config, scaler(values, parts, task.config), network, [])
    theirs = Linear(6).fit(training_parts(values, parts), 3).forecast(values[0], origins, 3)
    np.testing.assert_allclose(ours.forecast(values[0], origins, 3), theirs, rtol=1e-4)


def test_windows_that_newer_values_complete_come_in_order() -> None:
    task = Task(numbered([30, 20]), split([30, 20], 0.0, 0.0), config(window=4, horizon=2), NONE)
    examples = task.examples(1, learnt=[27, 20])
    inputs, truth = examples.cut(examples.order(np.random.default_rng(0)))
    assert inputs[:, 0, 0, 0].tolist() == [22, 23, 24]
    assert truth[:, 0].tolist() == [[26, 27], [27, 28], [28, 29]]
