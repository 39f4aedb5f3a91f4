"""Fillings: lines before anything is learnt, read from the middle of a window, never below a bound."""

import numpy as np

from chargen.network import Network
from chargen.series.filling import linear
from chargen.series.gaps import Gap, without
from chargen.series.reconstruction import Reconstruction, settle
from chargen.series.reconstruction.learning import start
from chargen.series.reconstruction.lines import Growth
from chargen.series.scaling import Scaler, ScalingConfig
from chargen.types import Floats
from tests.series.small import wave

TINY = {"cell": "rnn", "units": 3}


def test_it_starts_from_lines() -> None:
    values = [wave(60, 2), wave(9, 2, seed=3)]
    values[0][[0, 1, 20, 21, 22, 59]] = np.nan
    values[0][40, 1] = values[1][4, 0] = np.nan
    model, training = settle(TINY, 2, 16)
    scaler = Scaler.fit(values, ("a", "b"), ScalingConfig())
    growth = Growth(np.ones(2), np.zeros(2))
    made = Reconstruction(Network(model, start(model, 0)), scaler, growth, training.seqlen, 8, (True, True))
    for filled, series in zip(made.fill(values), values, strict=True):
        np.testing.assert_allclose(filled, linear(series), rtol=1e-5)
        np.testing.assert_array_equal(filled[~np.isnan(series)], series[~np.isnan(series)])


def test_a_gap_is_read_from_the_middle_of_a_window_and_never_below_a_bound() -> None:
    values = np.linspace(0, 1, 100)[:, None]
    gap = Gap(0, 50, 54, (0,))
    (cut,) = without([values], [gap])
    model, _ = settle(TINY, 1, 10)
    scaler = Scaler(ScalingConfig("none"), ("a",), (0.0,), (1.0,))
    weights = start(model, 0)
    growth = Growth(np.ones(1), np.zeros(1))

    def made(bias: float, bounded: bool, series: Floats) -> Floats:
        network = Network(model, weights | {"readout.bias": np.array([bias], np.float32)})
        return Reconstruction(network, scaler, growth, 10, 5, (bounded,)).at([series], [gap])[0]

    np.testing.assert_allclose(made(0, False, cut), gap.cut([values]), atol=1e-6)
    np.testing.assert_allclose(made(-2, False, cut), gap.cut([values]) - 2, atol=1e-5)
    assert (made(-2, True, cut) == 0).all()
    far = cut.copy()
    far[:47] = far[57:] = 9  # beyond the window, which is 47 to 56
    np.testing.assert_array_equal(made(0, False, far), made(0, False, cut))
