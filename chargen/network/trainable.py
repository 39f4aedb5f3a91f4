"""Which network trains."""

import tensorflow as tf

from chargen.cells.sequences import SEQUENCES
from chargen.network.config import ModelConfig
from chargen.network.fast_network import FastNetwork
from chargen.network.keras_network import KerasNetwork
from chargen.types import Weights


def trainable_network(config: ModelConfig, weights: Weights) -> FastNetwork | KerasNetwork:
    """Choose the network that trains fastest: sequences of our own on processors, cuDNN through Keras on a GPU.

    Other networks than layers of cells train on sequences of our own anywhere.
    Keras leaves cuDNN out where states are dropped: `recurrent_dropout=0` is what lets a GPU run at its speed.

    Args:
        config: The network's settings.
        weights: Arrays of the shapes of `config.shapes()`.

    Returns:
        The network with these weights.
    """
    fast = config.cell in SEQUENCES and config.activation == "tanh"
    if not config.plain or (fast and not tf.config.list_logical_devices("GPU")):
        return FastNetwork(config, weights)
    return KerasNetwork(config, weights)
