"""From what the user typed to texts: files, folders, patterns, standard input, and all that `library` finds."""

import glob
import os
import secrets
import stat
import sys
import weakref
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, TypeAlias, TypeVar

from chargen.download import OnProgress
from chargen.errors import CorpusError, NoTextError, UnknownBookError
from chargen.runs import files
from chargen.text import library
from chargen.text.corpus import Corpus, slug
from chargen.text.decode import LIMIT
from chargen.text.encoded import FOLDER
from chargen.text.library import OnNotice
from chargen.text.mirrors import MIRRORS
from chargen.text.packed import is_packed, shown
from chargen.text.pieces import PIECE
from chargen.text.stored import OnBytes, StoredText
from chargen.text.sums import Sums

STDIN = "-"
Found: TypeAlias = Corpus | StoredText
AnyText = TypeVar("AnyText", Corpus, StoredText, Found)

_UTF8 = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


def load_all(
    name: str,
    corpora: Path,
    on_notice: OnNotice | None = None,
    on_download: OnProgress | None = None,
    on_read: OnProgress | None = None,
    mirrors: Sequence[str] = MIRRORS,
) -> list[Found]:
    """Find the texts of a name that the user typed.

    Args:
        name: A folder, a pattern such as `texts/**/*.txt`, `-` for standard input, or what `library.load` takes. A path
            that exists is never read as a pattern.
        corpora: The folder of books; what is remembered of large files is kept in it.
        on_notice: Told, in a line, what was left out or read in another way than expected.
        on_download: Told the bytes received and expected while a book is fetched.
        on_read: Told the bytes looked at and, where known, all bytes, while files are read for the time being.
        mirrors: Where numbers are fetched from.

    Returns:
        The texts; a folder's and a pattern's in the order of their paths. What a folder has is read when it is asked
        for; what is larger than 64 MiB, piece by piece.

    Raises:
        CorpusError: There is no such text, or one cannot be read or decoded.
    """
    tell = on_notice or (lambda _: None)
    sums = Sums(corpora / FOLDER)
    try:
        if name == STDIN:
            return [_stdin(corpora)]
        paths = _several(name, corpora, tell)
        if paths is not None:
            return _texts(name, paths, sums, tell, on_read)
        found = library.locate(name, corpora, on_notice, on_download, mirrors)
        return [found if isinstance(found, Corpus) else _file(*found, corpora, sums, on_read)]
    finally:
        sums.save()


def distinct(texts: Iterable[AnyText], on_notice: OnNotice | None = None) -> list[AnyText]:
    """Drop texts that are there already, byte by byte.

    Args:
        texts: The texts.
        on_notice: Told, in a line, how many were dropped.

    Returns:
        The first one of each.
    """
    kept: dict[str, AnyText] = {}
    copies = [text for text in texts if kept.setdefault(text.sha256, text) is not text]
    if copies and on_notice is not None:
        first = copies[0]
        more = f", and {len(copies) - 1} more" if len(copies) > 1 else ""
        on_notice(f"left out as exact copies: {first.source} (of {kept[first.sha256].source}){more}")
    return list(kept.values())


def _several(name: str, corpora: Path, tell: OnNotice) -> list[Path] | None:
    """List the files of a folder or of a pattern; None for any other name."""
    kind = library.kind_of(name)
    if kind == "folder":
        if Path(name).name == name and library.knows(name, corpora):
            tell(f"{name} is read as the book of that name; for the folder type {name}{os.sep}")
            return None
        return sorted(_inside(Path(name), corpora), key=lambda path: path.parts)
    if kind is None and glob.has_magic(name) and "\0" not in name and not library.knows(name, corpora):
        found = [Path(match) for match in glob.glob(name, recursive=True)]  # noqa: PTH207 (of any folder)
        if not found:
            raise UnknownBookError(
                f"nothing is called like {shown(name)!r}; ** stands for any folders, * for any part of a name"
            )
        paths = {path for match in found for path in (_inside(match, corpora) if match.is_dir() else [match])}
        return sorted(filter(Path.is_file, paths), key=lambda path: path.parts)
    return None


def _inside(folder: Path, corpora: Path) -> Iterator[Path]:
    """Walk a folder: hidden names and links that lead out of it are skipped, pipes and devices too."""
    home, books = folder.resolve(), corpora.resolve()

    def stop(error: OSError) -> None:
        raise CorpusError(f"cannot list {shown(error.filename)}: {error.strerror}; ask for leave to read it") from error

    for where, folders, names in os.walk(folder, onerror=stop):
        folders[:] = [name for name in folders if not name.startswith(".")]
        among_books = Path(where).resolve() == books
        for name in names:
            path = Path(where, name)
            if name.startswith(".") or (among_books and _no_book(path)):
                continue
            # A link that leads to itself is no file, and cannot be resolved.
            if path.is_file() and (not path.is_symlink() or path.resolve().is_relative_to(home)):
                yield path


def _no_book(path: Path) -> bool:
    return path.name == library.ABOUT or path.suffix.lower() in library.TABLES


def _texts(name: str, paths: Sequence[Path], sums: Sums, tell: OnNotice, on_read: OnProgress | None) -> list[Found]:
    texts: list[Found] = []
    skipped, other = [], []
    read = _adding(on_read)
    for path in paths:
        try:
            text = StoredText.of(path, shown(path), sums, read)
        except NoTextError:
            skipped.append(path)
            continue
        texts.append(text)
        if text.content.encoding not in _UTF8:
            other.append(f"{text.source} ({text.content.encoding})")
    if not texts:
        what = f"none of its {len(skipped)} files is plain text" if skipped else "it has no files, hidden ones aside"
        raise CorpusError(f"no text in {shown(name)}: {what}; give a folder of plain text files")
    if skipped:
        tell(f"left out as no plain text: {len(skipped):,} of {len(paths):,} files: {_few(list(map(shown, skipped)))}")
    if other:
        tell(f"not UTF-8, and read in the encoding that is declared or likeliest: {_few(other)}")
    return texts


def _few(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _file(path: Path, source: str, corpora: Path, sums: Sums, on_read: OnProgress | None) -> Found:
    try:
        regular = stat.S_ISREG(path.stat().st_mode)
    except OSError:
        regular = True  # reading it tells why
    if regular:
        return StoredText.of(path, source, sums, _adding(on_read))
    try:
        with path.open("rb") as pipe:
            return _stream(pipe, path.stem, source, corpora)
    except OSError as error:
        raise CorpusError(f"cannot read {source}: {error.strerror}; check the path and its permissions") from error


def _stdin(corpora: Path) -> Found:
    stream = getattr(sys.stdin, "buffer", None)
    if stream is None:
        raise CorpusError("there is no standard input here; give a file")
    try:
        return _stream(stream, "stdin", "standard input", corpora)
    except OSError as error:
        raise CorpusError(f"cannot read standard input: {error.strerror}; give a file") from error


def _stream(stream: BinaryIO, name: str, source: str, corpora: Path) -> Found:
    """Read what can be read only once; where it is large or packed it goes to disk, out of sight."""
    data = stream.read(LIMIT + 1)
    if len(data) <= LIMIT and not is_packed(data):
        return Corpus.from_bytes(data, name, source)
    folder = corpora / FOLDER
    path = folder / f"{files.TEMPORARY}stream-{secrets.token_hex(4)}"
    with files.saving(path, "--corpora"):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        with files.saving(path, "--corpora"), path.open("xb") as file:
            while data:
                file.write(data)
                data = stream.read(PIECE)
        text = replace(StoredText.of(path, source, Sums(folder)), name=slug(name))
        if text.large:
            weakref.finalize(text, path.unlink, missing_ok=True)
            return text
        whole = text.whole()
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    path.unlink(missing_ok=True)
    return whole


def _adding(on_read: OnProgress | None) -> OnBytes:
    done = 0

    def read(more: int) -> None:
        nonlocal done
        done += more
        if on_read is not None:
            on_read(done, None)

    return read
