"""A network beside baselines: who takes part, from which origins, and that nobody sees what comes."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from chargen.errors import ChargenError, OptionError
from chargen.series.backtest import Result, verdict
from chargen.series.contest import _networks, contest, settings_as_options
from chargen.series.fitting import Fitting
from chargen.series.series import Panel, Series
from chargen.series.settings import settle
from chargen.types import Floats
from tests.series import small
from tests.series.small import CHOSEN, SMALL

PANEL = Panel.of(small.series(60))


def models(results: list[Result]) -> list[str]:
    return [result.row.model for result in results]


@pytest.fixture(scope="module")
def usual() -> list[Result]:
    return contest(PANEL, SMALL, horizons=[1, 3], seeds=2)


def test_who_takes_part(usual: list[Result]) -> None:
    one = ["rnn", "linear part", "naive", "seasonal-naive-12", "drift", "linear"]
    assert models(usual) == one * 2
    assert [result.row.horizon for result in usual] == [1] * 6 + [3] * 6


def test_everyone_has_the_same_origins(usual: list[Result]) -> None:
    for result in usual:
        assert result.origins.places[0].tolist() == list(range(48, 60 - result.row.horizon + 1))
        np.testing.assert_array_equal(result.truth, usual[0 if result.row.horizon == 1 else 6].truth)
        assert result.forecast.shape == result.truth.shape


def test_only_what_chance_plays_a_part_in_has_a_spread(usual: list[Result]) -> None:
    assert [result.row.rmse_sd is not None for result in usual] == [True, *[False] * 5] * 2


def test_seeds_count_from_the_options() -> None:
    both = contest(PANEL, CHOSEN | {"random_seed": 3}, baselines=(), seeds=2)[0].row
    single = [contest(PANEL, CHOSEN | {"random_seed": seed}, baselines=())[0].row.rmse for seed in (3, 4)]
    assert both.rmse == pytest.approx(np.mean(single))
    assert both.rmse_sd == pytest.approx(np.std(single, ddof=1))
    assert single[0] != single[1]


@pytest.mark.parametrize("refit_every", [0, 5])
def test_no_forecast_knows_what_comes_after_its_origin(refit_every: int) -> None:
    known = 53
    changed = small.wave(60)
    changed[known:] = np.random.default_rng(1).uniform(0, 1e3, changed[known:].shape)
    other = Panel.of(Series(changed, PANEL.series[0].index, ("a",), "MS", "waves"))
    options: dict[str, Any] = {"baselines": ("linear", "seasonal-naive", "drift"), "refit_every": refit_every}
    ours, theirs = (contest(panel, SMALL, **options) for panel in (PANEL, other))
    assert len(ours) == 6
    for first, second in zip(ours, theirs, strict=True):
        same = known - 48 + 1
        assert np.array_equal(first.forecast[:same], second.forecast[:same]), first.row.model
        assert not np.array_equal(first.truth, second.truth)


def test_the_network_chooses_and_learns_from_what_is_before_the_test_part(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Floats] = []
    original = Fitting.fit

    def spying(self: Fitting, parts: Any, horizon: int) -> Fitting:
        seen.extend(parts)
        return original(self, parts, horizon)

    monkeypatch.setattr(Fitting, "fit", spying)
    contest(PANEL, SMALL, baselines=())
    assert [part.tolist() for part in seen] == [PANEL.series[0].values[:48].tolist()]


def test_seasons_that_are_asked_for(usual: list[Result]) -> None:
    results = contest(PANEL, CHOSEN, baselines=("seasonal-naive",), season=(4, 7))
    assert models(results) == ["rnn", "linear part", "seasonal-naive-4", "seasonal-naive-7", "naive", "linear"]
    named = contest(PANEL, CHOSEN, baselines=("seasonal-naive-4",))
    assert named[2].row == results[2].row
    assert named[2].row.model == "seasonal-naive-4"


def test_a_season_that_nobody_asked_for_moves_no_origin() -> None:
    index = pd.date_range("1990-01-01", periods=120, freq="MS")
    sun = Panel.of(Series(small.wave(120), index, ("a",), "MS", "sunspots"))  # 132 months are a season
    results = contest(sun, CHOSEN)
    assert models(results) == ["rnn", "linear part", "naive", "seasonal-naive-12", "drift", "linear"]
    assert results[0].origins.places[0].tolist() == list(range(96, 118))


def test_without_a_season() -> None:
    panel = Panel.of(small.wave(60))
    assert models(contest(panel, CHOSEN | {"linear": "none"})) == ["rnn", "naive", "drift", "linear"]
    with pytest.raises(OptionError, match="seasonal-naive needs the steps in a season; give --season"):
        contest(panel, CHOSEN, baselines=("seasonal-naive",))


def test_a_network_called_like_a_baseline_is_told_apart() -> None:
    results = contest(PANEL, CHOSEN, name="linear", baselines=())
    assert models(results) == ["linear (network)", "linear part", "naive", "linear"]
    assert results[0].row.rmse != results[3].row.rmse


def test_the_naive_floor_is_where_the_training_part_is_positive() -> None:
    falling = Panel.of(np.maximum(50 - np.arange(60.0) + np.sin(np.arange(60.0)), 0)[:, None])
    for result in contest(falling, CHOSEN, baselines=("drift",)):
        assert result.forecast.min() >= 0


def test_panels_and_several_targets() -> None:
    panel = small.panel(40, 50, 33, features=3)
    results = contest(panel, CHOSEN, targets=2, baselines=())
    assert [result.truth.shape for result in results] == [(6 + 8 + 5, 3, 2)] * 4
    panel = small.panel(40, 50, 33, 21, features=3)
    whole = contest(panel, CHOSEN | {"split": "series"}, targets=2, baselines=(), test=0.5)
    assert [len(origins) for origins in whole[0].origins.places] == [0, 0, 33 - 12 - 3 + 1, 21 - 12 - 3 + 1]


def test_what_is_told_while_it_goes_on() -> None:
    progress: list[Any] = []
    told: list[Result] = []
    results = contest(PANEL, CHOSEN, baselines=(), on_progress=progress.append, on_result=told.append)
    assert progress
    assert sorted(models(told)) == sorted(models(results))


@pytest.mark.parametrize(
    ("options", "arguments", "message"),
    [
        ({"horizon": 0}, {}, "--horizons is 0; it takes whole numbers from 1 up"),
        ({"horizon": "ten"}, {}, "--horizons is 'ten'"),
        ({}, {"horizons": [3, 0]}, "--horizons is 0"),
        ({"window": 0}, {}, "--window is 0; it takes a whole number from 1 up"),
        ({"window": "wide"}, {}, "--window is 'wide'"),
        ({"random_seed": "x"}, {}, "--random-seed is 'x'; it takes a whole number from 0 up"),
        ({"difference": "x"}, {}, "--difference is 'x'"),
        ({"split": "rows"}, {}, "--split is 'rows'; it takes time or series"),
        ({"unit": 3}, {}, r"no option 'unit' \(did you mean 'units'"),
        ({"cell": "grü"}, {}, "did you mean 'gru'"),
        ({}, {"seeds": 0}, "--seeds is 0; it takes a whole number from 1 up"),
        ({}, {"test": 1.0}, "--test is 1.0; it takes a share above 0 and below 1"),
        ({}, {"test": 0}, "--test is 0"),
        ({}, {"season": [0]}, "--season is 0"),
        ({}, {"refit_every": -1}, "--refit-every is -1"),
        ({}, {"baselines": ["linaer"]}, r"no baseline 'linaer' \(did you mean 'linear'"),
    ],
)
def test_values_that_make_no_sense(options: dict[str, Any], arguments: Any, message: str) -> None:
    with pytest.raises(ChargenError, match=message) as refused:
        contest(PANEL, CHOSEN | options, **arguments)
    assert "\n" not in str(refused.value)


def test_a_series_that_is_too_short() -> None:
    with pytest.raises(ChargenError, match="the test part has 2 steps at most, and --horizons 3 needs as many"):
        contest(Panel.of(small.series(40)), CHOSEN, test=0.05)
    with pytest.raises(ChargenError, match="the training part has 8 steps at most, and a forecast takes 9"):
        contest(Panel.of(small.series(12)), CHOSEN)


def test_a_runs_settings_as_options() -> None:
    given = {**SMALL, "dropout": 0.1, "strategy": "recursive", "linear": "skip", "split": "time", "validation": 0.3}
    settings = settle(given, PANEL)
    options = settings_as_options(settings, {})
    assert options.items() >= {key: value for key, value in given.items() if key != "towers"}.items()
    assert not options.keys() & {"scaler", "ridge", "test", "frozen", "recipe", "minimum", "inputs"}
    again = settle(options | {"scaler": settings.scaling.scaler, "ridge": settings.forecast.ridge}, PANEL)
    assert again.forecast == settings.forecast
    assert again.model == settings.model
    fixed = settle({**CHOSEN, "scaler": "minmax", "scaler_range": (0.0, 2.0), "difference": 3}, PANEL)
    options = settings_as_options(fixed, {})
    assert (options["scaler"], options["scaler_range"], options["difference"]) == ("minmax", (0.0, 2.0), 3)
    assert settle(options | {"towers": 1}, PANEL).scaling == fixed.scaling


def test_what_hangs_on_an_option_that_is_given_starts_from_its_default() -> None:
    fixed = settle({**CHOSEN, "scaler": "fixed", "scaler_range": (0.0, 15.0), "learning_rate": 0.5}, PANEL)
    options = settings_as_options(fixed, {"scaler": "standard", "optimizer": "sgd"})
    assert (options["scaler"], options["optimizer"]) == ("standard", "sgd")
    assert not options.keys() & {"scaler_range", "learning_rate"}
    assert settle(options, PANEL).training.learning_rate == 0.5  # sgd's default


def test_the_tutorials_protocol_has_no_place_in_a_backtest() -> None:
    with pytest.raises(ChargenError, match="--protocol is 'tutorial'; a backtest is honest"):
        contest(PANEL, CHOSEN | {"protocol": "tutorial"})


def test_all_strategies_take_part_that_go_with_the_other_options() -> None:
    results = contest(small.panel(60), CHOSEN | {"strategy": "all", "linear": "none"}, baselines=())
    assert models(results) == [
        "rnn direct", "rnn recursive", "rnn seq2seq", "rnn encoder-decoder", "rnn vector", "naive", "linear",
    ]  # fmt: skip
    assert verdict([result.row for result in results]).startswith("3 steps ahead: ")
    options = {key: value for key, value in CHOSEN.items() if key != "batch_size"}
    online = options | {"strategy": "all", "learning": "online"}
    assert models(contest(small.panel(60), online, baselines=()))[:3] == ["rnn direct", "rnn recursive", "linear part"]
    with pytest.raises(OptionError, match="--learning online does not go with --strategy vector"):
        contest(small.panel(60), online | {"encoder": "conv"}, baselines=())


def test_all_strategies_of_a_run_have_its_encoder() -> None:
    waves = settle(CHOSEN | {"encoder": "wavenet"}, PANEL)
    assert settings_as_options(waves, {"strategy": "all"})["encoder"] == "wavenet"
    assert "encoder" not in settings_as_options(waves, {"strategy": "vector"})
    vector = settle(CHOSEN | {"strategy": "vector"}, PANEL)
    assert "encoder" not in settings_as_options(vector, {"strategy": "all"})


@pytest.mark.parametrize(
    ("options", "others"),
    [
        ({}, ["recursive", "seq2seq", "encoder-decoder", "vector"]),
        ({"activation": "relu"}, ["recursive", "seq2seq"]),
        ({"linear": "skip"}, ["recursive", "encoder-decoder", "vector"]),
        ({"encoder": "wavenet"}, ["recursive", "seq2seq", "encoder-decoder"]),
        ({"encoder": "bidirectional"}, ["recursive", "encoder-decoder"]),
    ],
)
def test_which_strategies_go_with_other_options(options: dict[str, Any], others: list[str]) -> None:
    networks = _networks("rnn", CHOSEN | {"strategy": "all"} | options)
    assert [network["strategy"] for network in networks.values()] == ["direct", *others]
    for network in networks.values():
        settle(network, PANEL)  # none of them is refused when its turn comes
