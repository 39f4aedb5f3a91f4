"""Where a continuation ends: after so many characters, before a text, after a sentence or a paragraph."""

import re
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, get_args

from chargen.config import is_whole, require

Until: TypeAlias = Literal["sentence", "paragraph"]

LENGTH = 400
# Beside another ending the length is only there so that it does end.
LENGTH_AT_MOST = 4000

# What has to stand before white space for a sentence to be over: its mark and what closes with it ...
_OVER = re.compile(r"[.!?…][\"'”’»)\]_*]*$")
# ... but for titles and initials.
_TITLE = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|[A-Z])\.$")
# East Asian marks need no white space, only something that does not close with them.
_OVER_AT_ONCE = re.compile(r"[。！？][」』”’）]*$")
_CLOSING = "」』”’）"
# Characters back that these patterns can look.
_REACH = 12


@dataclass(frozen=True)
class Ending:
    """When a continuation ends: by what comes first.

    Args:
        length: New characters; 0 for no end; LENGTH when left out, LENGTH_AT_MOST beside another ending.
        stop: Texts before which it ends.
        until: `sentence` ends after its mark, `paragraph` before the empty line; neither before a visible character.
    """

    length: int | None = None
    stop: tuple[str, ...] = ()
    until: Until | None = None

    def __post_init__(self) -> None:
        for stop in self.stop:
            require(isinstance(stop, str) and stop != "", "--stop", stop, "a text of at least one character")
        require(self.until is None or self.until in get_args(Until), "--until", self.until, "sentence or paragraph")
        if self.length is None:
            object.__setattr__(self, "length", LENGTH_AT_MOST if self.stop or self.until else LENGTH)
        require(is_whole(self.length), "--length", self.length, "a whole number from 1 up, or 0 for no end")


@dataclass
class Cut:
    """A continuation on its way to its end.

    What may turn out to be the beginning of a stop text is held back until it is known.

    Args:
        ending: When it ends.

    Attributes:
        ended: Whether it has ended.
    """

    ending: Ending
    ended: bool = False
    _count: int = 0
    _visible: bool = False
    _tail: str = ""
    _held: list[tuple[str, float]] = field(default_factory=list)

    def push(self, character: str, nats: float) -> list[tuple[str, float]]:
        """Add a character.

        Args:
            character: The next one.
            nats: What belongs to it: -ln p.

        Returns:
            The characters, with their nats, that are known to be part of the text.
        """
        stops = self._stops()
        if self._sentence_is_over(character):
            self.ended = True
            return self._release(0)
        self._count += 1
        self._visible = self._visible or not character.isspace()
        self._held.append((character, nats))
        self._tail = (self._tail + character)[-max([_REACH, *map(len, stops)]) :]
        matched = max((len(stop) for stop in stops if self._tail.endswith(stop)), default=0)
        if matched:
            self.ended = True
            del self._held[-matched:]
            return self._release(0)
        if self._count == self.ending.length:
            self.ended = True
            return self._release(0)
        return self._release(max((_overlap(self._tail, stop) for stop in stops), default=0))

    def copy(self) -> "Cut":
        """Make an independent copy, to go on in another way."""
        return replace(self, _held=list(self._held))

    def _stops(self) -> tuple[str, ...]:
        return (*self.ending.stop, "\n\n") if self.ending.until == "paragraph" and self._visible else self.ending.stop

    def _sentence_is_over(self, character: str) -> bool:
        if self.ending.until != "sentence" or not self._visible:
            return False
        if character.isspace():
            return bool(_OVER.search(self._tail)) and not _TITLE.search(self._tail)
        return character not in _CLOSING and bool(_OVER_AT_ONCE.search(self._tail))

    def _release(self, keep: int) -> list[tuple[str, float]]:
        count = len(self._held) - keep
        released, self._held = self._held[:count], self._held[count:]
        return released


def _overlap(tail: str, stop: str) -> int:
    """Count the characters at the end of a text that a stop text begins with, the whole stop text excluded."""
    return next((size for size in range(min(len(stop) - 1, len(tail)), 0, -1) if tail.endswith(stop[:size])), 0)
