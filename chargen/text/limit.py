"""A vocabulary of so many characters: one stands for all the rarest."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chargen.config import is_whole, require
from chargen.text.normalise import UNKNOWN
from chargen.text.vocabulary import code_points


def limit_vocabulary(text: str, most: int, keep: str = "") -> str:
    """Replace the rarest characters of a text by U+FFFD.

    Args:
        text: Any text.
        most: Distinct characters that may be left, U+FFFD among them.
        keep: Characters that are not replaced, however rare.

    Returns:
        The text itself when it has no more; else as many characters, of `most` kinds.

    Raises:
        OptionError: So few cannot be.
    """
    require_room(most, keep)
    points = code_points(text)
    distinct, counts = np.unique(points, return_counts=True)
    rare = distinct[~common(distinct, counts, most, keep)]
    if not len(rare):
        return text
    return np.where(np.isin(points, rare), ord(UNKNOWN), points).astype("<u4").tobytes().decode("utf-32-le")


def require_room(most: int, keep: str = "") -> None:
    """Refuse a vocabulary that is too small.

    Args:
        most: Distinct characters that it may have.
        keep: Those that it must have besides U+FFFD.

    Raises:
        OptionError: No character of the text would be left.
    """
    least = 2 + len(keep)
    require(is_whole(most) and most >= least, "--max-vocabulary", most, f"a whole number from {least} up")


def common(
    points: NDArray[np.integer[Any]], counts: NDArray[np.integer[Any]], most: int, keep: str = ""
) -> NDArray[np.bool_]:
    """Choose the characters that stay: the most frequent, of equally frequent ones those of lower code points.

    Args:
        points: The distinct code points of a text, in any order (n,).
        counts: How often each occurs.
        most: As for `limit_vocabulary`.
        keep: As for `limit_vocabulary`.

    Returns:
        Which stay (n,).
    """
    if len(points) <= most:
        return np.ones(len(points), bool)
    stays = np.isin(points, [ord(character) for character in UNKNOWN + keep])
    order = np.lexsort((points, -counts))
    order = order[~stays[order]]
    stays[order[: most - len(set(UNKNOWN + keep))]] = True
    return stays
