"""Windows of what is known."""

import numpy as np
import pytest

from chargen.errors import SeriesError
from chargen.series.history import flat, last_windows, require_history, training_windows

VALUES = np.arange(12.0).reshape(6, 2)


def test_last_windows_end_before_their_origin() -> None:
    windows = last_windows("model", VALUES, np.array([6, 2]), 2)
    assert windows.tolist() == [[[8, 9], [10, 11]], [[0, 1], [2, 3]]]
    assert flat(windows).tolist() == [[8, 9, 10, 11], [0, 1, 2, 3]]
    assert flat(last_windows("model", VALUES, np.array([], np.int64), 2)).shape == (0, 4)


def test_training_windows_stay_inside_their_part() -> None:
    windows = training_windows("model", [VALUES[:4], VALUES[:2], 100 + VALUES[:3]], 2, 1)
    assert [part[:, :, 0].tolist() for part in windows] == [[[0, 2, 4], [2, 4, 6]], [[100, 102, 104]]]
    with pytest.raises(
        SeriesError, match=r"^model needs 7 values to learn from \(4 lags and 3 steps\).* has 6; shorten"
    ):
        training_windows("model", [VALUES], 4, 3)
    with pytest.raises(SeriesError, match="has 0"):
        training_windows("model", [], 1, 1)


@pytest.mark.parametrize("origin", [2, 7])
def test_an_origin_needs_history_and_stands_in_the_series(origin: int) -> None:
    require_history("model", VALUES, np.array([3, 6]), 3)
    with pytest.raises(
        SeriesError, match=rf"^model cannot forecast from origin {origin} of a series of 6 values: .* 3 to 6"
    ):
        require_history("model", VALUES, np.array([4, origin]), 3)
    with pytest.raises(SeriesError, match=r"^model looks back 7 values, and a series has 6; give more values"):
        require_history("model", VALUES, np.array([6]), 7)
