"""A text to learn from, and where it came from."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from chargen.errors import CorpusError
from chargen.runs.names import is_name
from chargen.text.decode import decode
from chargen.text.normalise import Normalising, normalise


@dataclass(frozen=True)
class Corpus:
    """A decoded text with its provenance; a Gutenberg licence is still in it (`normalise` strips it).

    Args:
        name: A short name that a run's folder may start with, such as `alice`.
        text: The text, lines ending in LF.
        source: Where it came from: a path, a URL, a package and its version.
        sha256: Of the bytes as they were read, in hexadecimal.
        excerpt: Whether only a part of the book stands in for it.

    Raises:
        CorpusError: Half of a surrogate pair is in the text.
    """

    name: str
    text: str
    source: str
    sha256: str
    excerpt: bool = False

    def __post_init__(self) -> None:
        try:
            if not self.text.isascii():
                self.text.encode()
        except UnicodeEncodeError as error:  # no file has it; a program may
            raise CorpusError(
                f"{self.source} has half of a surrogate pair at character {error.start:,}: no file can be written "
                "with it; leave it out"
            ) from error

    @property
    def characters(self) -> int:
        """The length of the text."""
        return len(self.text)

    @property
    def size(self) -> int:
        """About how much there is to read: its characters."""
        return len(self.text)

    def pieces(self, normalising: Normalising, on_bytes: Callable[[int], object] = lambda _: None) -> Iterator[str]:
        """Prepare the text for training.

        Args:
            normalising: How.
            on_bytes: Told when that is done.

        Returns:
            The text, in one piece; none when nothing is left.
        """
        if text := normalise(self.text, normalising):
            yield text
        on_bytes(self.size)

    @classmethod
    def from_bytes(cls, data: bytes, name: str, source: str, excerpt: bool = False) -> "Corpus":
        """Decode a file's content.

        Args:
            data: The bytes of the file.
            name: What to call it; made into a slug.
            source: Where the bytes came from; named in errors.
            excerpt: Whether this is only a part of the book.

        Returns:
            The corpus.

        Raises:
            CorpusError: The bytes are no text, or hardly any.
        """
        return cls(slug(name), decode(data, source), source, hashlib.sha256(data).hexdigest(), excerpt)


def slug(name: str) -> str:
    """Make a name that is safe as a file's and a run's on every system.

    Args:
        name: Any text, such as a file's stem.

    Returns:
        1 to 60 lower-case letters, digits, `_.+-`, starting with a letter, a digit or `_`.
    """
    words = re.sub(r"[^\w.+-]+", "-", unicodedata.normalize("NFC", name.lower()))
    safe = words.lstrip("-.+")[:60].rstrip("-.+")
    return safe if is_name(safe) else f"text-{safe}".rstrip("-")
