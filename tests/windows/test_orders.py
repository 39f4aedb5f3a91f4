"""Orders of windows: each window once, streams without a break."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chargen.windows import ShuffledWindows, Streams

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
