"""Series and panels of what Python programs hold."""

import numpy as np

from chargen.series.series import Panel, Series


def test_a_list_of_numbers_is_one_series() -> None:
    series = Series.of([1, 2, 3])
    np.testing.assert_array_equal(series.values, [[1.0], [2.0], [3.0]])
    assert len(Panel.of([1, 2, 3])) == 1
