"""Windows of series, and what they learn, against slices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.windows import EveryStep, NextSteps


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
