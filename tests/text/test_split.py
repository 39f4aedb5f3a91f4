"""Held-out parts: the end of each book, never seen in training."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import OptionError
from chargen.text.split import Document, split

SHARES = st.floats(0, 0.45)


def book(characters: int, part: str = "book") -> Document:
    return Document("x", "x", "x", characters, part)


def test_the_last_characters_of_a_book_are_held_out() -> None:
    parts = split(np.arange(105, dtype=np.int32), [book(105)], validation=0.1, test=0.2, context=7)
    assert parts.training.tolist() == list(range(74))
    assert parts.validation.ids.tolist() == list(range(74, 84))
    assert parts.test.ids.tolist() == list(range(84, 105))
    assert parts.validation.before.tolist() == list(range(67, 74))
    assert parts.test.before.tolist() == list(range(77, 84))


def test_each_book_is_cut_and_the_rest_joined() -> None:
    parts = split(np.arange(30, dtype=np.int32), [book(10), book(20)], validation=0.1, test=0, context=3)
    assert parts.training.tolist() == [*range(9), *range(10, 28)]
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
    assert parts.training.tolist() == list(range(10))
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
    together = [*parts.training, *parts.validation.ids, *parts.test.ids]
    assert sorted(together) == ids.tolist()
    assert len(parts.validation.ids) == sum(int(validation * length) for length in lengths)
    assert len(parts.test.ids) == sum(int(test * length) for length in lengths)
