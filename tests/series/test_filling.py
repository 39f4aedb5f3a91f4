"""What fills gaps without learning: cases computed by hand, and numpy's and pandas' own."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from chargen.series.filling import last, linear, seasonal
from chargen.types import Floats

NAN = np.nan


def column(*values: float) -> Floats:
    return np.array(values)[:, None]


def test_last() -> None:
    assert last(column(NAN, 1, NAN, NAN, 4, NAN)).ravel().tolist() == [1, 1, 1, 1, 4, 4]


def test_linear() -> None:
    filled = linear(column(NAN, 1, NAN, NAN, 4, 2, NAN, NAN))
    assert filled.ravel().tolist() == [1, 1, 2, 3, 4, 2, 2, 2]


def test_seasonal() -> None:
    # Phases of a season of three: 0, 3, 6; 1, 4, 7; 2, 5, 8.
    values = column(1, 10, NAN, NAN, NAN, NAN, 3, 30, NAN)
    # 3: between 1 and 3; 4: between 10 and 30; of the phase of 2 nothing is known: lines.
    assert seasonal(values, 3).ravel().tolist() == [1, 10, pytest.approx(8.6), 2, 20, pytest.approx(4.4), 3, 30, 30]
    # At the ends the one side counts for both.
    assert seasonal(column(NAN, 5, 2, NAN, NAN, 7), 2).ravel().tolist() == [2, 5, 2, 6, 2, 7]
    # The nearest ones: not the mean of all.
    assert seasonal(column(8, 4, NAN, 6, 100), 1)[2] == 5


@st.composite
def holed(draw: st.DrawFn) -> NDArray[np.float64]:
    size, features = draw(st.integers(1, 30)), draw(st.integers(1, 3))
    generator = np.random.default_rng(draw(st.integers(0, 10**6)))
    values = generator.normal(size=(size, features))
    values[generator.random(values.shape) < draw(st.floats(0, 0.95))] = NAN
    for place in range(features):
        values[generator.integers(size), place] = 1.5
    return values


@given(holed(), st.integers(1, 12))
def test_known_values_stay_and_nothing_is_missing(values: NDArray[np.float64], season: int) -> None:
    before = values.copy()
    known = ~np.isnan(values)
    for filled in (last(values), linear(values), seasonal(values, season)):
        assert not np.isnan(filled).any()
        np.testing.assert_array_equal(filled[known], values[known])
        assert (filled >= np.nanmin(values, axis=0) - 1e-12).all()
        assert (filled <= np.nanmax(values, axis=0) + 1e-12).all()
    np.testing.assert_array_equal(values, before)


@given(holed())
def test_as_pandas_fills(values: NDArray[np.float64]) -> None:
    frame = pd.DataFrame(values)
    np.testing.assert_array_equal(last(values), frame.ffill().bfill())
    np.testing.assert_allclose(linear(values), frame.interpolate(limit_direction="both"))
