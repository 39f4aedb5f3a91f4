"""What is tried of each option, and settings drawn from it."""

import math
from typing import Any

import pytest

from chargen.errors import ChargenError
from chargen.sweep.space import Range, combinations, read_choices
from chargen.sweep.study import draw


def test_every_combination_in_the_order_given() -> None:
    grid = {"units": read_choices("units", [64, 128, 64]), "cell": read_choices("cell", ("lstm", "gru"))}
    assert combinations(grid) == [
        {"units": 64, "cell": "lstm"},
        {"units": 64, "cell": "gru"},
        {"units": 128, "cell": "lstm"},
        {"units": 128, "cell": "gru"},
    ]


def test_true_is_not_one() -> None:
    assert [type(value) for value in read_choices("x", [1, True, 1.0])] == [int, bool, float]  # type: ignore[union-attr]


def test_draws_are_different_in_range_and_the_same_again() -> None:
    grid = {
        "units": read_choices("units", {"low": 2, "high": 90}),
        "rate": Range(1e-4, 1e-1, log=True),
        "cell": ("rnn", "gru"),
    }
    drawn = draw(grid, 60, 3)
    assert drawn == draw(grid, 60, 3) != draw(grid, 60, 4)
    assert len({repr(setting) for setting in drawn}) == 60
    assert all(list(setting) == ["units", "rate", "cell"] for setting in drawn)
    assert {type(setting["units"]) for setting in drawn} == {int}
    assert {setting["cell"] for setting in drawn} == {"rnn", "gru"}
    rates = sorted(float(setting["rate"]) for setting in drawn)
    assert 1e-4 <= rates[0] <= rates[-1] <= 1e-1
    assert math.log10(rates[30]) == pytest.approx(
        -2.5, abs=0.6
    )  # even on a logarithmic scale: the median is its middle


def test_all_settings_are_drawn_where_there_are_just_so_many() -> None:
    assert len(draw({"units": (1, 2, 3), "cell": ("rnn", "gru")}, 6, 0)) == 6


@pytest.mark.parametrize(
    "given",
    [
        [],
        "64",
        64,
        None,
        [[1, 2]],
        [math.nan],
        [None],
        {},
        {"low": 1},
        {"low": 1, "high": "2"},
        {"low": 2, "high": 1},
        {"low": 0, "high": 1, "log": True},
        {"low": 1, "high": 2, "log": 1},
        {"low": 1, "high": 2, "step": 1},
    ],
)
def test_what_cannot_be_swept(given: Any) -> None:
    with pytest.raises(ChargenError, match=r"--grid learning-rate is .*; it takes"):
        read_choices("learning_rate", given)


def test_what_has_no_end_or_not_so_many() -> None:
    with pytest.raises(ChargenError, match="rate is a range, and a grid takes every value"):
        combinations({"rate": Range(0, 1)})
    with pytest.raises(ChargenError, match=r"--random is 3, and there are only 2 different settings"):
        draw({"cell": ("rnn", "gru")}, 3, 0)
    with pytest.raises(ChargenError, match=r"--random is 3, and there are only 2 different settings"):
        draw({"units": Range(1, 2)}, 3, 0)
