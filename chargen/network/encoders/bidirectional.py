"""Layers that read a window from both ends (Schuster & Paliwal 1997)."""

from typing import TYPE_CHECKING, Any

import numpy as np

from chargen.network.encoders.encoder import Encoder
from chargen.network.layer import States, layer_shapes, layer_weights, project, run
from chargen.types import Floats, Ids, Weights

if TYPE_CHECKING:
    from chargen.network.config import ModelConfig


class Bidirectional(Encoder):
    """In each layer a cell from the first step to the last and another from the last to the first, side by side.

    The vector at a step holds both cells' outputs there. The vector for the whole window holds what each put out when
    it had read all of it: at the last step the one, at the first step the other, as in Keras' `Bidirectional`.
    """

    name = "bidirectional"

    def width(self, config: "ModelConfig") -> int:
        return 2 * config.units

    def shapes(self, config: "ModelConfig") -> dict[str, tuple[int, ...]]:
        return {
            key: shape
            for index in range(config.layers)
            for way in ("forward", "backward")
            for key, shape in layer_shapes(
                config, f"layers.{index}.{way}", 2 * config.units if index else config.inputs
            ).items()
        }

    def read(
        self, config: "ModelConfig", weights: Weights, x: Ids | Floats, states: States | None, last: bool
    ) -> tuple[Floats, list[tuple[Floats, ...]]]:
        hidden: Any = x
        for index in range(config.layers):
            ways = []
            for way, order in (("forward", 1), ("backward", -1)):
                layer = layer_weights(config, f"layers.{index}.{way}", weights)
                outputs, _ = run(config, layer, project(config, layer, hidden)[:, ::order])
                ways.append(outputs[:, -1] if last and index == config.layers - 1 else outputs[:, ::order])
            hidden = np.concatenate(ways, axis=-1)
        return hidden, []
