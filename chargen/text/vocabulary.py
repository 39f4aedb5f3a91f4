"""The characters a network knows, numbered."""

import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chargen.errors import DamagedRunError, SeedError
from chargen.types import Ids

# Characters that stand for one another, the plainest first.
_ALIKE = ("'’‘‚‛`´′", '"”“„‟»«″', "-—–‐‑‒―−", " \u00a0\u2009\t\n", ".…")
_SHOWN = 8


@dataclass(frozen=True)
class Vocabulary:
    """The distinct characters of a text in the order of their code points; a character's place is its id.

    Args:
        characters: The characters, in any order, repeated or not.
        unknown: The one of them that every other character is read as; without it another one is an error.
    """

    characters: str
    unknown: str | None = None

    def __init__(self, characters: str | Sequence[str], unknown: str | None = None) -> None:
        object.__setattr__(self, "characters", "".join(sorted(set(characters))))
        object.__setattr__(self, "unknown", unknown)

    @classmethod
    def of(cls, text: str) -> "Vocabulary":
        """Collect the characters of a text.

        Args:
            text: Any text.

        Returns:
            Its vocabulary.
        """
        return cls(text)

    def __len__(self) -> int:
        return len(self.characters)

    @property
    def unknown_id(self) -> int | None:
        """The id of the unknown character; None without one."""
        return None if self.unknown is None else self.characters.index(self.unknown)

    @cached_property
    def _points(self) -> NDArray[np.uint32]:
        return code_points(self.characters)

    def encode(self, text: str) -> Ids:
        """Turn characters into ids.

        Args:
            text: Any text, even with lone surrogates.

        Returns:
            Ids, int32 (n,).

        Raises:
            SeedError: It has characters that the vocabulary lacks.
        """
        places, known = self._look_up(text)
        if self.unknown_id is not None:
            places[~known] = self.unknown_id
        elif not known.all():
            raise SeedError(self._complaint(self.lacking(text)))
        return places

    def lacking(self, text: str) -> list[str]:
        """Find the characters of a text that the vocabulary lacks.

        Args:
            text: Any text, even with lone surrogates.

        Returns:
            The distinct ones, sorted.
        """
        return [chr(point) for point in np.unique(code_points(text)[~self._look_up(text)[1]])]

    def nearest(self, character: str) -> str | None:
        """Find what an unknown character can be read as.

        Args:
            character: One that the vocabulary lacks.

        Returns:
            Known characters: the other case, the letter without its accent, a quote, dash or space of another shape,
            or a transliteration into letters; None when there is nothing of the kind.
        """
        from anyascii import anyascii  # its tables take a while to load

        parts = unicodedata.normalize("NFKD", character)
        plain = "".join(part for part in parts if not unicodedata.combining(part))
        alike = next((group for group in _ALIKE if character in group), "")
        spelt: str = anyascii(character)
        letters = spelt if spelt.isalnum() else ""  # not ':smile:'
        other: str
        for other in (_other_case(character), plain, _other_case(plain), *alike, letters, letters.lower()):
            if other and not self.lacking(other):
                return other
        return None

    def decode(self, ids: Sequence[int] | NDArray[np.integer[Any]]) -> str:
        """Turn ids into characters.

        Args:
            ids: Integers (n,) from 0 to the vocabulary's size, exclusive.

        Returns:
            The text, n characters.
        """
        points = self._points[np.asarray(ids, dtype=np.intp)]
        return points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass")

    def to_json(self) -> str:
        """Write the characters as a JSON list.

        Returns:
            One line of JSON, ending in LF.
        """
        return json.dumps(list(self.characters), ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> "Vocabulary":
        """Read what `to_json` wrote.

        Args:
            text: A JSON list of characters, sorted and distinct.

        Returns:
            The vocabulary.

        Raises:
            DamagedRunError: It is anything else.
        """
        try:
            characters = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise DamagedRunError(f"vocabulary.json is not JSON ({error}); restore it from a copy") from error
        # Half of a surrogate pair is no character: no text has it, and no file can be written with it.
        single = isinstance(characters, list) and all(isinstance(c, str) and len(c) == 1 for c in characters)
        if not single or any("\ud800" <= c <= "\udfff" for c in characters):
            raise DamagedRunError("vocabulary.json is not a list of single characters; restore it from a copy")
        vocabulary = cls(characters)
        if list(vocabulary.characters) != characters:
            raise DamagedRunError("vocabulary.json is not sorted, or has a character twice; restore it from a copy")
        return vocabulary

    def _look_up(self, text: str) -> tuple[Ids, NDArray[np.bool_]]:
        points = code_points(text)
        places = np.searchsorted(self._points, points)
        known = np.zeros(len(points), bool)
        if len(self):
            known = self._points[np.minimum(places, len(self) - 1)] == points
        return places.astype(np.int32), known

    def _complaint(self, unknown: list[str]) -> str:
        names = ", ".join(f"{c!r} (U+{ord(c):04X})" for c in unknown[:_SHOWN])
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        known = self.characters if len(self) <= 100 else self.characters[:100] + "…"
        instead = [(c, other) for c in unknown[:_SHOWN] for other in [self.nearest(c)] if other]
        hint = ", ".join(f"{other!r} for {c!r}" for c, other in instead)
        return (
            f"the text has characters that the vocabulary lacks: {names}{more}; it has these {len(self)}: {known!r}; "
            + (f"write {hint}" if hint else "leave them out")
        )


def _other_case(letter: str) -> str:
    swapped = letter.swapcase()
    return swapped if swapped.swapcase() == letter else ""  # 'ß' is no 'SS'


def code_points(text: str) -> NDArray[np.uint32]:
    """Write a text as numbers.

    Args:
        text: Any text, even with lone surrogates.

    Returns:
        Its code points, uint32 (n,).
    """
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint32, copy=False)
