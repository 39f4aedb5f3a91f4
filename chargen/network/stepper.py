"""A network that reads a character at a time: made for sampling, one product a layer and step."""

import math

import numpy as np

from chargen.cells import CELLS
from chargen.errors import SamplingError
from chargen.network.layer import layer_weights
from chargen.network.network import Network
from chargen.types import Floats, Ids

# Numbers that the states of a window may have: 1 GiB.
MOST_NUMBERS = 2**28


class Stepper:
    """A network at work on some sequences side by side, a character of each at a time.

    A layer's output is multiplied once, by [its own recurrent kernel | what reads it: the next layer's kernel or the
    readout's]: the left part waits for the next step. So a step costs one product a layer.

    With a window, the outputs after each character are those of zero states `window` characters ago. Nothing is read
    twice for that: each sequence is followed by as many states as the window has characters, which start one after
    the other and start anew when they have read a whole window; the oldest one speaks.

    Args:
        network: The trained network, a plain one: layers of a cell and a readout.
        shape: () for one sequence, (batch,) for several side by side.
        window: Characters that an output depends on; all since the start when left out.

    Raises:
        SamplingError: The states of so long a window would not fit into memory.
    """

    def __init__(self, network: Network, shape: tuple[int, ...] = (), window: int | None = None) -> None:
        config, weights = network.config, network.weights
        self._cell, self._activation = CELLS[config.cell], config.activation
        self._layers = [layer_weights(config, f"layers.{index}", weights) for index in range(config.layers)]
        # Row i is what character i contributes to the first layer, bias included.
        self._table = self._layers[0]["kernel"] + self._cell.input_bias(self._layers[0])
        readers = [(layer["kernel"], self._cell.input_bias(layer)) for layer in self._layers[1:]]
        readers.append((weights["readout.kernel"], weights["readout.bias"]))
        self._kernels = [
            np.concatenate([layer["recurrent_kernel"], kernel], axis=1)
            for layer, (kernel, _) in zip(self._layers, readers, strict=True)
        ]
        self._biases = [bias for _, bias in readers]
        self._several, self._window, self._read = bool(shape), window, 0
        self._columns = self._cell.gates * config.units
        rows = shape if window is None else (window, *shape)
        numbers = math.prod(rows) * (self._columns + config.units * len(self._cell.states)) * config.layers
        if window is not None and numbers > MOST_NUMBERS:
            raise SamplingError(
                f"a window of {window:,} characters takes {numbers * 4 / 2**30:,.0f} GiB of memory here; "
                "try --context state"
            )
        zeros = np.zeros((*rows, config.units), self._table.dtype)
        self._states: list[tuple[Floats, ...]] = [tuple(zeros.copy() for _ in self._cell.states) for _ in self._layers]
        self._recurrent: list[Floats] = [np.zeros((*rows, self._columns), zeros.dtype) for _ in self._layers]

    def step(self, ids: Ids) -> Floats:
        """Read a character of each sequence.

        Args:
            ids: int32, of the sequences' shape.

        Returns:
            The logits of what comes next, float (..., V).
        """
        if self._window is None:
            return self._advance(ids)
        turn = self._read % self._window
        for states, recurrent in zip(self._states, self._recurrent, strict=True):
            for array in (*states, recurrent):
                array[turn] = 0
        self._read += 1
        oldest = self._read % self._window if self._read >= self._window else 0
        logits: Floats = self._advance(ids)[oldest]
        return logits

    def spread(self, parents: Ids) -> None:
        """Go on with other sequences: copies of those at work, in any number and order.

        Args:
            parents: For each new sequence the number of the one that it continues, integer (new batch,).
        """

        def copies(rows: Floats) -> Floats:
            return (rows if self._several else rows[..., None, :])[..., parents, :]

        self._states = [tuple(copies(state) for state in states) for states in self._states]
        self._recurrent = [copies(recurrent) for recurrent in self._recurrent]
        self._several = True

    def _advance(self, ids: Ids) -> Floats:
        projected: Floats = self._table[ids]
        for index, weights in enumerate(self._layers):
            states = self._cell.step(projected, self._recurrent[index], self._states[index], weights, self._activation)
            product = states[0] @ self._kernels[index]
            self._states[index], self._recurrent[index] = states, product[..., : self._columns]
            projected = product[..., self._columns :] + self._biases[index]
        return projected
