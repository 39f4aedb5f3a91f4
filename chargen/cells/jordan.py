"""Jordan's network (Jordan 1986, "Serial order: a parallel distributed processing approach")."""

from typing import TYPE_CHECKING

import numpy as np

from chargen.cells.cell import Cell, activate
from chargen.types import Floats, Weights

if TYPE_CHECKING:
    import keras


class Jordan(Cell):
    """The Jordan cell: what it put out, not what it hid, comes back.

    h_t = tanh(W x_t + U y_{t-1} + b); y_t = tanh(W' h_t + b'). The one state is y; W' and b' are `output_kernel` and
    `output_bias`. Of the original, the links by which a state unit keeps a share of its older values are left out, as
    is usual today.
    """

    name = "jordan"
    title = "Jordan"
    gates = 1
    states = ("y",)

    def shapes(self, inputs: int, units: int) -> dict[str, tuple[int, ...]]:
        return super().shapes(inputs, units) | {"output_kernel": (units, units), "output_bias": (units,)}

    def step(
        self, projected: Floats, recurrent: Floats, states: tuple[Floats, ...], weights: Weights, activation: str
    ) -> tuple[Floats, ...]:
        h = activate(activation, projected + recurrent)
        return (np.tanh(h @ weights["output_kernel"] + weights["output_bias"]),)

    def keras_layer(self, units: int, activation: str, recurrent_dropout: float, name: str) -> "keras.layers.RNN":
        import keras

        from chargen.cells.keras_cells import JordanCell

        cell = JordanCell(units, activation=activation, recurrent_dropout=recurrent_dropout)
        return keras.layers.RNN(cell, return_sequences=True, return_state=True, name=name)
