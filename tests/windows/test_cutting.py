"""Windows against a definition spelt out in plain Python."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import OptionError
from chargen.windows import cut, one_hot_windows, segments


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
