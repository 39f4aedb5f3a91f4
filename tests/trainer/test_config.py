"""The settings of training refuse what makes no sense."""

from typing import Any

import pytest

from chargen.errors import OptionError
from chargen.trainer import TrainConfig


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("recipe", "bptt"),
        ("optimizer", "lion"),
        ("seqlen", 0),
        ("step", 0),
        ("step", 10**18),
        ("epochs", 10**400),
        ("warmup", 10**30),
        ("iterations", -1),
        ("epochs", 1.5),
        ("batch_size", -2),
        ("learning_rate", -0.1),
        ("schedule", "linear"),
        ("schedule_iterations", -1),
        ("learning_rate", 1e-300),
        ("learning_rate", 1e300),
        ("decay", -1),
        ("decay", 1e308),
        ("warmup", 0.5),
        ("weight_decay", -0.1),
        ("weight_decay", 250.0),  # times 0.004
        ("warmup", False),
        ("patience", 0.0),
        ("patience", -1),
        ("learning_rate", float("inf")),
        ("momentum", 1),
        ("clip_norm", -1),
        ("validation", 1.0),
        ("validation", "a lot"),
        ("test", -0.1),
        ("random_seed", -1),
        ("random_seed", 0.5),
    ],
)
def test_values_that_make_no_sense(option: str, value: Any) -> None:
    with pytest.raises(OptionError, match=f"--{option.replace('_', '-')} is "):
        TrainConfig(**{option: value})


def test_parts_must_leave_something_to_learn() -> None:
    with pytest.raises(OptionError, match="leave nothing to learn from"):
        TrainConfig(validation=0.5, test=0.5)


def test_defaults_follow_recipe_and_optimizer() -> None:
    assert TrainConfig().batch_size == 32
    assert TrainConfig(recipe="classic").batch_size == 128
    assert TrainConfig(optimizer="rmsprop").learning_rate == 0.001
    assert TrainConfig(optimizer="rmsprop", learning_rate=0.5).learning_rate == 0.5
