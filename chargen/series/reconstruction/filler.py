"""A network that has learnt to fill gaps: what it adds to the lines through them."""

from collections.abc import Sequence

import numpy as np

from chargen.network import Network
from chargen.series.gaps import Gap, gaps
from chargen.series.reconstruction.cutting import padded
from chargen.series.reconstruction.lines import Growth, show
from chargen.series.scaling import Scaler
from chargen.types import Floats

# Windows that the network reads at once, in NumPy.
_TOGETHER = 512


class Reconstruction:
    """A network that has learnt to fill gaps.

    Args:
        network: The network.
        scaler: Fitted to what it learnt from.
        growth: What the network's outputs are measured in.
        window: Steps that it reads at once.
        longest: Steps of the longest gaps that it learnt.
        bounded: For each column whether it is never below zero where it is known; then no filling is.
    """

    def __init__(
        self,
        network: Network,
        scaler: Scaler,
        growth: Growth,
        window: int,
        longest: int,
        bounded: Sequence[bool],
    ) -> None:
        self._growth = growth
        self.longest = longest
        self.window = window
        self._network = network
        self._scaler = scaler
        self._bounded = np.array(bounded)

    def fill(self, values: Sequence[Floats]) -> list[Floats]:
        """Fill the gaps of series.

        Args:
            values: Each in original units, (n, features), NaN where missing.

        Returns:
            float64 of the same shapes; of a gap longer than a window the ends stay NaN.
        """
        filled: list[Floats] = [np.array(series, np.float64) for series in values]
        found = gaps(values)
        for gap, made in zip(found, self.at(values, found), strict=True):
            filled[gap.series][gap.first : gap.end, list(gap.columns)] = made
        return filled

    def at(self, values: Sequence[Floats], found: Sequence[Gap]) -> list[Floats]:
        """Reconstruct what stands in gaps, each from the window in whose middle it is, as far as the ends let it.

        Args:
            values: Each series in original units, (n, features), NaN where missing.
            found: The gaps.

        Returns:
            For each gap float64 (rows, columns); NaN where its window does not reach.
        """
        windows = list(dict.fromkeys(self._window(values, gap) for gap in found))
        made: dict[tuple[int, int], Floats] = {}
        for place in range(0, len(windows), _TOGETHER):
            some = windows[place : place + _TOGETHER]
            cut = [self._scaled(values[number], start) for number, start in some]
            made |= zip(some, self._reconstruct(np.array(cut)), strict=True)
        filled: list[Floats] = []
        for gap in found:
            number, start = self._window(values, gap)
            first, end = max(gap.first, start), min(gap.end, start + self.window)
            filled.append(np.full((len(gap), len(gap.columns)), np.nan))
            inside = made[number, start][first - start : end - start]
            filled[-1][first - gap.first : end - gap.first] = inside[:, list(gap.columns)]
        return filled

    def _window(self, values: Sequence[Floats], gap: Gap) -> tuple[int, int]:
        """Tell the series of a gap, and where its window starts."""
        last = len(values[gap.series]) - self.window
        return gap.series, max(min((gap.first + gap.end - self.window) // 2, last), 0)

    def _scaled(self, series: Floats, start: int) -> Floats:
        return self._scaler.transform(padded(series[start : start + self.window], self.window))

    def _reconstruct(self, windows: Floats) -> Floats:
        inputs, lines, away = show(windows)
        outputs, _ = self._network(inputs)
        made = self._scaler.inverse(lines + self._growth(away) * outputs, range(lines.shape[-1]))
        return np.where(self._bounded, np.maximum(made, 0), made)
