"""The simple recurrent network with layer normalisation (Ba, Kiros & Hinton 2016, section 3.1, equation 4)."""

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from chargen.cells.cell import Cell, activate
from chargen.cells.equations import Equations
from chargen.types import Floats, Weights

if TYPE_CHECKING:
    import keras

# Added to the variance, so that equal sums are not divided by zero: what Keras' LayerNormalization adds.
EPSILON = 1e-3


class LayerNormRNN(Cell):
    """The layer-normalised simple cell: sums are standardised over the units before the activation.

    With the weights that training starts from, the cell is chaotic: a rounding error grows tenfold in some 30 steps, so
    two ways to compute a long sequence agree in each step but not at its end. A network trained on a book was not.
    """

    name = "lnrnn"
    title = "layer-normalised RNN"
    blocks = ("h",)
    symbols = MappingProxyType({**Cell.symbols, "gain": ("γ",), "shift": ("β",)})
    equations = Equations(
        title,
        'Ba, Kiros & Hinton 2016, "Layer normalization", section 3.1, equation 4',
        (
            ("aₜ = W xₜ + U hₜ₋₁ + b", "sums"),
            ("μₜ = mean(aₜ)", "their mean over the units"),
            ("vₜ = mean((aₜ − μₜ)²)", "their variance over the units"),
            ("hₜ = φ(γ ⊙ (aₜ − μₜ) / √(vₜ + ε) + β)", "the new state and output"),
        ),
        f"ε = {EPSILON}. The paper's sums have no b, and its equation no ε.",
    )

    def shapes(self, inputs: int, units: int) -> dict[str, tuple[int, ...]]:
        return super().shapes(inputs, units) | {"gain": (units,), "shift": (units,)}

    def initial_constants(self, units: int) -> dict[str, Floats]:
        """Start with sums that are standardised and nothing else: a gain of 1."""
        return super().initial_constants(units) | {"gain": np.ones(units, np.float32)}

    def activations(
        self, projected: Floats, recurrent: Floats, weights: Weights, activation: str
    ) -> tuple[Floats, ...]:
        a = projected + recurrent
        a -= a.mean(axis=-1, keepdims=True)
        a /= np.sqrt(np.square(a).mean(axis=-1, keepdims=True) + EPSILON)
        a *= weights["gain"]
        a += weights["shift"]
        return (activate(activation, a),)

    def step(
        self, projected: Floats, recurrent: Floats, states: tuple[Floats, ...], weights: Weights, activation: str
    ) -> tuple[Floats, ...]:
        return self.activations(projected, recurrent, weights, activation)

    def keras_layer(self, units: int, activation: str, recurrent_dropout: float, name: str) -> "keras.layers.RNN":
        import keras

        from chargen.cells.keras_cells import FollowedCell

        sums = keras.layers.SimpleRNNCell(
            units, activation="linear", recurrent_dropout=recurrent_dropout, name=f"{name}_sums"
        )
        normal = keras.layers.LayerNormalization(epsilon=EPSILON, name=f"{name}_normal")
        cell = FollowedCell(sums, [normal, keras.layers.Activation(activation, name=f"{name}_output")])
        return keras.layers.RNN(cell, return_sequences=True, return_state=True, name=name)
