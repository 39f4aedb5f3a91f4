"""Scores of classification against cases computed by hand, published values and statsmodels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from chargen.series.classify.scores import accuracy, confusion, f1_scores, macro_f1, wilson

TRUTH = ["cat", "cat", "cat", "dog", "dog", "owl", "owl", "owl", "owl", "owl"]
TOLD = ["cat", "dog", "cat", "dog", "owl", "owl", "owl", "owl", "cat", "owl"]
CLASSES = ("cat", "dog", "eel", "owl")


def test_confusion_by_hand() -> None:
    counts = confusion(TRUTH, TOLD, CLASSES)
    assert counts.tolist() == [[2, 1, 0, 0], [0, 1, 0, 1], [0, 0, 0, 0], [1, 0, 0, 4]]
    assert accuracy(counts) == 0.7


def test_f1_by_hand() -> None:
    # cat: precision 2/3, recall 2/3. dog: 1/2, 1/2. owl: 4/5, 4/5. eel: neither there nor told.
    counts = confusion(TRUTH, TOLD, CLASSES)
    assert f1_scores(counts) == [pytest.approx(2 / 3), 0.5, None, 0.8]
    assert macro_f1(counts) == pytest.approx((2 / 3 + 0.5 + 0.8) / 3)


def test_f1_of_a_class_that_is_never_right() -> None:
    counts = confusion(["a", "a", "a", "b"], ["a", "a", "a", "a"], ("a", "b"))
    assert f1_scores(counts) == [pytest.approx(6 / 7), 0.0]
    assert accuracy(counts) == 0.75


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=30))
def test_f1_is_the_harmonic_mean_of_precision_and_recall(pairs: list[tuple[str, str]]) -> None:
    truth, told = zip(*pairs, strict=True)
    counts = confusion(truth, told, "abc")
    assert counts.sum() == len(pairs)
    for place, (label, score) in enumerate(zip("abc", f1_scores(counts), strict=True)):
        hits = sum(one == other == label for one, other in pairs)
        precision, recall = hits / max(1, told.count(label)), hits / max(1, truth.count(label))
        if score is None:
            assert label not in truth + told
        else:
            assert score == pytest.approx(2 * precision * recall / (precision + recall) if hits else 0)
            assert counts[place].sum() == truth.count(label)


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    # Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_intervals_that_were_published(hits: int, count: int, low: float, high: float) -> None:
    np.testing.assert_allclose(wilson(hits / count, count), (low, high), atol=5e-5)


@given(st.integers(1, 500).flatmap(lambda count: st.tuples(st.integers(0, count), st.just(count))))
def test_wilson_as_statsmodels_has_it(case: tuple[int, int]) -> None:
    hits, count = case
    interval = proportion_confint(hits, count, method="wilson")
    np.testing.assert_allclose(wilson(hits / count, count), np.clip(interval, 0, 1), atol=1e-12)
