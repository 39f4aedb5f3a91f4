"""From logits to characters: by hand, and by counting many draws."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import OptionError, SamplingError
from chargen.text.decoding import Decoding, draw, min_p, probabilities, top_k, top_p

EIGHTHS = np.array([1.0, 4.0, 1.0, 2.0]) / 8


def test_probabilities_by_hand() -> None:
    logits = np.log(np.array([1.0, 2.0, 5.0]))
    np.testing.assert_allclose(probabilities(logits, 1.0), [0.125, 0.25, 0.625])
    np.testing.assert_allclose(probabilities(logits, 0.5), np.array([1, 4, 25]) / 30)
    assert probabilities(logits, 0).tolist() == [0, 0, 1]
    assert probabilities(np.array([[1.0, 3.0, 3.0], [2.0, 0.0, 1.0]]), 0).tolist() == [[0, 1, 0], [1, 0, 0]]


@pytest.mark.parametrize("temperature", [1e-300, 1e-5, 0.3, 1e300])
def test_probabilities_never_overflow(temperature: float) -> None:
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        found = probabilities(np.array([-1e4, 0.0, 30.0, 1e4]), temperature)
    assert found.sum() == pytest.approx(1)
    assert found[3] == found.max()


def test_top_k_by_hand() -> None:
    assert top_k(EIGHTHS, 1).tolist() == [0, 1, 0, 0]
    np.testing.assert_allclose(top_k(EIGHTHS, 2), np.array([0, 4, 0, 2]) / 6)
    np.testing.assert_allclose(top_k(EIGHTHS, 3), np.array([1, 4, 0, 2]) / 7)  # of equals the lower id
    assert top_k(EIGHTHS, 9).tolist() == EIGHTHS.tolist()


def test_top_p_by_hand() -> None:
    assert top_p(EIGHTHS, 0.3).tolist() == [0, 1, 0, 0]
    assert top_p(EIGHTHS, 0.5).tolist() == [0, 1, 0, 0]  # reached exactly
    np.testing.assert_allclose(top_p(EIGHTHS, 0.51), np.array([0, 4, 0, 2]) / 6)
    np.testing.assert_allclose(top_p(EIGHTHS, 0.76), np.array([1, 4, 0, 2]) / 7)
    assert top_p(EIGHTHS, 1).tolist() == EIGHTHS.tolist()
    # Tenths add up to a little less than they should.
    assert np.count_nonzero(top_p(np.array([0.4, 0.3, 0.2, 0.1]), 0.9)) == 3
    assert np.count_nonzero(top_p(np.full(10, 0.1), 0.8)) == 8


def test_min_p_by_hand() -> None:
    np.testing.assert_allclose(min_p(EIGHTHS, 0.5), np.array([0, 4, 0, 2]) / 6)  # half as likely stays
    assert min_p(EIGHTHS, 0.51).tolist() == [0, 1, 0, 0]
    assert min_p(EIGHTHS, 0.25).tolist() == EIGHTHS.tolist()


def test_the_temperature_comes_first_and_the_limits_in_turn() -> None:
    logits = np.log(EIGHTHS)
    # At 0.5 the probabilities are 1, 16, 1, 4 of 22.
    np.testing.assert_allclose(Decoding(0.5, top_k=3)(logits), np.array([1, 16, 0, 4]) / 21)
    np.testing.assert_allclose(Decoding(0.5, top_k=3, min_p=0.25)(logits), np.array([0, 16, 0, 4]) / 20)
    # 16 of the 20 that top-k leaves are 0.8; of all 22 they would be 0.73.
    np.testing.assert_allclose(Decoding(0.5, top_k=2, top_p=0.79)(logits), [0, 1, 0, 0])


@given(
    st.lists(st.floats(-30, 30), min_size=1, max_size=9),
    st.sampled_from([0, 0.2, 1, 5]),
    st.none() | st.integers(1, 12),
    st.none() | st.floats(0.01, 1),
    st.none() | st.floats(0.01, 1),
)
def test_whatever_is_composed_a_row_does_as_it_does_in_a_batch(
    logits: list[float], temperature: float, k: int | None, p: float | None, m: float | None
) -> None:
    decoding = Decoding(temperature, k, p, m)
    row = np.array(logits)
    found = decoding(row)
    assert found.sum() == pytest.approx(1)
    assert row[found.argmax()] == pytest.approx(row.max(), abs=1e-12)  # as probabilities such logits are the same
    np.testing.assert_array_equal(decoding(np.stack([row, row[::-1]]))[0], found)


@pytest.mark.parametrize(
    ("temperature", "limits"),
    list(
        product(
            [0.2, 0.7, 1.0, 1.5],
            [{}, {"top_k": 4}, {"top_p": 0.8}, {"min_p": 0.1}, {"top_k": 6, "top_p": 0.9, "min_p": 0.05}],
        )
    ),
)
def test_100_000_draws_follow_the_probabilities(temperature: float, limits: dict[str, Any]) -> None:
    draws = 100_000
    chances = Decoding(temperature, **limits)(np.random.default_rng(1).standard_normal(12) * 2)
    found = np.bincount(draw(chances, np.random.default_rng(2).random(draws)), minlength=12)
    assert not found[chances == 0].any()
    expected = chances * draws
    seen = expected > 5
    chi_square = float((np.square(found - expected) / np.maximum(expected, 1e-300))[seen].sum())
    degrees = int(seen.sum()) - 1
    assert chi_square <= degrees + 4 * np.sqrt(2 * degrees)  # 4 standard deviations above the mean


def test_rows_side_by_side_follow_their_own_probabilities() -> None:
    rows = np.array([[0.5, 0.3, 0.2], [0.0, 0.1, 0.9]])
    found = draw(np.tile(rows, (50_000, 1, 1)), np.random.default_rng(3).random((50_000, 2)))
    for row, ids in zip(rows, found.T, strict=True):
        expected = row * 50_000
        counts = np.bincount(ids, minlength=3)
        chi_square = float((np.square(counts - expected)[row > 0] / expected[row > 0]).sum())
        assert chi_square <= 2 + 4 * np.sqrt(4)
        assert not counts[row == 0].any()


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("temperature", [0, 0.5])
@pytest.mark.parametrize("shape", [(4,), (2, 4)])
def test_what_is_no_number_is_never_drawn_from(value: float, temperature: float, shape: tuple[int, ...]) -> None:
    logits = np.zeros(shape)
    logits[..., 1] = value
    with np.errstate(invalid="ignore"), pytest.raises(SamplingError, match="overflowed"):
        draw(Decoding(temperature)(logits), np.full(shape[:-1], 0.5))


def test_the_count_of_draws_can_tell_wrong_probabilities() -> None:
    right, wrong = np.array([0.5, 0.3, 0.2]), np.array([0.5, 0.29, 0.21])
    found = np.bincount(draw(wrong, np.random.default_rng(2).random(100_000)), minlength=3)
    expected = right * 100_000
    assert (np.square(found - expected) / expected).sum() > 2 + 4 * np.sqrt(4)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=6).filter(lambda p: sum(p) > 0.1), st.integers(0, 99))
def test_what_cannot_come_never_comes(weights: list[float], seed: int) -> None:
    chances = np.array([0.0, *weights, 0.0])
    assert chances[draw(chances / chances.sum(), np.random.default_rng(seed).random(1))[0]] > 0


@pytest.mark.parametrize("uniform", [0.0, 0.5, 1 - 2**-53])
def test_the_ends_of_chance(uniform: float) -> None:
    chances = np.array([0.0, 0.5, 0.5, 0.0])
    assert chances[draw(chances, np.array(uniform))] > 0


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("temperature", -0.5),
        ("temperature", float("nan")),
        ("temperature", "hot"),
        ("top_k", 0),
        ("top_k", 1.5),
        ("top_p", 0),
        ("top_p", 1.1),
        ("top_p", float("nan")),
        ("min_p", -0.1),
        ("min_p", 2),
    ],
)
def test_settings_that_make_no_sense(option: str, value: Any) -> None:
    with pytest.raises(OptionError, match=f"--{option.replace('_', '-')} is"):
        Decoding(**{option: value})
