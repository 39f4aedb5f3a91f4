"""Dilated causal convolutions: WaveNet (van den Oord et al. 2016)."""

from typing import TYPE_CHECKING

import numpy as np

from chargen.cells.cell import sigmoid
from chargen.network.encoders.encoder import Encoder
from chargen.network.layer import States, values
from chargen.types import Floats, Ids, Weights

if TYPE_CHECKING:
    from chargen.network.config import ModelConfig

KERNEL = 2


class WaveNet(Encoder):
    """A causal convolution, then blocks whose convolutions reach back 1, 2, 4, … steps, `units` channels wide.

    A block computes z = tanh(F * x) ⊙ σ(G * x) (van den Oord et al. 2016, equation 2, without conditioning); it hands
    x + R z to the next block and S z to the sum that the head reads: relu, a 1x1 convolution, relu (section 2.4). The
    last block has no next one, and no R.
    """

    name = "wavenet"
    windowed = True

    def width(self, config: "ModelConfig") -> int:
        return config.units

    def shapes(self, config: "ModelConfig") -> dict[str, tuple[int, ...]]:
        units = config.units
        sizes = {"input": (KERNEL, config.inputs)}
        blocks = len(dilations(config))
        for block in range(blocks):
            sizes |= {f"blocks.{block}.filter": (KERNEL, units), f"blocks.{block}.gate": (KERNEL, units)}
            sizes |= {f"blocks.{block}.residual": (1, units)} if block < blocks - 1 else {}
            sizes |= {f"blocks.{block}.skip": (1, units)}
        sizes |= {"head": (1, units)}
        kernels: dict[str, tuple[int, ...]] = {f"{key}.kernel": (*size, units) for key, size in sizes.items()}
        biases = {f"{key}.bias": (units,) for key in sizes}
        return {f"{key}.{name}": (kernels | biases)[f"{key}.{name}"] for key in sizes for name in ("kernel", "bias")}

    def walk(self, steps: int) -> int:
        return 0

    def read(
        self, config: "ModelConfig", weights: Weights, x: Ids | Floats, states: States | None, last: bool
    ) -> tuple[Floats, list[tuple[Floats, ...]]]:
        def convolve(key: str, x: Floats, dilation: int = 1) -> Floats:
            kernel, time = weights[f"{key}.kernel"], x.shape[1]
            taps = [np.pad(x, ((0, 0), (reach, 0), (0, 0)))[:, :time] for reach in (dilation, 0)[-len(kernel) :]]
            convolved: Floats = np.concatenate(taps, axis=-1) @ kernel.reshape(-1, config.units)
            return convolved + weights[f"{key}.bias"]

        hidden = convolve("input", values(config, x, weights["input.kernel"].dtype))
        total: Floats = np.zeros_like(hidden[:, -1:] if last else hidden)
        steps = dilations(config)
        for block, dilation in enumerate(steps):
            key = f"blocks.{block}"
            content = np.tanh(convolve(f"{key}.filter", hidden, dilation))
            gated = content * sigmoid(convolve(f"{key}.gate", hidden, dilation))
            total += convolve(f"{key}.skip", gated[:, -1:] if last else gated)
            if block < len(steps) - 1:
                hidden += convolve(f"{key}.residual", gated)
        head = np.maximum(convolve("head", np.maximum(total, 0)), 0)
        return head[:, -1] if last else head, []


def dilations(config: "ModelConfig") -> list[int]:
    """Tell how far back the blocks reach: doubling until a stack of them covers the window, once for each layer.

    Args:
        config: The network's settings.

    Returns:
        Steps, a number for each block.
    """
    doublings = max(1, (config.window - 1).bit_length())
    return [2**doubling for doubling in range(doublings)] * config.layers
