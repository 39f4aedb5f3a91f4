"""Where the windows of an epoch start, and in which order they come: the two recipes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Windows that a stream has at least, if the sequence allows: a short text learns by more and smaller steps.
LEAST_WINDOWS = 64


@dataclass(frozen=True)
class ShuffledWindows:
    """The recipe `classic`: windows in random order, one target each, the value after the window.

    Args:
        length: Values in the sequence.
        seqlen: Values in a window.
        step: Values from the start of a window to the start of the next.
        batch_size: Windows in a batch; a last incomplete batch of an epoch is left for the next shuffle.
    """

    length: int
    seqlen: int
    step: int
    batch_size: int

    @property
    def windows(self) -> int:
        """Windows in the sequence."""
        return (self.length - self.seqlen - 1) // self.step + 1

    @property
    def batch(self) -> int:
        """Windows in a batch: fewer than asked for when the sequence has fewer."""
        return min(self.batch_size, self.windows)

    @property
    def batches(self) -> int:
        """Batches in an epoch."""
        return self.windows // self.batch

    def order(self, generator: np.random.Generator) -> NDArray[np.int64]:
        """Draw an epoch's order.

        Args:
            generator: The epoch's own generator.

        Returns:
            Start of each window in the sequence, int64 (batches, batch).
        """
        chosen = generator.permutation(self.windows)[: self.batches * self.batch]
        return (chosen * self.step).reshape(self.batches, self.batch)


@dataclass(frozen=True)
class Streams:
    """The recipe `stream`: parallel streams, windows in order, every value a target.

    The sequence, from an offset drawn anew each epoch, is cut into `batch` streams of equal length; batch k
    holds the k-th window of every stream, so a state can be carried from one batch to the next.

    Args:
        length: Values in the sequence.
        seqlen: Values in a window.
        batch_size: Streams; fewer when the sequence is short.
    """

    length: int
    seqlen: int
    batch_size: int

    @property
    def batch(self) -> int:
        """Streams: fewer than asked for when the sequence is short, so that an epoch has many steps."""
        return max(1, min(self.batch_size, self._room // (self.seqlen * LEAST_WINDOWS)))

    @property
    def batches(self) -> int:
        """Batches in an epoch: windows in a stream."""
        return max(1, self._room // (self.batch * self.seqlen))

    @property
    def _room(self) -> int:
        # seqlen values are kept back for the offset and for the last target, so that the number of batches
        # is the same whatever offset is drawn.
        return self.length - self.seqlen

    def order(self, generator: np.random.Generator) -> NDArray[np.int64]:
        """Draw an epoch's offset.

        Args:
            generator: The epoch's own generator.

        Returns:
            Start of each window in the sequence, int64 (batches, batch).
        """
        stream = self.batches * self.seqlen
        offset = generator.integers(self.length - self.batch * stream)
        starts = np.arange(self.batches)[:, None] * self.seqlen + np.arange(self.batch) * stream
        return np.asarray(starts + offset, np.int64)
