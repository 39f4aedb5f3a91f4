"""Windows of texts and the characters that follow: the two recipes, over one document or many."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chargen.types import Ids
from chargen.windows.cutting import cut
from chargen.windows.orders import Order, Reckoned
from chargen.windows.passages import Passages

# Windows that a stream has at least, if the text allows: a short text learns by more and smaller steps.
LEAST_WINDOWS = 64
# Up to so many windows an epoch takes each once; of more it draws as many by chance, which needs no memory.
MOST_SHUFFLED = 2**25


@dataclass(frozen=True, eq=False)
class ShuffledWindows:
    """The recipe `classic`: windows in random order, one target each, the character after the window.

    Args:
        passages: The text; no window reaches from one stretch into the next.
        seqlen: Characters in a window.
        step: Characters from the start of a window to the start of the next.
        batch_size: Windows in a batch; a last incomplete batch of an epoch is left for the next shuffle.
    """

    passages: Passages
    seqlen: int
    step: int
    batch_size: int
    targets = 1.0
    gaps = False

    @cached_property
    def windows(self) -> int:
        """Windows in the text."""
        return self.passages.room(self.seqlen + 1, self.step)

    @property
    def batch(self) -> int:
        """Windows in a batch: fewer than asked for when the text has fewer."""
        return min(self.batch_size, self.windows)

    @property
    def batches(self) -> int:
        """Batches in an epoch."""
        return self.windows // self.batch

    def order(self, generator: np.random.Generator) -> Order:
        """Draw an epoch's order, as `Examples` has it."""
        if self.windows > MOST_SHUFFLED:
            seed = int(generator.integers(2**63))
            return Reckoned(self.batches, lambda numbers: np.stack([self._drawn(seed, number) for number in numbers]))
        chosen = generator.permutation(self.windows)[: self.batches * self.batch]
        return self._starts(chosen).reshape(self.batches, self.batch)

    def cut(self, starts: NDArray[np.int64]) -> tuple[Ids, Ids]:
        """Cut windows out, int32 (n, batch, seqlen), and the character after each, (n, batch)."""
        windows = cut(self.passages.opened(), starts, self.seqlen).astype(np.int32, copy=False)
        return windows[..., :-1], windows[..., -1]

    def _drawn(self, seed: int, number: int) -> NDArray[np.int64]:
        return self._starts(np.random.default_rng([seed, number]).integers(self.windows, size=self.batch))

    def _starts(self, windows: NDArray[np.int64]) -> NDArray[np.int64]:
        return self.passages.starts(windows, self.seqlen + 1, self.step)


@dataclass(frozen=True, eq=False)
class Streams:
    """The recipe `stream` on one document: parallel streams, windows in order, every character a target.

    The text, from an offset drawn anew each epoch, is cut into `batch` streams of equal length; batch k holds the k-th
    window of every stream, so a state can be carried from one batch to the next.

    Args:
        passages: The text, one stretch.
        seqlen: Characters in a window.
        batch_size: Streams; fewer when the text is short.
    """

    passages: Passages
    seqlen: int
    batch_size: int
    gaps = False

    @property
    def targets(self) -> float:
        """Every character of a window has one."""
        return self.seqlen

    @property
    def batch(self) -> int:
        """Streams: fewer than asked for when the text is short, so that an epoch has many steps."""
        return max(1, min(self.batch_size, self._room // (self.seqlen * LEAST_WINDOWS)))

    @property
    def batches(self) -> int:
        """Batches in an epoch: windows in a stream."""
        return max(1, self._room // (self.batch * self.seqlen))

    @property
    def _room(self) -> int:
        # seqlen characters are kept back for the offset and for the last target, so that the number of batches is the
        # same whatever offset is drawn.
        return len(self.passages) - self.seqlen

    def order(self, generator: np.random.Generator) -> Order:
        """Draw an epoch's offset; the order is as `Examples` has it."""
        stream = self.batches * self.seqlen
        offset = int(self.passages.spans[0, 0] + generator.integers(len(self.passages) - self.batch * stream))
        streams = offset + np.arange(self.batch) * stream
        return Reckoned(self.batches, lambda numbers: numbers[:, None] * self.seqlen + streams)

    def cut(self, starts: NDArray[np.int64]) -> tuple[Ids, Ids]:
        """Cut windows out, and the same one character on, both int32 (n, batch, seqlen)."""
        windows = cut(self.passages.opened(), starts, self.seqlen).astype(np.int32, copy=False)
        return windows[..., :-1], windows[..., 1:]


@dataclass(frozen=True, eq=False)
class SeparateStreams:
    """The recipe `stream` on documents that have nothing to do with one another: at each one's start the state is new.

    A document's windows follow one another from its start; those of a long one from a place near it that is drawn anew
    each epoch, so that it is not always cut at the same places. A last window that is not full has targets below 0
    after the document's end. All windows in order, from one drawn by chance on and round to it again, are cut into
    `batch` streams of equal length.

    Args:
        passages: The documents.
        seqlen: Characters in a window.
        batch_size: Streams; fewer when there is little text.
    """

    passages: Passages
    seqlen: int
    batch_size: int
    gaps = True

    @cached_property
    def _slack(self) -> NDArray[np.int64]:
        # A window at most, so that it is known by its start that it is a document's first.
        return np.minimum(self.seqlen - 1, self.passages.lengths // LEAST_WINDOWS)

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        # Windows up to the end of each document; one of a single character has none, for nothing follows it.
        return np.cumsum(-(-np.maximum(self.passages.lengths - 1 - self._slack, 0) // self.seqlen))

    @property
    def windows(self) -> int:
        """Windows in the text."""
        return int(self._ends[-1]) if len(self._ends) else 0

    @property
    def targets(self) -> float:
        """Characters of a window on average."""
        known = np.minimum(self.passages.lengths - 1, np.diff(self._ends, prepend=0) * self.seqlen)
        return float(known.sum() / self.windows)

    @property
    def batch(self) -> int:
        """Streams: fewer than asked for when there is little text, so that an epoch has many steps."""
        return max(1, min(self.batch_size, self.windows // LEAST_WINDOWS))

    @property
    def batches(self) -> int:
        """Batches in an epoch: windows in a stream."""
        return self.windows // self.batch

    def order(self, generator: np.random.Generator) -> Order:
        """Draw where an epoch starts; the order is as `Examples` has it."""
        begins = self.passages.spans[:, 0] + (generator.random() * (self._slack + 1)).astype(np.int64)
        streams = int(generator.integers(self.windows)) + np.arange(self.batch) * self.batches
        before = np.concatenate([[0], self._ends])

        def starts(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
            windows = (numbers[:, None] + streams) % self.windows
            document = np.searchsorted(self._ends, windows, side="right")
            return np.asarray(begins[document] + (windows - before[document]) * self.seqlen)

        return Reckoned(self.batches, starts)

    def cut(self, starts: NDArray[np.int64]) -> tuple[Ids, Ids, NDArray[np.bool_]]:
        """Cut windows out.

        Args:
            starts: Where they start, int64 (n, batch).

        Returns:
            The windows and what follows each of their characters, int32 (n, batch, seqlen), below 0 where nothing does;
            and whether a window is its document's first, bool (n, batch).
        """
        spans: NDArray[Any] = self.passages.spans
        document = np.searchsorted(spans[:, 0], starts, side="right") - 1
        last = spans[document, 1][..., None] - 1
        places = starts[..., None] + np.arange(self.seqlen + 1)
        windows = self.passages.opened()[np.minimum(places, last)].astype(np.int32)
        targets = np.where(places[..., 1:] <= last, windows[..., 1:], -1).astype(np.int32)
        return windows[..., :-1], targets, starts - spans[document, 0] < self.seqlen
