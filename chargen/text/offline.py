"""Books that come with the `books` extra: read as package data, never imported."""

import hashlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from chargen.errors import CorpusError
from chargen.text.corpus import Corpus

INSTALL = "pip install 'chargen[books]'"


@dataclass(frozen=True)
class OfflineBook:
    """A text inside an installed package.

    Args:
        name: What its corpus is called.
        slug: The book's short name in the catalogue.
        distribution: The package's name on PyPI.
        package: The package's name for Python.
        file: The text's path inside the package.
        sha256: Of the file, in hexadecimal.
        part: Which part of the book it is; empty when it is whole.
    """

    name: str
    slug: str
    distribution: str
    package: str
    file: str
    sha256: str
    part: str = ""

    @property
    def path(self) -> Path | None:
        """Where the text is, if its package is installed."""
        spec = find_spec(self.package)
        for folder in (spec.submodule_search_locations or []) if spec else []:
            path = Path(folder, self.file)
            if path.is_file():
                return path
        return None

    @property
    def source(self) -> str:
        """The package, its version and the file."""
        try:
            return f"{self.distribution} {version(self.distribution)}: {self.file}"
        except PackageNotFoundError:
            return f"{self.distribution}: {self.file}"

    def read(self) -> Corpus:
        """Read the text.

        Returns:
            The corpus.

        Raises:
            CorpusError: The package is missing, or its file is not the known one.
        """
        path = self.path
        if path is None:
            raise CorpusError(f"{self.name} comes with the package {self.distribution}, not installed here: {INSTALL}")
        try:
            data = path.read_bytes()
        except OSError as error:
            raise CorpusError(f"cannot read {path}: {error.strerror or error}; reinstall it with {INSTALL}") from error
        if hashlib.sha256(data).hexdigest() != self.sha256:
            raise CorpusError(
                f"{path} is not the text that {self.distribution} shipped; "
                f"reinstall it with 'pip install --force-reinstall {self.distribution}'"
            )
        return Corpus.from_bytes(data, self.name, self.source, bool(self.part))


def _whole(slug: str, file: str, sha256: str) -> OfflineBook:
    return OfflineBook(slug, slug, "word-text-counter", "word_text_counter", f"data/{file}", sha256)


OFFLINE = (
    _whole("time-machine", "time_machine.txt", "531e11d1185ca4a86cb7acf60fd45943c1591945aea40f4f1c1ea577dfd6e2d9"),
    _whole("flatland", "flatland.txt", "c44667b9791d338979438546b624f3e597c0b66792a59e6c9a12f94d6aef7653"),
    _whole("lost-world", "lostworld.txt", "7f125ecd179a48f73b5bfb131dc55bbb478150d2905ea7a35172ee2b17dd93d8"),
    OfflineBook(
        "alice-excerpt",
        "alice",
        "arpabo",
        "arpabo",
        "data/alice.txt",
        "36bc6ca1db245b7e13cd799e9909a18dcd317bac46b742cb9f9d2e37b927d8da",
        part="chapters I-II",
    ),
)


def find(name: str) -> OfflineBook | None:
    """Find an installed text.

    Args:
        name: A corpus' or a book's short name.

    Returns:
        The text, or None when there is none or its package is not installed.
    """
    return next((book for book in OFFLINE if name in (book.name, book.slug) and book.path), None)


def names() -> list[str]:
    """List what can be read without a network.

    Returns:
        The corpora's names.
    """
    return [book.name for book in OFFLINE if book.path]
