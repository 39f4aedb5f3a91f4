"""Options sorted into settings, and what is chosen where nobody says it."""

import json
from typing import Any

import numpy as np
import pytest

from chargen.config import from_json
from chargen.errors import OptionError, SeriesError
from chargen.network import ModelConfig
from chargen.series.choosing import choose
from chargen.series.config import ForecastConfig
from chargen.series.scaling import ScalingConfig
from chargen.series.series import Panel, Series
from chargen.series.settings import DEFAULTS, Settings, default, known_options, require_whole, settle
from chargen.trainer import TrainConfig
from tests.series import small
from tests.series.small import CHOSEN

PANEL = Panel.of(small.series(80))


def test_every_option_finds_its_section() -> None:
    options = {
        "cell": "lstm",
        "units": 5,
        "dropout": 0.2,
        "epochs": 3,
        "patience": 7,
        "keep": 4,
        "split": "time",
        "window": 8,
        "horizon": 4,
        "strategy": "recursive",
        "linear": "skip",
        "ridge": 2.0,
        "scaler": "minmax",
        "scaler_range": (0.0, 2.0),
        "difference": 2,
        "protocol": "honest",
        "minimum": -1.5,
    }
    made = settle(options, PANEL)
    sections = made.sections()
    homes = known_options()
    assert sorted(homes) == ["by", "forecast", "model", "saving", "scaling", "training"]
    for home, names in homes.items():
        for name in set(names) & options.keys():
            assert (sections["by"] if home == "by" else sections[home][name]) == options[name]
    assert made.chosen == ()


def test_sections_are_what_run_json_holds() -> None:
    made = settle(CHOSEN, PANEL)
    sections = json.loads(json.dumps(made.sections()))
    assert from_json(ModelConfig, sections["model"], "") == made.model
    assert from_json(TrainConfig, sections["training"], "") == made.training
    assert from_json(ForecastConfig, sections["forecast"], "") == made.forecast
    assert from_json(ScalingConfig, sections["scaling"], "") == made.scaling
    assert (sections["by"], sections["chosen"]) == ("time", ["minimum"])


def test_nothing_is_no_option() -> None:
    assert settle(CHOSEN | {"units": None, "seed": None}, PANEL).model.units == default("units") == DEFAULTS["units"]


@pytest.mark.parametrize(
    ("linear", "strategy", "skip", "frozen", "outputs"),
    [
        ("residual", "direct", 6, ("skip.kernel",), 6),
        ("skip", "recursive", 6, (), 3),
        ("none", "direct", 0, (), 6),
    ],
)
def test_the_network_follows_from_the_forecast(
    linear: str, strategy: str, skip: int, frozen: tuple[str, ...], outputs: int
) -> None:
    made = settle(CHOSEN | {"linear": linear, "strategy": strategy}, Panel.of(small.series(60, 3)), 2)
    assert (made.model.inputs, made.model.outputs, made.model.skip) == (3, outputs, skip)
    assert (made.training.recipe, made.training.seqlen, made.training.frozen) == ("classic", 6, frozen)


def test_what_is_not_given_is_chosen() -> None:
    made = settle({"window": 6, "horizon": 3}, PANEL)
    values = [PANEL.series[0].values]
    every = [ScalingConfig(name) for name in ("standard", "sqrt", "log1p")]
    from chargen.series.choosing import RIDGES

    chosen = choose(values, made.cut([80]), made.forecast, every, RIDGES)
    assert (made.scaling, made.forecast.ridge) == chosen
    assert made.chosen == ("scaler", "ridge", "minimum")
    assert settle({"window": 6, "horizon": 3, "ridge": "auto", "scaler": "auto"}, PANEL) == made
    assert settle({"window": 6, "horizon": 3, "ridge": 3.0}, PANEL).chosen == ("scaler", "minimum")
    assert settle({"window": 6, "horizon": 3, "scaler": "sqrt"}, PANEL).chosen == ("ridge", "minimum")
    assert settle({"window": 6, "horizon": 3, "linear": "none", "scaler": "sqrt"}, PANEL).chosen == ("minimum",)
    assert settle({"window": 6, "horizon": 3, "linear": "none"}, PANEL).forecast.ridge == 0.0


def test_the_window_is_a_season() -> None:
    assert settle({"horizon": 2}, Panel.of(small.series(120))).forecast.window == 24
    assert settle({"horizon": 4}, Panel.of(small.series(60))).forecast.window == 14


@pytest.mark.parametrize(("shift", "minimum"), [(0.0, 0.0), (20.0, None)])
def test_forecasts_stay_where_the_training_part_does(shift: float, minimum: float | None) -> None:
    values = small.wave(80)
    values[75:] -= 1e3  # held out
    values[:60] -= shift
    made = settle(CHOSEN | {"validation": 0.1, "test": 0.1}, Panel.of(values))
    assert made.forecast.minimum == minimum


def test_only_targets_decide_where_forecasts_stay() -> None:
    values = np.concatenate([small.wave(80), small.wave(80) - 20], axis=1)
    assert settle(CHOSEN, Panel.of(values)).forecast.minimum == 0.0
    assert settle(CHOSEN, Panel.of(values), 2).forecast.minimum is None


@pytest.mark.parametrize(
    ("options", "rate"),
    [({}, DEFAULTS["learning_rate"]), ({"optimizer": "sgd"}, 0.5), ({"optimizer": "adam"}, DEFAULTS["learning_rate"])],
)
def test_other_optimizers_start_from_their_own_step_size(options: dict[str, Any], rate: float) -> None:
    assert settle(CHOSEN | options, PANEL).training.learning_rate == rate


def test_the_tutorials_watch_the_test_part() -> None:
    for options in ({}, {"test": 0.2}):
        made = settle(CHOSEN | {"protocol": "tutorial"} | options, PANEL)
        parts = made.cut([80])
        assert parts.validation == parts.test
        assert (parts.training.end, parts.test.first) == ((64,), (64,))


def test_what_is_held_out_does_not_decide_which_scalers_there_are() -> None:
    steps = np.arange(300)
    values = np.exp(1 + 0.8 * np.sin(steps / 6) + 0.3 * np.random.default_rng(0).standard_normal(300))[:, None]
    other = values.copy()
    other[250:] -= 5  # below zero, in the test part
    options = {"window": 12, "horizon": 3, "test": 0.2}
    made, again = (settle(options, Panel.of(series)) for series in (values, other))
    assert made.scaling.scaler != "standard"
    assert made == again


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("scaler", "auto"),
        ("ridge", "auto"),
        ("units", DEFAULTS["units"]),
        ("cell", "gru"),
        ("horizon", 12),
        ("window", None),
        ("iterations", 25),
        ("strategy", "direct"),
        ("split", "time"),
        ("keep", 100),
        ("nonsense", None),
    ],
)
def test_defaults(option: str, expected: Any) -> None:
    assert default(option) == expected


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"frozen": ()}, "no option 'frozen'"),
        ({"skip": 3}, "no option 'skip'"),
        ({"minimum": "low"}, "minimum is 'low'; it takes a number"),
        ({"protocol": "tutorial", "validation": 0.1}, "--validation is 0.1; with --protocol tutorial the test part"),
        ({"targets": 1}, "no option 'targets'"),
        ({"windows": 3}, r"no option 'windows' \(did you mean 'window'"),
        ({"horizon": "ten"}, "--horizon is 'ten'; it takes a whole number"),
        ({"ridge": "much"}, "--ridge is 'much'; it takes a number from 0 up"),
        ({"scaler": "robust"}, "--scaler is 'robust'; it takes one of none, standard"),
        ({"scaler_range": (0.0, 1.0)}, r"--scaler-range is \(0.0, 1.0\)"),
        ({"split": "rows"}, "--split is 'rows'"),
        ({"validation": 0.5, "test": 0.5}, "leave nothing to learn from"),
    ],
)
@pytest.mark.parametrize("window", [None, 6])
def test_options_that_make_no_sense(options: dict[str, Any], message: str, window: int | None) -> None:
    with pytest.raises(OptionError, match=message):
        settle(options | {"window": window}, PANEL)


def test_missing_values_are_named_with_their_dates() -> None:
    values = small.wave(30, 2)
    values[[4, 9, 11, 12], [1, 0, 0, 0]] = np.nan
    series = small.series(30, 2)
    broken = Panel.of(Series(values, series.index, series.columns, "MS", "sales"))
    with pytest.raises(SeriesError) as refused:
        require_whole(broken)
    assert str(refused.value) == (
        "sales misses 4 values: 'b' at 1990-05-01, 1990-10-01, 1990-12-01 and 1 more; leave them out with --start and "
        "--end, or fill them: chargen forecast impute FILE -o filled.csv"
    )
    assert require_whole(PANEL) is PANEL


def test_settings_are_frozen() -> None:
    made: Settings = settle(CHOSEN, PANEL)
    with pytest.raises(AttributeError):
        made.by = "series"  # type: ignore[misc]


BARE = {key: value for key, value in CHOSEN.items() if key != "batch_size"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"encoder": "conv", "strategy": "seq2seq"},
            "--encoder conv does not go with --strategy seq2seq",
        ),
        ({"encoder": "wavenet", "strategy": "vector"}, "--encoder wavenet does not go with --strategy vector"),
        (
            {"encoder": "bidirectional", "learning": "online"},
            "bidirectional does not go with --learning online",
        ),
        ({"learning": "online", "batch_size": 4}, "--batch-size is 4, and --learning online learns after each window"),
        ({"encoder": "window"}, "--encoder is 'window'; it takes one of"),
    ],
)
def test_networks_that_do_not_suit_the_forecast(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        settle(BARE | options, small.panel(60))


def test_online_learning_takes_one_series() -> None:
    with pytest.raises(OptionError, match="--learning online carries the state through one series, and there are 2"):
        settle(BARE | {"learning": "online"}, small.panel(60, 50))


def test_what_a_strategy_makes_of_the_network() -> None:
    model = settle(BARE | {"strategy": "encoder-decoder", "encoder": "wavenet"}, small.panel(60)).model
    assert (model.encoder, model.window, model.decoder, model.outputs) == ("wavenet", 6, 3, 3)
    settings = settle(BARE | {"strategy": "vector"}, small.panel(60))
    assert (settings.model.encoder, settings.model.window, settings.model.decoder) == ("window", 6, 3)
    assert settings.training.frozen == ("skip.kernel", "skip.bias")
    online = settle(BARE | {"learning": "online"}, small.panel(60))
    assert (online.training.recipe, online.training.batch_size) == ("online", 1)
    sequence = settle(BARE | {"learning": "sequence"}, small.panel(60))
    assert (sequence.training.recipe, sequence.training.batch_size) == ("classic", 1)


@pytest.mark.parametrize(
    ("options", "rate"),
    [
        ({}, 0.003),
        ({"learning": "sequence"}, 0.0005),
        ({"learning": "online", "learning_rate": 0.01}, 0.01),
        ({"learning": "online", "optimizer": "nesterov"}, 0.5),
    ],
)
def test_an_update_for_each_window_is_a_smaller_one(options: dict[str, Any], rate: float) -> None:
    assert settle(BARE | options, small.panel(60)).training.learning_rate == rate
