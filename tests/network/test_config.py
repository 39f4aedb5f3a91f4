"""A network's settings refuse what makes no sense."""

import math
from typing import Any

import pytest

from chargen.config import from_json
from chargen.errors import DamagedRunError, OptionError
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
        ("encoder", "transformer"),
        ("encoder", ["conv"]),
        ("encoder", "wavenet"),
        ("window", -1),
        ("window", True),
        ("window", 10**400),
        ("decoder", -1),
        ("decoder", 1.0),
        ("decoder", 3),
        ("decoder", 10**7),
        ("dropout", 1.0),
        ("dropout", -0.1),
        ("dropout", float("nan")),
        ("dropout", "much"),
    ],
)
def test_values_that_make_no_sense(option: str, value: Any) -> None:
    with pytest.raises(OptionError, match=r"--|no cell|skip is|decoder is"):
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


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"encoder": "trasnformer"}, "--encoder is 'trasnformer'; it takes one of cells, bidirectional, conv, wavenet"),
        ({"encoder": "wavenet"}, "--window is 0; it takes a whole number from 1 up with --encoder wavenet"),
        ({"encoder": "window", "window": 5}, "--encoder is 'window'; it takes one of .* no decoder"),
        ({"decoder": 4}, "decoder is 4; it takes a number of steps that divides the 6 outputs"),
        ({"decoder": 2, "activation": "relu"}, "--activation is 'relu'; it takes tanh with another --encoder"),
        ({"encoder": "conv", "activation": "linear"}, "--activation is 'linear'; it takes tanh"),
        ({"encoder": "window", "window": 10**6, "decoder": 2, "units": 10**3}, "--units is 1000; it takes less"),
    ],
)
def test_forms_that_do_not_go_together(options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        ModelConfig(**{"inputs": 1, "outputs": 6, **options})


def test_a_decoder_shares_its_readout_and_not_the_linear_map() -> None:
    shapes = ModelConfig(inputs=2, outputs=6, units=5, decoder=3, skip=4).shapes()
    assert (shapes["readout.kernel"], shapes["readout.bias"]) == ((5, 2), (2,))
    assert (shapes["skip.kernel"], shapes["skip.bias"]) == ((8, 6), (6,))
    assert "skip.bias" not in ModelConfig(inputs=2, outputs=6, skip=4).shapes()


def test_what_was_saved_before_there_were_encoders() -> None:
    old = {"inputs": 3, "outputs": 3, "cell": "gru", "units": 128, "layers": 1, "activation": "tanh"}
    assert from_json(ModelConfig, old, "run.json, model") == ModelConfig(3, 3)
    with pytest.raises(DamagedRunError, match=r"run\.json, model cannot be used: --encoder is"):
        from_json(ModelConfig, old | {"encoder": ["conv"]}, "run.json, model")
