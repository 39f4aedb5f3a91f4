"""Windows and gaps that suit a series."""

import numpy as np

from chargen.series.reconstruction import lengths_for, window_for


def test_lengths() -> None:
    values = [np.ones((200, 1))]
    assert window_for(values, 10, ()) == 48
    assert window_for(values, 20, ()) == 80
    assert window_for(values, 10, (12, 132)) == 132
    assert window_for([np.ones((30, 1))], 10, ()) == 30
    values[0][40:100] = np.nan
    assert window_for(values, 10, ()) == 120
    assert set(lengths_for(values, 10, 120)) >= {1, 10, 60}
    assert max(lengths_for(values, 10, 48)) == 20
    assert max(lengths_for([np.ones((9, 1))], 4, 6)) == 4
