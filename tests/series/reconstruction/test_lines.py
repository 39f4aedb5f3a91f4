"""What a network that fills gaps sees of them, and how the errors of lines grow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.series.filling import linear
from chargen.series.reconstruction.lines import Growth, show

NAN = np.nan


def test_what_a_step_shows() -> None:
    inputs, lines, away = show(np.array([NAN, 2, NAN, NAN, 5, NAN])[:, None])
    assert lines.ravel().tolist() == [2, 2, 3, 4, 5, 5]
    values, known, before, behind = inputs.T
    assert values.tolist() == [2, 2, 3, 4, 5, 5]
    assert known.tolist() == [0, 1, 0, 0, 1, 0]
    assert before == pytest.approx([0, 1, 1 / 2, 1 / 3, 1, 1 / 2])
    assert behind == pytest.approx([1 / 2, 1, 1 / 3, 1 / 2, 1, 0])
    # 1 to the one side and 2 to the other: 1 * 2 / (1 + 2); at the ends there is one side.
    assert away.ravel() == pytest.approx([1, 0, 2 / 3, 2 / 3, 0, 1])


def test_a_window_of_nothing() -> None:
    inputs, lines, away = show(np.full((2, 4, 1), NAN))
    assert not inputs.any()
    assert not lines.any()
    assert (away == 4).all()


@given(st.integers(0, 10**6), st.integers(1, 3))
def test_lines_are_those_of_linear_interpolation(seed: int, features: int) -> None:
    generator = np.random.default_rng(seed)
    windows = generator.normal(size=(3, 9, features))
    windows[generator.random(windows.shape) < 0.5] = NAN
    windows[:, 4] = 1
    _, lines, _ = show(windows)
    for window, drawn in zip(windows, lines, strict=True):
        np.testing.assert_allclose(drawn, linear(window), atol=1e-12)


def test_growth() -> None:
    away = np.repeat([0.5, 1, 2, 4, 8], 20)[:, None]
    # 3 d exactly in each class.
    growth = Growth.measure(3 * away * np.tile([1, -1], 50)[:, None], away)
    assert growth.factor == pytest.approx([3])
    assert growth.power == pytest.approx([1])
    assert growth(away[:, 0][:, None])[-1] == pytest.approx(24)
    nothing = Growth.measure(np.full((4, 1), NAN), np.ones((4, 1)))
    assert (nothing.factor.tolist(), nothing.power.tolist()) == ([1], [0])
