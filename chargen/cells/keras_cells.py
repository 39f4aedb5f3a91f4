"""Cells that Keras has no layer for, as cells that its `RNN` runs; dropout masks are those of its simple cell."""

from typing import Any

import keras


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
