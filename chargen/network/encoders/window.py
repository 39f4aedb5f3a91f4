"""No encoder: a decoder starts from the window itself."""

from typing import TYPE_CHECKING

from chargen.network.encoders.encoder import Encoder
from chargen.network.layer import States, values
from chargen.types import Floats, Ids, Weights

if TYPE_CHECKING:
    from chargen.network.config import ModelConfig


class Window(Encoder):
    """The window laid out flat, step by step."""

    name = "window"
    windowed = True
    every_step = False

    def width(self, config: "ModelConfig") -> int:
        return config.window * config.inputs

    def shapes(self, config: "ModelConfig") -> dict[str, tuple[int, ...]]:
        return {}

    def walk(self, steps: int) -> int:
        return 0

    def read(
        self, config: "ModelConfig", weights: Weights, x: Ids | Floats, states: States | None, last: bool
    ) -> tuple[Floats, list[tuple[Floats, ...]]]:
        return values(config, x, weights["readout.kernel"].dtype).reshape(len(x), self.width(config)), []
