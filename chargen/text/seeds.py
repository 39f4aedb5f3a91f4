"""Seeds: what the user wants continued, as a network can read it."""

from collections.abc import Callable
from typing import Literal, TypeAlias, get_args

from chargen.config import require
from chargen.errors import SeedError
from chargen.text.normalise import Normalising, normalise_seed
from chargen.text.vocabulary import Vocabulary
from chargen.types import Ids

Unknown: TypeAlias = Literal["error", "nearest"]


def encode_seed(
    seed: str,
    vocabulary: Vocabulary,
    normalising: Normalising,
    unknown: Unknown = "error",
    on_notice: Callable[[str], None] | None = None,
) -> Ids:
    """Prepare a seed as the text was prepared.

    Args:
        seed: What the user wants continued.
        vocabulary: The characters that the network knows.
        normalising: How the text was prepared.
        unknown: Whether a character that the vocabulary lacks is an error, or read as the nearest known.
        on_notice: Told which characters were read as which.

    Returns:
        Ids, int32 (n,), n ≥ 1.

    Raises:
        SeedError: Nothing is left of it, or it has characters that the vocabulary lacks.
    """
    require(isinstance(seed, str), "--seed", seed, "a text")
    require(unknown in get_args(Unknown), "--unknown", unknown, "error or nearest")
    text = normalise_seed(seed, normalising)
    return _read(text, vocabulary, unknown, on_notice, "seed", f"the seed text {seed[:40]!r}")


def encode_text(text: str, vocabulary: Vocabulary, normalising: Normalising, option: str) -> Ids:
    """Prepare any other text as the text was prepared.

    Args:
        text: The text.
        vocabulary: The characters that the network knows.
        normalising: How the text was prepared.
        option: Where the text was given, for the error message.

    Returns:
        Ids, int32 (n,), n ≥ 1.

    Raises:
        SeedError: Nothing is left of it, or it has characters that the vocabulary lacks.
    """
    require(isinstance(text, str), option, text, "a text")
    try:
        return _encode(normalise_seed(text, normalising), vocabulary, repr(text[:40]))
    except SeedError as error:
        raise SeedError(f"{option}: {error}") from None


def read_text(
    text: str,
    vocabulary: Vocabulary,
    option: str,
    unknown: Unknown = "error",
    on_notice: Callable[[str], None] | None = None,
) -> Ids:
    """Read a text that is prepared already.

    Args:
        text: The text.
        vocabulary: The characters that the network knows.
        option: Where the text was given, for the error message.
        unknown: As for `encode_seed`.
        on_notice: As for `encode_seed`.

    Returns:
        Ids, int32 (n,), n ≥ 1.

    Raises:
        SeedError: It is empty, or has characters that the vocabulary lacks.
    """
    require(unknown in get_args(Unknown), "--unknown", unknown, "error or nearest")
    try:
        return _read(text, vocabulary, unknown, on_notice, option, repr(text[:40]))
    except SeedError as error:
        raise SeedError(f"{option}: {error}") from None


def _read(
    text: str,
    vocabulary: Vocabulary,
    unknown: Unknown,
    on_notice: Callable[[str], None] | None,
    where: str,
    what: str,
) -> Ids:
    nearest = {character: vocabulary.nearest(character) for character in vocabulary.lacking(text)}
    if unknown == "nearest":
        known = {character: other for character, other in nearest.items() if other}
        text = text.translate({ord(character): other for character, other in known.items()})
        if known and on_notice:
            on_notice(f"{where}: " + ", ".join(f"{c!r} read as {other!r}" for c, other in known.items()))
    try:
        return _encode(text, vocabulary, what)
    except SeedError as error:
        if unknown == "error" and nearest and all(nearest.values()):
            raise SeedError(f"{error}, or let '--unknown nearest' do so") from None
        raise


def _encode(text: str, vocabulary: Vocabulary, what: str) -> Ids:
    if not text:
        raise SeedError(f"nothing is left of {what} as this run prepares text; give another")
    return vocabulary.encode(text)
