"""A text in a file, of any size, read when it is asked for."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from chargen.errors import CorpusError
from chargen.text.corpus import Corpus, slug
from chargen.text.decode import LIMIT, decode_as, encoding_of
from chargen.text.normalise import Normalising, normalise_pieces
from chargen.text.packed import opened, plain_name, shown
from chargen.text.pieces import PIECE, decode_pieces
from chargen.text.sums import Content, Stamp, Sums

OnBytes = Callable[[int], object]


@dataclass(frozen=True)
class StoredText:
    """A text in a file, of which only provenance is in memory.

    Up to 64 MiB it is read and decoded whole, as a book; a longer one is read piece by piece, and a licence of Project
    Gutenberg stays in it: no book is that long.

    Args:
        name: A short name that a run's folder may start with.
        source: Where it came from.
        path: The file.
        stamp: What the file looked like when it was found.
        content: Its sha256, size and encoding.
    """

    name: str
    source: str
    path: Path
    stamp: Stamp
    content: Content
    excerpt: ClassVar[bool] = False

    @property
    def sha256(self) -> str:
        """Of the bytes, unpacked, in hexadecimal."""
        return self.content.sha256

    @property
    def size(self) -> int:
        """Its bytes, unpacked."""
        return self.content.size

    @property
    def large(self) -> bool:
        """Whether it is read piece by piece."""
        return self.size > LIMIT

    @classmethod
    def of(cls, path: Path, source: str, sums: Sums, on_bytes: OnBytes = lambda _: None) -> "StoredText":
        """Look at a file: read it, or recall what was read.

        Args:
            path: The file, which may be packed.
            source: Where it came from; named in errors.
            sums: What is known of large files.
            on_bytes: Told how many bytes more were read, unpacked.

        Returns:
            The text.

        Raises:
            NoTextError: It holds no plain text.
            CorpusError: It cannot be read, or is not in one encoding.
        """
        stamp = _stamp(path)
        content = sums.find(path, stamp)
        if content is None:
            content = _look(path, source, on_bytes)
            sums.keep(path, stamp, content)
        return cls(slug(plain_name(path)), source, path, stamp, content)

    def whole(self) -> Corpus:
        """Read the text.

        Returns:
            It, as a corpus.

        Raises:
            CorpusError: It cannot be read, has changed, or is too long to be read whole.
        """
        with opened(self.path) as file:
            data = file.read(LIMIT + 1)
        self._require_same()
        return Corpus.from_bytes(data, self.name, self.source)

    def pieces(self, normalising: Normalising, on_bytes: OnBytes = lambda _: None) -> Iterator[str]:
        """Read the text, ready to be trained on.

        Args:
            normalising: How it is prepared.
            on_bytes: Told how many bytes more were read, unpacked.

        Returns:
            Its pieces.

        Raises:
            CorpusError: It cannot be read or decoded, or has changed.
        """
        if not self.large:
            yield from self.whole().pieces(normalising, lambda _: None)
            on_bytes(self.size)
            return
        with opened(self.path) as file:
            decoded = decode_pieces(file, self.content.encoding, self.source, on_bytes)
            yield from normalise_pieces(decoded, normalising)
        self._require_same()

    def _require_same(self) -> None:
        if _stamp(self.path) != self.stamp:
            raise CorpusError(f"{self.source} changed while it was read; give the command again")


def _stamp(path: Path) -> Stamp:
    try:
        return Stamp.of(path)
    except OSError as error:
        raise CorpusError(
            f"cannot read {shown(path)}: {error.strerror or error}; check the path and its permissions"
        ) from error


def _look(path: Path, source: str, on_bytes: OnBytes) -> Content:
    with opened(path) as file:
        data = file.read(LIMIT + 1)
        on_bytes(len(data))
        if len(data) <= LIMIT:
            return Content(hashlib.sha256(data).hexdigest(), len(data), decode_as(data, source)[1])
        encoding = encoding_of(data[:PIECE], source)
        digest, size = hashlib.sha256(data), len(data)
        while data := file.read(PIECE):
            digest.update(data)
            size += len(data)
            on_bytes(len(data))
    return Content(digest.hexdigest(), size, encoding)
