"""The settings of a network."""

import math
from dataclasses import dataclass

from chargen.cells import ACTIVATIONS, CELLS, cell_name
from chargen.config import is_count, is_number, is_whole, require
from chargen.network.encoders import ENCODERS
from chargen.network.layer import stack_shapes

# A run's settings may come from a stranger: memory is only taken for what a network can be.
MOST_LAYERS = 100
MOST_PARAMETERS = 10**9
MOST_STEPS = 10**6


@dataclass(frozen=True)
class ModelConfig:
    """What a network is made of; it does not know whether it reads characters or numbers.

    Args:
        inputs: Size of an input vector: the vocabulary's size, or the number of features.
        outputs: Size of an output vector.
        cell: A name or alias from CELLS.
        units: Size of each layer's state; channels of a convolution.
        layers: Recurrent layers, one on the other; of `wavenet` the times that its dilations are repeated.
        activation: Activation of the cells' new content.
        dropout: Share of each layer's outputs that is dropped in training, between layers and before the
            readout; of `wavenet` also of each block's gated content.
        recurrent_dropout: Share of each layer's state that is dropped in training where it enters the recurrent
            product; the same units for all steps of a window (Gal & Ghahramani 2016, section 4).
        output_activation: Activation of the readout.
        skip: Steps at a window's end that also reach its last outputs by a linear map of their own, beside the cells;
            0 for none.
        encoder: What reads a window, from ENCODERS: `cells`, recurrent layers; `bidirectional`, layers that read it
            from both ends; `conv`, a convolution of stride 2 and recurrent layers over the half; `wavenet`, dilated
            causal convolutions and no cells; `window`, nothing: a decoder starts from the window itself.
        window: Steps in a window, for encoders whose weights depend on it: `wavenet` and `window`.
        decoder: Steps of a decoder, 0 for none: further recurrent layers that are given the encoder's last vector at
            every step and put out outputs / decoder values at each (sequence to vector to sequence, Cho et al. 2014,
            without the output fed back; with the encoder `window` vector to sequence). The outputs are these values,
            step by step.
    """

    inputs: int
    outputs: int
    cell: str = "gru"
    units: int = 128
    layers: int = 1
    activation: str = "tanh"
    dropout: float = 0.0
    recurrent_dropout: float = 0.0
    output_activation: str = "linear"
    skip: int = 0
    encoder: str = "cells"
    window: int = 0
    decoder: int = 0

    def __post_init__(self) -> None:
        require(isinstance(self.cell, str), "--cell", self.cell, f"one of {', '.join(CELLS)}")
        object.__setattr__(self, "cell", cell_name(self.cell))
        right = is_count(self.layers) and self.layers <= MOST_LAYERS
        require(right, "--layers", self.layers, f"a whole number from 1 to {MOST_LAYERS}")
        for option, value in (("--units", self.units), ("inputs", self.inputs), ("outputs", self.outputs)):
            right = is_count(value) and value <= MOST_PARAMETERS
            require(right, option, value, f"a whole number from 1 to {MOST_PARAMETERS:,}")
        right = is_whole(self.skip) and self.skip <= MOST_PARAMETERS
        require(right, "skip", self.skip, f"a whole number from 0 to {MOST_PARAMETERS:,}")
        self._require_form()
        parameters = sum(math.prod(shape) for shape in self.shapes().values())
        most = f"less: {self.layers} layers of so many have {parameters:.2g} parameters, {MOST_PARAMETERS:.0g} at most"
        require(parameters <= MOST_PARAMETERS, "--units", self.units, most)
        for option, name in (("--activation", self.activation), ("--output-activation", self.output_activation)):
            require(name in ACTIVATIONS, option, name, " or ".join(ACTIVATIONS))
        for option, share in (("--dropout", self.dropout), ("--recurrent-dropout", self.recurrent_dropout)):
            require(is_number(share) and 0 <= share < 1, option, share, "a share from 0 to below 1")

    @property
    def plain(self) -> bool:
        """Whether it is layers of the cell and a readout: what can carry states, and write text."""
        return self.encoder == "cells" and self.decoder == 0

    def longest_walk(self, steps: int) -> int:
        """Tell over how many steps a recurrent layer of it goes.

        Args:
            steps: Length of a window.

        Returns:
            The most steps; 0 without recurrent layers.
        """
        return max(ENCODERS[self.encoder].walk(steps), self.decoder)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Tell the shapes of all weights, by the keys that they have on disk."""
        encoder = ENCODERS[self.encoder]
        shapes, width, values = encoder.shapes(self), encoder.width(self), self.outputs
        if self.decoder:
            shapes |= stack_shapes(self, "decoder", width)
            width, values = self.units, self.outputs // self.decoder
        shapes |= {"readout.kernel": (width, values), "readout.bias": (values,)}
        if self.skip:
            shapes |= {"skip.kernel": (self.skip * self.inputs, self.outputs)}
            # A decoder's readout has one bias for all steps, the linear map needs one for each.
            shapes |= {"skip.bias": (self.outputs,)} if self.decoder else {}
        return shapes

    def require_read(self, steps: int, carried: bool, last: bool) -> None:
        """Refuse windows that this network cannot read: mistakes of a caller, not of a user.

        Args:
            steps: Their length.
            carried: Whether states are given with them.
            last: Whether only what it says at their end is wanted.

        Raises:
            ValueError: It cannot.
        """
        if carried and not self.plain:
            raise ValueError(f"encoder {self.encoder!r} with {self.decoder} decoder steps carries no states")
        if not last and (self.decoder or not ENCODERS[self.encoder].every_step):
            raise ValueError("only `last`: this network has outputs for the whole window, not for each of its steps")
        if self.encoder == "window" and steps != self.window:
            raise ValueError(f"windows of {steps} steps; this network reads {self.window}")

    def _require_form(self) -> None:
        names = f"one of {', '.join(ENCODERS)}"
        require(isinstance(self.encoder, str) and self.encoder in ENCODERS, "--encoder", self.encoder, names)
        for option, steps in (("--window", self.window), ("decoder", self.decoder)):
            right = is_whole(steps) and steps <= MOST_STEPS
            require(right, option, steps, f"a whole number from 0 to {MOST_STEPS:,}")
        needed = f"a whole number from 1 up with --encoder {self.encoder}"
        require(self.window > 0 or not ENCODERS[self.encoder].windowed, "--window", self.window, needed)
        others = ", ".join(name for name in ENCODERS if name != "window")
        right = self.encoder != "window" or self.decoder > 0
        require(right, "--encoder", self.encoder, f"one of {others} where there is no decoder to read the window")
        right = self.decoder == 0 or self.outputs % self.decoder == 0
        require(right, "decoder", self.decoder, f"a number of steps that divides the {self.outputs} outputs")
        right = self.plain or self.activation == "tanh"
        require(right, "--activation", self.activation, "tanh with another --encoder than cells, or with a decoder")
