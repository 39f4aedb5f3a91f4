"""A text cut into training, validation and test parts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from chargen.config import is_whole, require
from chargen.types import Ids

PARTS = ("book", "validation", "test")
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
        part: `book` is cut by the shares held out; `validation` and `test` are held out whole.
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


@dataclass(frozen=True)
class HeldOut:
    """A part of the text that training never sees.

    Args:
        before: The characters before it, int32 (m,), to warm the states up.
        ids: The part, int32 (n,); empty when there is none.
    """

    before: Ids
    ids: Ids


@dataclass(frozen=True)
class Parts:
    """A text's three parts.

    Args:
        training: What the network learns from, int32 (n,).
        validation: What chooses the best iteration.
        test: What is only ever reported.
    """

    training: Ids
    validation: HeldOut
    test: HeldOut

    @property
    def held_out(self) -> HeldOut | None:
        """The held-out part that says most: the test part, which chose nothing, or else the validation part."""
        return next((part for part in (self.test, self.validation) if len(part.ids)), None)


def split(ids: Ids, documents: Sequence[Document], validation: float, test: float, context: int) -> Parts:
    """Cut a text into parts: of each book the end is held out, what is left is joined.

    Args:
        ids: The whole text, document after document, int32 (N,).
        documents: Their lengths and parts.
        validation: Share of each book, before its test part, that validates.
        test: Share of each book, from its end, that tests.
        context: Characters to keep before a held-out part.

    Returns:
        The parts. What stands before a held-out part is the text before it in its own book, or the end of the
        training part when its book has not so much, or it is a text of its own.
    """
    pieces: dict[str, list[Ids]] = {"training": [], "validation": [], "test": []}
    before: dict[str, Ids] = {}
    start = 0
    for document in documents:
        whole = ids[start : start + document.characters]
        start += document.characters
        if document.part != "book":
            pieces[document.part].append(whole)
            continue
        held = math.floor(test * len(whole))
        tests = len(whole) - held
        validates = tests - math.floor(validation * len(whole))
        pieces["training"].append(whole[:validates])
        for part, first, last in (("validation", validates, tests), ("test", tests, len(whole))):
            if last > first:
                pieces[part].append(whole[first:last])
                if first >= context:
                    before.setdefault(part, whole[first - context : first])
    joined = {part: np.concatenate([np.empty(0, np.int32), *found]) for part, found in pieces.items()}
    tail = joined["training"][-context:]
    return Parts(
        joined["training"],
        HeldOut(before.get("validation", tail), joined["validation"]),
        HeldOut(before.get("test", tail), joined["test"]),
    )
