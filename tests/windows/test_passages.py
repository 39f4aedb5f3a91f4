"""Stretches of a text."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import CorpusError
from chargen.windows import Passages

# Gaps and lengths in turn: stretches that may touch, with text between them that belongs to none.
STRETCHES = st.lists(st.tuples(st.integers(0, 3), st.integers(1, 12)), max_size=6)


def passages_of(stretches: list[tuple[int, int]]) -> Passages:
    spans, at = [], 0
    for gap, length in stretches:
        spans.append((at + gap, at + gap + length))
        at += gap + length
    return Passages(np.arange(at + 2, dtype=np.uint8), np.array(spans, np.int64).reshape(-1, 2))


@given(STRETCHES, st.integers(0, 70), st.integers(0, 70))
def test_a_piece_of_the_joined_stretches(stretches: list[tuple[int, int]], start: int, length: int) -> None:
    passages = passages_of(stretches)
    joined = [place for first, last in passages.spans.tolist() for place in range(first, last)]
    assert len(passages) == len(joined)
    stop = min(start + length, len(joined))
    piece = passages.read(min(start, stop), stop)
    assert piece.dtype == np.int32
    assert piece.tolist() == joined[min(start, stop) : stop]
    assert passages.tail().tolist() == joined
    assert passages.tail(5).tolist() == joined[-5:]


@given(STRETCHES, st.integers(1, 6), st.integers(1, 4))
def test_windows_fit_into_one_stretch(stretches: list[tuple[int, int]], length: int, step: int) -> None:
    passages = passages_of(stretches)
    expected = [start for first, last in passages.spans.tolist() for start in range(first, last - length + 1, step)]
    room = passages.room(length, step)
    assert room == len(expected)
    assert passages.starts(np.arange(room), length, step).tolist() == expected


def test_a_text_in_a_file_is_mapped_anew(tmp_path: Path) -> None:
    path = tmp_path / "ids.bin"
    np.arange(9, dtype=np.uint16).tofile(path)
    passages = Passages.whole(np.memmap(path, np.uint16, "r"))
    opened: Any = passages.opened()
    assert opened is not passages.text
    assert passages.read(2, 5).tolist() == [2, 3, 4]
    path.unlink()
    with pytest.raises(CorpusError, match="is gone or damaged"):
        passages.opened()


def test_no_text_has_no_stretch() -> None:
    assert len(Passages.whole(np.zeros(0, np.int32))) == 0
