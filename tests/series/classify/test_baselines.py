"""Majority and nearest neighbour against cases computed by hand, and by every distance."""

import numpy as np

from chargen.series.classify import Majority, NearestNeighbour, Sequences
from chargen.series.classify.standard import Standard
from tests.series.classify.sines import sines


def test_majority() -> None:
    assert Majority().fit(Sequences.of([[1]] * 5, "cabcb")).predict([np.ones((1, 1)), np.ones((2, 1))]) == ("b", "b")


def test_nearest_neighbour_by_hand() -> None:
    known = Sequences.of([[0, 0], [10, 10], [0, 10]], ["low", "high", "rising"])
    told = NearestNeighbour().fit(known).predict([np.array([[2.0], [1.0]]), np.array([[1.0], [8.0]])])
    assert told == ("low", "rising")


def test_nearest_neighbour_by_every_distance() -> None:
    known, asked = sines(300, seed=1, classes=3), sines(280, seed=2, classes=3)
    standard = Standard.fit(known.values)
    there = standard.array(known.values)
    right = [known.labels[np.linalg.norm(there - one, axis=(1, 2)).argmin()] for one in standard.array(asked.values)]
    assert list(NearestNeighbour().fit(known).predict(asked.values)) == right


def test_a_feature_of_large_units_does_not_decide() -> None:
    values = np.array([[[0.0, 0.0]], [[1.0, 1e6]], [[0.0, 1e6]], [[1.0, 0.0]]])
    near = NearestNeighbour().fit(Sequences.of(values, "abcd"))
    assert near.predict([np.array([[0.9, 4e5]])]) == ("d",)


def test_lengths_that_differ() -> None:
    known = Sequences.of([[1, 2, 9], [9, 9]], "ab")
    assert NearestNeighbour().fit(known).predict(list(known.values)) == ("a", "b")
