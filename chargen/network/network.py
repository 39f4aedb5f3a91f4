"""A trained network, replayed in NumPy."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from chargen.cells import CELLS
from chargen.cells.cell import activate
from chargen.errors import DamagedRunError
from chargen.network.config import ModelConfig
from chargen.types import Floats, Ids, Weights

States: TypeAlias = Sequence[tuple[Floats, ...]]


class Network:
    """Layers of one cell and a dense readout.

    Attributes:
        layers: Each layer's weights by name.
        table: Row i is what character i contributes to the first layer, bias included, float (V, gates * units).

    Args:
        config: The network's settings.
        weights: Arrays of the shapes of `config.shapes()`.

    Raises:
        DamagedRunError: A weight is missing, unknown, of another shape, or no floats.
    """

    def __init__(self, config: ModelConfig, weights: Weights) -> None:
        shapes = config.shapes()
        if weights.keys() != shapes.keys():
            odd = sorted(weights.keys() ^ shapes.keys())
            raise DamagedRunError(f"the weights do not fit the settings: {', '.join(odd)} missing or unknown")
        for key, shape in shapes.items():
            if weights[key].shape != shape:
                raise DamagedRunError(
                    f"the weights do not fit the settings: {key} is {weights[key].shape}, not {shape}"
                )
            if not np.issubdtype(weights[key].dtype, np.floating):
                raise DamagedRunError(f"the weights are no floats: {key} is {weights[key].dtype}")
        self.config = config
        self.weights = weights
        self._cell = CELLS[config.cell]
        self.layers: list[Weights] = [
            {name: weights[f"layers.{index}.{name}"] for name in self._cell.shapes(1, 1)}
            for index in range(config.layers)
        ]
        # A product with a one-hot vector picks a row.
        self.table = self.layers[0]["kernel"] + self._cell.input_bias(self.layers[0])

    def initial_states(self, batch: int) -> list[tuple[Floats, ...]]:
        """Make the states before the first step: zeros.

        Args:
            batch: Number of sequences.

        Returns:
            For each layer the cell's states, each (batch, units), of the weights' dtype.
        """
        zeros = np.zeros((batch, self.config.units), self.table.dtype)
        return [tuple(zeros for _ in self._cell.states) for _ in self.layers]

    def __call__(self, x: Ids | Floats, states: States | None = None) -> tuple[Floats, list[tuple[Floats, ...]]]:
        """Run sequences through the network.

        Args:
            x: Character ids, integer (batch, time), or values, float (batch, time, inputs).
            states: The states to start from, as `initial_states` makes them; zeros when left out.

        Returns:
            The outputs, float (batch, time, outputs), and the states after the last step.

        Raises:
            ValueError: The network has a skip connection, which only the last step of a window has.
        """
        if self.config.skip:
            raise ValueError("only `last` knows the window's end that a skip connection starts from")
        hidden, after = self._hidden(x, states)
        return self._read_out(hidden), after

    def last(self, x: Ids | Floats, states: States | None = None) -> tuple[Floats, list[tuple[Floats, ...]]]:
        """Run sequences through the network and read out the last step only.

        Args:
            x: As in a call.
            states: As in a call.

        Returns:
            The last outputs, float (batch, outputs), and the states after the last step.
        """
        hidden, after = self._hidden(x, states)
        outputs = self._read_out(hidden[:, -1])
        if self.config.skip:
            outputs += self._values(x)[:, -self.config.skip :].reshape(len(x), -1) @ self.weights["skip.kernel"]
        return outputs, after

    def _read_out(self, hidden: Floats) -> Floats:
        read: Floats = hidden @ self.weights["readout.kernel"] + self.weights["readout.bias"]
        return activate(self.config.output_activation, read)

    def _values(self, x: Ids | Floats) -> Floats:
        if np.issubdtype(x.dtype, np.integer):
            return np.eye(self.config.inputs, dtype=self.table.dtype)[x]
        return np.asarray(x, self.table.dtype)

    def _hidden(self, x: Ids | Floats, states: States | None) -> tuple[Floats, list[tuple[Floats, ...]]]:
        if states is None:
            states = self.initial_states(x.shape[0])
        hidden: Floats = np.empty(0)
        after = []
        for index, weights in enumerate(self.layers):
            if index:
                projected = hidden @ weights["kernel"] + self._cell.input_bias(weights)
            elif np.issubdtype(x.dtype, np.integer):
                projected = self.table[x]
            else:
                projected = x @ weights["kernel"] + self._cell.input_bias(weights)
            hidden, last = self._run(projected, states[index], weights)
            after.append(last)
        return hidden, after

    def _run(
        self, projected: Floats, states: tuple[Floats, ...], weights: Weights
    ) -> tuple[Floats, tuple[Floats, ...]]:
        batch, time, _ = projected.shape
        outputs = np.empty((batch, time, self.config.units), projected.dtype)
        for t in range(time):
            recurrent = states[0] @ weights["recurrent_kernel"]
            states = self._cell.step(projected[:, t], recurrent, states, weights, self.config.activation)
            outputs[:, t] = states[0]
        return outputs, states
