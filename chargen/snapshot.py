"""All that training needs to go on as if it had never stopped."""

from dataclasses import dataclass, field

from chargen.types import Tensors


@dataclass(frozen=True)
class Snapshot:
    """The state of training between two batches.

    Args:
        weights: The network's weights, by key.
        optimizer: What the optimizer remembers of each weight, by key and slot.
        carry: The states that the streams carry from batch to batch, each (batch, units).
        batches: Batches trained since the start.
        loss_sum: Sum of the batches' mean losses since the start of the epoch, in nats.
        seconds: Time spent training since the start of the iteration.
    """

    weights: Tensors
    optimizer: Tensors = field(default_factory=dict)
    carry: Tensors = field(default_factory=dict)
    batches: int = 0
    loss_sum: float = 0.0
    seconds: float = 0.0
