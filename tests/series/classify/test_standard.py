"""Sequences to arrays: standardised, padded in front, masked."""

import numpy as np

from chargen.series.classify.standard import Standard


def test_equal_lengths_have_no_mask() -> None:
    values = [np.array([[1.0, 7.0], [3.0, 7.0]]), np.array([[5.0, 7.0], [7.0, 7.0]])]
    standard = Standard.fit(values)
    assert (standard.window, standard.masked, standard.inputs) == (2, False, 2)
    array = standard.array(values)
    np.testing.assert_allclose(array[:, :, 0], (np.array([[1, 3], [5, 7]]) - 4) / np.sqrt(5))
    assert not array[:, :, 1].any()  # a feature that never changes


def test_shorter_ones_are_padded_in_front_with_a_mask() -> None:
    values = [np.array([[0.0], [2.0], [4.0]]), np.array([[2.0]])]
    standard = Standard.fit(values)
    array = standard.array(values)
    assert array.shape == (2, 3, 2)
    assert array[:, :, 1].tolist() == [[1, 1, 1], [0, 0, 1]]
    np.testing.assert_allclose(array[0, :, 0], [-np.sqrt(2), 0, np.sqrt(2)])
    assert array[1, :, 0].tolist() == [0, 0, 0]


def test_of_longer_ones_the_end_is_read() -> None:
    standard = Standard.fit([np.array([[0.0], [2.0]]), np.array([[0.0], [2.0]])])
    assert standard.array([np.array([[9.0], [9.0], [0.0], [2.0]]), np.array([[2.0]])])[:, :, 0].tolist() == [
        [-1, 1],
        [0, 1],
    ]
