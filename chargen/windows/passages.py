"""Stretches of an encoded text: what is learnt from, and what is held out."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chargen.errors import CorpusError
from chargen.types import Ids


@dataclass(frozen=True, eq=False)
class Passages:
    """Stretches of an encoded text, in order; nothing is copied.

    Args:
        text: The whole text, integers (N,), in memory or mapped from a file.
        spans: First and one past the last of each stretch, int64 (n, 2); none is empty.
    """

    text: NDArray[np.integer[Any]]
    spans: NDArray[np.int64]

    @classmethod
    def whole(cls, text: NDArray[np.integer[Any]]) -> "Passages":
        """Take a text as one stretch.

        Args:
            text: Integers (N,).

        Returns:
            The stretch; none where the text is empty.
        """
        return cls(text, np.array([[0, len(text)]] if len(text) else [], np.int64).reshape(-1, 2))

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Characters of each stretch, (n,)."""
        return np.asarray(self.spans[:, 1] - self.spans[:, 0])

    @cached_property
    def _starts(self) -> NDArray[np.int64]:
        # Where each stretch starts once they are joined; the total stands behind the last.
        return np.concatenate([[0], np.cumsum(self.lengths)])

    def __len__(self) -> int:
        return int(self._starts[-1])

    def room(self, length: int, step: int = 1) -> int:
        """Count the windows that fit, none reaching from one stretch into the next.

        Args:
            length: Characters in a window.
            step: Characters from the start of a window to the start of the next.

        Returns:
            The number of windows.
        """
        return int(self._fitting(length, step).sum())

    def starts(self, numbers: NDArray[np.int64], length: int, step: int = 1) -> NDArray[np.int64]:
        """Tell where in the text windows start.

        Args:
            numbers: Numbers of windows, any shape, from 0 to `room`, exclusive.
            length: As for `room`.
            step: As for `room`.

        Returns:
            Places in the text, int64, of the same shape.
        """
        ends = np.cumsum(self._fitting(length, step))
        stretch = np.searchsorted(ends, numbers, side="right")
        before = np.concatenate([[0], ends])[stretch]
        return np.asarray(self.spans[stretch, 0] + (numbers - before) * step)

    def _fitting(self, length: int, step: int) -> NDArray[np.int64]:
        return np.asarray(np.maximum((self.lengths - length) // step + 1, 0))

    def opened(self) -> NDArray[np.integer[Any]]:
        """Give the text, for a while.

        Returns:
            The text. One that is mapped from a file is mapped anew: whatever a mapping has touched counts as the
            process' memory as long as the mapping lives, and an epoch touches everything.

        Raises:
            CorpusError: The file is gone, or is another.
        """
        if not isinstance(self.text, np.memmap):
            return self.text
        try:
            again: NDArray[np.integer[Any]] = np.memmap(
                str(self.text.filename), self.text.dtype, "r", shape=self.text.shape
            )
        except (OSError, ValueError) as error:
            raise CorpusError(
                f"the encoded text {self.text.filename} is gone or damaged ({error}); call 'chargen resume', which "
                "encodes it again"
            ) from error
        return again

    def read(self, start: int, stop: int) -> Ids:
        """Copy a piece of the joined stretches.

        Args:
            start: Its first place, from 0.
            stop: One past its last, up to the length of all.

        Returns:
            Ids, int32 (stop - start,).
        """
        first, last = np.searchsorted(self._starts, [start, stop], side="right") - 1
        text = self.opened()
        pieces = []
        for number in range(first, min(last + 1, len(self.spans))):
            origin = self.spans[number, 0] - self._starts[number]
            piece = slice(max(self.spans[number, 0], start + origin), min(self.spans[number, 1], stop + origin))
            pieces.append(text[piece].astype(np.int32))
        return np.concatenate([np.empty(0, np.int32), *pieces])

    def tail(self, most: int | None = None) -> Ids:
        """Copy the end of the joined stretches.

        Args:
            most: So many characters; all when left out.

        Returns:
            Ids, int32 (n,).
        """
        return self.read(0 if most is None else max(0, len(self) - most), len(self))
