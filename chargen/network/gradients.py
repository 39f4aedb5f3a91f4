"""How far back a network learns: the gradient of a loss by what the layers put out before."""

from typing import Any

import numpy as np
import tensorflow as tf

from chargen.network.keras_network import KerasNetwork
from chargen.network.layer import States
from chargen.network.network import Network
from chargen.types import Floats, Ids


def gradient_norms(network: Network, ids: Ids, targets: Ids, states: States) -> Floats:
    """Measure how much the loss after a sequence depends on the outputs at each of its steps.

    Args:
        network: A plain one: layers of a cell and a readout.
        ids: The sequences, integer (batch, time).
        targets: What comes after each, integer (batch,).
        states: For each layer the states before the sequence.

    Returns:
        ‖∂(-ln p(target)) / ∂h‖ of each sequence, h the outputs of all layers together, float64 (batch, time): column k
        is of the outputs k steps before the last (Pascanu, Mikolov & Bengio 2013, section 2, is about how they
        vanish). A further state, an LSTM's c, is left as it is when the outputs change.
    """
    config = network.config
    model = KerasNetwork(config, network.weights)
    now: list[list[Any]] = [[tf.constant(state) for state in layer] for layer in states]
    outputs: list[list[Any]] = []
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(now)
        for read in ids.T:
            x = tf.one_hot(read, config.inputs)
            put: list[Any] = []
            for index, layer in enumerate(model.recurrent):
                _, after = layer.cell(x, now[index])
                # One tensor for all that reads the output, so that it has the whole gradient.
                x = tf.identity(after[0])
                now[index] = [x, *after[1:]]
                put.append(x)
            outputs.append(put)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, model.readout(x))
    gradients = tape.gradient(losses, outputs)
    steps = [np.concatenate([each.numpy() for each in step], axis=-1) for step in reversed(gradients)]
    norms: Floats = np.linalg.norm(np.stack(steps, axis=1).astype(np.float64), axis=-1)
    return norms
