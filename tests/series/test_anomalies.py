"""Alarms: their rate on known noise, spikes found, nothing scored that calibrated, p-values that exchange keeps."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from matplotlib.figure import Figure

from chargen.errors import OptionError, RunError, SeriesError
from chargen.series.anomalies import Anomalies, anomalies, p_values
from chargen.series.learning import create, learn
from chargen.series.plot import plot_anomalies
from chargen.series.run import SeriesRun
from chargen.series.series import Panel, Series
from chargen.types import Floats
from tests.series import small
from tests.series.small import CHOSEN

STEPS, TRAINED, END = 1000, 400, 600  # the test part are the last 400


def noisy(n: int = STEPS, seed: int = 0) -> Series:
    """Waves with normal noise, by the day."""
    return Series(small.wave(n, seed=seed), pd.date_range("2000-01-01", periods=n, freq="D"), ("a",), "D", "waves")


def trained(data: Any, folder: Path, name: str, **options: Any) -> SeriesRun:
    run = create(data, checkpoints=folder, name=name, **CHOSEN | {"iterations": 1, "batch_size": 32} | options)
    list(learn(run))
    return run


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def run(folder: Path) -> SeriesRun:
    return trained(noisy(), folder, "waves", validation=0.2, test=0.4)


@pytest.fixture(scope="module")
def panel_run(folder: Path) -> SeriesRun:
    return trained(small.panel(60, 50, 8, features=2), folder, "panel", validation=0.3, test=0.2, targets=2)


@pytest.mark.parametrize("rate", [0.01, 0.05, 0.2])
def test_the_rate_of_false_alarms_is_the_stated_one(rate: float, run: SeriesRun) -> None:
    newer = noisy(4000)[STEPS:]  # nothing is odd about them
    for found in (anomalies(run, false_alarms=rate), anomalies(run, newer, rate)):
        n, k = found.calibrated, len(found.scores[0].p)
        assert (n, found.false_alarms) == (200, rate)
        assert found.rate == math.floor(rate * (n + 1) + 1e-9) / (n + 1)
        # The rate of one calibration is spread by Beta(rank, n + 1 - rank), the count of alarms by the binomial.
        spread = math.sqrt(rate * (1 - rate) * (1 / n + 1 / k))
        for scores in found.scores:
            assert abs(scores.alarm.mean() - rate) < 3 * spread


def test_every_value_of_the_test_part_by_hand(run: SeriesRun) -> None:
    found = anomalies(run, false_alarms=0.1)
    values = small.wave(STEPS)
    model = run.forecaster()
    before = np.abs(values[TRAINED:END, 0] - model.forecast(values, np.arange(TRAINED, END), 1)[:, 0, 0])
    forecast = model.forecast(values, np.arange(END, STEPS), 1)[:, 0, 0]
    errors = np.abs(values[END:, 0] - forecast)
    ours, naive = found.scores
    assert (found.part, ours.name, naive.name) == ("test part", "waves", "naive")
    np.testing.assert_array_equal(ours.forecast[:, 0], forecast)
    np.testing.assert_array_equal(ours.p[:, 0], [(1 + (before >= error).sum()) / 201 for error in errors])
    np.testing.assert_array_equal(ours.alarm, ours.p <= 0.1)
    np.testing.assert_array_equal(ours.alarm, ours.score > 1)
    np.testing.assert_array_equal(naive.forecast[:, 0], values[END - 1 : -1, 0])
    np.testing.assert_array_equal(found.panel.series[0].values, values[END:])
    assert found.panel.series[0].index[0] == noisy().index[END]
    rows = found.alarms()
    assert len(rows) == ours.alarm.sum() > 0
    first = int(np.flatnonzero(ours.alarm)[0])
    assert rows[0]["date"] == noisy().place(END + first)
    assert rows[0]["value"] == values[END + first, 0]
    summary = found.summary()
    assert [(row["model"], row["scored"], row["by_chance"]) for row in summary] == [
        ("waves", 400, pytest.approx(400 * 20 / 201)),
        ("naive", 400, pytest.approx(400 * 20 / 201)),
    ]


def test_spikes_are_found(run: SeriesRun) -> None:
    newer = noisy(STEPS + 200)[STEPS:]
    values = newer.values.copy()
    spikes = [20, 90, 91, 150]
    values[spikes, 0] += [6, -6, 6, 6]
    found = anomalies(run, Series(values, newer.index, newer.columns, newer.frequency, newer.name))
    alarms = np.flatnonzero(found.scores[0].alarm[:, 0]).tolist()
    assert set(spikes) <= set(alarms)
    dates = [row["date"] for row in found.alarms()]
    assert newer.place(20) in dates
    best = np.argsort(-found.scores[0].score[:, 0])[:4]
    assert sorted(best.tolist()) == spikes


def test_what_was_learnt_or_calibrates_is_not_scored(run: SeriesRun) -> None:
    whole = noisy(STEPS + 30)
    for data in (whole, whole[350:], whole[END:]):
        found = anomalies(run, data)
        assert found.panel.series[0].index[0] == whole.index[END]  # the test part calibrates nothing
        assert len(found.scores[0].p) == 430
    np.testing.assert_array_equal(found.scores[0].p[:400], anomalies(run).scores[0].p)
    other = Series(whole.values + 1, whole.index, ("a",), "D", "revised")  # other values on the same dates
    assert len(anomalies(run, other).scores[0].p) == 430
    for data in (whole[:END], whole[:50]):
        with pytest.raises(SeriesError, match="nothing to score, as the run learnt or was calibrated by all of them"):
            anomalies(run, data)


def test_newer_values_are_forecast_from_the_runs_own(run: SeriesRun) -> None:
    whole = noisy(STEPS + 3)
    found = anomalies(run, whole[STEPS:])
    expected = run.forecaster().forecast(whole.values, np.arange(STEPS, STEPS + 3), 1)[:, 0]
    np.testing.assert_array_equal(found.scores[0].forecast, expected)
    assert found.part == "new values of waves"
    later = noisy(STEPS + 30)[STEPS + 10 :]  # a gap parts them: a window has to be known
    assert len(anomalies(run, later).scores[0].p) == 14
    with pytest.raises(SeriesError, match="nothing to score, as a forecast looks back 6 values"):
        anomalies(run, later[:6])


def test_numbered_rows_are_known_by_their_values(run: SeriesRun) -> None:
    values = small.wave(STEPS + 20)[:, 0]
    assert len(anomalies(run, values.tolist()).scores[0].p) == 420
    assert len(anomalies(run, values[500:].tolist()).scores[0].p) == 420
    assert len(anomalies(run, values[STEPS:].tolist()).scores[0].p) == 14
    with pytest.raises(SeriesError, match="nothing to score, as the run learnt"):
        anomalies(run, values[100:END].tolist())


def test_several_series_and_targets(panel_run: SeriesRun) -> None:
    found = anomalies(panel_run, false_alarms=0.2)
    assert [(one.name, len(one)) for one in found.panel] == [("s0", 12), ("s1", 10), ("s2", 2)]
    assert found.calibrated == 18 + 15
    assert found.scores[0].p.shape == (24, 2)
    assert [(row["model"], row["target"]) for row in found.summary()] == [
        ("panel", "a"),
        ("panel", "b"),
        ("naive", "a"),
        ("naive", "b"),
    ]
    table = found.to_panel()
    assert [one.name for one in table] == ["s0 a", "s0 b", "s1 a", "s1 b", "s2 a", "s2 b"]
    assert table.columns == (
        *("value", "forecast", "score", "p", "alarm"),
        *("naive", "naive_score", "naive_p", "naive_alarm"),
    )
    np.testing.assert_array_equal(table.series[3].values[:, 3], found.scores[0].p[12:22, 1])
    newer = Panel(tuple(small.series(70, 2, 1, name) for name in ("s1", "new")), "newer")
    again = anomalies(panel_run, newer, 0.2)
    # What is known of s1 is its own; for a series of another name nothing of those dates counts as new.
    assert [(one.name, len(one)) for one in again.panel] == [("s1", 30), ("new", 22)]


def test_what_cannot_be_scored(run: SeriesRun, folder: Path) -> None:
    with pytest.raises(OptionError, match=r"--false-alarms is 0.001, and 200 errors .* tell no rate below 0.00498"):
        anomalies(run, false_alarms=0.001)
    for rate in (0, 1, -0.1, float("nan"), True):
        with pytest.raises(OptionError, match=r"--false-alarms is .*; it takes a number between 0 and 1"):
            anomalies(run, false_alarms=rate)
    with pytest.raises(RunError, match=r"run 'blind' has no validation part.* --validation 0.1"):
        anomalies(create(noisy(100), checkpoints=folder, name="blind", **CHOSEN, validation=0.0, test=0.2))
    with pytest.raises(
        RunError, match=r"nothing new to score: .* no test part; .*anomalies all --data FILE.* --test 0.2"
    ):
        anomalies(create(noisy(100), checkpoints=folder, name="all", **CHOSEN))
    with pytest.raises(RunError, match="and is its test part"):
        anomalies(create(noisy(100), checkpoints=folder, name="leaky", **CHOSEN, protocol="tutorial"))


ERRORS = arrays(np.float64, st.integers(2, 40), elements=st.floats(0, 10).map(lambda value: round(value, 1)))


@given(ERRORS, st.floats(0.01, 0.99))
def test_of_exchangeable_errors_no_more_than_the_rate_raise_an_alarm(errors: Floats, rate: float) -> None:
    # Each of n + 1 errors is as likely as any other to be the new one.
    p = [p_values(np.delete(errors, place), errors[place : place + 1])[0] for place in range(len(errors))]
    assert sum(value <= rate for value in p) <= rate * len(errors) + 1e-9
    if len(set(errors.tolist())) == len(errors):
        assert sorted(p) == [place / len(errors) for place in range(1, len(errors) + 1)]


@given(ERRORS, ERRORS, st.randoms(use_true_random=False))
def test_the_order_of_what_calibrates_does_not_matter(calibration: Floats, errors: Floats, random: Any) -> None:
    shuffled = calibration.tolist()
    random.shuffle(shuffled)
    found = p_values(calibration, errors)
    np.testing.assert_array_equal(p_values(np.array(shuffled), errors), found)
    assert all(found[a] >= found[b] for a in range(len(errors)) for b in range(len(errors)) if errors[a] <= errors[b])


def drawn(found: Anomalies, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    figures: list[Figure] = []
    monkeypatch.setattr("chargen.series.plot.anomalies.save", lambda figure, path: figures.append(figure))
    plot_anomalies(found, tmp_path / "a.png")
    return figures[0].axes[0]


def test_the_picture(run: SeriesRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = anomalies(run, false_alarms=0.1)
    axes = drawn(found, tmp_path, monkeypatch)
    values, forecast, alarms = (np.asarray(line.get_ydata()) for line in axes.lines)
    np.testing.assert_array_equal(values, small.wave(STEPS)[END:, 0])
    np.testing.assert_array_equal(forecast, found.scores[0].forecast[:, 0])
    np.testing.assert_array_equal(alarms, values[found.scores[0].alarm[:, 0]])
    assert axes.get_title() == f"waves: {len(alarms)} alarms, 39.8 expected by chance"
    many = drawn(anomalies(run, noisy(4000)), tmp_path, monkeypatch)
    assert len(many.lines[0].get_ydata()) == 1000
    assert many.get_title().endswith("; the last 1,000 of 3,400 values")
    with pytest.raises(OptionError, match=r"has to end in \.png"):
        plot_anomalies(found, tmp_path / "a.txt")
