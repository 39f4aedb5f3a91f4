"""A recurrent layer in NumPy: a cell at every step of a sequence."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from chargen.cells import CELLS
from chargen.types import Floats, Ids, Weights

if TYPE_CHECKING:
    from chargen.network.config import ModelConfig

States: TypeAlias = Sequence[tuple[Floats, ...]]


def layer_shapes(config: "ModelConfig", prefix: str, inputs: int) -> dict[str, tuple[int, ...]]:
    """Tell the shapes of a layer's weights.

    Args:
        config: The network's settings.
        prefix: What the layer's keys start with, such as `layers.0`.
        inputs: Size of an input vector.

    Returns:
        Shape by key.
    """
    return {f"{prefix}.{name}": shape for name, shape in CELLS[config.cell].shapes(inputs, config.units).items()}


def layer_weights(config: "ModelConfig", prefix: str, weights: Weights) -> Weights:
    """Pick a layer's weights.

    Args:
        config: The network's settings.
        prefix: What the layer's keys start with.
        weights: The network's weights by key.

    Returns:
        The layer's weights by name.
    """
    return {name: weights[f"{prefix}.{name}"] for name in CELLS[config.cell].shapes(1, 1)}


def project(config: "ModelConfig", weights: Weights, x: Ids | Floats) -> Floats:
    """Multiply inputs with a layer's kernel and add the bias of its input side.

    Args:
        config: The network's settings.
        weights: The layer's weights by name.
        x: Character ids, integer (batch, time), or values, float (..., inputs).

    Returns:
        float (..., gates * units).
    """
    kernel, bias = weights["kernel"], CELLS[config.cell].input_bias(weights)
    # A product with a one-hot vector picks a row.
    projected: Floats = (kernel + bias)[x] if np.issubdtype(x.dtype, np.integer) else x @ kernel + bias
    return projected


def zero_states(config: "ModelConfig", batch: int, dtype: np.dtype[np.floating]) -> tuple[Floats, ...]:
    """Make a layer's states before the first step.

    Args:
        config: The network's settings.
        batch: Number of sequences.
        dtype: That of the weights.

    Returns:
        The cell's states, each (batch, units).
    """
    zeros = np.zeros((batch, config.units), dtype)
    return tuple(zeros for _ in CELLS[config.cell].states)


def run(
    config: "ModelConfig", weights: Weights, projected: Floats, states: tuple[Floats, ...] | None = None
) -> tuple[Floats, tuple[Floats, ...]]:
    """Run the cell over the steps of sequences.

    Args:
        config: The network's settings.
        weights: The layer's weights by name.
        projected: What `project` gives, float (batch, time, gates * units).
        states: The states to start from; zeros when left out.

    Returns:
        The outputs, float (batch, time, units), and the states after the last step.
    """
    cell = CELLS[config.cell]
    batch, time, _ = projected.shape
    states = zero_states(config, batch, projected.dtype) if states is None else states
    outputs = np.empty((batch, time, config.units), projected.dtype)
    for t in range(time):
        recurrent = states[0] @ weights["recurrent_kernel"]
        states = cell.step(projected[:, t], recurrent, states, weights, config.activation)
        outputs[:, t] = states[0]
    return outputs, states


def stack_shapes(config: "ModelConfig", prefix: str, inputs: int) -> dict[str, tuple[int, ...]]:
    """Tell the shapes of the weights of layers on each other.

    Args:
        config: The network's settings.
        prefix: What the layers' keys start with: `layers` for `layers.0`, `layers.1`, ….
        inputs: Size of an input vector of the first.

    Returns:
        Shape by key.
    """
    sizes = [inputs] + [config.units] * (config.layers - 1)
    layers = [layer_shapes(config, f"{prefix}.{index}", size) for index, size in enumerate(sizes)]
    return {key: shape for layer in layers for key, shape in layer.items()}


def run_stack(
    config: "ModelConfig", weights: Weights, prefix: str, x: Ids | Floats, states: States | None = None, steps: int = 1
) -> tuple[Floats, list[tuple[Floats, ...]]]:
    """Run layers over sequences, one on the other.

    Args:
        config: The network's settings.
        weights: The network's weights by key.
        prefix: What the layers' keys start with.
        x: Character ids, integer (batch, time), or values, float (batch, time, inputs).
        states: For each layer the states to start from; zeros when left out.
        steps: How often a sequence of a single step is repeated.

    Returns:
        The last layer's outputs, float (batch, time, units), and each layer's states after the last step.
    """
    hidden: Any = x
    after = []
    for index in range(config.layers):
        layer = layer_weights(config, f"{prefix}.{index}", weights)
        projected = project(config, layer, hidden)
        if steps > 1 and not index:
            # A view: the vector that a decoder is given may be a whole window.
            projected = np.broadcast_to(projected, (len(projected), steps, projected.shape[-1]))
        hidden, last = run(config, layer, projected, None if states is None else states[index])
        after.append(last)
    return hidden, after


def values(config: "ModelConfig", x: Ids | Floats, dtype: np.dtype[np.floating]) -> Floats:
    """Make vectors of whatever a window holds.

    Args:
        config: The network's settings.
        x: Character ids, integer (batch, time), or values, float (batch, time, inputs).
        dtype: That of the weights.

    Returns:
        Characters as one-hot vectors, values as they are: (batch, time, inputs) of the dtype.
    """
    if np.issubdtype(x.dtype, np.integer):
        return np.eye(config.inputs, dtype=dtype)[x]
    return np.asarray(x, dtype)
