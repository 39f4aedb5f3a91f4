"""What a text costs a compressor that has just read another: general programs as baselines of prediction."""

import bz2
import lzma
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

# A compressor's memory: bytes for each byte of text, and in all. Out of memory it would forget what it has learnt.
_PPMD_BYTES, _PPMD_LEAST, _PPMD_MOST = 64, 2**24, 2**31 - 1
# bz2 sorts blocks of so many bytes, each by itself.
BZ2_BLOCK = 900_000


def _ppmd(order: int, text: bytes) -> int:
    from pyppmd import PPMD8_RESTORE_METHOD_RESTART, Ppmd8Encoder

    memory = min(max(_PPMD_BYTES * len(text), _PPMD_LEAST), _PPMD_MOST)
    encoder = Ppmd8Encoder(order, memory, PPMD8_RESTORE_METHOD_RESTART)
    return len(encoder.encode(text)) + len(encoder.flush())


def _xz(text: bytes) -> int:
    # The dictionary holds the whole text: nothing of it is out of reach.
    preset = 9 | lzma.PRESET_EXTREME
    filters = [{"id": lzma.FILTER_LZMA2, "preset": preset, "dict_size": max(len(text), 2**16)}]
    return len(lzma.compress(text, filters=filters))


def _bz2(text: bytes) -> int:
    return len(bz2.compress(text))


# PPMd is prediction by partial matching, variant I (Shkarin 2002, "PPM: one step to practicality").
COMPRESSORS: Mapping[str, Callable[[bytes], int]] = MappingProxyType(
    {"PPMd order 6": partial(_ppmd, 6), "PPMd order 16": partial(_ppmd, 16), "xz": _xz, "bz2": _bz2}
)


def bits_after(name: str, before: str, text: str) -> float:
    """Tell how many bits a text costs a compressor that has read another one before.

    Args:
        name: One of COMPRESSORS.
        before: What it has read.
        text: The text.

    Returns:
        8 (bytes of both, compressed as one - bytes of the first) / characters of the text; 0 where that is negative, as
        bz2 may have it with very short texts.
    """
    compressed, first = COMPRESSORS[name], before.encode()
    return 8 * max(compressed(first + text.encode()) - compressed(first), 0) / len(text)
