"""What every recurrent cell provides."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from chargen.cells.equations import Equations
from chargen.types import Floats, Weights

if TYPE_CHECKING:
    import keras

ACTIVATIONS = ("tanh", "relu", "linear")
# An array: NumPy takes twice as long with a Python number, which counts where sampling makes a step in 20 µs.
_HALF = np.array(0.5, np.float32)


def activate(name: str, x: Floats) -> Floats:
    """Apply the activation of a cell's new content.

    Args:
        name: One of ACTIVATIONS.
        x: Pre-activations, any shape.

    Returns:
        An array of the same shape and dtype.
    """
    content: Floats = np.tanh(x) if name == "tanh" else np.maximum(x, 0) if name == "relu" else x
    return content


def sigmoid(x: Floats) -> Floats:
    """Compute the logistic function as tanh(x / 2) / 2 + 1/2, which cannot overflow.

    Args:
        x: Any shape.

    Returns:
        An array of the same shape and dtype.
    """
    gate: Floats = x * _HALF
    np.tanh(gate, out=gate)
    gate *= _HALF
    gate += _HALF
    return gate


class Cell(ABC):
    """A recurrent cell: its gates, its states, one step in NumPy and a layer in Keras.

    The two products of a step are the same for every cell, so callers compute them and hand over the results: the
    input side, `x @ kernel + input bias`, for many steps at once; the recurrent side, `h @ recurrent_kernel`, in one
    product with whatever else reads the output.

    Attributes:
        name: The name in CELLS and in a run's settings.
        aliases: Other names that `--cell` accepts.
        title: The name in prose.
        blocks: Names of the blocks of `units` columns in the kernels, in Keras' order.
        gated: Those of them that are gates, open between 0 and 1.
        states: Names of the states, the output first.
        equations: What it computes.
        variants: What else goes by its name in the literature.
        symbols: What the equations call a weight, by its name; a symbol for each row of a bias.
    """

    name: ClassVar[str]
    aliases: ClassVar[tuple[str, ...]] = ()
    title: ClassVar[str]
    blocks: ClassVar[tuple[str, ...]]
    gated: ClassVar[tuple[str, ...]] = ()
    states: ClassVar[tuple[str, ...]] = ("h",)
    equations: ClassVar[Equations]
    variants: ClassVar[tuple[Equations, ...]] = ()
    symbols: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType(
        {"kernel": ("W",), "recurrent_kernel": ("U",), "bias": ("b",)}
    )

    @property
    def gates(self) -> int:
        """The number of blocks in the kernels."""
        return len(self.blocks)

    def shapes(self, inputs: int, units: int) -> dict[str, tuple[int, ...]]:
        """Tell the shapes of the weights.

        Args:
            inputs: Size of an input vector.
            units: Size of a state.

        Returns:
            Shape by weight name, in Keras' layouts.
        """
        columns = self.gates * units
        return {"kernel": (inputs, columns), "recurrent_kernel": (units, columns), "bias": (columns,)}

    def initial_constants(self, units: int) -> dict[str, Floats]:
        """Make the weights that start from the same values in every training: all but the kernels.

        Args:
            units: Size of a state.

        Returns:
            float32 by weight name, of the shapes of `shapes`: zeros unless a cell asks for others.
        """
        shapes = self.shapes(1, units).items()
        return {name: np.zeros(shape, np.float32) for name, shape in shapes if not name.endswith("kernel")}

    def input_bias(self, weights: Weights) -> Floats:
        """Pick the part of the bias that is added on the input side.

        Args:
            weights: The cell's weights.

        Returns:
            float (gates * units,).
        """
        return weights["bias"]

    @abstractmethod
    def activations(
        self, projected: Floats, recurrent: Floats, weights: Weights, activation: str
    ) -> tuple[Floats, ...]:
        """Compute what the blocks of columns come to in a step, before the states take it up.

        Args:
            projected: As for `step`.
            recurrent: As for `step`.
            weights: As for `step`.
            activation: As for `step`.

        Returns:
            For each of `blocks` float (..., units).
        """

    @abstractmethod
    def step(
        self, projected: Floats, recurrent: Floats, states: tuple[Floats, ...], weights: Weights, activation: str
    ) -> tuple[Floats, ...]:
        """Compute one time step in NumPy.

        Args:
            projected: `x @ kernel + input bias`, float (..., gates * units).
            recurrent: `states[0] @ recurrent_kernel`, float (..., gates * units).
            states: The states before the step, each float (..., units).
            weights: The cell's weights.
            activation: One of ACTIVATIONS, for the new content.

        Returns:
            The states after the step, each float (batch, units); the first is the output.
        """

    @abstractmethod
    def keras_layer(self, units: int, activation: str, recurrent_dropout: float, name: str) -> "keras.layers.RNN":
        """Make a Keras layer of the same equations: the reference for parity, and what exports are made of.

        What Keras has no cell for is a `FollowedCell`: exports of a step then hold nothing but Keras' own layers.

        Args:
            units: Size of a state.
            activation: One of ACTIVATIONS.
            recurrent_dropout: Share of the state that is dropped on its way into the recurrent product.
            name: The layer's name.

        Returns:
            A layer that returns sequences and states.
        """
