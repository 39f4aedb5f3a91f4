"""The settings of a network."""

import math
from dataclasses import dataclass

from chargen.cells import ACTIVATIONS, CELLS, cell_name
from chargen.config import is_count, is_number, is_whole, require

# A run's settings may come from a stranger: memory is only taken for what a network can be.
MOST_LAYERS = 100
MOST_PARAMETERS = 10**9


@dataclass(frozen=True)
class ModelConfig:
    """What a network is made of; it does not know whether it reads characters or numbers.

    Args:
        inputs: Size of an input vector: the vocabulary's size, or the number of features.
        outputs: Size of an output vector.
        cell: A name or alias from CELLS.
        units: Size of each layer's state.
        layers: Recurrent layers, one on the other.
        activation: Activation of the cells' new content.
        dropout: Share of each layer's outputs that is dropped in training, between layers and before the
            readout.
        recurrent_dropout: Share of each layer's state that is dropped in training where it enters the recurrent
            product; the same units for all steps of a window (Gal & Ghahramani 2016, section 4).
        output_activation: Activation of the readout.
        skip: Steps at a window's end that also reach its last outputs by a linear map of their own, beside the cells;
            0 for none.
    """

    inputs: int
    outputs: int
    cell: str = "gru"
    units: int = 128
    layers: int = 1
    activation: str = "tanh"
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    output_activation: str = "linear"
    skip: int = 0

    def __post_init__(self) -> None:
        require(isinstance(self.cell, str), "--cell", self.cell, f"one of {', '.join(CELLS)}")
        object.__setattr__(self, "cell", cell_name(self.cell))
        right = is_count(self.layers) and self.layers <= MOST_LAYERS
        require(right, "--layers", self.layers, f"a whole number from 1 to {MOST_LAYERS}")
        for option, value in (("--units", self.units), ("inputs", self.inputs), ("outputs", self.outputs)):
            right = is_count(value) and value <= MOST_PARAMETERS
            require(right, option, value, f"a whole number from 1 to {MOST_PARAMETERS:,}")
        right = is_whole(self.skip) and self.skip <= MOST_PARAMETERS
        require(right, "skip", self.skip, f"a whole number from 0 to {MOST_PARAMETERS:,}")
        parameters = sum(math.prod(shape) for shape in self.shapes().values())
        most = f"less: {self.layers} layers of so many have {parameters:.2g} parameters, {MOST_PARAMETERS:.0g} at most"
        require(parameters <= MOST_PARAMETERS, "--units", self.units, most)
        for option, name in (("--activation", self.activation), ("--output-activation", self.output_activation)):
            require(name in ACTIVATIONS, option, name, " or ".join(ACTIVATIONS))
        for option, share in (("--dropout", self.dropout), ("--recurrent-dropout", self.recurrent_dropout)):
            require(is_number(share) and 0 <= share < 1, option, share, "a share from 0 to below 1")

    def layer_inputs(self) -> list[int]:
        """Tell the size of an input vector of each recurrent layer."""
        return [self.inputs] + [self.units] * (self.layers - 1)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Tell the shapes of all weights, by the keys that they have on disk."""
        cell = CELLS[self.cell]
        shapes = {
            f"layers.{index}.{name}": shape
            for index, inputs in enumerate(self.layer_inputs())
            for name, shape in cell.shapes(inputs, self.units).items()
        }
        shapes |= {"readout.kernel": (self.units, self.outputs), "readout.bias": (self.outputs,)}
        return shapes | ({"skip.kernel": (self.skip * self.inputs, self.outputs)} if self.skip else {})
