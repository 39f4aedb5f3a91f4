"""Each cell against a case computed by hand, and what is registered."""

import math

import numpy as np
import pytest

from chargen.cells import CELLS, cell_name
from chargen.cells.cell import activate, sigmoid
from chargen.errors import OptionError
from chargen.types import Floats, Weights


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


ONE = np.ones((1, 1))


def step(cell: str, projected: Floats, states: tuple[Floats, ...], weights: Weights) -> tuple[Floats, ...]:
    return CELLS[cell].step(projected, states[0] @ weights["recurrent_kernel"], states, weights, "tanh")


def test_simple_rnn_by_hand() -> None:
    weights = {"kernel": ONE, "recurrent_kernel": np.array([[0.5]]), "bias": np.array([0.1])}
    (h,) = step("rnn", np.array([[2.1]]), (np.array([[-1.0]]),), weights)
    assert h.item() == pytest.approx(math.tanh(2.1 - 0.5))


def test_lstm_by_hand() -> None:
    weights = {"kernel": ONE, "recurrent_kernel": np.array([[0.1, 0.2, 0.3, 0.4]]), "bias": np.zeros(4)}
    states = (np.array([[0.5]]), np.array([[-2.0]]))
    h, c = step("lstm", np.array([[1.0, -1.0, 0.5, 2.0]]), states, weights)
    i, f, g, o = logistic(1.05), logistic(-0.9), math.tanh(0.65), logistic(2.2)
    assert c.item() == pytest.approx(f * -2.0 + i * g)
    assert h.item() == pytest.approx(o * math.tanh(f * -2.0 + i * g))


def test_gru_by_hand() -> None:
    bias = np.array([[9.0, 9.0, 9.0], [0.1, 0.2, 0.3]])  # the input side is the caller's to add
    weights = {"kernel": ONE, "recurrent_kernel": np.array([[1.0, -1.0, 2.0]]), "bias": bias}
    (h,) = step("gru", np.array([[0.5, 1.0, -0.5]]), (np.array([[0.4]]),), weights)
    z, r = logistic(0.5 + 0.4 + 0.1), logistic(1.0 - 0.4 + 0.2)
    g = math.tanh(-0.5 + r * (0.8 + 0.3))
    assert h.item() == pytest.approx(z * 0.4 + (1 - z) * g)


def test_jordan_by_hand() -> None:
    weights = {
        "kernel": ONE,
        "recurrent_kernel": np.array([[0.5, -1.0], [2.0, 0.25]]),
        "bias": np.zeros(2),
        "output_kernel": np.array([[1.0, -0.5], [0.2, 3.0]]),
        "output_bias": np.array([0.1, -0.2]),
    }
    (y,) = step("jordan", np.array([[0.3, -0.4]]), (np.array([[0.8, -0.6]]),), weights)
    first = math.tanh(0.3 + 0.8 * 0.5 - 0.6 * 2.0)
    second = math.tanh(-0.4 - 0.8 * 1.0 - 0.6 * 0.25)
    assert y[0, 0] == pytest.approx(math.tanh(first * 1.0 + second * 0.2 + 0.1))
    assert y[0, 1] == pytest.approx(math.tanh(first * -0.5 + second * 3.0 - 0.2))


def test_the_activation_of_jordan_is_that_of_its_hidden_units() -> None:
    weights = {"recurrent_kernel": -ONE, "output_kernel": ONE, "output_bias": np.array([0.5])}
    (y,) = CELLS["jordan"].step(np.array([[0.2]]), np.array([[-0.9]]), (np.array([[0.9]]),), weights, "relu")
    assert y.item() == pytest.approx(math.tanh(0.5))


def test_layer_norm_rnn_by_hand() -> None:
    weights = {
        "kernel": np.ones((1, 3)),
        "recurrent_kernel": np.diag([1.0, 2.0, -1.0]),
        "gain": np.array([1.0, 2.0, -0.5]),
        "shift": np.array([0.1, 0.0, -0.2]),
    }
    (h,) = step("lnrnn", np.array([[0.5, 1.0, 2.0]]), (np.array([[0.5, 1.0, -1.0]]),), weights)
    scale = 1 / math.sqrt(((4 / 3) ** 2 + 2 * (2 / 3) ** 2) / 3 + 0.001)  # the sums are 1, 3, 3, and their mean 7/3
    expected = [math.tanh(-4 / 3 * scale + 0.1), math.tanh(2 * 2 / 3 * scale), math.tanh(-0.5 * 2 / 3 * scale - 0.2)]
    assert h[0].tolist() == pytest.approx(expected)


def test_layer_norm_rnn_of_equal_sums_is_its_shift() -> None:
    weights = {"gain": np.ones(4), "shift": np.array([-3.0, 0.0, 0.5, 2.0])}
    for size in (0.0, 1e6):
        sums = np.full((2, 4), size)
        (h,) = CELLS["lnrnn"].step(sums, np.zeros((2, 4)), (np.zeros((2, 4)),), weights, "relu")
        assert h.tolist() == [[0, 0, 0.5, 2]] * 2


def test_layer_norm_rnn_starts_with_a_gain_of_one() -> None:
    constants = CELLS["lnrnn"].initial_constants(2)
    assert {name: values.tolist() for name, values in constants.items()} == {
        "bias": [0, 0],
        "gain": [1, 1],
        "shift": [0, 0],
    }


def test_lstm_starts_with_an_open_forget_gate() -> None:
    assert CELLS["lstm"].initial_constants(2)["bias"].tolist() == [0, 0, 1, 1, 0, 0, 0, 0]


def test_sigmoid_never_overflows() -> None:
    with np.errstate(all="raise"):
        values = sigmoid(np.array([-1e4, 0.0, 1e4]))
    assert values.tolist() == [0, 0.5, 1]


def test_activations() -> None:
    x = np.array([-2.0, 3.0])
    assert activate("relu", x).tolist() == [0, 3]
    assert activate("linear", x).tolist() == [-2, 3]


@pytest.mark.parametrize(
    ("typed", "name"),
    [("rnn", "rnn"), ("Elman", "rnn"), ("LSTM", "lstm"), ("gru", "gru"), ("Jordan", "jordan"), ("lnrnn", "lnrnn")],
)
def test_names_and_aliases(typed: str, name: str) -> None:
    assert cell_name(typed) == name


def test_an_unknown_cell_is_named_with_the_nearest() -> None:
    with pytest.raises(OptionError, match=r"'lstn' \(did you mean 'lstm'\?\)"):
        cell_name("lstn")
