"""The gated recurrent unit (Cho et al. 2014), with the reset gate after the product."""

from types import MappingProxyType
from typing import TYPE_CHECKING

from chargen.cells.cell import Cell, activate, sigmoid
from chargen.cells.equations import Equations
from chargen.types import Floats, Weights

if TYPE_CHECKING:
    import keras


class GRU(Cell):
    """The GRU cell as Keras' `reset_after=True` and cuDNN compute it, blocks in the order z, r, g.

    The two rows of the bias are those of the input side and of the recurrent side.
    """

    name = "gru"
    title = "GRU"
    blocks = ("z", "r", "g")
    gated = ("z", "r")
    symbols = MappingProxyType({**Cell.symbols, "bias": ("b", "b′")})
    equations = Equations(
        "GRU, reset after the product",
        'Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder", arXiv 1406.1078v1; cuDNN; '
        "Keras' reset_after=True",
        (
            ("zₜ = σ(W_z xₜ + b_z + U_z hₜ₋₁ + b′_z)", "update gate: what is kept"),
            ("rₜ = σ(W_r xₜ + b_r + U_r hₜ₋₁ + b′_r)", "reset gate: what g sees of h"),
            ("gₜ = φ(W_g xₜ + b_g + rₜ ⊙ (U_g hₜ₋₁ + b′_g))", "new content"),
            ("hₜ = zₜ ⊙ hₜ₋₁ + (1 − zₜ) ⊙ gₜ", "the new state and output"),
        ),
        "This is what chargen computes. Of the two signs of the update gate it has Cho's, as Keras, PyTorch and cuDNN: "
        "z near 1 keeps the state.",
    )
    variants = (
        Equations(
            "GRU, reset before the product",
            "Cho et al. 2014, as published (1406.1078v3), section 2.3, equations 5 to 8; Keras' reset_after=False",
            (
                ("zₜ = σ(W_z xₜ + U_z hₜ₋₁ + b_z)", "update gate"),
                ("rₜ = σ(W_r xₜ + U_r hₜ₋₁ + b_r)", "reset gate"),
                ("gₜ = φ(W_g xₜ + U_g (rₜ ⊙ hₜ₋₁) + b_g)", "new content"),
                ("hₜ = zₜ ⊙ hₜ₋₁ + (1 − zₜ) ⊙ gₜ", "the new state and output"),
            ),
            "The product with U_g has to wait for r, so a step has two products in a row; 3n parameters less.",
        ),
        Equations(
            "GRU, update gate the other way round",
            'Chung et al. 2014, "Empirical evaluation of gated recurrent neural networks on sequence modeling", '
            "section 3.2",
            (
                ("zₜ = σ(W_z xₜ + U_z hₜ₋₁ + b_z)", "update gate: what is renewed"),
                ("rₜ = σ(W_r xₜ + U_r hₜ₋₁ + b_r)", "reset gate"),
                ("gₜ = φ(W_g xₜ + U_g (rₜ ⊙ hₜ₋₁) + b_g)", "new content"),
                ("hₜ = (1 − zₜ) ⊙ hₜ₋₁ + zₜ ⊙ gₜ", "the new state and output"),
            ),
            "z near 1 renews the state. With W_z, U_z and b_z negated it is the network above: σ(−a) = 1 − σ(a).",
        ),
    )

    def shapes(self, inputs: int, units: int) -> dict[str, tuple[int, ...]]:
        return super().shapes(inputs, units) | {"bias": (2, 3 * units)}

    def input_bias(self, weights: Weights) -> Floats:
        row: Floats = weights["bias"][0]
        return row

    def activations(
        self, projected: Floats, recurrent: Floats, weights: Weights, activation: str
    ) -> tuple[Floats, ...]:
        units = projected.shape[-1] // 3
        recurrent = recurrent + weights["bias"][1]
        gates = sigmoid(projected[..., : 2 * units] + recurrent[..., : 2 * units])
        z, r = gates[..., :units], gates[..., units:]
        g = activate(activation, projected[..., 2 * units :] + r * recurrent[..., 2 * units :])
        return z, r, g

    def step(
        self, projected: Floats, recurrent: Floats, states: tuple[Floats, ...], weights: Weights, activation: str
    ) -> tuple[Floats, ...]:
        (h,) = states
        z, _, g = self.activations(projected, recurrent, weights, activation)
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
