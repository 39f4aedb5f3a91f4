"""Corpora and their names."""

import hashlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import CorpusError
from chargen.runs.names import is_name
from chargen.text.corpus import Corpus, slug


def test_a_corpus_knows_where_it_came_from() -> None:
    data = "\ufeffHéllo\r\nworld".encode()
    corpus = Corpus.from_bytes(data, "My Notes", "notes/My Notes.txt")
    assert corpus == Corpus("my-notes", "Héllo\nworld", "notes/My Notes.txt", hashlib.sha256(data).hexdigest())
    assert corpus.characters == 11
    assert not corpus.excerpt


def test_the_source_is_named_in_errors() -> None:
    with pytest.raises(CorpusError, match=r"^notes\.txt is empty"):
        Corpus.from_bytes(b"", "notes", "notes.txt")


def test_half_of_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(CorpusError, match=r"^a program has half of a surrogate pair at character 1: "):
        Corpus("x", "a\udcff", "a program", "")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("alice", "alice"),
        ("Moby Dick", "moby-dick"),
        ("El Niño", "el-niño"),
        ("quijote_es_pg2000-8.latin1", "quijote_es_pg2000-8.latin1"),
        ("../../etc/passwd", "etc-passwd"),
        ("CON", "text-con"),
        ("nul.txt", "text-nul.txt"),
        ("", "text"),
        ("...", "text"),
        ("日本語", "日本語"),
        ("a" * 300, "a" * 60),
        ("\udcff\0x", "x"),
    ],
)
def test_slugs(name: str, expected: str) -> None:
    assert slug(name) == expected


@given(st.text(alphabet=st.characters()) | st.text(alphabet=string.printable))
def test_a_slug_may_name_a_run_and_is_its_own_slug(name: str) -> None:
    safe = slug(name)
    assert is_name(safe)
    assert slug(safe) == safe
