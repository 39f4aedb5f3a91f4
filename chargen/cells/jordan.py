"""Jordan's network (Jordan 1986, "Serial order: a parallel distributed processing approach")."""

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from chargen.cells.cell import Cell, activate
from chargen.cells.equations import Equations
from chargen.types import Floats, Weights

if TYPE_CHECKING:
    import keras


class Jordan(Cell):
    """The Jordan cell: what it put out, not what it hid, comes back.

    The one state is y. Of the original, the links by which a state unit keeps a share of its older values are left out,
    as is usual today.
    """

    name = "jordan"
    title = "Jordan"
    blocks = ("h",)
    states = ("y",)
    symbols = MappingProxyType({**Cell.symbols, "output_kernel": ("W′",), "output_bias": ("b′",)})
    equations = Equations(
        title,
        'Jordan 1986, "Serial order: a parallel distributed processing approach"',
        (
            ("hₜ = φ(W xₜ + U yₜ₋₁ + b)", "hidden units"),
            ("yₜ = tanh(W′ hₜ + b′)", "the output, which comes back"),
        ),
        "Jordan's state units also keep a share of their older values; that is left out, as is usual today.",
    )

    def shapes(self, inputs: int, units: int) -> dict[str, tuple[int, ...]]:
        return super().shapes(inputs, units) | {"output_kernel": (units, units), "output_bias": (units,)}

    def activations(
        self, projected: Floats, recurrent: Floats, weights: Weights, activation: str
    ) -> tuple[Floats, ...]:
        return (activate(activation, projected + recurrent),)

    def step(
        self, projected: Floats, recurrent: Floats, states: tuple[Floats, ...], weights: Weights, activation: str
    ) -> tuple[Floats, ...]:
        (h,) = self.activations(projected, recurrent, weights, activation)
        return (np.tanh(h @ weights["output_kernel"] + weights["output_bias"]),)

    def keras_layer(self, units: int, activation: str, recurrent_dropout: float, name: str) -> "keras.layers.RNN":
        import keras

        from chargen.cells.keras_cells import FollowedCell

        hidden = keras.layers.SimpleRNNCell(
            units, activation=activation, recurrent_dropout=recurrent_dropout, name=f"{name}_hidden"
        )
        cell = FollowedCell(hidden, [keras.layers.Dense(units, "tanh", name=f"{name}_output")])
        return keras.layers.RNN(cell, return_sequences=True, return_state=True, name=name)
