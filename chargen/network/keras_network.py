"""The same network in Keras: trained, and the reference that the NumPy replay is checked against."""

from typing import Any

import keras
import tensorflow as tf

from chargen.cells import CELLS
from chargen.network.config import ModelConfig
from chargen.types import Weights


class KerasNetwork(keras.Model):  # type: ignore[misc] # Keras ships no types
    """Layers of one cell and a dense readout, from Keras' own layers.

    Args:
        config: The network's settings.
        weights: Arrays of the shapes of `config.shapes()`.
    """

    def __init__(self, config: ModelConfig, weights: Weights) -> None:
        super().__init__()
        self.config = config
        self.cell = CELLS[config.cell]
        self.recurrent = [
            self.cell.keras_layer(config.units, config.activation, f"layer_{index}") for index in range(config.layers)
        ]
        self.readout = keras.layers.Dense(config.outputs, name="readout")
        for layer, inputs in zip(self.recurrent, config.layer_inputs(), strict=True):
            layer.build((None, None, inputs))
        self.readout.build((None, None, config.units))
        self.built = True
        for key, variable in self.parameters().items():
            variable.assign(weights[key])

    def parameters(self) -> dict[str, Any]:
        """Name the variables as they are named on disk.

        Returns:
            tf.Variable by key of `config.shapes()`.
        """
        named = {
            f"layers.{index}.{name}": variable
            for index, layer in enumerate(self.recurrent)
            for name, variable in zip(self.cell.shapes(1, 1), layer.cell.trainable_weights, strict=True)
        }
        named |= {"readout.kernel": self.readout.kernel, "readout.bias": self.readout.bias}
        return {key: variable.value for key, variable in named.items()}

    def call(self, x: Any, states: Any = None, dropout_seed: Any = None) -> tuple[Any, list[tuple[Any, ...]]]:
        """Run sequences through the network.

        Args:
            x: Character ids, integer (batch, time), or values, float (batch, time, inputs).
            states: For each layer the cell's states, each (batch, units); zeros when left out.
            dropout_seed: int32 (2,), the key of this step's dropout masks; without it nothing is dropped.

        Returns:
            The outputs (batch, time, outputs) and the states after the last step.
        """
        x = tf.one_hot(x, self.config.inputs) if x.dtype.is_integer else x
        after = []
        for index, layer in enumerate(self.recurrent):
            initial = None if states is None else list(states[index])
            x, *last = layer(x, initial_state=initial)
            after.append(tuple(last))
            if dropout_seed is not None and self.config.dropout > 0:
                key = tf.stack([dropout_seed[0] * self.config.layers + index, dropout_seed[1]])
                x = tf.nn.experimental.stateless_dropout(x, self.config.dropout, seed=key)
        return self.readout(x), after
