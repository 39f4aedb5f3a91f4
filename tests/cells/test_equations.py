"""The printed equations, evaluated as they stand, against the cells' steps and Keras' layers."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from chargen.cells import CELLS, Cell
from chargen.cells.equations import Equations, parameter_count, parameter_formula, weight_sizes
from chargen.cells.layer_norm_rnn import EPSILON
from chargen.network import ModelConfig
from chargen.types import Floats

M, N = 3, 4
FUNCTIONS: dict[str, Any] = {
    "σ": lambda a: 1 / (1 + np.exp(-a)),
    "φ": np.tanh,
    "tanh": np.tanh,
    "mean": np.mean,
    "root": np.sqrt,
    "ε": EPSILON,
}


def in_python(equation: str) -> tuple[str, str]:
    """The variable that an equation defines, and its right side as an expression of Python."""
    name, _, right = equation.partition(" = ")
    right = re.sub(r"\b([WU]′?(?:_\w)?) (\([^()]*\)|\w+ₜ(?:₋₁)?)", r"(\1 @ \2)", right)
    for written, python in {"⊙": "*", "−": "-", "²": "**2", "√": "root", "₋₁": "_before", "ₜ": "", "′": "_"}.items():
        right = right.replace(written, python)
    return name.replace("ₜ", ""), right


def evaluate(equations: Equations, known: Mapping[str, Any]) -> dict[str, Any]:
    """Compute all that the equations define; a name that they do not define has to be known."""
    names = FUNCTIONS | {name.replace("′", "_"): value for name, value in known.items()}
    for equation, _ in equations.lines:
        name, right = in_python(equation)
        names[name] = eval(right, {"__builtins__": {}}, names)  # noqa: S307 (chargen's own equations)
    return names


def drawn(cell: Cell) -> tuple[dict[str, Floats], dict[str, Any], Floats, tuple[Floats, ...]]:
    """Random weights by name and by the symbols that are printed for them, an input, and states."""
    chance = np.random.default_rng(0)
    weights: dict[str, Floats] = {name: chance.standard_normal(shape) for name, shape in cell.shapes(M, N).items()}
    symbols: dict[str, Any] = {}
    for size in weight_sizes(cell, M, N):
        matrix = size.name.endswith("kernel")
        parts = np.split(weights[size.name].T if matrix else weights[size.name].reshape(-1), len(size.symbols))
        symbols |= dict(zip(size.symbols, parts, strict=True))
    states: tuple[Floats, ...] = tuple(chance.standard_normal(N) for _ in cell.states)
    x: Floats = chance.standard_normal(M)
    return weights, symbols, x, states


@pytest.mark.parametrize("name", CELLS)
def test_a_step_is_what_the_equations_say(name: str) -> None:
    cell = CELLS[name]
    weights, symbols, x, states = drawn(cell)
    before = {f"{state}_before": value for state, value in zip(cell.states, states, strict=True)}
    found = evaluate(cell.equations, symbols | before | {"x": x})
    projected = x @ weights["kernel"] + cell.input_bias(weights)
    recurrent = states[0] @ weights["recurrent_kernel"]
    after = cell.step(projected, recurrent, states, weights, "tanh")
    for state, value in zip(cell.states, after, strict=True):
        np.testing.assert_allclose(value, found[state], rtol=1e-6)
    blocks = cell.activations(projected, recurrent, weights, "tanh")
    for block, value in zip(cell.blocks, blocks, strict=True):
        np.testing.assert_allclose(value, found[block], rtol=1e-6)


@pytest.mark.parametrize("name", CELLS)
def test_every_weight_is_in_the_equations_and_every_count_is_keras_own(name: str) -> None:
    cell = CELLS[name]
    right_sides = " ".join(line.partition(" = ")[2] for line, _ in cell.equations.lines)
    for size in weight_sizes(cell, M, N):
        for symbol in size.symbols:
            assert re.search(rf"(?<!\w){symbol}(?![\w′])", right_sides), symbol
    layer = cell.keras_layer(N, "tanh", 0.0, "layer")
    layer.build((None, None, M))
    count = parameter_count(cell, M, N)
    assert count == layer.count_params() == sum(size.parameters for size in weight_sizes(cell, M, N))
    general = re.sub(r"(\d)(?=[mn])", r"\1*", parameter_formula(cell)).replace("mn", "m*n").replace("²", "**2")
    assert eval(general, {"m": M, "n": N}) == count  # noqa: S307 (chargen's own formula)
    shapes = ModelConfig(inputs=M, outputs=1, cell=name, units=N).shapes()
    assert {size.name: size.shape for size in weight_sizes(cell, M, N)} == {
        key.removeprefix("layers.0."): shape for key, shape in shapes.items() if key.startswith("layers.0.")
    }


def test_formulas() -> None:
    assert parameter_formula(CELLS["gru"]) == "3mn + 3n² + 6n"
    assert [size.formula for size in weight_sizes(CELLS["gru"], 1, 1)] == ["(m, 3n)", "(n, 3n)", "(2, 3n)"]
    assert [size.symbols for size in weight_sizes(CELLS["jordan"], 1, 1)] == [("W",), ("U",), ("b",), ("W′",), ("b′",)]
    assert weight_sizes(CELLS["gru"], 1, 1)[2].symbols == ("b_z", "b_r", "b_g", "b′_z", "b′_r", "b′_g")


def test_the_gru_with_its_reset_before_the_product_is_that_of_keras() -> None:
    before, reversed_sign = CELLS["gru"].variants
    layer = keras.layers.GRU(N, reset_after=False)
    layer.build((None, None, M))
    chance = np.random.default_rng(1)
    kernel, recurrent_kernel, bias = (chance.standard_normal(weight.shape) for weight in layer.weights)
    layer.set_weights([kernel, recurrent_kernel, bias])
    x, h = chance.standard_normal(M), chance.standard_normal(N)
    known: dict[str, Any] = {"x": x, "h_before": h}
    for symbol, weight in (("W", kernel.T), ("U", recurrent_kernel.T), ("b", bias)):
        known |= dict(zip((f"{symbol}_z", f"{symbol}_r", f"{symbol}_g"), np.split(weight, 3), strict=True))
    expected = keras.ops.convert_to_numpy(layer(x[None, None].astype("float32"), initial_state=h[None]))[0]
    np.testing.assert_allclose(evaluate(before, known)["h"], expected, rtol=1e-4)
    negated = known | {symbol: -known[symbol] for symbol in ("W_z", "U_z", "b_z")}
    np.testing.assert_allclose(evaluate(reversed_sign, negated)["h"], expected, rtol=1e-4)


def test_an_lstm_whose_peepholes_see_nothing_is_the_lstm() -> None:
    cell = CELLS["lstm"]
    _, symbols, x, (h, c) = drawn(cell)
    known = symbols | {"x": x, "h_before": h, "c_before": c}
    blind = {f"p_{gate}": np.zeros(N) for gate in "ifo"}
    (peepholes,) = cell.variants
    assert evaluate(peepholes, known | blind)["h"] == pytest.approx(evaluate(cell.equations, known)["h"])
    # By hand: with all else zero, i = f = σ(c) and o = σ(the new c).
    nothing = {symbol: np.zeros_like(value) for symbol, value in known.items()}
    one = evaluate(peepholes, nothing | {f"p_{gate}": np.ones(N) for gate in "ifo"} | {"c_before": np.full(N, 2.0)})
    new = 2 / (1 + np.exp(-2.0))
    assert one["h"] == pytest.approx(np.tanh(new) / (1 + np.exp(-new)))


def test_a_cell_of_somebody_else_is_explained_by_what_it_says_of_itself() -> None:
    class Double(type(CELLS["rnn"])):  # type: ignore[misc] # a class found at run time
        blocks = ("a", "b")
        equations = replace(CELLS["rnn"].equations, title="Double")

    assert parameter_formula(Double()) == "2mn + 2n² + 2n"
    assert weight_sizes(Double(), 2, 5)[0].symbols == ("W_a", "W_b")
