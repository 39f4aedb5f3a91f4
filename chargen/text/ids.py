"""Characters written to disk as ids, while they are counted."""

import hashlib
import os
from collections.abc import Callable
from io import BufferedRandom
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chargen.text.limit import common
from chargen.text.normalise import UNKNOWN
from chargen.text.vocabulary import Vocabulary, code_points

# Characters at once: what is computed with them stays in the processor's cache.
_BLOCK = 2**18
_POINTS = 0x110000


def smallest(size: int) -> np.dtype[Any]:
    """Choose the smallest type of ids.

    Args:
        size: How many kinds of characters there are.

    Returns:
        An unsigned type of 1, 2 or 4 bytes, the low byte first.
    """
    return np.dtype("<u1" if size <= 2**8 else "<u2" if size <= 2**16 else "<u4")


class Writer:
    """Writes a file of ids in two passes: numbered as the characters come, then by their vocabulary.

    Args:
        path: The file; another one beside it is there until the end.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._draft = path.with_suffix(".draft").open("w+b")
        self._points: list[int] = []
        self._counts = np.zeros(_POINTS, np.int64)
        # By code point: ids as the characters came.
        self._table = np.zeros(_POINTS, smallest(0))
        # The draft's ids are of the type that was large enough when they were written: type and number of each stretch.
        self._stretches: list[tuple[np.dtype[Any], int]] = []

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._draft.close()

    def add(self, text: str) -> None:
        """Write more characters.

        Args:
            text: Any number of them.
        """
        for start in range(0, len(text), _BLOCK):
            points = _points(text[start : start + _BLOCK])
            counts = np.bincount(points)
            present = np.flatnonzero(counts)
            self._number(present[self._counts[present] == 0])
            self._counts[present] += counts[present]
            dtype = self._table.dtype
            if not self._stretches or self._stretches[-1][0] != dtype:
                self._stretches.append((dtype, 0))
            self._stretches[-1] = (dtype, self._stretches[-1][1] + len(points))
            self._draft.write(self._table.take(points).data)

    def _number(self, new: NDArray[np.intp]) -> None:
        first = len(self._points)
        self._points += new.tolist()
        self._table = self._table.astype(smallest(len(self._points)), copy=False)
        self._table[new] = np.arange(first, len(self._points))

    def finish(
        self, max_vocabulary: int, keep: str, known: str, on_share: Callable[[float], object]
    ) -> tuple[Vocabulary, int, str]:
        """Write the ids as their vocabulary has them, and flush them to disk.

        Args:
            max_vocabulary: Distinct characters at most: U+FFFD stands for the rarest; 0 for all.
            keep: Characters that stay, however rare.
            known: Characters that the vocabulary has besides.
            on_share: Told the share that is done.

        Returns:
            The vocabulary, how many of its characters were written, and the sha256 of the file.
        """
        points = np.array(self._points, np.uint32)
        if max_vocabulary:
            points[~common(points, self._counts[points], max_vocabulary, keep)] = ord(UNKNOWN)
        distinct = len(np.unique(points))
        vocabulary = Vocabulary("".join(map(chr, points)) + known)
        final = np.searchsorted(code_points(vocabulary.characters), points).astype(smallest(len(vocabulary)))
        sha256, done, total = hashlib.sha256(), 0, sum(number for _, number in self._stretches)
        self._draft.seek(0)
        with self._path.open("wb") as file:
            for dtype, number in self._stretches:
                for start in range(0, number, _BLOCK):
                    ids = final.take(_read(self._draft, dtype, min(_BLOCK, number - start)))
                    sha256.update(ids.data)
                    file.write(ids.data)
                    done += len(ids)
                    on_share(done / total)
            file.flush()
            os.fsync(file.fileno())
        self._draft.close()
        self._path.with_suffix(".draft").unlink()
        return vocabulary, distinct, sha256.hexdigest()


def _points(text: str) -> NDArray[np.unsignedinteger[Any]]:
    """Code points in the smallest type that is quick to come by."""
    if text.isascii():
        return np.frombuffer(text.encode(), np.uint8)
    narrow = text.encode("utf-16-le", "surrogatepass")
    return np.frombuffer(narrow, "<u2") if len(narrow) == 2 * len(text) else code_points(text)


def _read(file: BufferedRandom, dtype: np.dtype[Any], number: int) -> NDArray[np.unsignedinteger[Any]]:
    return np.frombuffer(file.read(number * dtype.itemsize), dtype)
