"""A convolution that halves the number of steps, and layers of the cell over what it leaves."""

from typing import TYPE_CHECKING

import numpy as np

from chargen.network.encoders.encoder import Encoder
from chargen.network.layer import States, run_stack, stack_shapes, values
from chargen.types import Floats, Ids, Weights

if TYPE_CHECKING:
    from chargen.network.config import ModelConfig

KERNEL, STRIDE = 4, 2


class Conv(Encoder):
    """A linear convolution of kernel 4 and stride 2, then recurrent layers, which have half as far to remember.

    Zeros before the window make its last output end at the window's last step.
    """

    name = "conv"
    every_step = False

    def width(self, config: "ModelConfig") -> int:
        return config.units

    def shapes(self, config: "ModelConfig") -> dict[str, tuple[int, ...]]:
        convolution = {"conv.kernel": (KERNEL, config.inputs, config.units), "conv.bias": (config.units,)}
        return convolution | stack_shapes(config, "layers", config.units)

    def walk(self, steps: int) -> int:
        return (steps + padding(steps) - KERNEL) // STRIDE + 1

    def read(
        self, config: "ModelConfig", weights: Weights, x: Ids | Floats, states: States | None, last: bool
    ) -> tuple[Floats, list[tuple[Floats, ...]]]:
        kernel = weights["conv.kernel"]
        padded = np.pad(values(config, x, kernel.dtype), ((0, 0), (padding(x.shape[1]), 0), (0, 0)))
        end = padded.shape[1] - KERNEL + 1
        taps = np.concatenate([padded[:, tap : end + tap : STRIDE] for tap in range(KERNEL)], axis=-1)
        convolved = taps @ kernel.reshape(-1, config.units) + weights["conv.bias"]
        return run_stack(config, weights, "layers", convolved)[0][:, -1], []


def padding(steps: int) -> int:
    """Count the zeros before a window: no more than make its convolutions end where it ends.

    Args:
        steps: Length of the window.

    Returns:
        Steps of zeros.
    """
    return max(KERNEL - steps, steps % STRIDE)
