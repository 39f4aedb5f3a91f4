"""Texts encoded once to ids on disk, which every later run maps into memory."""

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chargen.errors import CorpusError, DamagedRunError, OptionError, SaveError
from chargen.runs import files
from chargen.text.corpus import Corpus
from chargen.text.ids import Writer, smallest
from chargen.text.limit import require_room
from chargen.text.normalise import Normalising, refuse_boundary
from chargen.text.split import Document
from chargen.text.vocabulary import Vocabulary

# What was encoded in another way has another key.
FORMAT = 1
FOLDER = ".encoded"
_IDS, _VOCABULARY, _DOCUMENTS = "ids.bin", "vocabulary.json", "documents.json"
_KEY = re.compile(r"[0-9a-f]{64}")
# Seconds after which what another process was writing is left over.
_LEFT_OVER = 3600

OnProgress = Callable[[int, int], object]


class Text(Protocol):
    """What can be encoded: a `Corpus`, a `StoredText`."""

    @property
    def name(self) -> str:
        """A short name."""

    @property
    def source(self) -> str:
        """Where it came from."""

    @property
    def sha256(self) -> str:
        """Of its bytes."""

    @property
    def size(self) -> int:
        """Its bytes, for progress."""

    def pieces(self, normalising: Normalising, on_bytes: Callable[[int], object]) -> Iterator[str]:
        """Give what is trained on, piece by piece, and tell how many bytes more were read."""


@dataclass(frozen=True)
class Encoded:
    """Texts as ids on disk.

    Args:
        folder: Where they are; its name is the key.
        vocabulary: Their characters, and those that were to be known besides.
        distinct: How many characters they have themselves.
        documents: The texts, with their numbers of characters.
        dtype: The smallest unsigned type that holds an id.
        characters: How many ids there are, boundaries among them.
    """

    folder: Path
    vocabulary: Vocabulary
    distinct: int
    documents: tuple[Document, ...]
    dtype: np.dtype[Any]
    characters: int

    @property
    def key(self) -> str:
        """What `open_encoded` finds them by."""
        return self.folder.name

    def ids(self) -> NDArray[np.unsignedinteger[Any]]:
        """Map the ids into memory.

        Returns:
            All ids, (characters,), read-only. Each call maps them anew: what was read of a mapping counts as the
            process' memory for as long as that mapping lives.

        Raises:
            DamagedRunError: They are gone.
        """
        try:
            return np.memmap(self.folder / _IDS, self.dtype, "r", shape=(self.characters,))
        except (OSError, ValueError) as error:
            raise DamagedRunError(f"{self.folder / _IDS} cannot be read: {error}; {self._remedy()}") from error

    def verify(self) -> None:
        """Compare the ids with their sha256; that reads them all.

        Raises:
            DamagedRunError: They are not what was written.
        """
        try:
            files.check(self.folder / _IDS, self.characters * self.dtype.itemsize)
        except DamagedRunError as error:
            raise DamagedRunError(f"{self.folder / _IDS} is not what was written; {self._remedy()}") from error

    def _remedy(self) -> str:
        return f"remove {self.folder} and train again: the texts are then encoded again"


def encode(
    texts: Sequence[Text],
    normalising: Normalising,
    *,
    folder: Path,
    known: str = "",
    on_progress: OnProgress | None = None,
) -> Encoded:
    """Encode texts, or find them encoded.

    Args:
        texts: The texts.
        normalising: How they are prepared, what stands between them, and how many characters are told apart.
        folder: The folder of encoded texts; made when missing.
        known: Characters that the vocabulary has besides theirs.
        on_progress: Told the bytes done and all bytes, several times a second.

    Returns:
        The ids, which are whole on disk.

    Raises:
        OptionError: The limit leaves no room for the boundary.
        CorpusError: A text cannot be read, has the boundary in it, or nothing is left of all of them.
        SaveError: The file system refuses; nothing is left behind.
    """
    if normalising.max_vocabulary:
        require_room(normalising.max_vocabulary, normalising.boundary or "")
    key = _key(texts, normalising, known)
    found = open_encoded(folder, key)
    if found is None:
        with files.saving(folder, "--corpora"):
            folder.mkdir(parents=True, exist_ok=True)
        files.tidy(folder, _LEFT_OVER)
        with (
            suppress(FileExistsError),  # another process was faster
            files.new_folder(folder / key, "--corpora") as temporary,
            files.saving(folder / key, "--corpora"),
        ):
            _write(temporary, texts, normalising, known, on_progress)
        found = open_encoded(folder, key)
    if found is None:
        raise SaveError(f"{folder / key} vanished, or something else is there; remove it and give the command again")
    # The same texts may be found under other names.
    named = zip(found.documents, texts, strict=True)
    return replace(
        found, documents=tuple(replace(document, name=text.name, source=text.source) for document, text in named)
    )


def open_encoded(folder: Path, key: str) -> Encoded | None:
    """Find what was encoded before.

    Args:
        folder: The folder of encoded texts.
        key: `Encoded.key`.

    Returns:
        It; None when it is not there, or was damaged and is removed.

    Raises:
        SaveError: What is damaged cannot be removed.
    """
    path = folder / key
    if not _KEY.fullmatch(key) or not path.exists():
        return None
    try:
        return _open(path)
    except (DamagedRunError, OptionError, OSError, ValueError, TypeError, KeyError):
        files.remove_folder(path)
        return None


def _open(path: Path) -> Encoded:
    saved = files.read_json(path / _DOCUMENTS)
    vocabulary = Vocabulary.from_json(files.read_checked(path / _VOCABULARY).decode())
    documents = tuple(Document(**document) for document in saved["documents"])
    dtype, distinct = smallest(len(vocabulary)), int(saved["distinct"])
    between = len(saved["boundary"]) * (len(documents) + 1)
    characters = sum(document.characters for document in documents) + between
    if (path / _IDS).lstat().st_size != characters * dtype.itemsize:
        raise DamagedRunError(f"{path / _IDS} is not as long as it was")
    return Encoded(path, vocabulary, distinct, documents, dtype, characters)


def _key(texts: Sequence[Text], normalising: Normalising, known: str) -> str:
    settings = {
        "format": FORMAT,
        "unicode": unicodedata.unidata_version,
        "documents": [[_sum(text), text.size] for text in texts],
        "normalising": asdict(normalising),
        "known": "".join(sorted(set(known))),
    }
    return files.digest(files.to_json(settings, indent=None))


def _sum(text: Text) -> str:
    # A program may make a Corpus of anything: its text counts, not what it says about it.
    return files.digest(text.text.encode("utf-8", "surrogatepass")) if isinstance(text, Corpus) else text.sha256


def _write(
    folder: Path,
    texts: Sequence[Text],
    normalising: Normalising,
    known: str,
    on_progress: OnProgress | None,
) -> None:
    done, size, boundary = 0, sum(text.size for text in texts), normalising.boundary or ""

    def read(more: int) -> None:
        nonlocal done
        done += more
        if on_progress is not None:
            on_progress(done, 2 * size)

    def written(share: float) -> None:
        if on_progress is not None:
            on_progress(size + math.floor(share * size), 2 * size)

    documents = []
    with Writer(folder / _IDS) as writer:
        writer.add(boundary)
        for text in texts:
            characters = 0
            for piece in text.pieces(normalising, read):
                refuse_boundary(piece, boundary, text.source)
                writer.add(piece)
                characters += len(piece)
            writer.add(boundary)
            documents.append(Document(text.name, text.source, text.sha256, characters))
        if not any(document.characters for document in documents):
            sources = ", ".join(text.source for text in texts[:3])
            raise CorpusError(f"nothing is left of {sources} after normalising; give another text")
        vocabulary, distinct, sha256 = writer.finish(normalising.max_vocabulary, boundary, known, written)
    contents = {
        _VOCABULARY: vocabulary.to_json().encode(),
        _DOCUMENTS: files.to_json(
            {"boundary": boundary, "distinct": distinct, "documents": [vars(document) for document in documents]}, None
        ),
    }
    sums = {_IDS: sha256} | {name: files.digest(content) for name, content in contents.items()}
    for name, content in {**contents, files.MANIFEST: files.to_json(sums)}.items():
        files.write_file(folder / name, content)
