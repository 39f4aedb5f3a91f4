"""Gaps found, and gaps cut into what is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import OptionError, SeriesError
from chargen.series.gaps import APART, Gap, HeldOut, gaps, hold_out, own_lengths, without
from chargen.types import Floats

NAN = np.nan


def all_of(held: HeldOut) -> list[Gap]:
    return [gap for part in (held.validation, held.test) for kind in part.values() for gap in kind]


def holed(seed: int, features: int, sizes: tuple[int, ...] = (150, 90)) -> list[Floats]:
    generator = np.random.default_rng(seed)
    values: list[Floats] = [generator.normal(size=(size, features)) for size in sizes]
    for series in values:
        series[generator.random(series.shape) < 0.03] = NAN
    return values


def test_gaps_are_found() -> None:
    values = [np.array([[NAN, 1], [2, NAN], [3, NAN], [NAN, 4]]), np.array([[1.0, 2.0]])]
    assert gaps(values) == [Gap(0, 0, 1, (0,)), Gap(0, 3, 4, (0,)), Gap(0, 1, 3, (1,))]
    assert own_lengths(values) == [1, 1, 2]
    assert own_lengths(values[1:]) == []


def test_cutting() -> None:
    values = [np.arange(8.0).reshape(4, 2)]
    gap = Gap(0, 1, 3, (1,))
    (cut,) = without(values, [gap])
    np.testing.assert_array_equal(cut, [[0, 1], [2, NAN], [4, NAN], [6, 7]])
    np.testing.assert_array_equal(gap.cut(values), [[3], [5]])
    assert not np.isnan(values[0]).any()
    assert gaps([cut]) == [gap]


@given(st.integers(0, 10**6), st.integers(1, 3), st.sampled_from([1, 2, 5]))
def test_what_is_held_out_is_known_and_apart(seed: int, features: int, block: int) -> None:
    values = holed(seed, features)
    held = hold_out(values, block, seed)
    assert list(held.test) == list(held.validation) == sorted({1, block})
    cut = without(values, all_of(held))
    for part in (held.validation, held.test):
        for steps, kind in part.items():
            assert len(kind) >= 2
            for gap in kind:
                assert len(gap) == steps
                assert not np.isnan(gap.cut(values)).any()
                assert np.isnan(gap.cut(cut)).all()
                columns = list(gap.columns)
                for beside in (slice(gap.first - APART, gap.first), slice(gap.end, gap.end + APART)):
                    known = cut[gap.series][beside, columns]
                    assert known.shape[0] == APART
                    assert not np.isnan(known).any()
    # No place twice: as many are missing more as all gaps hold.
    missing = sum(int(np.isnan(one).sum()) for one in cut) - sum(int(np.isnan(one).sum()) for one in values)
    assert missing == sum(gap.cut(values).size for gap in all_of(held))


def test_places_depend_on_the_seed_and_on_what_is_known_alone() -> None:
    values = holed(1, 2)
    same = hold_out(values, 5, 3)
    assert hold_out([7 * one + 1 for one in values], 5, 3) == same
    assert hold_out(values, 5, 4) != same


def test_whole_rows_as_often_as_in_the_series_own_gaps() -> None:
    values = [np.ones((300, 2))]
    values[0][[50, 100], 0] = NAN
    assert {len(gap.columns) for gap in all_of(hold_out(values, 5, 0))} == {1}
    values[0][[50, 100]] = NAN
    assert {len(gap.columns) for gap in all_of(hold_out(values, 5, 0))} == {2}
    assert {len(gap.columns) for gap in all_of(hold_out([np.ones((300, 2))], 5, 0))} == {2}


def test_too_little_is_refused() -> None:
    with pytest.raises(SeriesError, match=r"no room for 4 blocks of 10 steps .* or shorten --block"):
        hold_out([np.ones((40, 1))], 10, 0)
    with pytest.raises(SeriesError, match=r"no room for 4 steps one by one .* give a longer series$"):
        hold_out([np.ones((8, 1))], 1, 0)
    for block in (0, -1, 1.5):
        with pytest.raises(OptionError, match="--block is"):
            hold_out([np.ones((80, 1))], block, 0)  # type: ignore[arg-type]
