"""Pictures of filled gaps: what of the series is shown is said."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from chargen.series.plot import plot_imputation
from chargen.series.plot.looks import ROWS
from chargen.series.series import Panel
from tests.series.plot.drawing import numbered


def test_what_of_filled_series_is_shown_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Figure] = []
    monkeypatch.setattr("chargen.series.plot.imputation.save", lambda figure, path: shown.append(figure))
    whole = np.arange(2.0 * (ROWS + 200)).reshape(-1, 2)
    holed = whole.copy()
    holed[[300, 301, ROWS + 190], 1] = np.nan
    columns = ("rain", "sun")
    here, there, after = (
        numbered(whole, "here", columns),
        numbered(holed, "there", columns),
        numbered(whole, "there", columns),
    )
    known, filled = Panel((here, there), "weather"), Panel((here, after), "weather")
    plot_imputation(known, filled, tmp_path / "a.png")
    (axes,) = shown[0].axes
    told = " ".join(axes.get_title().split())
    assert told == "weather: 2 values filled; series there (of 2), column sun (of 2), 1,000 of 1,200 rows"
    assert axes.get_ylabel() == "sun"
    plot_imputation(known.series[0], filled.series[0], tmp_path / "a.png")
    assert shown[1].axes[0].get_title() == "here: 0 values filled; column rain (of 2), 1,000 of 1,200 rows"
