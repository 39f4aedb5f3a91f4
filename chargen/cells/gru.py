"""The gated recurrent unit (Cho et al. 2014), with the reset gate after the product."""

from typing import TYPE_CHECKING

from chargen.cells.cell import Cell, activate, sigmoid
from chargen.types import Floats, Weights

if TYPE_CHECKING:
    import keras


class GRU(Cell):
    """The GRU cell as Keras' `reset_after=True` and cuDNN compute it, gates in the order z, r, g.

    z, r = σ(W x_t + b + U h_{t-1} + b'); g = tanh(W x_t + b + r (U h_{t-1} + b')); h_t = z h_{t-1} + (1 - z) g.
    The two rows of the bias are b (input side) and b' (recurrent side).
    """

    name = "gru"
    title = "GRU"
    gates = 3

    def shapes(self, inputs: int, units: int) -> dict[str, tuple[int, ...]]:
        return super().shapes(inputs, units) | {"bias": (2, 3 * units)}

    def input_bias(self, weights: Weights) -> Floats:
        row: Floats = weights["bias"][0]
        return row

    def step(
        self, projected: Floats, recurrent: Floats, states: tuple[Floats, ...], weights: Weights, activation: str
    ) -> tuple[Floats, ...]:
        (h,) = states
        units = h.shape[-1]
        recurrent = recurrent + weights["bias"][1]
        gates = sigmoid(projected[..., : 2 * units] + recurrent[..., : 2 * units])
        z, r = gates[..., :units], gates[..., units:]
        g = activate(activation, projected[..., 2 * units :] + r * recurrent[..., 2 * units :])
        return (g + z * (h - g),)

    def keras_layer(self, units: int, activation: str, recurrent_dropout: float, name: str) -> "keras.layers.RNN":
        import keras

        return keras.layers.GRU(
            units,
            activation=activation,
            recurrent_dropout=recurrent_dropout,
            reset_after=True,
            return_sequences=True,
            return_state=True,
            name=name,
        )
