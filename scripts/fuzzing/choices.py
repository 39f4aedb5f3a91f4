"""From the bytes that a fuzzer mutates to choices and contents."""

import struct
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")


class Choices:
    """Bytes, read as choices from their end and as contents from their start, so that either can change alone.

    When they are used up, every number is the lowest and every content is empty.

    Args:
        data: The bytes.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data

    def number(self, low: int, high: int) -> int:
        """Choose a whole number, both ends included."""
        size = ((high - low).bit_length() + 7) // 8
        cut = max(0, len(self._data) - size)
        self._data, read = self._data[:cut], self._data[cut:]
        return low + int.from_bytes(read, "big") % (high - low + 1)

    def pick(self, items: Sequence[Item]) -> Item:
        """Choose one of several."""
        return items[self.number(0, len(items) - 1)]

    def flag(self) -> bool:
        """Choose yes or no."""
        return bool(self.number(0, 1))

    def real(self) -> float:
        """Choose any double: infinite, not a number and denormal too."""
        return float(struct.unpack("<d", self.number(0, 2**64 - 1).to_bytes(8, "little"))[0])

    def take(self, most: int | None = None) -> bytes:
        """Take content: so many bytes, or all that are left."""
        taken = self._data[:most]
        self._data = self._data[len(taken) :]
        return taken

    def text(self, most: int | None = None) -> str:
        """Take content as a string, which may have lone surrogates."""
        return any_text(self.take(most))


def any_text(content: bytes) -> str:
    """Make a string of any bytes; any string can come out, lone surrogates included."""
    try:
        return content.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return content.decode("utf-8", "surrogateescape")
