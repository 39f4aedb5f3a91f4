"""The same network in Keras: trained, and the reference that the NumPy replay is checked against."""

from functools import partial
from typing import Any

import keras
import tensorflow as tf

from chargen.cells import CELLS
from chargen.network.config import ModelConfig
from chargen.network.dropout import dropout_mask
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
            self.cell.keras_layer(config.units, config.activation, config.recurrent_dropout, f"layer_{index}")
            for index in range(config.layers)
        ]
        self.readout = keras.layers.Dense(config.outputs, config.output_activation, name="readout")
        self.skip = keras.layers.Dense(config.outputs, use_bias=False, name="skip") if config.skip else None
        for index, layer in enumerate(self.recurrent):
            layer.build((None, None, len(weights[f"layers.{index}.kernel"])))
        self.readout.build((None, None, config.units))
        if self.skip is not None:
            self.skip.build((None, config.skip * config.inputs))
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
        named |= {} if self.skip is None else {"skip.kernel": self.skip.kernel}
        return {key: variable.value for key, variable in named.items()}

    def call(
        self, x: Any, states: Any = None, dropout_seed: Any = None, last: bool = False
    ) -> tuple[Any, list[tuple[Any, ...]]]:
        """Run sequences through the network.

        Args:
            x: Character ids, integer (batch, time), or values, float (batch, time, inputs).
            states: For each layer the cell's states, each (batch, units); zeros when left out.
            dropout_seed: int32 (2,), the key of this step's dropout masks; without it nothing is dropped.
            last: Whether to read out the last step only.

        Returns:
            The outputs, (batch, time, outputs) or (batch, outputs), and the states after the last step.
        """
        x = values = tf.one_hot(x, self.config.inputs) if x.dtype.is_integer else x
        config, after = self.config, []
        training = dropout_seed is not None
        for index, layer in enumerate(self.recurrent):
            initial = None if states is None else list(states[index])
            if training and config.recurrent_dropout > 0:
                mask = dropout_mask((x.shape[0], config.units), config.recurrent_dropout, dropout_seed, 2 * index)
                # Keras asks its own cell for the mask: one, or one for each gate. This is where keyed masks get in.
                getattr(layer.cell, "inner", layer.cell).get_recurrent_dropout_mask = partial(
                    _given, mask if self.cell.gates == 1 else [mask] * self.cell.gates
                )
            x, *states_after = layer(x, initial_state=initial, training=training)
            after.append(tuple(states_after))
            if last and index == config.layers - 1:
                x = states_after[0]  # the output of the last step, alone
            if training and config.dropout > 0:
                swap = [1, 0, 2] if len(x.shape) == 3 else [0, 1]  # masks are time-major
                shape = tuple(x.shape[axis] for axis in swap)
                x *= tf.transpose(dropout_mask(shape, config.dropout, dropout_seed, 2 * index + 1), swap)
        outputs = self.readout(x)
        if last and self.skip is not None:
            outputs += self.skip(tf.reshape(values[:, -config.skip :], (x.shape[0], config.skip * config.inputs)))
        return outputs, after


def _given(mask: Any, _: Any) -> Any:
    return mask
