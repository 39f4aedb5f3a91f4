"""A text cut into training, validation and test parts."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chargen.config import is_whole, require
from chargen.errors import UsageError
from chargen.types import Ids
from chargen.windows import Passages

PARTS = ("book", "training", "validation", "test")
# From so many books on whole ones are held out: their ends alone would say little of a book never seen.
WHOLE = 20
# Characters before a held-out segment that warm the states up, unscored (DESIGN: scoring of streams).
PRIMING = 500


@dataclass(frozen=True)
class Document:
    """One of the texts that a run is made of.

    Args:
        name: Its name.
        source: Where it came from.
        sha256: Of the bytes that were read.
        characters: Its length after normalising.
        part: `book` is cut by the shares held out; `training`, `validation` and `test` are whole what they say.
    """

    name: str
    source: str
    sha256: str
    characters: int
    part: str = "book"

    def __post_init__(self) -> None:
        for key in ("name", "source", "sha256"):
            require(isinstance(getattr(self, key), str), key, getattr(self, key), "a text")
        require(is_whole(self.characters), "characters", self.characters, "a whole number from 0 up")
        require(self.part in PARTS, "part", self.part, ", ".join(PARTS))


@dataclass(frozen=True, eq=False)
class HeldOut:
    """A part of the text that training never sees.

    Args:
        before: The characters before it, int32 (m,), to warm the states up.
        ids: The part, int32 (n,); empty when there is none.
        heads: Where it is of several documents: what stands before each one's piece in its own document, nothing
            before a whole one.
        starts: Where their pieces start in `ids`.
    """

    before: Ids
    ids: Ids
    heads: tuple[Ids, ...] = ()
    starts: tuple[int, ...] = ()

    def beginning(self, most: int) -> "HeldOut":
        """Give its first characters, each read as in the whole part.

        Args:
            most: So many.

        Returns:
            A shorter part.
        """
        starts = tuple(start for start in self.starts if start < most)
        return HeldOut(self.before, self.ids[:most], self.heads[: len(starts)], starts)

    def pieces(self) -> Iterator[tuple[Ids, slice]]:
        """Give what is read with a state of its own.

        Returns:
            What stands before each piece, and its place in `ids`.
        """
        heads, starts = (self.heads, self.starts) if self.starts else ((self.before,), (0,))
        for head, start, stop in zip(heads, starts, (*starts[1:], len(self.ids)), strict=True):
            yield head, slice(start, stop)


@dataclass(frozen=True, eq=False)
class Parts:
    """A text's three parts.

    Args:
        training: What the network learns from.
        validation: What chooses the best iteration.
        test: What is only ever reported.
    """

    training: Passages
    validation: HeldOut
    test: HeldOut

    @property
    def held_out(self) -> HeldOut | None:
        """The held-out part that says most: the test part, which chose nothing, or else the validation part."""
        return next((part for part in (self.test, self.validation) if len(part.ids)), None)


def hold_out(documents: Sequence[Document], validation: float, test: float) -> list[Document]:
    """Choose which of many books are held out whole; of a few, each one's end is.

    They are chosen by their sha256, which is as good as by chance and the same whatever the files are called. A book
    that would take a part further from its share than it is without it is left to training.

    Args:
        documents: Books, and texts that were held out by name.
        validation: Share of the books that validates.
        test: Share of the books that tests.

    Returns:
        The documents, in the same order; `part` changed from WHOLE books on.

    Raises:
        UsageError: No book comes near a share.
    """
    books = [document for document in documents if document.part == "book"]
    if len(books) < WHOLE:
        return list(documents)
    total = sum(book.characters for book in books)
    parts: dict[str, str] = {}
    for part, share in (("test", test), ("validation", validation)):
        taken = 0
        for book in sorted(books, key=lambda book: book.sha256):
            if book.sha256 not in parts and taken + book.characters / 2 < share * total:
                parts[book.sha256] = part
                taken += book.characters
        if share and not taken:
            raise UsageError(
                f"each of the {len(books)} texts is more than twice the --{part} {share:g} that is held out as whole "
                f"texts; give a larger share, or --{part} FILE"
            )
    return [
        replace(document, part=parts.get(document.sha256, "training")) if document.part == "book" else document
        for document in documents
    ]


def split(
    text: NDArray[np.integer[Any]],
    documents: Sequence[Document],
    validation: float,
    test: float,
    context: int,
    separate: bool = False,
    boundary: bool = False,
) -> Parts:
    """Cut a text into parts: of each book the end is held out, what is left is learnt from.

    Args:
        text: The whole text, document after document, integers (N,).
        documents: Their lengths and parts.
        validation: Share of each book, before its test part, that validates.
        test: Share of each book, from its end, that tests.
        context: Characters to keep before a held-out part.
        separate: Whether documents are read apart from one another; otherwise they are joined into one.
        boundary: Whether a character stands before the first document and after each; to those it lies between it
            belongs, to both.

    Returns:
        The parts. What stands before a held-out part is the text before it in its own book, or the end of the
        training part when its book has not so much, or it is a text of its own.
    """
    spans: dict[str, list[tuple[int, int]]] = {"training": [], "validation": [], "test": []}
    heads: dict[str, list[int]] = {"validation": [], "test": []}
    at = int(boundary)
    for document in documents:
        first, last = at - boundary, at + document.characters + boundary
        cuts = [last, last] if document.part != "book" else _cuts(at, document.characters, validation, test, last)
        at += document.characters + boundary
        own = "training" if document.part == "book" else document.part
        for part, start, stop in ((own, first, cuts[0]), ("validation", cuts[0], cuts[1]), ("test", cuts[1], last)):
            if stop > start:
                # With a boundary before it a whole document has something to be read from.
                begin = start + 1 if boundary and part != "training" and start == first else start
                spans[part].append((begin, stop))
                if part != "training":
                    heads[part].append(max(first, begin - context))
    training = Passages(text, np.array(spans["training"], np.int64).reshape(-1, 2))
    if not separate and len(training.spans) > 1:
        training = Passages.whole(training.tail())
    tail = training.tail(context)
    held = {part: _held_out(text, spans[part], heads[part], tail, context, separate) for part in heads}
    return Parts(training, held["validation"], held["test"])


def _cuts(start: int, characters: int, validation: float, test: float, last: int) -> list[int]:
    """Tell where a book's validation part starts and where its test part does."""
    tests = characters - math.floor(test * characters)
    validates = tests - math.floor(validation * characters)
    return [start + place if place < characters else last for place in (validates, tests)]


def _held_out(
    text: NDArray[np.integer[Any]],
    spans: Sequence[tuple[int, int]],
    heads: Sequence[int],
    tail: Ids,
    context: int,
    separate: bool,
) -> HeldOut:
    ids = np.concatenate([np.empty(0, np.int32), *(text[start:stop] for start, stop in spans)], dtype=np.int32)
    befores = [text[head:start].astype(np.int32) for head, (start, _) in zip(heads, spans, strict=True)]
    before = next((before for before in befores if len(before) >= context), tail)
    if not separate:
        return HeldOut(before, ids)
    starts = np.cumsum([0, *(stop - start for start, stop in spans)])[:-1]
    return HeldOut(before, ids, tuple(befores), tuple(map(int, starts)))
