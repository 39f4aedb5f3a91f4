"""Whole sequences and their classes."""

import numpy as np
import pytest

from chargen.windows import WholeSequences


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
