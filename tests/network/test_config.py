"""A network's settings refuse what makes no sense."""

import math
from typing import Any

import pytest

from chargen.errors import OptionError
from chargen.network import ModelConfig


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("cell", "transformer"),
        ("cell", 3),
        ("units", 0),
        ("units", 2.5),
        ("units", True),
        ("layers", -1),
        ("layers", 10**18),
        ("units", 20_000),
        ("units", 10**400),
        ("activation", "gelu"),
        ("output_activation", "softmax"),
        ("output_activation", ["tanh"]),
        ("skip", -1),
        ("skip", 1.5),
        ("skip", 10**400),
        ("dropout", 1.0),
        ("dropout", -0.1),
        ("dropout", float("nan")),
        ("dropout", "much"),
    ],
)
def test_values_that_make_no_sense(option: str, value: Any) -> None:
    with pytest.raises(OptionError, match=r"--|no cell|skip is"):
        ModelConfig(**{"inputs": 2, "outputs": 2, option: value})


def test_an_alias_becomes_the_name() -> None:
    assert ModelConfig(inputs=1, outputs=1, cell="elman").cell == "rnn"


@pytest.mark.parametrize(("cell", "outputs", "parameters"), [("rnn", 1, 1281), ("lnrnn", 10, 1550)])
def test_published_parameter_counts(cell: str, outputs: int, parameters: int) -> None:
    # Géron's networks of two layers of 20 units and a dense readout, for one step and for ten.
    shapes = ModelConfig(inputs=1, outputs=outputs, cell=cell, units=20, layers=2).shapes()
    assert sum(math.prod(shape) for shape in shapes.values()) == parameters


def test_inputs_that_no_network_has() -> None:
    with pytest.raises(OptionError, match="inputs is 1000"):
        ModelConfig(inputs=10**400, outputs=2)
