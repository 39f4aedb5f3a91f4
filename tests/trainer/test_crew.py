"""Rows and states of training are split among workers, and put together again, without a value lost."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.cluster import Cluster, Message
from chargen.errors import OptionError, WorkerError
from chargen.snapshot import Snapshot
from chargen.trainer.crew import from_message, own_part, require_rows, rows, to_message


@given(st.integers(1, 5), st.integers(1, 4), st.integers(1, 3))
def test_the_workers_rows_are_the_batch(size: int, share: int, batches: int) -> None:
    batch = size * share
    windows = np.arange(batches * batch * 2).reshape(batches, batch, 2)
    anew = np.arange(batches * batch).reshape(batches, batch) % 3 == 0
    parts = [rows(index, size, (windows, anew)) for index in range(size)]
    for whole, each in zip((windows, anew), zip(*parts, strict=True), strict=True):
        np.testing.assert_array_equal(np.concatenate(each, axis=1), whole)
    snapshot = Snapshot({}, {}, {"layers.0.h": windows[0].astype(np.float32)}, 7, 1.5)
    carried = [own_part(snapshot, index, size).carry["layers.0.h"] for index in range(size)]
    np.testing.assert_array_equal(np.concatenate(carried), windows[0])


def test_a_state_of_training_is_told_whole() -> None:
    tensors = [np.full((2, 3), value, np.float32) for value in range(3)]
    snapshot = Snapshot({"a.kernel": tensors[0]}, {"a.kernel.m": tensors[1]}, {"layers.0.h": tensors[2]}, 9, 2.25)
    told = from_message(to_message(snapshot))
    assert (told.batches, told.loss_sum) == (9, 2.25)
    for part in ("weights", "optimizer", "carry"):
        ours, theirs = getattr(snapshot, part), getattr(told, part)
        assert ours.keys() == theirs.keys()
        for key in ours:
            np.testing.assert_array_equal(ours[key], theirs[key])


@pytest.mark.parametrize(
    "message",
    [Message("start"), Message("start", {"batches": "x", "loss_sum": 0}), Message("start", {}, {"a": np.zeros(1)})],
)
def test_what_is_no_state_of_training_is_refused(message: Message) -> None:
    with pytest.raises(WorkerError, match="no state of training"):
        from_message(message)


def test_a_batch_that_cannot_be_shared_evenly_is_refused() -> None:
    cluster = Cluster(("a:1", "b:1", "c:1"), 0)
    require_rows(cluster, 33, 33)
    with pytest.raises(OptionError, match=r"--batch-size is 32, which 3 workers .* a multiple of 3, such as 30"):
        require_rows(cluster, 32, 32)
    with pytest.raises(OptionError, match=r"--batch-size is 32 \(5 for a text as short as this one\).* such as 3"):
        require_rows(cluster, 5, 32)
