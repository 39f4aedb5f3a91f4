"""Series with gaps: learnt, forecast, scored, saved and resumed, and nothing missing is ever taken for known."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.config import from_json
from chargen.errors import OptionError, SeriesError
from chargen.network import ModelConfig, Network
from chargen.series.anomalies import anomalies
from chargen.series.backtest import backtest
from chargen.series.config import ForecastConfig
from chargen.series.contest import contest
from chargen.series.fitting import loss_on
from chargen.series.forecaster import Forecaster
from chargen.series.history import lifted
from chargen.series.judging import judge
from chargen.series.learning import create, learn
from chargen.series.linear import Regression
from chargen.series.metrics import naive_scale, rmse
from chargen.series.model import Model
from chargen.series.run import load
from chargen.series.scaling import Scaler, ScalingConfig
from chargen.series.scoring import Origins
from chargen.series.series import Panel, Series
from chargen.series.settings import network_of, settle
from chargen.series.splitting import Part, split
from chargen.series.task import Task, Windows
from chargen.trainer import Progress
from chargen.types import Floats
from tests.series import small
from tests.series.small import CHOSEN, config, scaler, wave

BARE = {key: value for key, value in CHOSEN.items() if key != "batch_size"}
# Every way to learn; what is left out of one is in another.
WAYS: dict[str, dict[str, Any]] = {
    "direct": {"scaler": "sqrt"},
    "recursive": {"strategy": "recursive", "difference": 4, "linear": "skip"},
    "seq2seq": {"strategy": "seq2seq"},
    "encoder-decoder": {"strategy": "encoder-decoder", "linear": "none"},
    "vector": {"strategy": "vector"},
    "online": {"learning": "online"},
}


def holes(n: int = 80, features: int = 1, share: float = 0.3, seed: int = 0) -> Floats:
    """Make waves of which a share is missing, the first values known."""
    values = wave(n, features, seed)
    values[np.random.default_rng(seed + 1).random((n, features)) < share] = np.nan
    values[0] = wave(n, features, seed)[0]
    return values


def model_of(values: Floats, way: str, weights: float = 0.3) -> Model:
    """A network that learnt nothing, with masks."""
    options = WAYS[way]
    made = config(values.shape[1], masks=True, **{k: options[k] for k in ("strategy", "learning") if k in options})
    fitted = Scaler.fit([values], made.columns, ScalingConfig("standard", difference=options.get("difference", 0)))
    model = network_of(made, {"cell": "gru", "units": 4})
    generator = np.random.default_rng(0)
    drawn = {key: (weights * generator.normal(size=shape)).astype(np.float32) for key, shape in model.shapes().items()}
    return Model("ours", made, fitted, Network(model, drawn), [values])


@pytest.mark.parametrize("way", WAYS)
@given(seed=st.integers(0, 2**32 - 1), share=st.sampled_from([0.0, 0.5, 1.0]))
def test_no_forecast_looks_ahead(way: str, seed: int, share: float) -> None:
    values, origin = holes(40, 2), 30
    model = model_of(values[:origin], way)
    generator = np.random.default_rng(seed)
    changed = values.copy()
    changed[origin:] = generator.normal(0, 1e3, changed[origin:].shape)
    changed[origin:][generator.random(changed[origin:].shape) < share] = np.nan
    before, after = (model.forecast(one, np.array([20, origin]), 3) for one in (values, changed))
    assert np.isfinite(before).all()
    assert before.tobytes() == after.tobytes()


def test_a_forecast_by_hand() -> None:
    values = wave(12)
    values[[5, 9, 10]] = np.nan
    model = model_of(values, "direct")
    mean, spread = np.nanmean(values), np.nanstd(values)
    places = [6, 7, 8, 8, 8, 11]  # the values that are read from 6 to 11
    window = np.stack([(values[places, 0] - mean) / spread, [1, 1, 1, 0, 0, 1]], axis=1).astype(np.float32)
    expected = mean + spread * model._network.last(window[None])[0]
    np.testing.assert_allclose(model.forecast(values, np.array([12]), 3)[0, :, 0], expected[0], rtol=1e-5)


def test_what_is_forecast_counts_as_known_when_it_is_fed_back() -> None:
    values = holes(30, 2)
    made = config(2, strategy="recursive", horizon=1, masks=True)
    fitted = Scaler.fit([values], made.columns, ScalingConfig())
    network = Network(
        network_of(made, {"cell": "rnn", "units": 3}),
        Task([values], split([30], 0.0, 0.0), made, fitted).start(network_of(made, {"cell": "rnn", "units": 3}), 0),
    )
    model = Model("ours", made, fitted, network, [values])
    # A forecast put in as a value is read as the forecast itself was.
    longer = np.vstack([values, np.full((2, 2), np.nan)])
    two = model.forecast(values, np.array([30]), 2)[0]
    scaled = model._scaled(fitted.transform(values), np.array([30]), 1)[0]
    longer[30, 0] = two[0, 0]
    assert fitted.transform(longer)[30, 0] == pytest.approx(scaled[0, 0])
    whole = config(2, strategy="recursive", horizon=1, targets=2, masks=True)
    both = Model("ours", whole, fitted, network, [values])
    longer[30] = both.forecast(values, np.array([30]), 1)[0, 0]
    np.testing.assert_allclose(both.forecast(longer, np.array([31]), 1)[0, 0, 0], two[1, 0], rtol=1e-5)


@pytest.mark.parametrize("strategy", ["direct", "recursive", "seq2seq"])
def test_truth_keeps_its_gaps_and_inputs_tell_them(strategy: str) -> None:
    values, parts = holes(60, 2), split([60], 0.2, 0.2)
    made = config(2, strategy=strategy, linear="none", masks=True)
    task = Task([values], parts, made, scaler([values], parts, made))
    examples = task.examples(4)
    inputs, truth = examples.cut(examples.starts[None])
    assert examples.gaps
    for start, window, following in zip(examples.starts, inputs[0], truth[0], strict=True):
        missing = np.isnan(values[start : start + 6])
        assert ((window[:, 2:] == 0) == missing).all()
        assert np.isfinite(window).all()
        ahead = values[start + 6 : start + 6 + made.steps, : made.forecast]
        last = following if following.ndim == 1 else following[-1]
        assert (np.isnan(last) == np.isnan(ahead).reshape(-1)).all()


def test_windows_that_nothing_known_follows_are_not_learnt() -> None:
    values = wave(60)
    values[20:30] = np.nan
    parts, made = split([60], 0.0, 0.0), config(masks=True)
    task = Task([values], parts, made, scaler([values], parts, made))
    starts = task.examples(4).starts + 6
    assert sorted(set(range(6, 58)) - set(starts.tolist())) == [*range(20, 28)]
    online = config(masks=True, learning="online")
    examples = Task([values], parts, online, scaler([values], parts, online)).examples(1)
    # The state is carried over them; their nothing is no part of the mean loss.
    assert (examples.batches, examples.lessons) == (52, 44)


def test_the_loss_is_that_of_the_known_targets() -> None:
    generator = np.random.default_rng(0)
    network = Network(ModelConfig(2, 3, cell="rnn", units=2), model_weights(ModelConfig(2, 3, cell="rnn", units=2)))
    inputs = generator.normal(size=(20, 6, 2)).astype(np.float32)
    truth = generator.normal(size=(20, 3)).astype(np.float32)
    squares = (network.last(inputs)[0] - truth) ** 2
    known = generator.random(truth.shape) < 0.6
    assert loss_on(Windows(inputs, np.where(known, truth, np.nan)), network) == pytest.approx(squares[known].mean())


def model_weights(model: ModelConfig) -> dict[str, Any]:
    generator = np.random.default_rng(1)
    return {key: generator.normal(size=shape).astype(np.float32) for key, shape in model.shapes().items()}


@pytest.mark.parametrize("ridge", [0.0, 2.5])
def test_least_squares_learn_each_output_from_the_rows_that_know_it(ridge: float) -> None:
    generator = np.random.default_rng(2)
    inputs = generator.normal(3, [1, 2, 5, 0.1], (60, 4))
    inputs = np.hstack([inputs, inputs[:, :1]])  # depends on another: the smallest coefficients are taken
    outputs = inputs @ generator.normal(size=(5, 3)) + 7 + generator.normal(size=(60, 3))
    known = generator.random(outputs.shape) < 0.6
    known[:, 2] = True
    found = Regression.fit(inputs, np.where(known, outputs, np.nan), ridge)
    z = (inputs - inputs.mean(axis=0)) / inputs.std(axis=0)
    for output in range(3):
        rows = known[:, output]
        # The penalty as rows of its own, the intercept without one.
        design = np.vstack([np.column_stack([np.ones(rows.sum()), z[rows]]), np.eye(6)[1:] * np.sqrt(ridge)])
        right = np.concatenate([outputs[rows, output], np.zeros(5)])
        solved = np.linalg.lstsq(design, right)[0]
        np.testing.assert_allclose(found(inputs)[:, output], solved[0] + z @ solved[1:], rtol=1e-8)
    heavy, whole = (Regression.path(inputs, one, [1e12])[0] for one in (np.where(known, outputs, np.nan), outputs))
    np.testing.assert_allclose(heavy(inputs)[:, 2], whole(inputs)[:, 2], rtol=1e-6)


def test_what_is_missing_in_the_held_out_part_alone_changes_nothing_that_is_learnt() -> None:
    whole = wave(80, 2)
    gappy = whole.copy()
    gappy[66:70], gappy[79, 0] = np.nan, np.nan
    options = BARE | {"test": 0.2, "scaler": None, "ridge": None}
    ours, theirs = (settle(options, Panel.of(values)) for values in (whole, gappy))
    assert ours == theirs
    assert not ours.forecast.masks
    assert from_json(ForecastConfig, {"columns": ["a"]}, "an older run.json") == ForecastConfig(("a",), masks=False)
    with pytest.raises(OptionError, match="no option 'masks'"):
        settle(options | {"masks": True}, Panel.of(whole))
    gappy[12] = np.nan
    masked = settle(options, Panel.of(gappy))
    assert (masked.forecast.masks, masked.model.inputs) == (True, 4)


def ahead(forecaster: Forecaster) -> Floats:
    """Forecast three steps; there is a number for each."""
    found = forecaster.predict()
    assert isinstance(found, Series)
    assert found.values.shape == (3, 1)
    assert np.isfinite(found.values).all()
    return found.values


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_learn_takes_gaps(way: str) -> None:
    values = holes(70, 2)
    forecaster = Forecaster(**BARE | WAYS[way]).fit(values)
    before = ahead(forecaster)
    forecaster.update(np.array([[np.nan, 9.0], [10.0, np.nan]]))
    assert not np.array_equal(before, ahead(forecaster))
    assert all(np.isfinite(line["loss"]) for line in forecaster.history)


def test_with_a_third_missing_a_wave_is_forecast_better_than_by_the_last_value() -> None:
    values = 10 + 3 * np.sin(np.arange(240.0) * np.pi / 12)[:, None]
    truth = values.copy()
    values[np.random.default_rng(0).random(240) < 0.3] = np.nan
    options = {**BARE, "cell": "gru", "units": 8, "window": 24, "horizon": 6, "iterations": 3}
    results = contest(Panel.of(values), options, baselines=("seasonal-naive",), season=(24,))
    rows = {result.row.model: result.row for result in results}
    assert list(rows) == ["gru", "linear part", "seasonal-naive-24", "naive", "linear"]
    assert rows["gru"].rmse < 0.2 * rows["naive"].rmse
    # Of what is missing the network knows nothing, and is right all the same.
    places = results[0].origins
    assert rmse(places.truth([truth], 1), results[0].forecast) < 0.2 * rows["naive"].rmse
    known = int(np.isfinite(places.truth([values], 1)).sum())
    assert {row.scored for row in rows.values()} == {known}
    assert known < 6 * rows["gru"].origins


def test_scores_are_over_what_is_known() -> None:
    values = np.array([[1.0], [2.0], [np.nan], [4.0], [np.nan], [np.nan], [7.0], [9.0], [np.nan], [8.0]])
    results = list(backtest([values], split([10], 0.0, 0.4), {}, [2], back=2))
    row = results[0].row
    # Origins 6, 7 and 8 forecast 4, 7 and 9 for 7 and 9, 9 and nothing, nothing and 8.
    assert (row.origins, row.scored) == (3, 4)
    assert row.mse == pytest.approx((9 + 25 + 4 + 1) / 4)
    # 1, 2, 4 in the training part: the naive errors 1 and 2.
    assert row.mase == pytest.approx((3 + 5 + 2 + 1) / 4 / 1.5)
    assert row.direction == 0
    assert naive_scale([values[:6], values[6:]]).tolist() == [(1 + 2 + 2 + 1) / 4]


def test_the_last_value_is_the_last_known_one() -> None:
    values = np.array([[np.nan], [2.0], [np.nan], [np.nan], [5.0]])
    origins = Origins.of(Part((1,), (5,)), 1, 1)
    np.testing.assert_array_equal(origins.last([values], 1)[:, 0], [np.nan, 2, 2, 2])


def test_what_is_missing_lifts_and_lowers_nothing() -> None:
    values = np.array([[np.nan], [3.0], [np.nan], [-1.0]])
    forecast = np.full((4, 1, 1), -5.0)
    assert lifted(forecast, values, np.arange(1, 5), 0.0)[:, 0, 0].tolist() == [-5, 0, 0, -5]


def test_the_variance_of_errors_is_that_of_the_known_ones() -> None:
    values = holes(40) - 5
    made = config(masks=True)
    fitted = Scaler.fit([values], made.columns, ScalingConfig("sqrt"))
    model = network_of(made, {"cell": "gru", "units": 4})
    measured = Model("ours", made, fitted, Network(model, model_weights(model)), [values])
    scaled, origins = fitted.transform(values), np.arange(6, 38)
    ahead = measured._scaled(scaled, origins, 3)
    for step in range(3):
        expected = np.nanmean((scaled[origins + step, 0] - ahead[:, step, 0]) ** 2)
        assert measured._variance is not None
        assert measured._variance[step, 0] == pytest.approx(expected)


def test_a_run_is_resumed_to_the_same_bits_and_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chargen.trainer.trainer.STRETCH_SECONDS", 0)
    options = CHOSEN | {"dropout": 0.1, "test": 0.2}
    data = Panel.of(holes(90, 2))
    whole, stopped = (create(data, checkpoints=tmp_path, name=name, **options) for name in ("whole", "stopped"))
    list(learn(whole))

    def interrupt(progress: Progress) -> None:
        if progress.iteration == 2 and progress.done > progress.total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(learn(stopped, on_progress=interrupt))
    stopped = load("stopped", tmp_path)
    list(learn(stopped))
    ours, theirs = (load(name, tmp_path) for name in ("whole", "stopped"))
    assert ours.settings.forecast.masks
    np.testing.assert_array_equal(ours.values[0], data.series[0].values)
    for key, weight in ours.network("last").weights.items():
        assert np.array_equal(weight, theirs.network("last").weights[key]), key
    for line, other in zip(ours.history, theirs.history, strict=True):
        assert line["loss"] == other["loss"]
        assert line["validation_rmse"] == other["validation_rmse"]
    row = judge(ours).results[0].row
    assert 0 < row.scored < 3 * row.origins
    assert np.isfinite(row.rmse)
    with pytest.raises(SeriesError, match=r"alarms take whole series, and series misses .* fill them: "):
        anomalies(ours)
    assert np.isfinite(ours.predict_with("linear").series[0].values).all()
    # Newer data may have gaps, or none.
    for newer in (holes(30, 2, seed=5), wave(30, 2)):
        assert np.isfinite(ours.predict(data=newer).series[0].values).all()


NOTHING = np.full((80, 1), np.nan)
LATE = np.concatenate([NOTHING[:75], wave(5)])
EARLY = np.concatenate([wave(55), NOTHING[55:]])


@pytest.mark.parametrize(
    ("values", "options", "message"),
    [
        (NOTHING, {}, "all values of 'value' are missing in series; choose others with --target and --column"),
        (LATE, {}, "column 'value' has no values in the training part; choose others with --target and --column"),
        (LATE, {"scaler": "none"}, "column 'value' has no values in the training part"),
        (EARLY, {}, "all values of value that could be forecast in the validation part are missing; hold out another"),
        (EARLY, {"validation": 0.0, "test": 0.2}, "that could be forecast in the test part are missing"),
        (np.concatenate([wave(5), NOTHING[:45], wave(30)]), {"test": 0.4}, "in the training part are missing"),
    ],
)
def test_of_what_nothing_is_known_nothing_is_learnt(
    values: Floats, options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(SeriesError, match=message):
        create(values, checkpoints=tmp_path, **CHOSEN | options)


def test_a_backtest_needs_something_to_score() -> None:
    with pytest.raises(SeriesError, match="nothing is known of what --horizons 3 would forecast in the test part"):
        contest(Panel.of(np.concatenate([wave(60), NOTHING[:20]])), dict(CHOSEN), test=0.2)


def test_one_that_learnt_without_gaps_refuses_them() -> None:
    forecaster = Forecaster(**CHOSEN).fit(small.series(60))
    with pytest.raises(SeriesError) as refused:
        forecaster.predict(data=holes(30))
    assert str(refused.value).startswith("forecaster learnt without gaps, and series misses ")
    assert "fill them: chargen forecast impute FILE -o filled.csv" in str(refused.value)
