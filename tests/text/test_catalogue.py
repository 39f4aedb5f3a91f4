"""The table of well-known books."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.text.catalogue import BOOKS, BY_NUMBER, find, search
from chargen.text.corpus import slug


def test_names_and_numbers_are_distinct_and_safe() -> None:
    assert len(BOOKS) >= 80
    assert len(BY_NUMBER) == len(BOOKS)
    names = [name for book in BOOKS for name in (book.slug, *book.aliases)]
    assert len(set(names)) == len(names)
    assert all(slug(name) == name for name in names)
    assert all(book.title and book.author for book in BOOKS)


def test_languages() -> None:
    languages = [book.language for book in BOOKS]
    assert languages.count("Spanish") >= 15
    assert {"English", "French", "German", "Italian", "Portuguese"} <= set(languages)


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("alice", 11),
        ("Alice.txt", 11),
        ("Alice’s Adventures in Wonderland", 11),
        ("Moby Dick", 2701),
        ("MOBY_DICK", 2701),
        ("quijote", 2000),
        ("Don Quijote", 2000),
        ("doña perfecta", 15725),
        ("dona-perfecta", 15725),
        ("les-miserables", 17489),
        ("time-machine", 35),
        ("flatland", 201),
        ("lost-world", 139),
    ],
)
def test_find(name: str, number: int) -> None:
    book = find(name)
    assert book is not None
    assert book.number == number


@given(st.text(alphabet=st.characters()))
def test_any_name_is_a_book_or_none(name: str) -> None:
    find(name)
    assert set(search(name)) <= set(BOOKS)


def test_every_book_answers_to_its_names() -> None:
    for book in BOOKS:
        assert [find(name) for name in (book.slug, *book.aliases)] == [book] * (1 + len(book.aliases))
        assert book in search(book.title)


def test_search_folds_accents_and_needs_every_word() -> None:
    assert {book.slug for book in search("galdos")} >= {"marianela", "fortunata"}
    assert search("GALDÓS marianela") == [find("marianela")]
    assert search("galdos moby") == []
    assert search("2701") == [find("moby-dick")]
    assert search("") == list(BOOKS)
