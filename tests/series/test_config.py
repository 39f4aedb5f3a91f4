"""Settings of forecasting: what they make of themselves, and what they refuse."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import OptionError
from chargen.series.config import ForecastConfig
from tests.series.small import config


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("columns", (), r"columns is \(\); it takes names that are all different"),
        ("columns", ("a", "a"), "names that are all different"),
        ("columns", ["a"], "names that are all different"),
        ("columns", (1,), "names that are all different"),
        ("targets", 0, "targets is 0; it takes a whole number from 1 to 1"),
        ("targets", 2, "targets is 2; it takes a whole number from 1 to 1"),
        ("window", 0, "--window is 0; it takes a whole number from 1 to 1,000,000"),
        ("window", 2.0, r"--window is 2.0; it takes a whole number"),
        ("horizon", 0, "--horizon is 0; it takes a whole number from 1 to 1,000,000"),
        ("horizon", True, "--horizon is True"),
        ("horizon", 10**400, "--horizon is 1000"),
        ("strategy", "both", "--strategy is 'both'; it takes direct, recursive, seq2seq"),
        ("linear", "all", "--linear is 'all'; it takes residual, skip, none"),
        ("ridge", -1.0, "--ridge is -1.0; it takes a number from 0 up"),
        ("ridge", float("nan"), "--ridge is nan"),
        ("minimum", "0", "minimum is '0'; it takes a number, or nothing"),
        ("protocol", "honesty", "--protocol is 'honesty'; it takes honest or tutorial"),
    ],
)
def test_values_that_make_no_sense(option: str, value: Any, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        ForecastConfig(**{"columns": ("a",), option: value})


OPTIONS = ["columns", "targets", "window", "horizon", "strategy", "linear", "ridge", "protocol"]
ANYTHING = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.lists(st.text(), max_size=2)
)


@given(st.sampled_from(OPTIONS), ANYTHING)
def test_any_value_is_taken_or_refused(option: str, value: Any) -> None:
    with suppress(OptionError):
        ForecastConfig(**{"columns": ("a",), option: value})


def test_direct_forecasts_all_steps_of_the_targets() -> None:
    direct = config(3, targets=2, horizon=5)
    assert (direct.steps, direct.forecast, direct.outputs) == (5, 2, 10)


def test_recursive_forecasts_one_step_of_every_feature() -> None:
    recursive = config(3, targets=2, horizon=5, strategy="recursive")
    assert (recursive.steps, recursive.forecast, recursive.outputs) == (1, 3, 3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"strategy": "seq2seq", "linear": "skip"}, "--strategy seq2seq does not go with --linear skip"),
        ({"learning": "online", "strategy": "seq2seq"}, "--learning online does not go with --strategy seq2seq"),
        ({"learning": "slow"}, "--learning is 'slow'; it takes batches, sequence, online"),
    ],
)
def test_settings_that_do_not_go_together(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        ForecastConfig(("a",), **options)


def test_online_windows_follow_each_other_step_by_step() -> None:
    with pytest.raises(OptionError, match="--learning online does not go with --protocol tutorial, whose windows"):
        config(learning="online", protocol="tutorial")
    assert config(learning="sequence", protocol="tutorial").learning == "sequence"
