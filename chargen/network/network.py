"""A trained network, replayed in NumPy."""

import numpy as np

from chargen.cells.cell import activate
from chargen.errors import DamagedRunError
from chargen.network.config import ModelConfig
from chargen.network.encoders import ENCODERS
from chargen.network.layer import States, run_stack, values, zero_states
from chargen.types import Floats, Ids, Weights


class Network:
    """An encoder, a decoder if there is one, and a dense readout.

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

    def initial_states(self, batch: int) -> list[tuple[Floats, ...]]:
        """Make the states before the first step: zeros.

        Args:
            batch: Number of sequences.

        Returns:
            For each layer the cell's states, each (batch, units), of the weights' dtype; nothing where none are
            carried.
        """
        layers = self.config.layers if self.config.plain else 0
        return [zero_states(self.config, batch, self.weights["readout.kernel"].dtype)] * layers

    def __call__(self, x: Ids | Floats, states: States | None = None) -> tuple[Floats, list[tuple[Floats, ...]]]:
        """Run sequences through the network.

        Args:
            x: Character ids, integer (batch, time), or values, float (batch, time, inputs).
            states: The states to start from, as `initial_states` makes them; zeros when left out.

        Returns:
            The outputs, float (batch, time, outputs), and the states after the last step.

        Raises:
            ValueError: The network has outputs for the whole window only; or it carries no states, and is given some.
        """
        if self.config.skip:
            raise ValueError("only `last` knows the window's end that a skip connection starts from")
        self.config.require_read(x.shape[1], states is not None, last=False)
        hidden, after = ENCODERS[self.config.encoder].read(self.config, self.weights, x, states, False)
        return self._read_out(hidden), after

    def carry(self, x: Ids | Floats, states: States | None = None) -> list[tuple[Floats, ...]]:
        """Run sequences through the network, and read nothing out.

        Args:
            x: As in a call.
            states: As in a call.

        Returns:
            The states after the last step.

        Raises:
            ValueError: The network carries no states.
        """
        self.config.require_read(x.shape[1], carried=True, last=True)
        _, after = ENCODERS[self.config.encoder].read(self.config, self.weights, x, states, True)
        return after

    def last(self, x: Ids | Floats, states: States | None = None) -> tuple[Floats, list[tuple[Floats, ...]]]:
        """Run sequences through the network and read out what it says at their end only.

        Args:
            x: As in a call.
            states: As in a call.

        Returns:
            The last outputs, float (batch, outputs), and the states after the last step.

        Raises:
            ValueError: The network carries no states, and is given some; or it reads windows of another length.
        """
        config, weights = self.config, self.weights
        config.require_read(x.shape[1], states is not None, last=True)
        hidden, after = ENCODERS[config.encoder].read(config, weights, x, states, True)
        if config.decoder:
            hidden, _ = run_stack(config, weights, "decoder", hidden[:, None], steps=config.decoder)
        outputs = self._read_out(hidden).reshape(len(x), config.outputs)
        if config.skip:
            window = values(config, x, weights["skip.kernel"].dtype)[:, -config.skip :]
            outputs += window.reshape(len(x), -1) @ weights["skip.kernel"]
            if config.decoder:
                outputs += weights["skip.bias"]
        return outputs, after

    def _read_out(self, hidden: Floats) -> Floats:
        read: Floats = hidden @ self.weights["readout.kernel"] + self.weights["readout.bias"]
        return activate(self.config.output_activation, read)
