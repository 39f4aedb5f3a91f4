"""Periods found in the values themselves."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chargen.types import Floats

# The chance that noise passes for a period: of all candidates together, and of all seasons suggested together.
FALSE_PERIODS = 0.01
# Periods that are looked for, and how often each has to fit into the series.
MOST_PERIODS = 3
CYCLES = 3
# The least correlation of values a period apart, and the least share of the variance: fainter periods help nobody.
_LEAST_CORRELATION = 0.1
_LEAST_SHARE = 0.01
# The autocorrelation is averaged at these multiples of a period, within three quarters of the series: that halves the
# error of sines in noise, and more.
_MULTIPLES = (1, 2, 3)
# Periods nearer to one that was found than this factor are the same one: no cycle of nature keeps step.
_APART = 2.0


def find_periods(values: Floats, suggested: Sequence[int] = ()) -> tuple[int, ...]:
    """Find the lengths of seasons and cycles: frequencies that stand out of noise, confirmed by the autocorrelation.

    A straight line is taken off, and the periodogram is computed under a Hann window. Noise is expected to have the
    spectrum of an autoregression of order 1 (red noise), or the running median over an octave to both sides where that
    is higher (Mann & Lees 1996, Climatic Change 33, section 3). As a power divided by that is exponentially
    distributed, one of K frequencies counts where it exceeds ln(K / FALSE_PERIODS). A frequency of k cycles says that
    the period lies between n / (k + 1) and n / (k - 1); there the autocorrelation, averaged over the period's first
    multiples, must have a hill, and its top is the period (Vlachos, Yu & Castelli 2005, On periodicity detection and
    structural periodicity detection, section 3). The strongest one is taken, its mean cycle is taken off, and so on
    with what is left.

    Args:
        values: float64 (n,), no NaN.
        suggested: Periods that are likely, as from `chargen.series.seasons.seasons`. They are tried first, against no
            others, and are taken as they are where the data has a period that it cannot tell from them.

    Returns:
        Steps in each period, the shortest first, from 3 to n / CYCLES; none in noise and in trends.
    """
    found: list[int] = []
    rest = _straightened(values)
    whole = rest.var()
    # What rounding leaves of a line is no signal.
    if len(values) <= 2 * CYCLES or whole <= (1e-9 * np.abs(values).max()) ** 2:
        return ()
    for period in sorted(set(suggested)):
        cycles = len(rest) / period
        if period > 2 and cycles >= CYCLES and not _near(period, found):
            near = np.unique([int(cycles), -int(-cycles // 1)])
            if _period(rest, near, found) and _share(rest, period) >= _LEAST_SHARE * whole:
                rest = _straightened(rest - _cycle(rest, period))
                found.append(period)
    while len(found) < MOST_PERIODS:
        strongest = _period(rest, np.arange(CYCLES, (len(rest) - 1) // 2 + 1), found)
        if not strongest or _share(rest, strongest) < _LEAST_SHARE * whole:
            break
        rest = _straightened(rest - _cycle(rest, strongest))
        found.append(strongest)
    # Six months within a year are no season of their own: they are the year's harmonic.
    whole_seasons = [period for period in found if period in suggested]
    return tuple(
        sorted(one for one in found if one in suggested or not any(season % one == 0 for season in whole_seasons))
    )


def _period(values: Floats, candidates: NDArray[np.int64], found: Sequence[int]) -> int | None:
    """Find the strongest period among candidates, numbers of cycles from CYCLES up, that is not near one found."""
    n = len(values)
    ratio, correlation = _standing_out(values), _autocorrelation(values)
    candidates = candidates[candidates <= len(ratio)]
    for cycles in candidates[np.argsort(-ratio[candidates - 1], kind="stable")].tolist():
        if ratio[cycles - 1] < np.log(len(candidates) / FALSE_PERIODS):
            break
        first, last = max(3, n // (cycles + 1)), min(-(-n // (cycles - 1)), n // CYCLES)
        if first > last:
            continue
        lags = np.arange(first - 1, last + 2)
        multiples = [times for times in _MULTIPLES if times == 1 or times * lags[-1] < 0.75 * n]
        heights = np.mean([correlation[times * lags] for times in multiples], axis=0)
        top = 1 + int(np.argmax(heights[1:-1]))
        hill = heights[top] >= max(heights[top - 1], heights[top + 1], _LEAST_CORRELATION)
        if hill and not _near(int(lags[top]), found):
            return int(lags[top])
    return None


def _standing_out(values: Floats) -> Floats:
    """Divide the power of each frequency, of 1 to (n - 1) // 2 cycles, by what noise would have there."""
    n = len(values)
    window = np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 2
    power: Floats = np.abs(np.fft.rfft(window * values)[1 : (n - 1) // 2 + 1]) ** 2
    cycles = np.arange(1, len(power) + 1)
    memory = min(max(float(_autocorrelation(values)[1]), 0.0), 0.9999)
    red = 1 / (1 - 2 * memory * np.cos(2 * np.pi * cycles / n) + memory**2)
    red *= power.mean() / red.mean()
    # The median of exponentially distributed powers is ln 2 times their mean.
    places = np.unique(np.geomspace(1, len(power), 8 * len(power).bit_length()).round().astype(int))
    medians = [np.median(power[-(-place // 2) - 1 : 2 * place]) / np.log(2) for place in places]
    ratio: Floats = power / np.maximum(red, np.interp(cycles, places, medians))
    return ratio


def _autocorrelation(values: Floats) -> Floats:
    """Correlate values with those 0 to n - 1 steps later, each sum divided by how many it has."""
    n = len(values)
    spectrum = np.abs(np.fft.rfft(values, 2 * n)) ** 2
    sums = np.fft.irfft(spectrum)[:n] / np.arange(n, 0, -1)
    correlation: Floats = sums / sums[0]
    return correlation


def _straightened(values: Floats) -> Floats:
    """Take the line of least squares off."""
    time = np.arange(len(values)) - (len(values) - 1) / 2
    straightened: Floats = values - values.mean() - float(time @ values) / max(float(time @ time), 1.0) * time
    return straightened


def _cycle(values: Floats, period: int) -> Floats:
    """Repeat the mean cycle of a period, (n,)."""
    phase = np.arange(len(values)) % period
    means: Floats = np.bincount(phase, values) / np.bincount(phase)
    return means[phase]


def _share(values: Floats, period: int) -> float:
    return float(_cycle(values, period).var())


def _near(period: int, found: Sequence[int]) -> bool:
    return any(max(period, other) < _APART * min(period, other) for other in found)
