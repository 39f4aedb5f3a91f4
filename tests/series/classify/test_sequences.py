"""Labelled sequences: what is refused, and parts that have every class."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import SeriesError
from chargen.series.classify import Sequences
from chargen.series.classify.sequences import arrays, held_out, require_classes


def test_sequences_from_python() -> None:
    data = Sequences.of([[1, 2, 3], [4, 5]], [1, 0])
    assert [one.tolist() for one in data.values] == [[[1], [2], [3]], [[4], [5]]]
    assert (data.labels, data.classes, data.columns, data.names) == (("1", "0"), ("0", "1"), ("value",), ("1", "2"))
    several = Sequences.of(np.zeros((3, 4, 2)), "aba")
    assert several.columns == ("value 1", "value 2")
    assert len(several) == 3
    taken = several.take([2, 0])
    assert (taken.labels, taken.names) == (("a", "a"), ("3", "1"))


@pytest.mark.parametrize(
    ("values", "labels", "told"),
    [
        ([], [], "the data has no sequences"),
        ([[1, 2]], ["a", "b"], "1 sequences and 2 labels"),
        ([[1, 2], [1, np.nan]], "ab", "sequence 2 of the data misses its value in 'value' at step 2"),
        (
            [[1, 2], [np.inf, 1]],
            "ab",
            "sequence 2 of the data has inf, .* in 'value' at step 1",
        ),
        ([[1, 2], [1e101, 1]], "ab", r"sequence 2 of the data has 1e\+101"),
        ([[1, 2], []], "ab", "sequence 2 of the data has no steps"),
        ([[1, 2], ["x", 1]], "ab", "sequence 2 of the data is no table of numbers"),
        ([[[1, 2]], [[1]]], "ab", "sequence 2 of the data has 1 features, 2 are wanted"),
        ([[[[1]]]], "a", "sequence 1 of the data has the shape"),
    ],
)
def test_what_is_no_sequence(values: Any, labels: Any, told: str) -> None:
    with pytest.raises(SeriesError, match=told) as error:
        Sequences.of(values, list(labels))
    assert "\n" not in str(error.value)
    assert ";" in str(error.value) or "no table" in str(error.value)


def test_classes_that_leave_nothing_to_learn() -> None:
    with pytest.raises(SeriesError, match=r"one class, 'a', .*--label"):
        require_classes(Sequences.of([[1], [2]], "aa"), 1, "")
    with pytest.raises(SeriesError, match=r"one sequence of class 'b', and 2 are needed, why; .*--label"):
        require_classes(Sequences.of([[1], [2], [3]], "aab"), 2, "why")
    assert require_classes(Sequences.of([[1], [2]], "ba"), 1, "") == ("a", "b")


@given(st.lists(st.sampled_from("abcd"), min_size=1, max_size=60), st.floats(0.01, 0.99), st.integers(1, 3))
def test_a_share_of_each_class_is_drawn(labels: list[str], share: float, least: int) -> None:
    places = held_out(labels, share, least, np.random.default_rng(0)).tolist()
    assert places == sorted(set(places))
    drawn = Counter(labels[place] for place in places)
    for label, count in Counter(labels).items():
        left = count - drawn[label]
        assert left >= min(count, least)
        if count > least:
            assert drawn[label] >= 1
        if 1 <= int(share * count + 0.5) <= count - least:
            assert abs(drawn[label] - share * count) <= 0.5 + 1e-9


def test_chance_decides_which_are_drawn() -> None:
    labels = ["a", "b"] * 20
    drawn = [held_out(labels, 0.2, 1, np.random.default_rng(seed)).tolist() for seed in (0, 0, 1)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_arrays_of_nothing() -> None:
    assert arrays([], "the data") == ()
