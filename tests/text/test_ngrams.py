"""Kneser-Ney n-grams against a case worked out by hand, and against what probabilities have to be."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.text.ngrams import ORDER, NGrams, discounts
from chargen.types import Ids


def ids(numbers: list[int]) -> Ids:
    return np.array(numbers, np.int32)


def test_a_case_worked_out_by_hand() -> None:
    # "aab" of the vocabulary abc. Of single characters a comes twice, b once: n1 = n2 = 1, so 1/3 is taken from each.
    # As ends of pairs a and b follow one character each (n2 = 0: a half is taken), and so do the pairs aa and ab.
    grams = NGrams(ids([0, 0, 1]), 3)
    after_a = np.stack([grams.probabilities(ids([0]), ids([each]))[:, 0] for each in range(3)], axis=1)
    single = [(2 - 1 / 3) / 3 + 2 / 3 / 9, (1 - 1 / 3) / 3 + 2 / 3 / 9, 2 / 3 / 9]
    ends = [0.25 + 0.5 / 3, 0.25 + 0.5 / 3, 0.5 / 3]
    pairs = [0.25 + 0.5 * ends[0], 0.25 + 0.5 * ends[1], 0.5 * ends[2]]
    np.testing.assert_allclose(after_a[:2], [single, pairs])


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=60),
    st.lists(st.integers(0, 4), max_size=8),
    st.sampled_from([5, 3000]),
)
def test_all_that_can_follow_is_certain_and_nothing_impossible(
    training: list[int], before: list[int], vocabulary: int
) -> None:
    grams = NGrams(ids(training), vocabulary)  # 4 is never seen
    following = np.stack([grams.probabilities(ids(before), ids([each]))[:, 0] for each in range(5)], axis=1)
    assert (following > 0).all()
    unseen = following[:, 4:] * (vocabulary - 5)  # as likely as 4, which nothing tells from others
    np.testing.assert_allclose(following.sum(axis=1) + unseen[:, 0], 1)


def test_a_text_is_scored_character_by_character() -> None:
    generator = np.random.default_rng(1)
    training, text = generator.integers(0, 4, 500).astype(np.int32), generator.integers(0, 4, 30).astype(np.int32)
    grams = NGrams(training, 4)
    whole = grams.probabilities(training[-2:], text)
    assert whole.shape == (ORDER, 30)
    for place in range(30):
        before = np.concatenate([training[-2:], text[:place]])
        np.testing.assert_allclose(whole[:, place], grams.probabilities(before, text[place : place + 1])[:, 0])


def test_longer_grams_know_more_of_a_text_that_repeats_itself() -> None:
    text = np.tile(ids([0, 1, 0, 0, 2, 0, 0, 0, 3]), 40)
    nats = -np.log(NGrams(text, 4).probabilities(text[-9:], text)).mean(axis=1)
    assert (np.diff(nats[:4]) < 0).all()
    assert nats[3] < 0.05


def test_discounts_are_those_of_the_paper() -> None:
    # n1 = 8, n2 = 4, n3 = 2, n4 = 1: Y = 1/2, and 1 - 2Y/2, 2 - 3Y/2, 3 - 4Y/2.
    assert discounts(np.repeat([1, 2, 3, 4, 9], [8, 4, 2, 1, 5])) == pytest.approx((0.5, 1.25, 2.0))
    assert discounts(np.repeat([1, 2], [8, 4])) == (0.5, 0.5, 0.5)  # no third: Y alone
    assert discounts(np.array([7, 9])) == (0.5, 0.5, 0.5)
