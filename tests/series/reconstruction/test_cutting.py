"""Gaps that are cut: what is cut is learnt and not seen, and drawn from an epoch's generator alone."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chargen.series.reconstruction.cutting import CutGaps
from chargen.series.reconstruction.lines import SHOWN
from tests.series.small import wave

NAN = np.nan


def examples(features: int = 1, lengths: tuple[int, ...] = (1, 3), window: int = 12, rows: int = 60) -> CutGaps:
    values = wave(rows, features).astype(np.float32)
    values[[7, 8, 30]] = NAN
    return CutGaps(values, np.arange(rows - window + 1), window, lengths, 32)


@given(st.integers(0, 2**40), st.integers(1, 3))
def test_cutting(seed: int, features: int) -> None:
    made = examples(features)
    numbers = made.order(np.random.default_rng(seed))[:1, :5]
    inputs, targets = made.cut(numbers)
    assert inputs.shape == (1, 5, 12, SHOWN * features)
    assert targets.shape == (1, 5, 12, features)
    assert inputs.dtype == targets.dtype == np.float32
    lines, known = inputs[..., :features], inputs[..., features : 2 * features] == 1
    for place, number in enumerate(numbers[0].tolist()):
        first = number // 2**31
        whole = made.values[first : first + 12]
        cut = ~np.isnan(targets[0, place])
        assert cut.any()
        # Cut or known or missing from the start; a target is what the line leaves of what was cut.
        np.testing.assert_array_equal(cut | known[0, place], ~np.isnan(whole))
        assert not (cut & known[0, place]).any()
        np.testing.assert_allclose((lines[0, place] + targets[0, place])[cut], whole[cut], rtol=1e-4)
        np.testing.assert_array_equal(lines[0, place][known[0, place]], whole[known[0, place]])


def test_what_was_cut_is_not_seen() -> None:
    made = examples()
    numbers = made.order(np.random.default_rng(1))[:1, :1]
    inputs, targets = made.cut(numbers)
    first = int(numbers[0, 0]) // 2**31
    other = made.values.copy()
    other[first : first + 12][~np.isnan(targets[0, 0])] += 5
    changed, left = replace(made, values=other).cut(numbers)
    np.testing.assert_array_equal(changed, inputs)
    np.testing.assert_allclose(left - targets, np.where(np.isnan(targets), NAN, 5), rtol=1e-4)


def test_an_epoch_is_drawn_from_its_generator_and_cut_the_same_in_any_pieces() -> None:
    made = examples(2)
    order = made.order(np.random.default_rng(4))
    assert order.shape == (made.batches, made.batch) == (64, 32)
    assert order.dtype == np.int64
    np.testing.assert_array_equal(order, made.order(np.random.default_rng(4)))
    assert (order != made.order(np.random.default_rng(5))).mean() > 0.9
    whole = made.cut(order[:4])
    for pieces in zip(made.cut(order[:1]), made.cut(order[1:4]), whole, strict=True):
        np.testing.assert_array_equal(np.concatenate(pieces[:2]), pieces[2])
