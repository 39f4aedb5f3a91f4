"""Networks fitted in memory: every cell learns a series by heart; what is held out chooses, and then is learnt too."""

import copy
import pickle
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from chargen.cells import CELLS
from chargen.network import Network
from chargen.series.fitting import Fitting, Trainers, as_model, fit, fit_scaler, loss_on
from chargen.series.forecaster import Forecaster
from chargen.series.model import Model
from chargen.series.series import Panel, Series
from chargen.series.settings import Settings, settle
from chargen.series.task import Task, Windows
from chargen.snapshot import Snapshot
from chargen.types import Floats
from tests.series import small
from tests.series.small import CHOSEN

VALUES = small.wave(60)


def settings(values: Floats = VALUES, **options: Any) -> Settings:
    return settle(CHOSEN | options, Panel.of(values))


@pytest.mark.parametrize("cell", CELLS)
def test_every_cell_learns_a_series_without_noise_by_heart(cell: str) -> None:
    # A saw with a pause: no linear map of four steps tells which tooth comes next.
    values = np.tile([0.0, 1.0, 2.0, 0.0, 1.0, 3.0, 0.0, 0.0], 8)[:, None]
    options: dict[str, Any] = {"cell": cell, "window": 4, "horizon": 2, "units": 8, "linear": "none", "warmup": 10}
    options |= {"epochs": 150, "iterations": 1, "learning_rate": 0.03, "validation": 0.2, "schedule": "cosine"}
    fitted = fit([values], settings(values, **options), refit=False)
    assert fitted.line["loss"] < 0.001
    model = as_model(cell, fitted, [values])
    origins = np.arange(51, 63)
    truth = values[origins[:, None] + np.arange(2)]
    assert np.abs(model.forecast(values, origins, 2) - truth).max() < 0.1


def test_the_best_iteration_is_kept() -> None:
    fitted = fit([VALUES], settings(learning_rate=0.5, iterations=6), refit=False)
    losses = [line["validation_loss"] for line in fitted.history]
    assert len(losses) == 6
    assert fitted.line == fitted.history[int(np.argmin(losses))]
    task = Task([VALUES], fitted.settings.cut([60]), fitted.settings.forecast, fitted.scaler)
    network = as_model("x", fitted, [VALUES])._network
    assert loss_on(task.windows(task.split.validation), network) == pytest.approx(min(losses))


def test_patience_ends_the_search() -> None:
    fitted = fit([VALUES], settings(learning_rate=3.0, iterations=40, patience=2, clip_norm=0.0), refit=False)
    best = int(np.argmin([line["validation_loss"] for line in fitted.history]))
    assert len(fitted.history) == best + 3 < 40


def test_in_the_end_everything_is_learnt_for_as_many_iterations() -> None:
    chosen = settings(learning_rate=0.3, iterations=4, schedule="plateau", validation=0.2)
    search, whole = (fit([VALUES], chosen, refit=refit) for refit in (False, True))
    assert whole.history == search.history
    assert whole.line["iteration"] == search.line["iteration"]
    assert whole.line["validation_loss"] is None
    assert whole.scaler == fit_scaler([VALUES], replace(chosen, training=replace(chosen.training, validation=0.0)))
    assert whole.scaler.offset[0] == pytest.approx(VALUES.mean())
    assert search.scaler.offset[0] == pytest.approx(VALUES[:48].mean())
    assert (whole.settings.training.validation, whole.settings.training.patience) == (0.0, 0)
    alone = fit([VALUES], settings(validation=0.0))
    assert alone.line["iteration"] == 2


def test_a_kept_trainer_learns_what_a_new_one_does() -> None:
    trainers = Trainers()
    first = fit([VALUES], settings(), trainers=trainers)
    other = fit([small.wave(70, seed=3)], settings(random_seed=5, learning_rate=0.02), trainers=trainers)
    again = fit([VALUES], settings(), trainers=trainers)
    new = fit([small.wave(70, seed=3)], settings(random_seed=5, learning_rate=0.02))
    assert len(trainers._kept) == 1
    for one, two in ((first, again), (other, new)):
        assert one.line == two.line
        for name in ("weights", "optimizer"):
            mine, others = getattr(one.snapshot, name), getattr(two.snapshot, name)
            assert all(np.array_equal(mine[key], value) for key, value in others.items())
    fit([VALUES], settings(units=4), trainers=trainers)
    assert len(trainers._kept) == 2


@pytest.mark.parametrize("refit", [False, True])
def test_the_validation_part_is_learnt_from_in_the_end_only(refit: bool) -> None:
    changed = VALUES.copy()
    changed[54:] += 5
    ours, theirs = (fit([values], settings(iterations=1), refit=refit) for values in (VALUES, changed))
    same = all(np.array_equal(ours.snapshot.weights[key], value) for key, value in theirs.snapshot.weights.items())
    assert same is not refit
    assert ours.history[0]["loss"] == theirs.history[0]["loss"]


def test_the_loss_is_a_mean_over_all_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = fit([VALUES], settings(iterations=1), refit=False)
    model = as_model("x", fitted, [VALUES])
    windows = Windows(np.random.default_rng(0).normal(size=(2500, 6, 1)).astype(np.float32), np.zeros((2500, 3), "f4"))
    outputs = model._network.last(windows.inputs)[0].astype(np.float64)
    assert loss_on(windows, model._network) == pytest.approx((outputs**2).mean(), rel=1e-5)


def test_a_contestant_learns_anew_for_each_horizon() -> None:
    contestant = Fitting("ours", CHOSEN, ("a",), 1)
    for horizon in (2, 5):
        contestant.fit([VALUES], horizon)
        assert contestant.forecast(VALUES, np.array([40, 60]), horizon).shape == (2, horizon, 1)
    direct = fit([VALUES], settle(CHOSEN | {"horizon": 5, "test": 0.0}, Panel.of(VALUES)))
    model: Model = as_model("ours", direct, [VALUES])
    origins = np.array([40, 60])
    np.testing.assert_array_equal(contestant.forecast(VALUES, origins, 5), model.forecast(VALUES, origins, 5))


def test_a_contestant_chooses_from_what_it_is_shown() -> None:
    options = {key: value for key, value in CHOSEN.items() if key not in ("scaler", "ridge")}
    contestant = Fitting("ours", options, ("a",), 1).fit([VALUES - 20], 3)
    assert contestant._model.config.minimum is None
    assert contestant.fit([VALUES], 3)._model.config.minimum == 0.0


def test_trainers_asked_for_last_are_kept_and_copies_keep_none() -> None:
    trainers = Trainers(2)

    def get(units: int) -> int:
        chosen = settings(units=units)
        task = Task([VALUES], chosen.cut([60]), chosen.forecast, fit_scaler([VALUES], chosen))
        start = Snapshot(task.start(chosen.model, 0))
        return id(trainers.trainer(chosen.model, chosen.training, task.examples(8), start))

    first, second = get(2), get(3)
    assert get(2) == first
    kept = list(trainers._kept)
    get(4)
    assert [id(trainer) for trainer in trainers._kept][:1] == [first] != [second]
    assert len(trainers._kept) == len(kept) == 2
    for copied in (copy.deepcopy(trainers), pickle.loads(pickle.dumps(trainers))):  # noqa: S301 (our own bytes)
        assert (copied._most, copied._kept) == (2, [])


ONLINE = {key: value for key, value in CHOSEN.items() if key != "batch_size"} | {"learning": "online", "cell": "gru"}


def test_online_a_contestant_learns_on_from_what_stands_before_each_origin() -> None:
    contestant = Fitting("ours", ONLINE, ("a",), 1).fit([VALUES[:45]], 3)
    origins = np.array([57, 46, 50])
    forecasts = contestant.forecast(VALUES, origins, 3)
    other = VALUES.copy()
    other[50:] = np.random.default_rng(0).normal(10, 5, other[50:].shape)
    changed = contestant.forecast(other, origins, 3)
    np.testing.assert_array_equal(changed[1:], forecasts[1:])
    assert not np.allclose(changed[0], forecasts[0])
    # The same as an estimator's that is fitted, and given the values that came.
    forecaster = Forecaster(**ONLINE | {"horizon": 3}).fit(VALUES[:45])
    for end, place in ((46, 1), (50, 2), (57, 0)):
        forecaster.update(VALUES[len(forecaster._require()[0].series[0]) : end])
        forecast = forecaster.predict()
        assert isinstance(forecast, Series)
        np.testing.assert_array_equal(forecast.values, forecasts[place])


def test_online_the_state_is_carried_from_the_start_of_the_series() -> None:
    fitted = fit([VALUES], settle(ONLINE, Panel.of(VALUES)), refit=False)
    model = as_model("x", fitted, [VALUES])
    network = Network(fitted.settings.model, fitted.snapshot.weights)
    scaled = fitted.scaler.transform(VALUES).astype(np.float32)
    states = network.carry(scaled[None, :30])
    outputs, _ = network.last(scaled[None, 30:36], states)
    expected = fitted.scaler.inverse(outputs.reshape(1, 3, 1).astype(np.float64))
    np.testing.assert_allclose(model.forecast(VALUES, np.array([36]), 3), expected, rtol=1e-5)


def test_what_it_was_before_all_was_learnt_anew_forecasts_the_validation_part() -> None:
    contestant, places = Fitting("ours", CHOSEN, ("a",), 1).fit([VALUES], 3), np.arange(54, 58)
    before = contestant.before()
    assert before is not None
    search = as_model("x", fit([VALUES], settings(), refit=False), [VALUES])
    np.testing.assert_array_equal(before.forecast(VALUES, places, 3), search.forecast(VALUES, places, 3))
    assert not np.allclose(before.forecast(VALUES, places, 3), contestant.forecast(VALUES, places, 3))
    contestant.fit([VALUES[:50]], 3)  # and what it returned stays
    np.testing.assert_array_equal(before.forecast(VALUES, places, 3), search.forecast(VALUES, places, 3))
    alone = Fitting("ours", CHOSEN | {"validation": 0.0}, ("a",), 1).fit([VALUES], 3)
    assert alone.before() is None


def test_online_it_learns_on_in_the_validation_part_too() -> None:
    before = Fitting("ours", ONLINE, ("a",), 1).fit([VALUES], 3).before()
    assert before is not None
    model = as_model("x", fit([VALUES], settle(ONLINE, Panel.of(VALUES)), refit=False), [VALUES])
    learning, fixed = (one.forecast(VALUES, np.array([54, 57]), 3) for one in (before, model))
    np.testing.assert_array_equal(learning[0], fixed[0])
    assert not np.allclose(learning[1], fixed[1])


def test_online_the_validation_loss_is_that_of_forecasts_with_the_state_carried_along() -> None:
    options = ONLINE | {"linear": "none", "difference": 2, "learning_rate": 0.02}
    fitted = fit([VALUES], settle(options, Panel.of(VALUES)), refit=False)
    places = np.arange(54, 58)
    network = Network(fitted.settings.model, fitted.snapshot.weights)
    scaled = fitted.scaler.transform(VALUES).astype(np.float32)
    squares = []
    for place in places:
        states = network.carry(scaled[None, 2 : place - 6])
        outputs, _ = network.last(scaled[None, place - 6 : place], states)
        squares.append(np.square(outputs[0] - scaled[place : place + 3, 0]))
    assert fitted.line["validation_loss"] == pytest.approx(np.mean(squares), rel=1e-5)
