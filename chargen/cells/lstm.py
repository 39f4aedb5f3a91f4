"""Long short-term memory (Hochreiter & Schmidhuber 1997; forget gate: Gers, Schmidhuber & Cummins 2000)."""

from typing import TYPE_CHECKING

import numpy as np

from chargen.cells.cell import Cell, activate, sigmoid
from chargen.cells.equations import Equations
from chargen.types import Floats, Weights

if TYPE_CHECKING:
    import keras


class LSTM(Cell):
    """The LSTM cell, blocks in Keras' order: a state of its own keeps what the gates let in."""

    name = "lstm"
    title = "LSTM"
    blocks = ("i", "f", "g", "o")
    gated = ("i", "f", "o")
    states = ("h", "c")
    equations = Equations(
        title,
        'Hochreiter & Schmidhuber 1997, "Long short-term memory", section 4; the forget gate: Gers, Schmidhuber & '
        'Cummins 2000, "Learning to forget", section 3',
        (
            ("iₜ = σ(W_i xₜ + U_i hₜ₋₁ + b_i)", "input gate: what is let in"),
            ("fₜ = σ(W_f xₜ + U_f hₜ₋₁ + b_f)", "forget gate: what is kept"),
            ("gₜ = φ(W_g xₜ + U_g hₜ₋₁ + b_g)", "new content"),
            ("oₜ = σ(W_o xₜ + U_o hₜ₋₁ + b_o)", "output gate: what is shown"),
            ("cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ", "the state that remembers"),
            ("hₜ = oₜ ⊙ φ(cₜ)", "the output, also a state"),
        ),
        "b_f starts at 1: what the cell holds is kept until it has learnt to forget.",
    )
    variants = (
        Equations(
            "LSTM with peepholes",
            'Gers & Schmidhuber 2000, "Recurrent nets that time and count"; as in Graves 2013, "Generating sequences '
            'with recurrent neural networks", equations 7 to 11',
            (
                ("iₜ = σ(W_i xₜ + U_i hₜ₋₁ + p_i ⊙ cₜ₋₁ + b_i)", "input gate"),
                ("fₜ = σ(W_f xₜ + U_f hₜ₋₁ + p_f ⊙ cₜ₋₁ + b_f)", "forget gate"),
                ("gₜ = φ(W_g xₜ + U_g hₜ₋₁ + b_g)", "new content"),
                ("cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ", "the state that remembers"),
                ("oₜ = σ(W_o xₜ + U_o hₜ₋₁ + p_o ⊙ cₜ + b_o)", "output gate: sees the new c"),
                ("hₜ = oₜ ⊙ φ(cₜ)", "the output, also a state"),
            ),
            "The gates see the state, each unit its own: 3n more parameters. chargen, Keras and cuDNN leave that out.",
        ),
    )

    def initial_constants(self, units: int) -> dict[str, Floats]:
        """Open the forget gate: its bias starts at 1 (Jozefowicz, Zaremba & Sutskever 2015, section 4)."""
        constants = super().initial_constants(units)
        constants["bias"][units : 2 * units] = 1
        return constants

    def activations(
        self, projected: Floats, recurrent: Floats, weights: Weights, activation: str
    ) -> tuple[Floats, ...]:
        z = projected + recurrent
        units = z.shape[-1] // 4
        gates = sigmoid(z)
        g = activate(activation, z[..., 2 * units : 3 * units])
        return gates[..., :units], gates[..., units : 2 * units], g, gates[..., 3 * units :]

    def step(
        self, projected: Floats, recurrent: Floats, states: tuple[Floats, ...], weights: Weights, activation: str
    ) -> tuple[Floats, ...]:
        _, c = states
        i, f, g, o = self.activations(projected, recurrent, weights, activation)
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
