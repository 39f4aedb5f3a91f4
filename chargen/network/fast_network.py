"""The same network for training on processors: sequences with a backward pass written by hand."""

from typing import Any

import tensorflow as tf

from chargen.cells import CELLS
from chargen.cells.sequences import SEQUENCES
from chargen.network.config import ModelConfig
from chargen.network.dropout import dropout_mask
from chargen.types import Weights

_ACTIVATIONS = {"tanh": tf.tanh, "relu": tf.nn.relu, "linear": tf.identity}


class FastNetwork:
    """Layers of one cell and a dense readout, with the interface of KerasNetwork.

    Args:
        config: The network's settings; its cell has an entry in SEQUENCES, its activation is tanh.
        weights: Arrays of the shapes of `config.shapes()`.
    """

    def __init__(self, config: ModelConfig, weights: Weights) -> None:
        self.config = config
        self._sequence = SEQUENCES[config.cell]
        self._cell = CELLS[config.cell]
        # In the settings' order, not the file's: the order in which gradients are summed decides the bits.
        self._variables = {key: tf.Variable(weights[key]) for key in config.shapes()}

    def parameters(self) -> dict[str, Any]:
        """Name the variables as they are named on disk.

        Returns:
            tf.Variable by key of `config.shapes()`.
        """
        return self._variables

    def __call__(
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
        config, variables = self.config, self._variables
        batch, time = x.shape[0], x.shape[1]
        hidden = tf.transpose(x, [1, 0, *range(2, len(x.shape))])
        after = []
        for index in range(config.layers):
            weights = {name: variables[f"layers.{index}.{name}"] for name in self._cell.shapes(1, 1)}
            bias = self._cell.input_bias(weights)
            if hidden.dtype.is_integer:
                projected = _rows(weights["kernel"] + bias, hidden)
            else:
                flat = tf.reshape(hidden, (time * batch, hidden.shape[-1]))
                projected = tf.reshape(tf.matmul(flat, weights["kernel"]) + bias, (time, batch, bias.shape[-1]))
            initial = None if states is None else tuple(states[index])
            mask = None
            if dropout_seed is not None and config.recurrent_dropout > 0:
                mask = dropout_mask((batch, config.units), config.recurrent_dropout, dropout_seed, 2 * index)
            only_last = last and index == config.layers - 1
            hidden, states_after = self._sequence(projected, initial, weights, mask, only_last)
            after.append(states_after)
            if dropout_seed is not None and config.dropout > 0:
                hidden *= dropout_mask(hidden.shape, config.dropout, dropout_seed, 2 * index + 1)
        if last:
            outputs = self._read_out(hidden)
            if config.skip:
                values = tf.one_hot(x, config.inputs) if x.dtype.is_integer else x
                end = tf.reshape(values[:, -config.skip :], (batch, config.skip * config.inputs))
                outputs += tf.matmul(end, variables["skip.kernel"])
            return outputs, after
        outputs = self._read_out(tf.reshape(hidden, (time * batch, config.units)))
        return tf.transpose(tf.reshape(outputs, (time, batch, config.outputs)), (1, 0, 2)), after

    def _read_out(self, hidden: Any) -> Any:
        read = tf.matmul(hidden, self._variables["readout.kernel"]) + self._variables["readout.bias"]
        return _ACTIVATIONS[self.config.output_activation](read)


@tf.custom_gradient
def _rows(table: Any, ids: Any) -> Any:
    # What a product with one-hot vectors gives; its gradient sums the rows' changes by character, densely.
    def backward(change: Any) -> Any:
        rows = tf.reshape(change, (-1, table.shape[1]))
        return tf.math.unsorted_segment_sum(rows, tf.reshape(ids, (-1,)), table.shape[0]), None

    return tf.gather(table, ids), backward
