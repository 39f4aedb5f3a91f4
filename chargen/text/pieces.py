"""Long texts read piece by piece: what `decode` does to a whole file, for files that no memory holds."""

import codecs
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from chargen.errors import CorpusError, NoTextError
from chargen.text.decode import controls, mixed, refuse_controls

PIECE = 2 * 2**20
# How far from its end a line that is longer than a piece is looked at for a good place to cut it.
_REACH = 1000
_LETTERS = frozenset(("Lu", "Ll", "Lt", "Lo", "Nd"))
# Korean letters that join with those before them, and a Greek one whose small form hangs on what surrounds it.
_JAMO, _SIGMA = range(0x1100, 0x1200), "Σ"


def decode_pieces(
    file: BinaryIO, encoding: str, source: str, on_bytes: Callable[[int], object], piece: int = PIECE
) -> Iterator[str]:
    """Decode a file piece by piece.

    Args:
        file: It, at its start.
        encoding: Its encoding's name in Python.
        source: What to call it in errors.
        on_bytes: Told how many bytes more were read.
        piece: Bytes to read at once.

    Returns:
        Pieces that joined are what `decode` returns; they end where lines end. A line that is longer than two pieces
        is cut at a space or between letters, never before an accent.

    Raises:
        NoTextError: It has control characters, or nothing but white space.
        CorpusError: The encoding ends to be right.
    """
    return _cut(_plain(_decoded(file, encoding, source, on_bytes, piece), source), piece)


def _decoded(
    file: BinaryIO, encoding: str, source: str, on_bytes: Callable[[int], object], piece: int
) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    before = 0
    data = b"-"
    while data:
        data = file.read(piece)
        try:
            text = decoder.decode(data, not data)
        except UnicodeDecodeError as error:
            kept = len(error.object) - len(data)  # of a character that the piece before cut
            raise CorpusError(mixed(source, encoding, before - kept + error.start)) from error
        before += len(data)
        on_bytes(len(data))
        yield text


def _plain(texts: Iterable[str], source: str) -> Iterator[str]:
    """Put line ends right, drop marks at both ends, and refuse what is no text."""
    begun = written = False
    held = ""  # a carriage return and 0x1A's, which what follows decides about
    count = length = 0
    for read in texts:
        text = held + read
        if not begun:
            text = text.lstrip("\ufeff")
            begun = text != ""
        body = text.rstrip("\x1a")
        body = body[:-1] if body.endswith("\r") else body
        held = text[len(body) :]
        if "\r" in body:  # which is told at once, while replacing takes its time
            body = body.replace("\r\n", "\n").replace("\r", "\n")
        count += controls(body, source)
        length += len(body)
        written = written or (body != "" and not body.isspace())
        yield body
    yield held.rstrip("\x1a").replace("\r", "\n")
    refuse_controls(count, length, source)
    if not written:
        raise NoTextError(f"{source} is empty; give a file with a text in it")


def _cut(texts: Iterable[str], piece: int) -> Iterator[str]:
    rest = ""
    for text in texts:
        rest += text
        end = rest.rfind("\n") + 1
        if not end and len(rest) >= piece:
            end = _place(rest)
        if end:
            yield rest[:end]
            rest = rest[end:]
    if rest:
        yield rest


def _place(line: str) -> int:
    """Find where a line can be cut: no composition and no choice of a small letter reaches over the place."""
    reach = max(len(line) - _REACH, 0)
    if space := line.rfind(" ", reach) + 1:
        return space
    places = (end for end in range(len(line) - 1, reach, -1) if _apart(line[end - 1]) and _apart(line[end]))
    return next(places, len(line))


def _apart(letter: str) -> bool:
    return unicodedata.category(letter) in _LETTERS and letter != _SIGMA and ord(letter) not in _JAMO
