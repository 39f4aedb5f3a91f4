"""What is read where a value is missing, and what is not: by hand, against pandas, and never from ahead."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from chargen.series.baselines import BASELINES, baseline
from chargen.series.masks import Filled, carried, filled, has_gaps, mean_known, seen, tell
from chargen.series.naive import Naive
from chargen.types import Floats
from tests.series.small import wave

NAN = np.nan
SERIES = np.array([[NAN, 1.0], [2.0, NAN], [NAN, NAN], [5.0, 4.0], [NAN, 6.0]])
GAPPY = arrays(
    np.float64,
    st.tuples(st.integers(1, 25), st.integers(1, 3)),
    elements=st.one_of(st.just(NAN), st.floats(-1e6, 1e6)),
)


def test_the_last_known_value_is_carried_forward() -> None:
    assert filled(SERIES, np.array([7.0, 8.0])).tolist() == [[7, 1], [2, 1], [2, 1], [5, 4], [5, 6]]
    assert np.isnan(carried(SERIES)[0, 0])
    # From whole seasons of two steps before: places 0, 2, 4 and 1, 3 are of one phase each.
    assert filled(SERIES, 0.0, 2).tolist() == [[0, 1], [2, 0], [0, 1], [5, 4], [0, 6]]
    whole = wave(9, 2)
    assert carried(whole) is whole
    assert filled(whole, 0.0, 4) is whole


@given(GAPPY)
def test_carrying_forward_is_what_pandas_does(values: Floats) -> None:
    np.testing.assert_array_equal(carried(values), pd.DataFrame(values).ffill().to_numpy())


@given(GAPPY, st.integers(1, 6), st.data())
def test_nothing_looks_ahead(values: Floats, every: int, data: st.DataObject) -> None:
    end = data.draw(st.integers(0, len(values)))
    np.testing.assert_array_equal(carried(values, every)[:end], carried(values[:end], every))
    for masks in (False, True):
        np.testing.assert_array_equal(seen(values, masks)[:end], seen(values[:end], masks))
    known = ~np.isnan(values)
    np.testing.assert_array_equal(carried(values, every)[known], values[known])
    for phase in range(every):
        np.testing.assert_array_equal(carried(values, every)[phase::every], carried(values[phase::every]))


def test_what_a_network_reads() -> None:
    assert seen(SERIES, masks=True).tolist() == [
        [0, 1, 0, 1],
        [2, 1, 1, 0],
        [2, 1, 0, 0],
        [5, 4, 1, 1],
        [5, 6, 0, 1],
    ]
    assert seen(SERIES.astype(np.float32), masks=True).dtype == np.float32
    assert seen(SERIES, masks=False).tolist() == [[0, 1], [2, 1], [2, 1], [5, 4], [5, 6]]
    # Differences of two steps have no value at first: no window reads them, and they stand for nothing.
    later = seen(SERIES, masks=True, first=2)
    assert np.isnan(later[:2]).all()
    assert later[2:].tolist() == [[0, 0, 0, 0], [5, 4, 1, 1], [5, 6, 0, 1]]
    differenced = np.concatenate([np.full((2, 1), NAN), wave(7)])
    assert seen(differenced, masks=False, first=2) is differenced


def test_means_of_what_is_known() -> None:
    assert mean_known([SERIES, np.array([[1.5, NAN]])]).tolist() == [8.5 / 3, 11 / 3]
    assert mean_known([np.full((3, 1), NAN)]).tolist() == [0]
    values = wave(50, 3)
    assert mean_known([values]).tobytes() == values.mean(axis=0).tobytes()


def test_what_the_user_is_told() -> None:
    assert tell([SERIES]) == "5 values are missing of 10 (50 %): neither learnt from nor scored"
    assert tell([wave(20), np.array([[1.0], [NAN]])]) == (
        "1 value is missing of 22 (4.5 %): neither learnt from nor scored"
    )
    assert tell([wave(5)]) is None
    assert (has_gaps([SERIES]), has_gaps([wave(5)])) == (True, False)


def test_a_baseline_reads_the_last_known_values() -> None:
    values = np.array([[NAN], [NAN], [4.0], [NAN], [6.0], [NAN]])
    naive = Filled(Naive()).fit([np.array([[1.0], [NAN], [2.0]])], 1)
    # Before the first known value stands the mean of what was learnt from.
    assert naive.forecast(values, np.arange(1, 7), 1)[:, 0, 0].tolist() == [1.5, 1.5, 4, 4, 6, 6]


@pytest.mark.parametrize("name", [name for name in BASELINES if name != "dense"])
def test_no_baseline_sees_what_comes_after_its_origin(name: str) -> None:
    values = wave(90)
    values[np.random.default_rng(1).random(90) < 0.3] = NAN
    origins = np.array([60, 71])
    fitted = baseline(name, season=12, lags=6).fit([values[:60]], 3)
    before = fitted.forecast(values, origins, 3)
    assert np.isfinite(before).all()
    for later in (NAN, 1e3):
        changed = values.copy()
        changed[71:] = later
        np.testing.assert_allclose(fitted.forecast(changed, origins, 3), before, rtol=1e-9)
