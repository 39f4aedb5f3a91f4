"""What the workers of a run have from one another: rows of a batch, states of training, commands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from chargen.cluster import Cluster, Message, Team
from chargen.errors import OptionError, WorkerError
from chargen.snapshot import Snapshot
from chargen.trainer.config import TrainConfig
from chargen.types import Tensors

if TYPE_CHECKING:
    from chargen.cluster.collective import Collective


@dataclass(frozen=True)
class Crew:
    """The followers, as whoever trains as their chief needs them.

    Args:
        team: The connections to them.
        collective: What adds up over all workers.
    """

    team: Team
    collective: "Collective"

    def settings(self, train: TrainConfig) -> TrainConfig:
        """Give every worker as many parts of a batch to compute as any other."""
        return replace(train, towers=self.team.cluster.towers(train.towers))


def require_rows(cluster: Cluster, batch: int, asked: int) -> None:
    """Refuse a batch that cannot be split evenly.

    Args:
        cluster: Who takes part.
        batch: Windows (streams) in a batch.
        asked: How many the settings ask for: a short text has fewer streams.

    Raises:
        OptionError: Some worker would have fewer rows than another.
    """
    if batch % cluster.size:
        fewer = batch // cluster.size * cluster.size
        right = f"a multiple of {cluster.size}" + (f", such as {fewer}" if fewer else "")
        short = "" if batch == asked else f" ({batch} for a text as short as this one)"
        raise OptionError(
            f"--batch-size is {asked}{short}, which {cluster.size} workers cannot share evenly; give {right}"
        )


def rows(index: int, size: int, arrays: Sequence[NDArray[Any]]) -> tuple[NDArray[Any], ...]:
    """Take a worker's own rows.

    Args:
        index: Which worker.
        size: How many workers there are.
        arrays: Windows, targets and what else a batch has, each (batches, batch, …).

    Returns:
        The same of its rows, (batches, batch / size, …).
    """
    share = arrays[0].shape[1] // size
    return tuple(array[:, share * index : share * (index + 1)] for array in arrays)


def own_part(snapshot: Snapshot, index: int, size: int) -> Snapshot:
    """Take what a worker needs of a state of training: of the states that streams carry only its rows."""

    def part(carry: NDArray[Any]) -> NDArray[Any]:
        share = len(carry) // size
        return carry[share * index : share * (index + 1)]

    carry = {key: part(values) for key, values in snapshot.carry.items()}
    return Snapshot(snapshot.weights, snapshot.optimizer, carry, snapshot.batches, snapshot.loss_sum)


def to_message(snapshot: Snapshot) -> Message:
    """Write a state of training as a message."""
    tensors = {
        f"{name}/{key}": tensor
        for name in ("weights", "optimizer", "carry")
        for key, tensor in getattr(snapshot, name).items()
    }
    return Message("start", {"batches": snapshot.batches, "loss_sum": snapshot.loss_sum}, tensors)


def from_message(message: Message) -> Snapshot:
    """Read a state of training from a message.

    Args:
        message: As `to_message` makes it.

    Returns:
        The state.

    Raises:
        WorkerError: It is none.
    """
    parts: dict[str, Tensors] = {"weights": {}, "optimizer": {}, "carry": {}}
    try:
        for name, tensor in message.tensors.items():
            part, _, key = name.partition("/")
            parts[part][key] = tensor
        batches, loss_sum = int(message.facts["batches"]), float(message.facts["loss_sum"])
    except (KeyError, TypeError, ValueError) as error:
        raise WorkerError("what the chief sent is no state of training") from error
    return Snapshot(parts["weights"], parts["optimizer"], parts["carry"], batches, loss_sum)
