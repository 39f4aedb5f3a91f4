"""The same network for training on processors: sequences with a backward pass written by hand."""

from collections.abc import Mapping
from copy import copy
from typing import Any

import tensorflow as tf

from chargen.network.config import ModelConfig
from chargen.network.dropout import Masks
from chargen.network.fast_encoders import FAST_ENCODERS, decode, time_major, values
from chargen.types import Weights

_ACTIVATIONS = {"tanh": tf.tanh, "relu": tf.nn.relu, "linear": tf.identity}


class FastNetwork:
    """An encoder, a decoder if there is one, and a dense readout, with the interface of KerasNetwork.

    Args:
        config: The network's settings; its cell has an entry in SEQUENCES, its activation is tanh.
        weights: Arrays of the shapes of `config.shapes()`.
    """

    def __init__(self, config: ModelConfig, weights: Weights) -> None:
        self.config = config
        # In the settings' order, not the file's: the order in which gradients are summed decides the bits.
        self._variables = {key: tf.Variable(weights[key]) for key in config.shapes()}

    def with_weights(self, weights: Mapping[str, Any]) -> "FastNetwork":
        """Make the same network with tensors in place of its variables.

        Args:
            weights: Tensors by key.

        Returns:
            The network.
        """
        network = copy(self)
        network._variables = dict(weights)
        return network

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
            states: For each layer the cell's states, each (batch, units); zeros when left out. Only layers of the
                cell, without a decoder, can be given any.
            dropout_seed: int32 (2,), the key of this step's dropout masks; without it nothing is dropped.
            last: Whether to read out the last step only.

        Returns:
            The outputs, (batch, time, outputs) or (batch, outputs), and the states after the last step.

        Raises:
            ValueError: The network carries no states, and is given some; it has outputs for the whole window only; or
                it reads windows of another length.
        """
        config, variables, batch = self.config, self._variables, x.shape[0]
        config.require_read(x.shape[1], states is not None, last)
        masks = Masks(dropout_seed)
        hidden, after = FAST_ENCODERS[config.encoder](config, variables, x, states, masks, last)
        if not last:
            return time_major(self._read_out(hidden)), after
        if config.decoder:
            steps = self._read_out(decode(config, variables, hidden, masks))
            outputs = tf.reshape(time_major(steps), (batch, config.outputs))
        else:
            outputs = self._read_out(hidden)
        if config.skip:
            end = tf.reshape(values(config, x)[:, -config.skip :], (batch, config.skip * config.inputs))
            outputs += tf.matmul(end, variables["skip.kernel"])
            if config.decoder:
                outputs += variables["skip.bias"]
        return outputs, after

    def _read_out(self, hidden: Any) -> Any:
        kernel, bias = self._variables["readout.kernel"], self._variables["readout.bias"]
        read = tf.matmul(tf.reshape(hidden, (-1, hidden.shape[-1])), kernel) + bias
        active = _ACTIVATIONS[self.config.output_activation](read)
        return tf.reshape(active, (*hidden.shape[:-1], bias.shape[-1]))
