"""How a book is prepared for training, and a seed for sampling."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from chargen.config import is_whole, require
from chargen.errors import CorpusError, OptionError
from chargen.text.gutenberg import strip_blank_lines, strip_licence

Ascii = Literal["keep", "transliterate", "drop"]
# What stands for every character that --max-vocabulary leaves out: Unicode's own sign for what cannot be shown.
UNKNOWN = "\ufffd"


@dataclass(frozen=True)
class Normalising:
    """What is done to a text before its characters are counted.

    Args:
        lowercase: Whether capitals become small letters.
        ascii: Whether characters beyond ASCII are kept, transliterated (é to e, “ to ") or dropped.
        join_lines: Whether lines are stripped, empty ones dropped, and the rest joined by a space.
        keep_licence: Whether Project Gutenberg's header and footer stay.
        max_vocabulary: Distinct characters at most; the rarest are read as one unknown character, which counts as one
            and is never written. 0 for all.
        boundary: A character that is put before the first text and after each; none when left out.
    """

    lowercase: bool = False
    ascii: Ascii = "keep"
    join_lines: bool = False
    keep_licence: bool = False
    max_vocabulary: int = 0
    boundary: str | None = None

    def __post_init__(self) -> None:
        for option in ("lowercase", "join_lines", "keep_licence"):
            value = getattr(self, option)
            if not isinstance(value, bool):
                raise OptionError(f"{option} is {value!r}; it takes True or False; see 'chargen train --help'")
        if self.ascii not in get_args(Ascii):
            raise OptionError(
                f"ascii is {self.ascii!r}; it takes {', '.join(get_args(Ascii))}; see 'chargen train --help'"
            )
        most, boundary = self.max_vocabulary, self.boundary
        right = is_whole(most) and most != 1
        require(right, "--max-vocabulary", most, "a whole number from 2 up, or 0 for all characters")
        right = boundary is None or (isinstance(boundary, str) and len(boundary) == 1 and _is_possible(boundary))
        require(right, "--boundary", boundary, "one character that no text has, such as ␃")


def refuse_boundary(text: str, boundary: str, source: str) -> None:
    """Refuse a text that has the character in it that is to stand between texts.

    Args:
        text: The text, as it is trained on.
        boundary: The character; empty when there is none.
        source: Where the text came from.

    Raises:
        CorpusError: It has.
    """
    if boundary and boundary in text:
        raise CorpusError(
            f"{source} has the boundary {boundary!r} (U+{ord(boundary):04X}) in it; give --boundary a character "
            "that no text has"
        )


def _is_possible(boundary: str) -> bool:
    """Half a surrogate pair can be in no file, and the unknown character is in many a text."""
    return boundary != UNKNOWN and not "\ud800" <= boundary <= "\udfff"


def normalise(text: str, normalising: Normalising) -> str:
    """Prepare a book.

    Args:
        text: The decoded file, lines ending in LF.
        normalising: What to do.

    Returns:
        The text that is trained on: NFC, without blank lines at its ends.
    """
    if not normalising.keep_licence:
        text = strip_licence(text)
    return "".join(normalise_pieces([text], normalising))


def normalise_pieces(pieces: Iterable[str], normalising: Normalising) -> Iterator[str]:
    """Prepare a text piece by piece, as if it were whole; a licence stays where it is.

    Args:
        pieces: The decoded text, cut where no character belongs to the one before, such as after line ends.
        normalising: What to do.

    Returns:
        The pieces of what `normalise` makes of the whole text, none of them empty.
    """
    begun, space = False, ""  # white space may be the text's end, and is held back until something follows
    for piece in pieces:
        letters = _letters(piece, normalising)
        body = letters.rstrip()
        if body:
            yield _lines(space + body, begun, normalising.join_lines)
            begun, space = True, ""
        space += letters[len(body) :]


def _lines(text: str, begun: bool, join: bool) -> str:
    if not join:
        return text if begun else strip_blank_lines(text)
    joined = " ".join(line for line in map(str.strip, text.split("\n")) if line)
    space = text[: len(text) - len(text.lstrip())] if begun else ""
    return (" " if "\n" in space else space) + joined


def normalise_seed(text: str, normalising: Normalising) -> str:
    """Prepare a seed as its run's book was prepared; spaces at its ends are meant and stay.

    Args:
        text: What the user wants continued.
        normalising: What was done to the book.

    Returns:
        The seed.
    """
    text = _letters(text.replace("\r\n", "\n").replace("\r", "\n"), normalising)
    if normalising.join_lines:
        text = re.sub(r"\s+", lambda space: " " if "\n" in space[0] else space[0], text)
    return text


def _letters(text: str, normalising: Normalising) -> str:
    text = unicodedata.normalize("NFC", text)
    if normalising.ascii != "keep":
        text = _to_ascii(text, normalising.ascii == "transliterate")
    if normalising.lowercase:
        # Lower-casing can take a character apart (İ) and leave what NFC would have joined.
        text = unicodedata.normalize("NFC", text.lower())
    return text


def _to_ascii(text: str, transliterate: bool) -> str:
    if text.isascii():
        return text
    from anyascii import anyascii  # its tables take a while to load

    foreign = {character for character in set(text) if not character.isascii()}
    return text.translate({ord(c): anyascii(c) if transliterate else "" for c in foreign})
