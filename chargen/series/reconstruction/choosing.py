"""How many steps a network that fills gaps reads at once, and how long the gaps are that it learns."""

from collections.abc import Sequence

from chargen.series.gaps import own_lengths
from chargen.types import Floats

# Steps that the network reads at once, at least and, unless asked for, at most; in blocks as they are scored.
LEAST_WINDOW, MOST_WINDOW, BLOCKS = 48, 256, 4


def window_for(values: Sequence[Floats], block: int, seasons: Sequence[int]) -> int:
    """Choose how many steps the network reads at once.

    Args:
        values: Each series, (n, features), NaN where missing.
        block: Steps of the gaps that are scored.
        seasons: Steps in a season, where known.

    Returns:
        The longest season, BLOCKS blocks, twice the longest gap or LEAST_WINDOW, whichever is most; MOST_WINDOW at
        most, and no more than the longest series has.
    """
    wanted = max(LEAST_WINDOW, BLOCKS * block, 2 * max(own_lengths(values), default=0), *seasons, 0)
    return min(wanted, MOST_WINDOW, max(map(len, values)))


def lengths_for(values: Sequence[Floats], block: int, window: int) -> tuple[int, ...]:
    """Choose the lengths of gaps that are learnt: those of the series' own, single steps, blocks, and a spread.

    Args:
        values: Each series, (n, features), NaN where missing.
        block: Steps of the gaps that are scored.
        window: Steps that the network reads at once; no gap is longer than half of it.

    Returns:
        Lengths, each as often as it is drawn.
    """
    most = max(window // 2, min(block, window - 2), 1)
    own = [length for length in own_lengths(values) if length <= most]
    longest = min(max(2 * block, max(own, default=1)), most)
    spread = [1 + round(place * (longest - 1) / 7) for place in range(8)]
    # A quarter single steps, a quarter as scored, a quarter spread, a quarter like the series' own where it has some.
    sample = [own[int(place * len(own) / 8)] for place in range(8)] if own else spread
    return (*(1,) * 8, *(min(block, most),) * 8, *spread, *sample)
