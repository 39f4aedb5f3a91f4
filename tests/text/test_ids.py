"""Characters on disk as ids."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from chargen.text import ids
from chargen.text.ids import Writer, smallest
from chargen.text.limit import limit_vocabulary
from chargen.text.vocabulary import Vocabulary

TEXT = "Ein Märchen: 中 😀 aus alten Zeiten, das kommt mir nicht aus dem Sinn.\n" * 20


@pytest.mark.parametrize("most", [0, 9, 30, 99])
@pytest.mark.parametrize("block", [1, 7, 10_000])
def test_ids_are_those_of_the_whole_text(
    most: int, block: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ids, "_BLOCK", block)
    shares: list[float] = []
    with Writer(tmp_path / "ids.bin") as writer:
        for line in ["", *TEXT.splitlines(keepends=True)]:
            writer.add(line)
        vocabulary, distinct, sha256 = writer.finish(most, "", "", shares.append)
    expected = limit_vocabulary(TEXT, most) if most else TEXT
    assert distinct == len(set(expected))
    content = (tmp_path / "ids.bin").read_bytes()
    assert vocabulary == Vocabulary.of(expected)
    assert np.frombuffer(content, "<u1").tolist() == vocabulary.encode(expected).tolist()
    assert sha256 == hashlib.sha256(content).hexdigest()
    assert shares[-1] == 1
    assert [path.name for path in tmp_path.iterdir()] == ["ids.bin"]


@pytest.mark.parametrize(("size", "bytes_"), [(0, 1), (1, 1), (256, 1), (257, 2), (65536, 2), (65537, 4), (1114112, 4)])
def test_the_smallest_type(size: int, bytes_: int) -> None:
    dtype = smallest(size)
    assert (dtype.kind, dtype.itemsize) == ("u", bytes_)
    assert size - 1 <= np.iinfo(dtype).max
