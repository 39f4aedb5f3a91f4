"""The simple recurrent network (Elman 1990, "Finding structure in time")."""

from typing import TYPE_CHECKING

from chargen.cells.cell import Cell, activate
from chargen.cells.equations import Equations
from chargen.types import Floats, Weights

if TYPE_CHECKING:
    import keras


class SimpleRNN(Cell):
    """The simple recurrent cell: its output comes back with the next input."""

    name = "rnn"
    aliases = ("elman", "simplernn")
    title = "SimpleRNN"
    blocks = ("h",)
    equations = Equations(
        title,
        'Elman 1990, "Finding structure in time"',
        (("hₜ = φ(W xₜ + U hₜ₋₁ + b)", "the new state and output"),),
    )

    def activations(
        self, projected: Floats, recurrent: Floats, weights: Weights, activation: str
    ) -> tuple[Floats, ...]:
        return (activate(activation, projected + recurrent),)

    def step(
        self, projected: Floats, recurrent: Floats, states: tuple[Floats, ...], weights: Weights, activation: str
    ) -> tuple[Floats, ...]:
        return self.activations(projected, recurrent, weights, activation)

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
