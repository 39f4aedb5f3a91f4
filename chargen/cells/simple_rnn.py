"""The simple recurrent network (Elman 1990, "Finding structure in time")."""

from typing import TYPE_CHECKING

from chargen.cells.cell import Cell, activate
from chargen.types import Floats, Weights

if TYPE_CHECKING:
    import keras


class SimpleRNN(Cell):
    """The simple recurrent cell: h_t = tanh(W x_t + U h_{t-1} + b)."""

    name = "rnn"
    aliases = ("elman", "simplernn")
    title = "SimpleRNN"
    gates = 1

    def step(
        self, projected: Floats, recurrent: Floats, states: tuple[Floats, ...], weights: Weights, activation: str
    ) -> tuple[Floats, ...]:
        return (activate(activation, projected + recurrent),)

    def keras_layer(self, units: int, activation: str, recurrent_dropout: float, name: str) -> "keras.layers.RNN":
        import keras

        return keras.layers.SimpleRNN(
            units,
            activation=activation,
            recurrent_dropout=recurrent_dropout,
            return_sequences=True,
            return_state=True,
            name=name,
        )
