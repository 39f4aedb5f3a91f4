"""Examples of forecasting: windows of series, and what follows them or each of their steps."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from chargen.types import Floats


@dataclass(frozen=True, eq=False)
class SeriesWindows(ABC):
    """Windows of series, and in which order they are learnt.

    Args:
        inputs: What is known, float32 (N, features); several series stand one after the other.
        starts: Where windows may start, so that they and what follows them stay within a series' part, int64 (n,).
        seqlen: Steps in a window.
        batch_size: Windows in a batch; a last incomplete batch of an epoch is left for the next shuffle.
        shuffled: Whether an epoch's order is drawn; else it is that of `starts`.
    """

    inputs: Floats
    starts: NDArray[np.int64]
    seqlen: int
    batch_size: int
    shuffled: bool = field(default=True, kw_only=True)

    @property
    def batch(self) -> int:
        """Windows in a batch: fewer than asked for when there are fewer."""
        return min(self.batch_size, len(self.starts))

    @property
    def batches(self) -> int:
        """Batches in an epoch."""
        return len(self.starts) // self.batch

    @property
    def targets(self) -> int:
        """A window counts once."""
        return 1

    @property
    @abstractmethod
    def known(self) -> NDArray[np.bool_]:
        """For each window whether something of what it learns is known, (n,)."""

    @property
    def lessons(self) -> int:
        """Batches of an epoch with something known to learn from: all, where only windows that have it are shuffled."""
        if self.shuffled:
            return self.batches
        return int(self.known[: self.batches * self.batch].reshape(self.batches, self.batch).any(axis=1).sum())

    def order(self, generator: np.random.Generator) -> NDArray[np.int64]:
        """Draw an epoch's order."""
        order = generator.permutation(self.starts) if self.shuffled else self.starts
        return order[: self.batches * self.batch].reshape(self.batches, self.batch)

    def windows(self, starts: NDArray[np.int64]) -> Floats:
        """Cut windows of the inputs out, (..., seqlen, features)."""
        views: NDArray[Any] = sliding_window_view(self.inputs, self.seqlen, axis=0)
        return np.moveaxis(views[starts], -1, -2)


@dataclass(frozen=True, eq=False)
class NextSteps(SeriesWindows):
    """Examples of forecasting: each window, and the steps that follow it.

    Args:
        truth: What is forecast, float32 (N, targets); NaN is not learnt from.
        horizon: Steps that follow.
    """

    truth: Floats
    horizon: int

    @cached_property
    def gaps(self) -> bool:
        """Whether something of what is learnt from is unknown."""
        return bool(_any(np.isnan(self.truth), self.starts + self.seqlen, self.horizon).any())

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """For each window whether something that follows is known, (n,)."""
        return _any(~np.isnan(self.truth), self.starts + self.seqlen, self.horizon)

    def cut(self, starts: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Cut windows out, (n, batch, seqlen, features), and what follows, step by step, (n, batch, outputs)."""
        ahead: NDArray[Any] = sliding_window_view(self.truth, self.horizon, axis=0)
        following = np.moveaxis(ahead[starts + self.seqlen], -1, -2)
        return self.windows(starts), following.reshape(*starts.shape, -1)


@dataclass(frozen=True, eq=False)
class EveryStep(SeriesWindows):
    """Examples of forecasting from every step of a window (sequence to sequence).

    Args:
        ahead: What each step is to say, float32 (N, outputs); NaN is not learnt from.
    """

    ahead: Floats

    @cached_property
    def gaps(self) -> bool:
        """Whether something of what is learnt from is unknown."""
        return bool(_any(np.isnan(self.ahead), self.starts, self.seqlen).any())

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """For each window whether something that a step is to say is known, (n,)."""
        return _any(~np.isnan(self.ahead), self.starts, self.seqlen)

    def cut(self, starts: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Cut windows out, (n, batch, seqlen, features), and what each step is to say, (n, batch, seqlen, outputs)."""
        views: NDArray[Any] = sliding_window_view(self.ahead, self.seqlen, axis=0)
        return self.windows(starts), np.moveaxis(views[starts], -1, -2)


def _any(marks: NDArray[np.bool_], starts: NDArray[np.int64], steps: int) -> NDArray[np.bool_]:
    before = np.concatenate([[0], np.cumsum(marks.any(axis=1))])
    found: NDArray[np.bool_] = before[starts + steps] > before[starts]
    return found
