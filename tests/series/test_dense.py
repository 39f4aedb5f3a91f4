"""The dense network: what it learns, and that chance is its own."""

import keras
import numpy as np
import pytest

from chargen.errors import SeriesError
from chargen.series.dense import Dense

TIME = np.arange(160.0)
VALUES = np.stack([100 + 20 * np.sin(TIME / 5), 5 * np.cos(TIME / 5)], axis=1)


def test_it_learns_a_sine() -> None:
    origins = np.arange(130, 156)
    forecast = Dense(8, (0, 1), random_seed=3).fit([VALUES[:130]], 4).forecast(VALUES, origins, 4)
    truth = VALUES[origins[:, None] + np.arange(4)]
    error = np.sqrt(((forecast - truth) ** 2).mean(axis=(0, 1)))
    assert (error < 0.2 * VALUES.std(axis=0)).all()


def test_it_repeats_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chargen.series.dense.MOST_EPOCHS", 3)
    origins = np.array([130])
    model = Dense(8, random_seed=3).fit([VALUES[:130]], 4)
    forecast = model.forecast(VALUES, origins, 4)
    keras.utils.set_random_seed(99)
    again = Dense(8, random_seed=3).fit([VALUES[:130]], 4).forecast(VALUES, origins, 4)
    np.testing.assert_array_equal(again, forecast)
    np.testing.assert_array_equal(model.fit([VALUES[:130]], 4).forecast(VALUES, origins, 4), forecast)
    assert not np.allclose(Dense(8, random_seed=4).fit([VALUES[:130]], 4).forecast(VALUES, origins, 4), forecast)


def test_global_random_numbers_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chargen.series.dense.MOST_EPOCHS", 2)
    keras.utils.set_random_seed(1)
    expected = np.random.rand(), float(keras.random.uniform(()))
    keras.utils.set_random_seed(1)
    Dense(4).fit([VALUES[:40]], 1)
    assert (np.random.rand(), float(keras.random.uniform(()))) == expected


def test_many_short_series_hold_out_whole_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chargen.series.dense.MOST_EPOCHS", 2)
    parts = [VALUES[start : start + 12] for start in range(30)]
    forecast = Dense(8, random_seed=1).fit(parts, 4).forecast(VALUES, np.array([100]), 4)
    assert forecast.shape == (1, 4, 1)


def test_what_is_held_out_is_no_target_of_what_is_learnt() -> None:
    windows = [np.arange(40.0)[:, None, None]]
    learns, holds = Dense(2)._split(windows, 3)
    assert learns.max() + 3 == holds.min()
    assert len(holds) == 4


def test_too_little_to_hold_anything_out_is_refused() -> None:
    with pytest.raises(SeriesError, match=r"needs at least 16 values to learn from.* has 15; shorten"):
        Dense(8).fit([VALUES[:15]], 4)
    Dense(8)._split([VALUES[:5, None]], 4)  # 16 values
    model = Dense(8)
    with pytest.raises(SeriesError, match="fitted for 0 steps and cannot forecast 1"):
        model.forecast(VALUES, np.array([50]), 1)
