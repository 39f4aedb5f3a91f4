"""Copies and loops, against a plain search."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.text.novelty import COPIED, copied_lengths, looped, novelty

BOOK = "Alice was beginning to get very tired of sitting by her sister on the bank."


@given(st.text("abc", max_size=15), st.text("abcd", max_size=40))
def test_copied_lengths_against_a_search(sample: str, text: str) -> None:
    found = copied_lengths(sample, text)
    longest = [
        max(size for size in range(end + 1) if sample[end - size : end] in text) for end in range(1, len(sample) + 1)
    ]
    assert found == longest


def test_a_copy_is_found_word_for_word() -> None:
    sample = "xx" + BOOK[10:40] + "yy" + BOOK[50:65] + "zz"
    found = novelty(sample, BOOK)
    assert found.longest == BOOK[10:40]
    assert found.copied == pytest.approx(30 / len(sample))
    assert found.looped == 0


def test_overlapping_copies_count_once() -> None:
    text = BOOK[:25] + "|" + BOOK[5:40]
    sample = BOOK[:40]
    assert novelty(sample, text).copied == 1
    assert novelty(sample[: COPIED - 1], text).copied == 0


def test_nothing_to_compare() -> None:
    assert novelty("", BOOK) == novelty("", "")
    assert novelty("abc", "").longest == ""
    assert novelty("", BOOK).copied == 0


def test_loops_by_hand() -> None:
    circle = "the fact of "
    assert looped(circle) == 0
    assert looped(circle * 2) == pytest.approx(0.5)
    assert looped(circle * 4) == pytest.approx(0.75)
    assert looped("abcdefghij" + "-" + "abcdefghij") == pytest.approx(10 / 21)
    assert looped("abcdefghi" + "-" + "abcdefghi") == 0


@given(st.text("ab", max_size=40))
def test_loops_against_a_search(sample: str) -> None:
    inside = [False] * len(sample)
    for start in range(len(sample) - 9):
        if sample[start : start + 10] in [sample[before : before + 10] for before in range(start)]:
            inside[start : start + 10] = [True] * 10
    assert looped(sample) == (sum(inside) / len(sample) if sample else 0)
