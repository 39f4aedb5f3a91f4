"""What a network learns from: windows and their targets, in batches."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chargen.types import Floats, Ids
from chargen.windows.orders import Order


class Examples(Protocol):
    """What a network learns from: windows and their targets, in batches."""

    @property
    def batch(self) -> int:
        """Windows in a batch."""

    @property
    def batches(self) -> int:
        """Batches in an epoch."""

    @property
    def targets(self) -> float:
        """Targets of a window, as speed counts them."""

    @property
    def gaps(self) -> bool:
        """Whether targets may be NaN, or below 0 where they are ids, and are not learnt from there."""

    def order(self, generator: np.random.Generator) -> Order:
        """Draw an epoch's order.

        Args:
            generator: The epoch's own generator.

        Returns:
            Where each window starts, int64 (batches, batch).
        """

    def cut(self, starts: NDArray[np.int64]) -> tuple[NDArray[Any], ...]:
        """Cut windows and their targets out.

        Args:
            starts: Where the windows start, int64 (n, batch).

        Returns:
            The inputs, int32 (n, batch, time) or float32 (n, batch, time, inputs); the targets, int32 (n, batch, time)
            or float32 (n, batch, time, outputs), without the time where a window has targets after its end alone. Where
            states must not be carried on into every window, whether each starts anew, bool (n, batch).
        """


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
