"""The encoded text of a run that keeps no copy of its own: found, or encoded again, as it was when the run began."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from chargen.config import require
from chargen.errors import CorpusError, DamagedRunError
from chargen.runs.files import remove_folder
from chargen.text.encoded import Encoded, encode, open_encoded
from chargen.text.normalise import Normalising
from chargen.text.split import Document
from chargen.text.stored import StoredText
from chargen.text.sums import Sums


@dataclass(frozen=True)
class Reference:
    """Where a run's encoded text is, as run.json has it.

    Args:
        folder: The folder of encoded texts.
        key: The text's name in it.
        known: Characters that its vocabulary has besides.
    """

    folder: str
    key: str
    known: str = ""

    def __post_init__(self) -> None:
        for name in ("folder", "key", "known"):
            require(isinstance(getattr(self, name), str), name, getattr(self, name), "a text")

    @classmethod
    def to(cls, encoded: Encoded, known: str) -> "Reference":
        """Refer to an encoded text."""
        return cls(str(encoded.folder.parent.resolve()), encoded.key, known)

    def find(self) -> Encoded | None:
        """Find the encoded text; None where it is gone."""
        return open_encoded(Path(self.folder), self.key)


def restore(
    reference: Reference,
    documents: list[Document],
    normalising: Normalising,
    run: str,
    on_progress: Callable[[int, int], object] | None = None,
) -> None:
    """Make sure that a run's text is what it was, and encode it again where that is gone or damaged.

    Args:
        reference: Where it was.
        documents: The run's texts.
        normalising: How they were prepared.
        run: The run's name, for error messages.
        on_progress: As for `encode`.

    Raises:
        CorpusError: A text has changed since the run began, or is gone and was not encoded.
    """
    found = reference.find()
    whole = found is not None and _is_whole(found)
    texts, sums = [], Sums(Path(reference.folder))
    for document in documents:
        path = Path(document.source)
        if not path.is_file():
            if not whole:
                raise CorpusError(
                    f"{document.source} is gone, and so is what was encoded of it in {reference.folder}, or it is "
                    f"damaged; put it back to go on with run {run!r}, or train a new run"
                )
            continue
        text = StoredText.of(path, document.source, sums)
        if text.sha256 != document.sha256:
            raise CorpusError(
                f"{document.source} has changed since run {run!r} began: going on would learn another text; restore "
                "it, or train a new run"
            )
        texts.append(text)
    sums.save()
    if not whole:
        if found is not None:
            remove_folder(found.folder)
        encode(texts, normalising, folder=Path(reference.folder), known=reference.known, on_progress=on_progress)


def _is_whole(encoded: Encoded) -> bool:
    try:
        encoded.verify()
    except DamagedRunError:
        return False
    return True
