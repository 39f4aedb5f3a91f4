"""Held-out parts: the end of each book, never seen in training."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import OptionError, UsageError
from chargen.text.split import WHOLE, Document, HeldOut, hold_out, split

SHARES = st.floats(0, 0.45)


def book(characters: int, part: str = "book") -> Document:
    return Document("x", "x", "x", characters, part)


def test_the_last_characters_of_a_book_are_held_out() -> None:
    parts = split(np.arange(105, dtype=np.int32), [book(105)], validation=0.1, test=0.2, context=7)
    assert parts.training.tail().tolist() == list(range(74))
    assert parts.validation.ids.tolist() == list(range(74, 84))
    assert parts.test.ids.tolist() == list(range(84, 105))
    assert parts.validation.before.tolist() == list(range(67, 74))
    assert parts.test.before.tolist() == list(range(77, 84))


def test_each_book_is_cut_and_the_rest_joined() -> None:
    parts = split(np.arange(30, dtype=np.int32), [book(10), book(20)], validation=0.1, test=0, context=3)
    assert parts.training.tail().tolist() == [*range(9), *range(10, 28)]
    assert parts.validation.ids.tolist() == [9, 28, 29]
    assert parts.validation.before.tolist() == [6, 7, 8]
    assert len(parts.test.ids) == 0


def test_a_short_first_book_lends_no_context() -> None:
    parts = split(np.arange(60, dtype=np.int32), [book(10), book(50)], validation=0.1, test=0.1, context=20)
    assert parts.validation.before.tolist() == list(range(30, 50))  # the second book's own
    assert len(parts.validation.before) == len(parts.test.before) == 20


def test_a_file_of_its_own_is_held_out_whole() -> None:
    documents = [book(10), book(5, "validation"), book(4, "test")]
    parts = split(np.arange(19, dtype=np.int32), documents, validation=0, test=0, context=3)
    assert parts.training.tail().tolist() == list(range(10))
    assert parts.validation.ids.tolist() == list(range(10, 15))
    assert parts.validation.before.tolist() == [7, 8, 9]
    assert parts.test.ids.tolist() == list(range(15, 19))


@pytest.mark.parametrize(
    ("key", "value"),
    [("characters", -1), ("characters", 2.0), ("characters", True), ("part", "all"), ("part", {}), ("name", None)],
)
def test_a_document_that_is_none(key: str, value: Any) -> None:
    with pytest.raises(OptionError, match=f"{key} is "):
        Document(**{"name": "x", "source": "x", "sha256": "x", "characters": 3, key: value})


@given(st.lists(st.integers(1, 60), min_size=1, max_size=4), SHARES, SHARES)
def test_every_character_is_in_exactly_one_part(lengths: list[int], validation: float, test: float) -> None:
    ids = np.arange(sum(lengths), dtype=np.int32)
    parts = split(ids, [book(length) for length in lengths], validation, test, context=5)
    together = [*parts.training.tail(), *parts.validation.ids, *parts.test.ids]
    assert sorted(together) == ids.tolist()
    assert len(parts.validation.ids) == sum(int(validation * length) for length in lengths)
    assert len(parts.test.ids) == sum(int(test * length) for length in lengths)


def test_separate_documents_keep_what_stands_before_them() -> None:
    documents = [book(10), book(20), book(4, "validation")]
    parts = split(np.arange(34, dtype=np.int32), documents, validation=0.1, test=0, context=3, separate=True)
    assert parts.training.spans.tolist() == [[0, 9], [10, 28]]
    assert parts.validation.ids.tolist() == [9, 28, 29, 30, 31, 32, 33]
    assert [(head.tolist(), parts.validation.ids[place].tolist()) for head, place in parts.validation.pieces()] == [
        ([6, 7, 8], [9]),
        ([25, 26, 27], [28, 29]),
        ([], [30, 31, 32, 33]),
    ]


def test_a_boundary_belongs_to_both_documents() -> None:
    documents = [book(4), book(3, "training"), book(2, "test")]
    parts = split(np.arange(13, dtype=np.int32), documents, 0.5, 0, 3, separate=True, boundary=True)
    assert parts.training.spans.tolist() == [[0, 3], [5, 10]]  # places 0, 5, 9 and 12 are boundaries
    assert [(head.tolist(), place) for head, place in parts.validation.pieces()] == [([0, 1, 2], slice(0, 3))]
    assert parts.validation.ids.tolist() == [3, 4, 5]
    assert [(head.tolist(), place) for head, place in parts.test.pieces()] == [([9], slice(0, 3))]
    assert parts.test.ids.tolist() == [10, 11, 12]


def many(count: int, characters: int = 100) -> list[Document]:
    return [Document(f"x{number}", "x", f"{number * 7919 % 1000:03}", characters) for number in range(count)]


def test_of_many_books_whole_ones_are_held_out() -> None:
    chosen = hold_out(many(WHOLE), validation=0.1, test=0.2)
    counts = [sum(document.part == part for document in chosen) for part in ("training", "validation", "test")]
    assert counts == [14, 2, 4]
    again = hold_out(many(WHOLE)[::-1], validation=0.1, test=0.2)[::-1]
    assert again == chosen  # whatever their order
    assert hold_out(many(WHOLE - 1), 0.1, 0.2) == many(WHOLE - 1)


def test_a_book_far_larger_than_the_share_is_learnt_from() -> None:
    documents = [Document("large", "x", "000", 100_000), *many(30)[1:]]
    chosen = hold_out(documents, validation=0.02, test=0)
    assert chosen[0].part == "training"
    assert 1950 <= sum(document.characters for document in chosen if document.part == "validation") <= 2150


def test_a_share_below_every_book_is_told() -> None:
    with pytest.raises(UsageError, match=r"twice the --validation 0\.001"):
        hold_out(many(WHOLE), validation=0.001, test=0)


def test_the_beginning_of_a_held_out_part() -> None:
    heads = (np.arange(2, dtype=np.int32), np.arange(0, dtype=np.int32), np.arange(5, dtype=np.int32))
    held_out = HeldOut(heads[2], np.arange(9, dtype=np.int32), heads, (0, 4, 6))
    pieces = [(len(head), held_out.ids[place].tolist()) for head, place in held_out.beginning(6).pieces()]
    assert pieces == [(2, [0, 1, 2, 3]), (0, [4, 5])]
    assert len(held_out.beginning(7).starts) == 3
    joined = HeldOut(heads[2], held_out.ids).beginning(3)
    assert [(len(head), place) for head, place in joined.pieces()] == [(5, slice(0, 3))]
