"""Origins: what came, what was known last, and who is asked for what."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chargen.series.naive import Naive
from chargen.series.scoring import Origins
from chargen.series.splitting import Part, split
from tests.series.small import wave


def test_truth_and_last_value_by_hand() -> None:
    values = [np.arange(20.0).reshape(10, 2), 100 + np.arange(12.0).reshape(6, 2)]
    origins = Origins.of(Part((7, 4), (10, 6)), 2, 2)
    assert [places.tolist() for places in origins.places] == [[7, 8], [4]]
    assert origins.truth(values, 1).tolist() == [[[14], [16]], [[16], [18]], [[108], [110]]]
    assert origins.last(values, 2).tolist() == [[12, 13], [14, 15], [106, 107]]


def test_a_series_without_origins_is_left_out() -> None:
    values = [wave(9), wave(3), wave(9, seed=2)]
    origins = Origins.of(Part((6, 0, 6), (9, 3, 9)), 3, 2)
    found = origins.forecast(Naive(), values)
    np.testing.assert_array_equal(found[:, 0], np.concatenate([values[0][5:7], values[2][5:7]]))
    assert len(origins.truth(values, 1)) == len(found) == 4


@given(st.lists(st.integers(1, 60), min_size=1, max_size=30), st.integers(1, 40))
def test_no_more_origins_than_asked_for_spread_over_all(lengths: list[int], most: int) -> None:
    part = split(lengths, 0.0, 0.5).test
    whole, some = Origins.of(part, 1, 1), Origins.of(part, 1, 1, most)
    total = sum(map(len, whole.places))
    assert sum(map(len, some.places)) == min(most, total)
    for few, every in zip(some.places, whole.places, strict=True):
        assert np.isin(few, every).all()
        assert (np.diff(few) > 0).all()


def test_few_of_many_are_evenly_chosen() -> None:
    some = Origins.of(Part((0,), (1000,)), 1, 1, 10)
    np.testing.assert_allclose(some.places[0], np.linspace(1, 999, 10), atol=1)
