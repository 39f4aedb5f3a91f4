"""Windows against a definition spelt out in plain Python."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import OptionError
from chargen.windows import (
    EveryStep,
    NextSteps,
    ShuffledWindows,
    Streams,
    WholeSequences,
    cut,
    one_hot_windows,
    segments,
)


def test_one_hot_windows_of_a_small_text() -> None:
    windows = one_hot_windows(np.array([0, 1, 2, 1], np.int32), seqlen=2, vocabulary_size=3)
    expected = [[[1, 0, 0], [0, 1, 0]], [[0, 1, 0], [0, 0, 1]], [[0, 0, 1], [0, 1, 0]]]
    assert windows.dtype == np.bool_
    assert windows.astype(int).tolist() == expected


@given(st.lists(st.integers(0, 4), min_size=1, max_size=40), st.integers(1, 40), st.integers(1, 5))
def test_one_hot_windows_are_slices_of_the_text(ids: list[int], seqlen: int, step: int) -> None:
    if seqlen > len(ids):
        with pytest.raises(OptionError, match="does not fit"):
            one_hot_windows(np.array(ids, np.int32), seqlen, 5, step)
        return
    windows = one_hot_windows(np.array(ids, np.int32), seqlen, 5, step)
    expected = [ids[start : start + seqlen] for start in range(0, len(ids) - seqlen + 1, step)]
    assert windows.sum(axis=-1).all()
    assert windows.argmax(axis=-1).tolist() == expected


def test_one_hot_windows_cost_one_array() -> None:
    tracemalloc.start()
    windows = one_hot_windows(np.zeros(100_000, np.int32), seqlen=100, vocabulary_size=80)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert windows.nbytes > 700_000_000  # what the windows would cost if each were a copy
    assert 100_000 * 80 <= peak < 1.2 * 100_000 * 80
    with pytest.raises(ValueError, match="read-only"):
        windows[0, 0, 0] = True


@pytest.mark.parametrize("step", [0, -1])
def test_one_hot_windows_refuse_a_step_that_goes_nowhere(step: int) -> None:
    with pytest.raises(OptionError, match="step"):
        one_hot_windows(np.zeros(9, np.int32), 3, 1, step)


LENGTHS = st.integers(2, 400)


@given(LENGTHS, st.integers(1, 60), st.integers(1, 5), st.integers(1, 50), st.integers(0, 9))
def test_shuffled_windows_are_each_drawn_at_most_once(
    length: int, seqlen: int, step: int, batch: int, seed: int
) -> None:
    if length < seqlen + 1:
        return
    windows = ShuffledWindows(length, seqlen, step, batch)
    assert windows.windows == len(range(0, length - seqlen, step))
    order = windows.order(np.random.default_rng(seed))
    assert order.shape == (windows.batches, windows.batch)
    assert len(np.unique(order)) == order.size
    assert (order % step == 0).all()
    assert order.max() + seqlen < length
    assert windows.windows - order.size < windows.batch


@given(LENGTHS, st.integers(1, 60), st.integers(1, 50), st.integers(0, 9))
def test_streams_go_on_where_the_last_batch_ended(length: int, seqlen: int, batch: int, seed: int) -> None:
    if length < seqlen + 1:
        return
    streams = Streams(length, seqlen, batch)
    order = streams.order(np.random.default_rng(seed))
    assert order.shape == (streams.batches, streams.batch)
    assert streams.batch <= batch
    assert (np.diff(order, axis=0) == seqlen).all()
    assert len(np.unique(order)) == order.size
    assert order.min() >= 0
    assert order.max() + seqlen < length


def test_streams_are_cut_at_other_places_each_epoch() -> None:
    streams = Streams(10_000, 30, 32)
    firsts = {int(streams.order(np.random.default_rng(epoch))[0, 0]) % 30 for epoch in range(200)}
    assert len(firsts) > 20


def test_cut_gives_inputs_and_the_values_one_place_on() -> None:
    starts = np.array([[0, 3], [1, 4]])
    assert cut(np.arange(8, dtype=np.int32), starts, 2).tolist() == [[[0, 1, 2], [3, 4, 5]], [[1, 2, 3], [4, 5, 6]]]


def test_cut_keeps_features_last() -> None:
    series = np.stack([np.arange(8.0), -np.arange(8.0)], axis=1)
    windows = cut(series, np.array([2]), 3)
    assert windows.shape == (1, 4, 2)
    assert windows[0, :, 1].tolist() == [-2, -3, -4, -5]


@given(st.integers(1, 1000), st.integers(1, 20))
def test_segments_cover_the_sequence_once(length: int, most: int) -> None:
    count, size = segments(length, most)
    assert count <= most
    assert (count - 1) * size < length <= count * size


@given(st.data())
def test_steps_that_follow_windows(data: st.DataObject) -> None:
    seqlen, horizon, batch = (data.draw(st.integers(1, 6)) for _ in range(3))
    length = data.draw(st.integers(seqlen + horizon, 40))
    inputs = np.random.default_rng(0).normal(size=(length, 3)).astype(np.float32)
    last = length - seqlen - horizon
    starts = np.array(sorted(data.draw(st.sets(st.integers(0, last), min_size=1))))
    steps = NextSteps(inputs, starts, seqlen, batch, inputs[:, :2], horizon)
    assert steps.batch == min(batch, len(starts))
    assert steps.batches * steps.batch > len(starts) - steps.batch
    order = steps.order(np.random.default_rng(1))
    assert order.shape == (steps.batches, steps.batch)
    assert len(np.unique(order)) == order.size
    assert np.isin(order, starts).all()
    windows, targets = steps.cut(order)
    for place in np.ndindex(order.shape):
        start = order[place]
        np.testing.assert_array_equal(windows[place], inputs[start : start + seqlen])
        following = inputs[start + seqlen : start + seqlen + horizon, :2]
        np.testing.assert_array_equal(targets[place], following.reshape(-1))


def test_steps_of_an_epoch_come_in_an_order_of_its_own() -> None:
    steps = NextSteps(np.zeros((50, 1), np.float32), np.arange(40), 5, 8, np.zeros((50, 1), np.float32), 2)
    first, again, other = (steps.order(np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert sorted(first.ravel()) == sorted(other.ravel()) == list(range(40))
    assert not np.array_equal(first, other)
    assert steps.targets == 1


def test_every_step_of_a_window_has_its_own_targets() -> None:
    inputs = np.arange(40, dtype=np.float32).reshape(20, 2)
    ahead = np.arange(60, dtype=np.float32).reshape(20, 3)
    examples = EveryStep(inputs, np.arange(12), 4, 3, ahead)
    starts = np.array([[0, 7, 11]])
    windows, targets = examples.cut(starts)
    for place, start in enumerate(starts[0]):
        np.testing.assert_array_equal(windows[0, place], inputs[start : start + 4])
        np.testing.assert_array_equal(targets[0, place], ahead[start : start + 4])


def test_windows_in_order_are_not_shuffled() -> None:
    inputs = np.zeros((20, 1), np.float32)
    examples = NextSteps(inputs, np.arange(3, 12), 4, 2, inputs, 2, shuffled=False)
    order = examples.order(np.random.default_rng(0))
    assert order.tolist() == [[3, 4], [5, 6], [7, 8], [9, 10]]


@pytest.mark.parametrize("kind", ["NextSteps", "EveryStep"])
def test_gaps_are_known(kind: str) -> None:
    inputs, truth = np.zeros((20, 1), np.float32), np.zeros((20, 1), np.float32)
    for gap in (False, True):
        truth[5] = np.nan if gap else 0
        truth[12] = np.nan  # no window reaches it
        starts = np.arange(3)
        if kind == "NextSteps":
            assert NextSteps(inputs, starts, 4, 2, truth, 2).gaps == gap
        else:
            assert EveryStep(inputs, starts, 4, 2, truth).gaps == gap


@pytest.mark.parametrize(("count", "batch_size", "batch", "batches"), [(11, 4, 4, 2), (3, 8, 3, 1), (8, 4, 4, 2)])
def test_whole_sequences_and_their_classes(count: int, batch_size: int, batch: int, batches: int) -> None:
    inputs = np.arange(count * 6, dtype=np.float32).reshape(count, 3, 2)
    classes = np.arange(count, dtype=np.int32) % 2
    examples = WholeSequences(inputs, classes, batch_size)
    assert (examples.batch, examples.batches, examples.targets, examples.gaps) == (batch, batches, 1, False)
    order, again, other = (examples.order(np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert order.shape == (batches, batch)
    assert np.array_equal(order, again)
    assert len(np.unique(order)) == order.size
    assert count < 5 or not np.array_equal(order, other)
    windows, targets = examples.cut(order)
    np.testing.assert_array_equal(windows, inputs[order])
    np.testing.assert_array_equal(targets, classes[order])
