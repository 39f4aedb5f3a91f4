"""A network looked into while it reads: what its layers come to, step by step."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from chargen.cells import CELLS
from chargen.network.layer import layer_weights, project
from chargen.network.network import Network
from chargen.types import Floats, Ids

# Of a layer in a step: what the blocks of its kernel's columns came to, and its states afterwards, by name.
Inside: TypeAlias = Mapping[str, Floats]


def walk(network: Network, ids: Ids) -> Iterator[list[Inside]]:
    """Read sequences from zero states, and show what happens inside.

    Args:
        network: A plain one: layers of a cell and a readout.
        ids: The sequences, integer (batch, time).

    Yields:
        At each step, for each layer, float (batch, units) by the names of the cell's `blocks` and `states`.
    """
    config, cell = network.config, CELLS[network.config.cell]
    layers = [layer_weights(config, f"layers.{index}", network.weights) for index in range(config.layers)]
    states = network.initial_states(len(ids))
    for read in ids.T:
        seen: list[Inside] = []
        x: Ids | Floats = read
        for index, weights in enumerate(layers):
            given = (
                project(config, weights, x),
                states[index][0] @ weights["recurrent_kernel"],
            )
            blocks = cell.activations(*given, weights, config.activation)
            states[index] = cell.step(*given, states[index], weights, config.activation)
            seen.append(
                dict(zip(cell.blocks, blocks, strict=True)) | dict(zip(cell.states, states[index], strict=True))
            )
            x = states[index][0]
        yield seen
