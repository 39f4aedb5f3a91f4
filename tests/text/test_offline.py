"""The books of the `books` extra."""

import subprocess
import sys
from dataclasses import replace

import pytest

from chargen.errors import CorpusError
from chargen.text import offline
from chargen.text.catalogue import find
from chargen.text.gutenberg import strip_licence
from chargen.text.offline import OFFLINE


@pytest.mark.parametrize("book", OFFLINE, ids=lambda book: book.name)
def test_each_text_is_there_and_is_the_known_one(book: offline.OfflineBook) -> None:
    corpus = book.read()
    assert corpus.name == book.name
    assert corpus.sha256 == book.sha256
    assert corpus.source.startswith(f"{book.distribution} 0.3.0: data/")
    assert corpus.excerpt == (book.name == "alice-excerpt")
    assert find(book.slug) is not None


def test_the_excerpt_has_the_first_two_chapters() -> None:
    excerpt = OFFLINE[-1].read()
    assert excerpt.characters == 22_335
    assert strip_licence(excerpt.text) == excerpt.text


def test_the_whole_books_lose_their_licence() -> None:
    for book in OFFLINE[:-1]:
        assert "gutenberg" not in strip_licence(book.read().text).lower()


def test_names() -> None:
    assert offline.names() == ["time-machine", "flatland", "lost-world", "alice-excerpt"]
    assert offline.find("alice") == offline.find("alice-excerpt") == OFFLINE[-1]
    assert offline.find("moby-dick") is None


def test_a_changed_file_is_refused() -> None:
    with pytest.raises(CorpusError, match="force-reinstall arpabo"):
        replace(OFFLINE[-1], sha256="0" * 64).read()


def test_a_missing_package_is_named_with_the_remedy() -> None:
    missing = replace(OFFLINE[0], package="no_such_package_here", distribution="no-such")
    assert missing.path is None
    assert missing.source == "no-such: data/time_machine.txt"
    with pytest.raises(CorpusError, match=r"pip install 'chargen\[books\]'"):
        missing.read()


def test_the_packages_are_never_imported() -> None:
    code = (
        "import sys; from chargen.text import offline; [b.read() for b in offline.OFFLINE];"
        "print([m for m in sys.modules if m.split('.')[0] in ('arpabo', 'word_text_counter')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
