"""Layers of one cell: the network that writes text, and the series wing's default."""

from typing import TYPE_CHECKING

from chargen.network.encoders.encoder import Encoder
from chargen.network.layer import States, run_stack, stack_shapes
from chargen.types import Floats, Ids, Weights

if TYPE_CHECKING:
    from chargen.network.config import ModelConfig


class Cells(Encoder):
    """Recurrent layers, one on the other; their states can be carried from one window to the next."""

    name = "cells"

    def width(self, config: "ModelConfig") -> int:
        return config.units

    def shapes(self, config: "ModelConfig") -> dict[str, tuple[int, ...]]:
        return stack_shapes(config, "layers", config.inputs)

    def read(
        self, config: "ModelConfig", weights: Weights, x: Ids | Floats, states: States | None, last: bool
    ) -> tuple[Floats, list[tuple[Floats, ...]]]:
        hidden, after = run_stack(config, weights, "layers", x, states)
        return hidden[:, -1] if last else hidden, after
