"""Long short-term memory (Hochreiter & Schmidhuber 1997; forget gate: Gers, Schmidhuber & Cummins 2000)."""

from typing import TYPE_CHECKING

import numpy as np

from chargen.cells.cell import Cell, activate, sigmoid
from chargen.types import Floats, Weights

if TYPE_CHECKING:
    import keras


class LSTM(Cell):
    """The LSTM cell, gates in Keras' order i, f, g, o.

    i, f, o = σ(W x_t + U h_{t-1} + b), g = tanh(W x_t + U h_{t-1} + b) (each with its own block of columns);
    c_t = f c_{t-1} + i g; h_t = o tanh(c_t).
    """

    name = "lstm"
    title = "LSTM"
    gates = 4
    states = ("h", "c")

    def initial_constants(self, units: int) -> dict[str, Floats]:
        """Open the forget gate: its bias starts at 1 (Jozefowicz, Zaremba & Sutskever 2015, section 4)."""
        constants = super().initial_constants(units)
        constants["bias"][units : 2 * units] = 1
        return constants

    def step(
        self, projected: Floats, recurrent: Floats, states: tuple[Floats, ...], weights: Weights, activation: str
    ) -> tuple[Floats, ...]:
        _, c = states
        z = projected + recurrent
        units = c.shape[-1]
        gates = sigmoid(z)
        i, f, o = gates[..., :units], gates[..., units : 2 * units], gates[..., 3 * units :]
        g = activate(activation, z[..., 2 * units : 3 * units])
        c = f * c
        c += i * g
        return np.multiply(o, activate(activation, c)), c

    def keras_layer(self, units: int, activation: str, recurrent_dropout: float, name: str) -> "keras.layers.RNN":
        import keras

        return keras.layers.LSTM(
            units,
            activation=activation,
            recurrent_dropout=recurrent_dropout,
            return_sequences=True,
            return_state=True,
            name=name,
        )
