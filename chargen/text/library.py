"""Where a book is looked for: the path, the corpora folder, Project Gutenberg, the offline books."""

import os
import re
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from chargen.download import OnProgress, download
from chargen.errors import CorpusError, FetchError, UnknownBookError, did_you_mean
from chargen.text import catalogue, offline
from chargen.text.corpus import Corpus, slug
from chargen.text.decode import LIMIT, decode
from chargen.text.mirrors import MIRRORS, addresses
from chargen.text.packed import opened, plain_name, shown

OnNotice = Callable[[str], object]

# The page that tells what the folder is for; git keeps it there.
ABOUT = "README.md"
# Tables in the same folder, which `chargen forecast` reads; by their names they can be trained on too.
TABLES = (".csv", ".tsv")

_NUMBER = re.compile(r"(?:#|pg)?([1-9]\d{0,5})(?:\.txt)?", re.IGNORECASE)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_PAGE = re.compile(r"https?://(?:www\.)?gutenberg\.org/ebooks/([1-9]\d{0,5})(?:[./].*)?", re.IGNORECASE)


@dataclass(frozen=True)
class _Online:
    """A text that can be fetched: its number or URL, its file in the corpora folder, what to call it."""

    book: int | str
    file: str
    title: str


def load(
    name: str,
    corpora: Path,
    on_notice: OnNotice | None = None,
    on_progress: OnProgress | None = None,
    mirrors: Sequence[str] = MIRRORS,
) -> Corpus:
    """Find a text by what the user called it, fetching it if need be.

    Args:
        name: A path, a file's name in the corpora folder, a title, a Gutenberg number or a URL. A file may be packed
            by gzip or Zstandard.
        corpora: The folder of books; fetched ones are kept there.
        on_notice: Told, in a line, when something else than expected is read.
        on_progress: Told the bytes received and expected while a book is fetched.
        mirrors: Where numbers are fetched from.

    Returns:
        The corpus.

    Raises:
        CorpusError: Nothing of that name, or it cannot be fetched, read or decoded.
    """
    found = locate(name, corpora, on_notice, on_progress, mirrors)
    return found if isinstance(found, Corpus) else read(*found)


def locate(
    name: str,
    corpora: Path,
    on_notice: OnNotice | None = None,
    on_progress: OnProgress | None = None,
    mirrors: Sequence[str] = MIRRORS,
) -> Corpus | tuple[Path, str]:
    """Find a text as `load` does, and read it only where it is no file.

    Args:
        name: As for `load`.
        corpora: As for `load`.
        on_notice: As for `load`.
        on_progress: As for `load`.
        mirrors: As for `load`.

    Returns:
        The corpus, or its file and where that came from.

    Raises:
        CorpusError: Nothing of that name, or it cannot be fetched.
    """
    kind = kind_of(name)
    # A folder that happens to be called like a book does not hide it.
    if kind == "file" or (kind == "folder" and Path(name).name != name):
        return Path(name), shown(name)
    online = _online(name)
    kept = _kept(name, corpora, online)
    if kept is not None:
        if online is not None and online.title == name:  # another URL may end in the same name
            _tell(on_notice, f"{kept} is already there: nothing fetched from {name}")
        return kept, shown(kept)
    if online is not None:
        try:
            return _fetch(online, corpora, on_progress, mirrors)
        except FetchError:
            book = offline.find(Path(online.file).stem)
            if book is None:
                raise
            _tell(on_notice, f"{online.title} could not be fetched: {_stand_in(book)}")
            return book.read()
    book = offline.find(name)
    if book is None:
        raise _unknown(name, corpora)
    _tell(on_notice, _stand_in(book))
    return book.read()


def knows(name: str, corpora: Path) -> bool:
    """Tell whether a name is a text's, whatever else it may be: a book's, a URL, a file in the corpora folder.

    Args:
        name: What the user typed.
        corpora: The folder of books.

    Returns:
        Whether `locate` would find it there, or look for it in the network.
    """
    online = _online(name)
    return online is not None or _kept(name, corpora, online) is not None or offline.find(name) is not None


def read(path: Path, source: str) -> Corpus:
    """Read a text's file, unpacked where it is packed.

    Args:
        path: The file.
        source: Where it came from.

    Returns:
        The corpus.

    Raises:
        CorpusError: It cannot be read or decoded.
    """
    with opened(path) as file:
        data = file.read(LIMIT + 1)
    return Corpus.from_bytes(data, plain_name(path), source)


def fetch(
    name: str,
    corpora: Path,
    on_notice: OnNotice | None = None,
    on_progress: OnProgress | None = None,
    mirrors: Sequence[str] = MIRRORS,
) -> Path:
    """Fetch a book into the corpora folder, once.

    Args:
        name: A title, a Gutenberg number or a URL.
        corpora: The folder of books.
        on_notice: Told when the book is there already.
        on_progress: Told the bytes received and expected.
        mirrors: Where numbers are fetched from.

    Returns:
        The book's file.

    Raises:
        UnknownBookError: No such title.
        CorpusError: It cannot be fetched or kept.
    """
    online = _online(name)
    kept = _kept(name, corpora, online)
    if kept is not None:
        _tell(on_notice, f"{kept} is already there: nothing fetched")
        return kept
    if online is None:
        raise _unknown(name, corpora)
    return _fetch(online, corpora, on_progress, mirrors)[0]


def books(corpora: Path) -> list[Path]:
    """List the books of the corpora folder.

    Args:
        corpora: The folder; it need not exist.

    Returns:
        Its files by name; without tables, hidden ones, README.md and links that lead out of it.

    Raises:
        CorpusError: The folder cannot be read.
    """
    return [path for path in _files(corpora) if path.suffix.lower() not in TABLES]


def kind_of(name: str) -> Literal["file", "folder"] | None:
    """Tell what is at a path.

    Args:
        name: Any text.

    Returns:
        `file` also stands for a pipe and for what may not be looked at; None where there is nothing.
    """
    try:
        mode = Path(name).stat().st_mode
    except PermissionError:
        return "file"
    except (OSError, ValueError):
        return None
    return ("folder" if stat.S_ISDIR(mode) else "file") if name else None


def _files(corpora: Path) -> list[Path]:
    try:
        inside = corpora.resolve()
        return sorted(
            path
            for path in corpora.iterdir()
            if not path.name.startswith(".")
            and path.name != ABOUT
            and path.is_file()
            and path.resolve().is_relative_to(inside)
        )
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise CorpusError(f"cannot list {corpora}: {reason}; choose another folder with --corpora") from error


def _tell(on_notice: OnNotice | None, text: str) -> None:
    if on_notice is not None:
        on_notice(text)


def _online(name: str) -> _Online | None:
    if _URL.match(name):
        page = _PAGE.fullmatch(name)
        return _by_number(int(page[1])) if page else _Online(name, _file_of(name), name)
    if number := _NUMBER.fullmatch(name):
        return _by_number(int(number[1]))
    # With a folder in front it is a path, not a title.
    book = catalogue.find(name) if Path(name).name == name else None
    return _by_number(book.number) if book else None


def _by_number(number: int) -> _Online:
    book = catalogue.BY_NUMBER.get(number)
    return _Online(number, f"{book.slug if book else f'pg{number}'}.txt", book.title if book else f"book #{number}")


def _file_of(url: str) -> str:
    try:
        parts = urlsplit(url)
        last = Path(unquote(parts.path)).name or parts.hostname or "text"
    except ValueError:
        last = "text"
    return f"{slug(re.sub(r'([.]txt|[.]utf-?8)+$', '', last, flags=re.IGNORECASE))}.txt"


def _kept(name: str, corpora: Path, online: _Online | None) -> Path | None:
    # Compared with what the folder lists, a name cannot lead out of it.
    wanted = (name, f"{name}.txt", *([online.file] if online else []))
    listed = {path.name: path for path in _files(corpora)}
    return next((listed[file] for file in wanted if file in listed), None)


def _fetch(online: _Online, corpora: Path, on_progress: OnProgress | None, mirrors: Sequence[str]) -> tuple[Path, str]:
    target = corpora / online.file
    if os.path.lexists(target):
        raise CorpusError(f"{target} is a folder, or a link that leads out of {corpora}; rename it, or give its path")
    try:
        number = f"#{online.book}" if isinstance(online.book, int) else ""
        return target, download(addresses(online.book, mirrors), target, decode, number, on_progress)
    except FetchError as error:
        there = offline.names()
        without = (
            f"without a network there are {', '.join(there)}: 'chargen train {there[0]}'"
            if there
            else f"{offline.INSTALL} brings three books and an excerpt that need no network"
        )
        title = f"{online.title}: " if online.book in catalogue.BY_NUMBER else ""
        raise FetchError(
            f"{title}{error}; try again later, or save the text as {target} yourself; {without}"
        ) from error


def _stand_in(book: offline.OfflineBook) -> str:
    package = book.source.split(":")[0]
    if book.part:
        return f"only an excerpt stands in for the book: {book.part}, from {package}, as {book.name}"
    return f"reading the copy in {package}"


def _unknown(name: str, corpora: Path) -> CorpusError:
    called = shown(name if len(name) <= 60 else name[:57] + "...")
    if kind_of(name) == "folder":
        return CorpusError(f"{called} is a folder; give a text file in it")
    known = [book.slug for book in catalogue.BOOKS] + [path.name for path in books(corpora)] + offline.names()
    return UnknownBookError(
        f"no text {called!r}{did_you_mean(name[:60].lower(), known)}: no file, nothing of that name in {corpora}, "
        "no title that chargen knows; a number or URL of Project Gutenberg works too; "
        "find titles with 'chargen corpus search WORDS'"
    )
