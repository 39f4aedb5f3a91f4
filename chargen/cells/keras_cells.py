"""Cells that Keras has no layer for, as cells that its `RNN` runs; dropout masks are those of its simple cell."""

from typing import Any

import keras

from chargen.cells.layer_norm_rnn import EPSILON


class JordanCell(keras.layers.SimpleRNNCell):  # type: ignore[misc] # Keras ships no types
    """The Jordan cell; see `chargen.cells.jordan` for the equations.

    Its arguments are those of Keras' simple cell.
    """

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        super().build(input_shape)
        self.output_kernel = self.add_weight(shape=(self.units, self.units), name="output_kernel")
        self.output_bias = self.add_weight(shape=(self.units,), initializer="zeros", name="output_bias")

    def call(self, sequence: Any, states: list[Any], training: bool = False) -> tuple[Any, list[Any]]:
        hidden, _ = super().call(sequence, states, training=training)
        output = keras.ops.tanh(keras.ops.matmul(hidden, self.output_kernel) + self.output_bias)
        return output, [output]


class LayerNormCell(keras.layers.SimpleRNNCell):  # type: ignore[misc] # Keras ships no types
    """The layer-normalised simple cell; see `chargen.cells.layer_norm_rnn` for the equations.

    Args:
        units: Size of the state.
        activation: One of ACTIVATIONS.
        recurrent_dropout: Share of the state that is dropped on its way into the recurrent product.
    """

    def __init__(self, units: int, activation: str, recurrent_dropout: float) -> None:
        super().__init__(units, activation="linear", recurrent_dropout=recurrent_dropout)
        self.normalise = keras.layers.LayerNormalization(epsilon=EPSILON)
        self.content = keras.activations.get(activation)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        super().build(input_shape)
        self.normalise.build((None, self.units))

    def call(self, sequence: Any, states: list[Any], training: bool = False) -> tuple[Any, list[Any]]:
        sums, _ = super().call(sequence, states, training=training)
        output = self.content(self.normalise(sums))
        return output, [output]
