"""Windows of texts: each window once, streams without a break, documents apart."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.windows import Passages, SeparateStreams, ShuffledWindows, Streams
from chargen.windows import text as windows_of_texts

LENGTHS = st.integers(2, 400)
DOCUMENTS = st.lists(st.integers(1, 300), min_size=1, max_size=8)


def whole(length: int) -> Passages:
    return Passages.whole(np.arange(length, dtype=np.int32))


def documents(lengths: list[int]) -> Passages:
    """Documents of so many characters with one between them that belongs to none; each character is its place."""
    firsts = np.cumsum([0, *(length + 1 for length in lengths)])[:-1]
    spans = np.stack([firsts, firsts + lengths], axis=1)
    return Passages(np.arange(int(spans[-1, 1]), dtype=np.uint16), spans)


@given(LENGTHS, st.integers(1, 60), st.integers(1, 5), st.integers(1, 50), st.integers(0, 9))
def test_shuffled_windows_are_each_drawn_at_most_once(
    length: int, seqlen: int, step: int, batch: int, seed: int
) -> None:
    if length < seqlen + 1:
        return
    windows = ShuffledWindows(whole(length), seqlen, step, batch)
    assert windows.windows == len(range(0, length - seqlen, step))
    order = windows.order(np.random.default_rng(seed))[:]
    assert order.shape == (windows.batches, windows.batch)
    assert len(np.unique(order)) == order.size
    assert (order % step == 0).all()
    assert order.max() + seqlen < length
    assert windows.windows - order.size < windows.batch


@given(DOCUMENTS, st.integers(1, 20), st.integers(0, 9))
def test_shuffled_windows_stay_within_their_document(lengths: list[int], seqlen: int, seed: int) -> None:
    windows = ShuffledWindows(documents(lengths), seqlen, 1, 7)
    if not windows.windows:
        return
    inputs, targets = windows.cut(windows.order(np.random.default_rng(seed))[:])
    found = np.concatenate([inputs, targets[..., None]], axis=-1).reshape(-1, seqlen + 1)
    for first, last in windows.passages.spans:
        inside = (found >= first) & (found < last)
        assert (inside.all(axis=1) | ~inside.any(axis=1)).all()


def test_of_too_many_windows_some_are_drawn_by_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows_of_texts, "MOST_SHUFFLED", 50)
    windows = ShuffledWindows(whole(1000), 9, 1, 10)
    order = windows.order(np.random.default_rng(1))
    assert (len(order), order[:].shape) == (99, (99, 10))
    np.testing.assert_array_equal(order[40:42], order[:][40:42])
    assert len(np.unique(order[:])) > 500
    assert order[:].min() >= 0
    assert order[:].max() + 9 < 1000
    assert not np.array_equal(order[:], windows.order(np.random.default_rng(2))[:])


@given(LENGTHS, st.integers(1, 60), st.integers(1, 50), st.integers(0, 9))
def test_streams_go_on_where_the_last_batch_ended(length: int, seqlen: int, batch: int, seed: int) -> None:
    if length < seqlen + 1:
        return
    streams = Streams(whole(length), seqlen, batch)
    order = streams.order(np.random.default_rng(seed))[:]
    assert order.shape == (streams.batches, streams.batch)
    assert streams.batch <= batch
    assert (np.diff(order, axis=0) == seqlen).all()
    assert len(np.unique(order)) == order.size
    assert order.min() >= 0
    assert order.max() + seqlen < length


def test_streams_are_cut_at_other_places_each_epoch() -> None:
    streams = Streams(whole(10_000), 30, 32)
    firsts = {int(streams.order(np.random.default_rng(epoch))[:1][0, 0]) % 30 for epoch in range(200)}
    assert len(firsts) > 20


def test_a_stream_stays_within_its_stretch() -> None:
    streams = Streams(Passages(np.arange(2000, dtype=np.int32), np.array([[500, 1500]])), 10, 2)
    inputs, targets = streams.cut(streams.order(np.random.default_rng(0))[:])
    assert inputs.min() >= 500
    assert targets.max() < 1500


@given(DOCUMENTS, st.integers(1, 40), st.integers(1, 20), st.integers(0, 9))
def test_separate_streams_learn_each_document_from_its_start(
    lengths: list[int], seqlen: int, batch: int, seed: int
) -> None:
    passages = documents(lengths)
    streams = SeparateStreams(passages, seqlen, batch)
    if not streams.windows:
        return
    order = streams.order(np.random.default_rng(seed))
    starts = order[:]
    assert starts.shape == (streams.batches, streams.batch)
    assert len(np.unique(starts)) == starts.size
    inputs, targets, anew = streams.cut(starts)
    assert inputs.dtype == targets.dtype == np.int32
    known = targets >= 0
    assert known.any(axis=-1).all()
    assert (targets[known] == inputs[known] + 1).all()
    assert (known[..., :-1] >= known[..., 1:]).all()
    for first, last in passages.spans:
        inside = (starts >= first) & (starts < last)
        assert (targets[inside] < last).all()
        slack = min(seqlen - 1, (last - first) // 64)
        assert (starts[inside & anew] - first <= slack).all()
    # A stream goes on where it was, or with another document's start.
    follows = starts[1:] == starts[:-1] + seqlen
    assert (follows | anew[1:]).all()
    owner = np.searchsorted(passages.spans[:, 0], starts, side="right")
    assert not (anew[1:] & follows & (owner[1:] == owner[:-1])).any()


@given(st.lists(st.integers(2, 60), min_size=70, max_size=90), st.integers(0, 9))
def test_an_epoch_of_separate_streams_leaves_hardly_anything_out(lengths: list[int], seed: int) -> None:
    passages = documents(lengths)
    streams = SeparateStreams(passages, 8, 2)
    _, targets, _ = streams.cut(streams.order(np.random.default_rng(seed))[:])
    learnt = targets[targets >= 0]
    assert len(np.unique(learnt)) == len(learnt)
    assert len(learnt) >= len(passages) - len(lengths) - 8 * streams.batch
    assert streams.targets == pytest.approx((len(passages) - len(lengths)) / streams.windows)


def test_a_long_document_is_cut_at_other_places_each_epoch() -> None:
    streams: Any = SeparateStreams(documents([5000, 40]), 30, 4)
    firsts = set()
    for epoch in range(100):
        starts = streams.order(np.random.default_rng(epoch))[:]
        firsts |= set((starts[starts < 5000] % 30).tolist())
    assert len(firsts) > 20
