"""Sequences cut into windows and batches: ids and floats alike, memory proportional to the sequence."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view
from numpy.typing import NDArray

from chargen.errors import OptionError
from chargen.types import Floats, Ids

# Windows that a stream has at least, if the sequence allows: a short text learns by more and smaller steps.
LEAST_WINDOWS = 64

Scalar = TypeVar("Scalar", bound=np.generic)


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


def one_hot_windows(ids: Ids, seqlen: int, vocabulary_size: int, step: int = 1) -> NDArray[np.bool_]:
    """Show a text as one-hot windows, the classic input of a character network.

    The windows share the memory of one (N, V) array. They say what a window means; training indexes the
    kernel's rows instead, which is the same product.

    Args:
        ids: Character ids, int32 (N,).
        seqlen: Characters in a window.
        vocabulary_size: V, the number of distinct characters.
        step: Characters from the start of a window to the start of the next.

    Returns:
        bool (n, seqlen, V), read-only, with n = (N - seqlen) // step + 1.

    Raises:
        OptionError: The text is shorter than a window, or seqlen or step is below 1.
    """
    if step < 1:
        raise OptionError(f"step is {step}; a step of at least 1 is needed")
    if not 1 <= seqlen <= len(ids):
        raise OptionError(f"a window of {seqlen} characters does not fit a text of {len(ids)}; shorten --seqlen")
    one_hot = np.zeros((len(ids), vocabulary_size), np.bool_)
    one_hot[np.arange(len(ids)), ids] = True
    count = (len(ids) - seqlen) // step + 1
    row, column = one_hot.strides
    return as_strided(one_hot, (count, seqlen, vocabulary_size), (row * step, row, column), writeable=False)


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


def cut(sequence: NDArray[Scalar], starts: NDArray[np.int64], seqlen: int) -> NDArray[Scalar]:
    """Cut windows and their targets out of a sequence.

    Args:
        sequence: Any dtype, (N,) or (N, features).
        starts: Where the windows start, any shape.
        seqlen: Values in a window.

    Returns:
        (*starts.shape, seqlen + 1) or (*starts.shape, seqlen + 1, features): inputs are [:seqlen], targets
        the values one place on.
    """
    views: NDArray[Any] = sliding_window_view(sequence, seqlen + 1, axis=0)
    windows = views[starts]
    return np.moveaxis(windows, -1, starts.ndim) if sequence.ndim > 1 else windows


def segments(length: int, most: int) -> tuple[int, int]:
    """Split a sequence into at most so many equal segments; only the last may be shorter.

    Args:
        length: Values in the sequence.
        most: Segments at most.

    Returns:
        The number of segments and the length of all but the last.
    """
    size = -(-length // most)
    return -(-length // size), size


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
class SeriesWindows:
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
    def known(self) -> NDArray[np.bool_]:
        """For each window whether something of what it learns is known, (n,)."""
        raise NotImplementedError

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


def _any(marks: NDArray[np.bool_], starts: NDArray[np.int64], steps: int) -> NDArray[np.bool_]:
    before = np.concatenate([[0], np.cumsum(marks.any(axis=1))])
    found: NDArray[np.bool_] = before[starts + steps] > before[starts]
    return found
