"""Examples of filling gaps: they are cut into what is known, as denoising autoencoders cut (Vincent et al. 2008)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from chargen.series.reconstruction.lines import Growth, show
from chargen.trainer import TrainConfig
from chargen.types import Floats

# Windows of an epoch.
_WINDOWS = 2048
# Of a window, the largest share that is cut.
_MOST_CUT = 0.3
# Patterns of gaps that each window may meet.
_PATTERNS = 2**31


@dataclass(frozen=True, eq=False)
class CutGaps:
    """Examples of filling gaps: windows with gaps cut into what is known, and what lines leave of what was cut.

    Each window of an epoch is a number that holds its start and the seed of its pattern of gaps, so the patterns are
    drawn anew each epoch from the epoch's own generator, and the same number is always cut the same way.

    Args:
        values: Scaled, float32 (N, features), NaN where unknown; several series stand one after the other.
        starts: Where windows may start, int64 (n,).
        window: Steps in a window.
        lengths: Of the gaps that are cut, each as often as it is drawn.
        batch_size: Windows in a batch.
        growth: What the errors of lines are measured in; units of the scaled values when left out.
    """

    values: Floats
    starts: NDArray[np.int64]
    window: int
    lengths: tuple[int, ...]
    batch_size: int
    growth: Growth | None = None

    @property
    def batch(self) -> int:
        """Windows in a batch."""
        return self.batch_size

    @property
    def batches(self) -> int:
        """Batches in an epoch: as many for every series, since no window is ever used up."""
        return max(1, _WINDOWS // self.batch)

    @property
    def targets(self) -> int:
        """A window counts once."""
        return 1

    @property
    def gaps(self) -> bool:
        """Only what was cut is learnt."""
        return True

    def order(self, generator: np.random.Generator) -> NDArray[np.int64]:
        """Draw an epoch's windows and their patterns."""
        count = self.batches * self.batch
        rounds = [generator.permutation(len(self.starts)) for _ in range(-(-count // len(self.starts)))]
        numbers = np.concatenate(rounds)[:count] * _PATTERNS + generator.integers(_PATTERNS, size=count)
        return numbers.reshape(self.batches, self.batch)

    def cut(self, starts: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Cut windows out and gaps into them.

        Args:
            starts: Numbers that `order` drew, int64 (n, batch).

        Returns:
            What the network sees, float32 (n, batch, window, SHOWN * features); what lines leave of the values that
            were cut, float32 (n, batch, window, features), NaN everywhere else.
        """
        whole, cut = self._cut(starts)
        inputs, lines, away = show(np.where(cut, np.nan, whole))
        left = (whole - lines) / (1 if self.growth is None else self.growth(away))
        return inputs, np.where(cut, left, np.nan).astype(np.float32)

    def errors(self, starts: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Measure what lines leave of the values that are cut.

        Args:
            starts: As for `cut`.

        Returns:
            The errors, NaN everywhere else, and the distances from what is known, each (steps, features).
        """
        whole, cut = self._cut(starts)
        _, lines, away = show(np.where(cut, np.nan, whole))
        features = whole.shape[-1]
        return np.where(cut, whole - lines, np.nan).reshape(-1, features), away.reshape(-1, features)

    def _cut(self, starts: NDArray[np.int64]) -> tuple[Floats, NDArray[np.bool_]]:
        """Cut windows out, and tell what is cut of them."""
        views: NDArray[Any] = sliding_window_view(self.values, self.window, axis=0)
        whole = np.moveaxis(views[self.starts[starts // _PATTERNS]], -1, -2)
        flat = whole.reshape(-1, *whole.shape[-2:])
        patterns = [self._pattern(one, number) for one, number in zip(flat, starts.ravel().tolist(), strict=True)]
        return whole, np.array(patterns).reshape(whole.shape)

    def _pattern(self, window: Floats, number: int) -> NDArray[np.bool_]:
        """Draw what is cut of a window, bool (window, features); nothing where hardly anything is known."""
        chance = np.random.default_rng(number)
        features = window.shape[1]
        known = ~np.isnan(window)
        cut = np.zeros_like(known)
        share = chance.uniform(0, _MOST_CUT)
        # Half of the windows have gaps of one length: single steps would count for little beside blocks.
        lengths = self.lengths
        if chance.random() < 0.5:
            lengths = (self.lengths[int(chance.integers(len(self.lengths)))],)
        for _ in range(self.window):
            length = min(lengths[int(chance.integers(len(lengths)))], self.window - 1)
            first = int(chance.integers(self.window - length + 1))
            columns = slice(None)
            if features > 1 and chance.random() < 0.5:
                columns = slice(one := int(chance.integers(features)), one + 1)
            cut[first : first + length, columns] = True
            if cut.mean() >= share and (cut & known).any():
                break
        return cut & known


def examples_of(scaled: Sequence[Floats], training: TrainConfig, lengths: tuple[int, ...]) -> CutGaps:
    """Make the training examples.

    Args:
        scaled: Each series, (n, features), NaN where nothing may be learnt.
        training: How it is trained; `seqlen` is the window.
        lengths: Of the gaps that are cut.

    Returns:
        The windows of every series in which something is known.
    """
    whole = [padded(series, training.seqlen).astype(np.float32) for series in scaled]
    starts, place = [], 0
    for series in whole:
        some: NDArray[Any] = sliding_window_view(~np.isnan(series).all(axis=1), training.seqlen)
        starts.append(place + np.flatnonzero(some.sum(axis=1) > 1))
        place += len(series)
    return CutGaps(np.concatenate(whole), np.concatenate(starts), training.seqlen, lengths, training.batch_size)


def padded(values: Floats, window: int) -> Floats:
    """Let a series that is shorter than a window end in steps where nothing is known.

    Args:
        values: (n, features).
        window: Steps that are needed.

    Returns:
        The same values, or as many more steps, NaN, as a window lacks.
    """
    lacking = max(0, window - len(values))
    return np.concatenate([values, np.full((lacking, values.shape[1]), np.nan)]) if lacking else np.asarray(values)
