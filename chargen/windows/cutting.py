"""Windows cut out of a sequence; `one_hot_windows` shows what one means."""

from typing import Any, TypeVar

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view
from numpy.typing import NDArray

from chargen.errors import OptionError
from chargen.types import Ids

Scalar = TypeVar("Scalar", bound=np.generic)


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
