"""What a cell computes, as the literature writes it, and how large that makes it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chargen.cells.cell import Cell

NOTATION = (
    "W x is a product with a matrix, ⊙ one element by element; σ(a) = 1 / (1 + exp(−a)); φ is tanh, or what "
    "--activation says"
)
# Above the coefficients of any cell's sizes.
_BASE = 10**4
_PRODUCTS = {6: "n²", 4: "mn", 3: "n", 2: "m²", 1: "m", 0: ""}


@dataclass(frozen=True)
class Equations:
    """A cell's equations, in Unicode plain text; a test evaluates them as they stand.

    Args:
        title: What they define.
        source: The paper, and the section or the equations in it.
        lines: For each equation itself and what it is in words. A letter and a vector after it is a product with a
            matrix; a letter with `_i` is the block i of a weight's columns.
        note: What is to be said about them.
    """

    title: str
    source: str
    lines: tuple[tuple[str, str], ...]
    note: str = ""


@dataclass(frozen=True)
class WeightSize:
    """How large one of a cell's weights is.

    Args:
        name: The weight's name.
        symbols: What the equations call it: for each block of its columns a symbol.
        formula: Its shape for m inputs and n units.
        shape: Its shape.
        parameters: The numbers in it.
    """

    name: str
    symbols: tuple[str, ...]
    formula: str
    shape: tuple[int, ...]
    parameters: int


def weight_sizes(cell: "Cell", inputs: int, units: int) -> tuple[WeightSize, ...]:
    """Tell how large a cell's weights are.

    Args:
        cell: The cell.
        inputs: Size of an input vector.
        units: Size of a state.

    Returns:
        Each weight, in the order of `Cell.shapes`.
    """
    general = cell.shapes(_BASE, _BASE**3)
    return tuple(
        WeightSize(name, _symbols(cell, name), _shape_formula(general[name]), shape, math.prod(shape))
        for name, shape in cell.shapes(inputs, units).items()
    )


def parameter_count(cell: "Cell", inputs: int, units: int) -> int:
    """Count the numbers in a cell's weights.

    Args:
        cell: The cell.
        inputs: Size of an input vector.
        units: Size of a state.

    Returns:
        That many; the readout of a network is not among them.
    """
    return _count(cell.shapes(inputs, units))


def parameter_formula(cell: "Cell") -> str:
    """Write the number of a cell's parameters for m inputs and n units, such as `mn + n² + n`."""
    return _formula(_count(cell.shapes(_BASE, _BASE**3)))


def _count(shapes: Mapping[str, tuple[int, ...]]) -> int:
    return sum(math.prod(shape) for shape in shapes.values())


def _shape_formula(shape: tuple[int, ...]) -> str:
    return f"({', '.join(_formula(size) for size in shape)})"


def _formula(size: int) -> str:
    """Write a size as a polynomial of m and n.

    Args:
        size: Its value at m = _BASE, n = _BASE³: its digits to this base are the coefficients (Kronecker's
            substitution), each power stands for another product.

    Returns:
        The terms with a coefficient above zero.
    """
    coefficients = {product: size // _BASE**power % _BASE for power, product in _PRODUCTS.items()}
    terms = [
        product if factor == 1 and product else f"{factor}{product}"
        for product, factor in coefficients.items()
        if factor
    ]
    return " + ".join(sorted(terms, key=lambda term: "m" not in term))


def _symbols(cell: "Cell", name: str) -> tuple[str, ...]:
    blocks = cell.blocks if cell.gates > 1 and cell.shapes(1, 1)[name][-1] == cell.gates else ()
    return tuple(f"{symbol}_{block}" for symbol in cell.symbols[name] for block in blocks) or cell.symbols[name]
