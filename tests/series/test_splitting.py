"""Parts of series: contiguous, in order, nothing lost and nothing twice."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import OptionError, SeriesError
from chargen.series.splitting import Part, split, training_parts
from tests.series.small import wave

LENGTHS = st.lists(st.integers(1, 5000), min_size=1, max_size=4)
# Per cent: what is expected can be computed without floats.
SHARES = st.tuples(st.integers(0, 49), st.integers(0, 49))


@given(LENGTHS, SHARES)
def test_every_step_is_in_one_part_and_the_parts_stand_in_order(lengths: list[int], shares: tuple[int, int]) -> None:
    validation, test = shares
    parts = split(lengths, validation / 100, test / 100)
    assert parts.training.first == (0,) * len(lengths)
    assert parts.training.end == parts.validation.first
    assert parts.validation.end == parts.test.first
    assert parts.test.end == tuple(lengths)
    assert parts.test.first == tuple(int(n * Fraction(100 - test, 100)) for n in lengths)
    assert parts.validation.first == tuple(int(n * Fraction(100 - test - validation, 100)) for n in lengths)


@given(st.integers(10, 3000), st.integers(1, 60), st.integers(1, 90), st.integers(0, 30))
def test_origins_of_the_test_part(n: int, horizon: int, test: int, back: int) -> None:
    first = int(n * Fraction(100 - test, 100))
    origins = split([n], 0.0, test / 100).test.origins(0, back, horizon)
    # A forecast from origin o is of steps o .. o + horizon - 1, the last of them n - 1.
    assert origins.tolist() == list(range(max(first, back), n - horizon + 1))


def test_the_sunspots_of_the_reference() -> None:
    # Origins floor(0.8 n) .. n - h of the 3,126 built-in months.
    origins = split([3126], 0.1, 0.2).test.origins(0, 132, 36)
    assert (origins[0], origins[-1], len(origins)) == (2500, 3090, 591)


def test_a_forecast_of_a_part_stays_in_it() -> None:
    part = Part((10, 0), (20, 0))
    assert part.origins(0, 4, 3).tolist() == [10, 11, 12, 13, 14, 15, 16, 17]
    assert part.origins(0, 15, 5).tolist() == [15]
    assert part.origins(0, 4, 11).tolist() == []
    assert part.origins(1, 4, 3).tolist() == []
    assert part
    assert not Part((4, 7), (4, 7))


@given(st.lists(st.integers(1, 50), min_size=1, max_size=12), SHARES)
def test_whole_series_are_in_one_part(lengths: list[int], shares: tuple[int, int]) -> None:
    validation, test = shares
    try:
        parts = split(lengths, validation / 100, test / 100, "series")
    except SeriesError:
        counts = [int(len(lengths) * Fraction(100 - rest, 100)) for rest in (validation + test, test, 0)]
        assert not counts[0] or (validation and counts[0] == counts[1]) or (test and counts[1] == counts[2])
        return
    three = (parts.training, parts.validation, parts.test)
    where = [
        [(part.first[place], part.end[place]) for part in three if part.end[place] > part.first[place]]
        for place in range(len(lengths))
    ]
    assert where == [[(0, n)] for n in lengths]
    kinds = [next(k for k, part in enumerate(three) if part.end[n] > part.first[n]) for n in range(len(lengths))]
    assert kinds == sorted(kinds)
    assert kinds[0] == 0
    assert (1 in kinds, 2 in kinds) == (validation > 0, test > 0)


def test_half_of_four_series_is_held_out() -> None:
    parts = split([9, 8, 7, 6], 0.25, 0.25, "series")
    assert [part.end for part in (parts.training, parts.validation, parts.test)] == [
        (9, 8, 0, 0),
        (9, 8, 7, 0),
        (9, 8, 7, 6),
    ]
    values = [wave(n) for n in (9, 8, 7, 6)]
    assert [len(part) for part in training_parts(values, parts)] == [9, 8]


def test_training_parts_end_where_training_does() -> None:
    values = [wave(10), wave(20, seed=1)]
    cut = training_parts(values, split([10, 20], 0.2, 0.3))
    assert [part.tolist() for part in cut] == [values[0][:5].tolist(), values[1][:10].tolist()]
    assert np.shares_memory(cut[0], values[0])


def test_an_unknown_way_to_split() -> None:
    with pytest.raises(OptionError, match="--split is 'rows'; it takes time or series"):
        split([9], 0.1, 0.1, "rows")
