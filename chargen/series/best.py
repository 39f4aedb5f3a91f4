"""The best iteration of a network that is trained in memory."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

Kept = TypeVar("Kept")


@dataclass
class Best(Generic[Kept]):
    """What the iteration of the lowest validation loss made; without validation, the newest.

    Args:
        patience: Iterations without a lower loss after which no better one is waited for; 0 for never.

    Attributes:
        losses: The validation loss of each iteration so far.
    """

    patience: int
    losses: list[float] = field(default_factory=list, init=False)
    _kept: Kept | None = field(default=None, init=False)

    def offer(self, made: Kept, loss: float | None) -> bool:
        """Keep what an iteration made if nothing before it was as good.

        Args:
            made: By the iteration.
            loss: Its validation loss; None where nothing is held out.

        Returns:
            Whether the patience has ended.
        """
        if loss is None or self._kept is None or loss < min(self.losses):
            self._kept = made
        if loss is None:
            return False
        self.losses.append(loss)
        return self.patience > 0 and len(self.losses) - 1 - int(np.argmin(self.losses)) >= self.patience

    @property
    def kept(self) -> Kept:
        """What the best iteration made."""
        assert self._kept is not None  # noqa: S101 (an iteration at least: TrainConfig)
        return self._kept
