"""What a network that fills gaps sees and learns, and that its training goes on bit for bit."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import OptionError
from chargen.network import Network
from chargen.series.filling import linear
from chargen.series.gaps import Gap, without
from chargen.series.reconstruction import (
    SHOWN,
    CutGaps,
    Growth,
    Reconstruction,
    examples_of,
    learn,
    lengths_for,
    settle,
    show,
    start,
    window_for,
)
from chargen.series.scaling import Scaler, ScalingConfig
from chargen.snapshot import Snapshot
from chargen.trainer import Trainer
from chargen.types import Floats
from tests.series.small import wave

NAN = np.nan
TINY = {"cell": "rnn", "units": 3, "iterations": 2, "batch_size": 256, "warmup": 0, "towers": 1}


def examples(features: int = 1, lengths: tuple[int, ...] = (1, 3), window: int = 12, rows: int = 60) -> CutGaps:
    values = wave(rows, features).astype(np.float32)
    values[[7, 8, 30]] = NAN
    return CutGaps(values, np.arange(rows - window + 1), window, lengths, 32)


def test_what_a_step_shows() -> None:
    inputs, lines, away = show(np.array([NAN, 2, NAN, NAN, 5, NAN])[:, None])
    assert lines.ravel().tolist() == [2, 2, 3, 4, 5, 5]
    values, known, before, behind = inputs.T
    assert values.tolist() == [2, 2, 3, 4, 5, 5]
    assert known.tolist() == [0, 1, 0, 0, 1, 0]
    assert before == pytest.approx([0, 1, 1 / 2, 1 / 3, 1, 1 / 2])
    assert behind == pytest.approx([1 / 2, 1, 1 / 3, 1 / 2, 1, 0])
    # 1 to the one side and 2 to the other: 1 * 2 / (1 + 2); at the ends there is one side.
    assert away.ravel() == pytest.approx([1, 0, 2 / 3, 2 / 3, 0, 1])


def test_a_window_of_nothing() -> None:
    inputs, lines, away = show(np.full((2, 4, 1), NAN))
    assert not inputs.any()
    assert not lines.any()
    assert (away == 4).all()


@given(st.integers(0, 10**6), st.integers(1, 3))
def test_lines_are_those_of_linear_interpolation(seed: int, features: int) -> None:
    generator = np.random.default_rng(seed)
    windows = generator.normal(size=(3, 9, features))
    windows[generator.random(windows.shape) < 0.5] = NAN
    windows[:, 4] = 1
    _, lines, _ = show(windows)
    for window, drawn in zip(windows, lines, strict=True):
        np.testing.assert_allclose(drawn, linear(window), atol=1e-12)


@given(st.integers(0, 2**40), st.integers(1, 3))
def test_cutting(seed: int, features: int) -> None:
    made = examples(features)
    numbers = made.order(np.random.default_rng(seed))[:1, :5]
    inputs, targets = made.cut(numbers)
    assert inputs.shape == (1, 5, 12, SHOWN * features)
    assert targets.shape == (1, 5, 12, features)
    assert inputs.dtype == targets.dtype == np.float32
    lines, known = inputs[..., :features], inputs[..., features : 2 * features] == 1
    for place, number in enumerate(numbers[0].tolist()):
        first = number // 2**31
        whole = made.values[first : first + 12]
        cut = ~np.isnan(targets[0, place])
        assert cut.any()
        # Cut or known or missing from the start; a target is what the line leaves of what was cut.
        np.testing.assert_array_equal(cut | known[0, place], ~np.isnan(whole))
        assert not (cut & known[0, place]).any()
        np.testing.assert_allclose((lines[0, place] + targets[0, place])[cut], whole[cut], rtol=1e-4)
        np.testing.assert_array_equal(lines[0, place][known[0, place]], whole[known[0, place]])


def test_what_was_cut_is_not_seen() -> None:
    made = examples()
    numbers = made.order(np.random.default_rng(1))[:1, :1]
    inputs, targets = made.cut(numbers)
    first = int(numbers[0, 0]) // 2**31
    other = made.values.copy()
    other[first : first + 12][~np.isnan(targets[0, 0])] += 5
    changed, left = replace(made, values=other).cut(numbers)
    np.testing.assert_array_equal(changed, inputs)
    np.testing.assert_allclose(left - targets, np.where(np.isnan(targets), NAN, 5), rtol=1e-4)


def test_an_epoch_is_drawn_from_its_generator_and_cut_the_same_in_any_pieces() -> None:
    made = examples(2)
    order = made.order(np.random.default_rng(4))
    assert order.shape == (made.batches, made.batch) == (64, 32)
    assert order.dtype == np.int64
    np.testing.assert_array_equal(order, made.order(np.random.default_rng(4)))
    assert (order != made.order(np.random.default_rng(5))).mean() > 0.9
    whole = made.cut(order[:4])
    for pieces in zip(made.cut(order[:1]), made.cut(order[1:4]), whole, strict=True):
        np.testing.assert_array_equal(np.concatenate(pieces[:2]), pieces[2])


def test_lengths() -> None:
    values = [np.ones((200, 1))]
    assert window_for(values, 10, ()) == 48
    assert window_for(values, 20, ()) == 80
    assert window_for(values, 10, (12, 132)) == 132
    assert window_for([np.ones((30, 1))], 10, ()) == 30
    values[0][40:100] = NAN
    assert window_for(values, 10, ()) == 120
    assert set(lengths_for(values, 10, 120)) >= {1, 10, 60}
    assert max(lengths_for(values, 10, 48)) == 20
    assert max(lengths_for([np.ones((9, 1))], 4, 6)) == 4


def test_growth() -> None:
    away = np.repeat([0.5, 1, 2, 4, 8], 20)[:, None]
    # 3 d exactly in each class.
    growth = Growth.measure(3 * away * np.tile([1, -1], 50)[:, None], away)
    assert growth.factor == pytest.approx([3])
    assert growth.power == pytest.approx([1])
    assert growth(away[:, 0][:, None])[-1] == pytest.approx(24)
    nothing = Growth.measure(np.full((4, 1), NAN), np.ones((4, 1)))
    assert (nothing.factor.tolist(), nothing.power.tolist()) == ([1], [0])


def test_it_starts_from_lines() -> None:
    values = [wave(60, 2), wave(9, 2, seed=3)]
    values[0][[0, 1, 20, 21, 22, 59]] = NAN
    values[0][40, 1] = values[1][4, 0] = NAN
    model, training = settle(TINY, 2, 16)
    scaler = Scaler.fit(values, ("a", "b"), ScalingConfig())
    growth = Growth(np.ones(2), np.zeros(2))
    made = Reconstruction(Network(model, start(model, 0)), scaler, growth, training.seqlen, 8, (True, True))
    for filled, series in zip(made.fill(values), values, strict=True):
        np.testing.assert_allclose(filled, linear(series), rtol=1e-5)
        np.testing.assert_array_equal(filled[~np.isnan(series)], series[~np.isnan(series)])


def test_a_gap_is_read_from_the_middle_of_a_window_and_never_below_a_bound() -> None:
    values = np.linspace(0, 1, 100)[:, None]
    gap = Gap(0, 50, 54, (0,))
    (cut,) = without([values], [gap])
    model, _ = settle(TINY, 1, 10)
    scaler = Scaler(ScalingConfig("none"), ("a",), (0.0,), (1.0,))
    weights = start(model, 0)
    growth = Growth(np.ones(1), np.zeros(1))

    def made(bias: float, bounded: bool, series: Floats) -> Floats:
        network = Network(model, weights | {"readout.bias": np.array([bias], np.float32)})
        return Reconstruction(network, scaler, growth, 10, 5, (bounded,)).at([series], [gap])[0]

    np.testing.assert_allclose(made(0, False, cut), gap.cut([values]), atol=1e-6)
    np.testing.assert_allclose(made(-2, False, cut), gap.cut([values]) - 2, atol=1e-5)
    assert (made(-2, True, cut) == 0).all()
    far = cut.copy()
    far[:47] = far[57:] = 9  # beyond the window, which is 47 to 56
    np.testing.assert_array_equal(made(0, False, far), made(0, False, cut))


def test_options() -> None:
    model, training = settle({"cell": "lstm", "units": None, "iterations": 3}, 2, 24)
    assert (model.inputs, model.outputs, model.cell, model.units) == (8, 2, "lstm", 64)
    assert (training.seqlen, training.iterations, training.learning_rate, training.recipe) == (24, 3, 0.005, "classic")
    for option in ("unit", "encoder", "validation", "recipe"):
        with pytest.raises(OptionError, match=f"no option '{option}'"):
            settle({option: 1}, 1, 24)


def test_training_goes_on_bit_for_bit() -> None:
    model, training = settle(TINY, 1, 12)
    made = examples_of([wave(60)], training, (1, 3))

    def trainer(snapshot: Snapshot) -> Trainer:
        return Trainer(model, training, made, snapshot)

    first = trainer(Snapshot(start(model, 0)))
    middle = first.run(1)
    end = first.run(2)
    assert math.isfinite(end.loss_sum)
    again = trainer(middle).run(2)
    for mine, other in ((end.weights, again.weights), (end.optimizer, again.optimizer)):
        assert mine.keys() == other.keys()
        for key, tensor in mine.items():
            np.testing.assert_array_equal(tensor, other[key])
    assert any((end.weights[key] != middle.weights[key]).any() for key in end.weights)


def test_learning_beats_lines_on_a_wave() -> None:
    values = np.sin(np.arange(400) * 0.7)[:, None]
    held = [Gap(0, place, place + 3, (0,)) for place in range(20, 380, 40)]
    (cut,) = without([values], held)
    model, training = settle(TINY | {"cell": "gru", "units": 8, "iterations": 8, "learning_rate": 0.02}, 1, 16)
    network = learn([cut], ("a",), [(gap, gap.cut([values])) for gap in held], model, training, (1, 3))
    errors = np.concatenate(network.at([cut], held)) - np.concatenate([gap.cut([values]) for gap in held])
    lines = np.concatenate([linear(cut)[gap.first : gap.end] - gap.cut([values]) for gap in held])
    assert np.sqrt(np.mean(errors**2)) < 0.5 * np.sqrt(np.mean(lines**2))
