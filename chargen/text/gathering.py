"""The texts of a run: found, counted and encoded, in memory or, where they are large, on disk."""

import glob
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chargen.errors import CorpusError
from chargen.runs import LARGEST
from chargen.text.corpus import Corpus, slug
from chargen.text.decode import LIMIT
from chargen.text.encoded import FOLDER, Encoded, encode
from chargen.text.limit import limit_vocabulary
from chargen.text.normalise import UNKNOWN, Normalising, refuse_boundary
from chargen.text.sources import Found, distinct, load_all
from chargen.text.split import Document
from chargen.text.vocabulary import Vocabulary

Source: TypeAlias = str | Path | Corpus
# Told the bytes done and, where known, all bytes.
OnBytes: TypeAlias = Callable[[int, int | None], None]


@dataclass(frozen=True, eq=False)
class Gathered:
    """Texts, ready to be cut into parts.

    Args:
        documents: What they are; `part` is `book` but for what is held out by name.
        vocabulary: Their characters, and those that were to be known besides.
        distinct: How many characters they have themselves.
        ids: All of them, integers (n,), boundaries between them.
        text: All of them, one after the other; empty where they are too long to be kept.
        encoded: Their ids on disk, where they are too long to be kept.
    """

    documents: list[Document]
    vocabulary: Vocabulary
    distinct: int
    ids: NDArray[np.integer[Any]]
    text: str = ""
    encoded: Encoded | None = None

    def kept(self) -> bytes:
        """Write the texts as a run keeps them.

        Returns:
            UTF-8.

        Raises:
            CorpusError: They have grown too long while they were prepared.
        """
        content = self.text.encode()
        if len(content) > LARGEST:
            raise CorpusError(
                f"the texts have {len(content) >> 20} MiB as they are prepared, {LARGEST >> 20} at most; give fewer"
            )
        return content


def find(
    sources: Sequence[Source],
    held_out: Mapping[str, Source],
    corpora: Path,
    on_notice: Callable[[str], None] | None = None,
    on_download: OnBytes | None = None,
    on_read: OnBytes | None = None,
) -> list[tuple[Found, str]]:
    """Find texts; of exact copies one is taken.

    Args:
        sources: What to learn.
        held_out: What is held out of it as texts of their own, by part.
        corpora: The folder of books.
        on_notice: Told what the user should know of them.
        on_download: Told of bytes fetched.
        on_read: Told of bytes read for the time being.

    Returns:
        The texts, each with its part.

    Raises:
        CorpusError: One cannot be found or read, or what is held out is learnt from too.
    """

    def load(source: Source) -> list[Found]:
        if isinstance(source, Corpus):
            return [source]
        return load_all(str(source), corpora, on_notice, on_download, on_read)

    books = distinct([text for source in sources for text in load(source)], on_notice)
    found = [(text, "book") for text in books]
    for part, source in held_out.items():
        known = {text.sha256 for text, _ in found}
        for text in distinct(load(source), on_notice):
            if text.sha256 in known:
                raise CorpusError(
                    f"{text.source} is trained on: held out it would say nothing; give --{part} another file"
                )
            found.append((text, part))
    return found


def gather(
    texts: Sequence[tuple[Found, str]],
    normalising: Normalising,
    corpora: Path,
    known: str = "",
    on_encode: OnBytes | None = None,
) -> Gathered:
    """Read texts and number their characters.

    Args:
        texts: Each with its part.
        normalising: How they are prepared.
        corpora: The folder of books: long texts are encoded once, in a folder in it.
        known: Characters that the vocabulary has besides.
        on_encode: Told of bytes encoded.

    Returns:
        The texts.

    Raises:
        CorpusError: One cannot be read, has the boundary in it, or nothing is left of it.
        SaveError: The file system refuses.
    """
    if sum(text.size for text, _ in texts) <= LIMIT:
        gathered = _in_memory(texts, normalising, known)
    else:
        encoded = encode(
            [text for text, _ in texts], normalising, folder=corpora / FOLDER, known=known, on_progress=on_encode
        )
        documents = [replace(document, part=part) for document, (_, part) in zip(encoded.documents, texts, strict=True)]
        gathered = Gathered(
            documents,
            vocabulary_of(encoded.vocabulary.characters, normalising),
            encoded.distinct,
            encoded.ids(),
            "",
            encoded,
        )
    for document in gathered.documents:
        if document.part != "book" and not document.characters:
            raise CorpusError(
                f"nothing is left of {document.source} after normalising; give --{document.part} another file"
            )
    return gathered


def title_of(sources: Sequence[Source], documents: Sequence[Document]) -> str:
    """Make a title for texts that were given none.

    Args:
        sources: What the user named.
        documents: The texts that were found, without those held out.

    Returns:
        What can be the start of a run's name: up to two texts' names, or a folder's.
    """
    if len(documents) > 2 and len(sources) == 1 and not isinstance(sources[0], Corpus):
        named = [part for part in Path(sources[0]).resolve().parts if not glob.has_magic(part)]
        return slug(named[-1])[:40]
    titles = [document.name[:40] for document in documents]
    return "+".join(titles) if len(titles) < 3 else f"{titles[0]}+{len(titles) - 1}"


def vocabulary_of(characters: str, normalising: Normalising) -> Vocabulary:
    """Make a vocabulary that has an unknown character where the rarest were left out."""
    limited = bool(normalising.max_vocabulary) and UNKNOWN in characters
    return Vocabulary(characters, UNKNOWN if limited else None)


def _in_memory(texts: Sequence[tuple[Found, str]], normalising: Normalising, known: str) -> Gathered:
    boundary = normalising.boundary or ""
    documents, pieces = [], [boundary]
    for text, part in texts:
        prepared = "".join(text.pieces(normalising))
        refuse_boundary(prepared, boundary, text.source)
        documents.append(Document(text.name, text.source, text.sha256, len(prepared), part))
        pieces += [prepared, boundary]
    whole = "".join(pieces)
    if normalising.max_vocabulary:
        whole = limit_vocabulary(whole, normalising.max_vocabulary, boundary)
    own = Vocabulary.of(whole)
    vocabulary = vocabulary_of(own.characters + known, normalising)
    return Gathered(documents, vocabulary, len(own), vocabulary.encode(whole), whole)
