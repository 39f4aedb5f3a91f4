"""What a network learns from: windows and their targets, in batches."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chargen.types import Floats, Ids
from chargen.windows.cutting import cut
from chargen.windows.orders import ShuffledWindows, Streams


class Examples(Protocol):
    """What a network learns from: windows and their targets, in batches."""

    @property
    def batch(self) -> int:
        """Windows in a batch."""

    @property
    def batches(self) -> int:
        """Batches in an epoch."""

    @property
    def targets(self) -> int:
        """Targets of a window, as speed counts them."""

    @property
    def gaps(self) -> bool:
        """Whether targets may be NaN, and are not learnt from there."""

    def order(self, generator: np.random.Generator) -> NDArray[np.int64]:
        """Draw an epoch's order.

        Args:
            generator: The epoch's own generator.

        Returns:
            Where each window starts, int64 (batches, batch).
        """

    def cut(self, starts: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Cut windows and their targets out.

        Args:
            starts: Where the windows start, int64 (n, batch).

        Returns:
            The inputs, int32 (n, batch, time) or float32 (n, batch, time, inputs); the targets, int32 (n, batch, time)
            or float32 (n, batch, time, outputs), without the time where a window has targets after its end alone.
        """


@dataclass(frozen=True, eq=False)
class NextValues:
    """Examples from a sequence that is its own target: each window, and the values one place on.

    Args:
        sequence: int32 (N,).
        windows: How it is cut; shuffled windows have one target each, streams one a value.
    """

    sequence: Ids
    windows: Streams | ShuffledWindows

    @property
    def batch(self) -> int:
        """Windows (streams) in a batch."""
        return self.windows.batch

    @property
    def batches(self) -> int:
        """Batches in an epoch."""
        return self.windows.batches

    @property
    def targets(self) -> int:
        """Targets of a window."""
        return self.windows.seqlen if isinstance(self.windows, Streams) else 1

    @property
    def gaps(self) -> bool:
        """Every character is followed by one."""
        return False

    def order(self, generator: np.random.Generator) -> NDArray[np.int64]:
        """Draw an epoch's order, as `windows` does."""
        return self.windows.order(generator)

    def cut(self, starts: NDArray[np.int64]) -> tuple[Ids, Ids]:
        """Cut windows and their targets out."""
        windows = cut(self.sequence, starts, self.windows.seqlen)
        targets = windows[..., 1:] if isinstance(self.windows, Streams) else windows[..., -1]
        return windows[..., :-1], targets


@dataclass(frozen=True, eq=False)
class WholeSequences:
    """Examples of classification: whole sequences, and the class of each, in random order.

    Args:
        inputs: float32 (N, seqlen, features).
        classes: The number of each one's class, int32 (N,).
        batch_size: Sequences in a batch; a last incomplete batch of an epoch is left for the next shuffle.
    """

    inputs: Floats
    classes: Ids
    batch_size: int

    @property
    def batch(self) -> int:
        """Sequences in a batch: fewer than asked for when there are fewer."""
        return min(self.batch_size, len(self.inputs))

    @property
    def batches(self) -> int:
        """Batches in an epoch."""
        return len(self.inputs) // self.batch

    @property
    def targets(self) -> int:
        """A sequence has one class."""
        return 1

    @property
    def gaps(self) -> bool:
        """Every sequence has a class."""
        return False

    def order(self, generator: np.random.Generator) -> NDArray[np.int64]:
        """Draw an epoch's order; a sequence starts at its own number."""
        chosen = generator.permutation(len(self.inputs))[: self.batches * self.batch]
        return chosen.reshape(self.batches, self.batch)

    def cut(self, starts: NDArray[np.int64]) -> tuple[Floats, Ids]:
        """Take sequences, (n, batch, seqlen, features), and their classes, (n, batch)."""
        return self.inputs[starts], self.classes[starts]
