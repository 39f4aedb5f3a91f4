"""Where a run stands: what of it is written down in state.json."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from chargen.config import is_count, is_number, is_whole, require
from chargen.errors import DamagedRunError
from chargen.snapshot import Snapshot

Line: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Plan:
    """How long a run is to train.

    Args:
        iterations: Iterations that are planned in all.
        patient_since: The iteration after which patience began to wait: the last one before more were asked for from
            a run whose patience had come to its end.
    """

    iterations: int
    patient_since: int = 0


@dataclass(frozen=True)
class Position:
    """Where a run stands.

    Args:
        snapshot: The state of training.
        iteration: Iterations that are finished.
        plan: How long it is to train.
        history: The line of history of each of them. Schedules and patience depend on it, so it goes with the state:
            to train on, no older iteration has to be whole.
    """

    snapshot: Snapshot
    iteration: int
    plan: Plan
    history: tuple[Line, ...] = ()


@dataclass(frozen=True)
class State:
    """A position without its tensors, as state.json has it.

    Args:
        iteration: Iterations that are finished.
        batches: Batches trained since the start.
        plan: Iterations that are planned in all.
        patient_since: The iteration after which patience began to wait.
        loss_sum: Sum of the batches' mean losses since the start of the epoch, in nats.
        seconds: Time spent training since the start of the iteration.
        history: The line of history of each finished iteration; schema 1 has it in the reports only.
    """

    iteration: int
    batches: int
    plan: int
    patient_since: int
    loss_sum: float
    seconds: float
    history: tuple[Line, ...] = field(default=())

    def __post_init__(self) -> None:
        for name in ("iteration", "batches", "plan", "patient_since"):
            require(is_whole(getattr(self, name)), name, getattr(self, name), "a whole number from 0 up")
        for name in ("loss_sum", "seconds"):
            require(is_number(getattr(self, name)), name, getattr(self, name), "a number")
        for line in self.history:
            require_line(line, "a line of history")

    @classmethod
    def of(cls, position: Position) -> "State":
        """Take what a position has beside its tensors."""
        snapshot, plan = position.snapshot, position.plan
        return cls(
            position.iteration,
            snapshot.batches,
            plan.iterations,
            plan.patient_since,
            snapshot.loss_sum,
            snapshot.seconds,
            position.history,
        )


def require_line(line: object, where: str) -> None:
    """Refuse what is no line of history: numbers by name, the iteration's number among them.

    Args:
        line: What json.loads returned.
        where: For the error message.

    Raises:
        DamagedRunError: It is none.
    """
    if (
        not isinstance(line, Mapping)
        or not is_count(line.get("iteration"))
        or not all(key.isidentifier() and (value is None or is_number(value)) for key, value in line.items())
    ):
        raise DamagedRunError(f"{where} is not one number or null by key; restore it from a copy")


def best_iteration(history: Iterable[Line]) -> int | None:
    """Find the iteration of the lowest validation loss; without validation the newest; None without any."""
    lines = list(history)
    scored = [line for line in lines if line.get("validation_loss") is not None]
    if scored:
        return int(min(scored, key=lambda line: line["validation_loss"])["iteration"])
    return int(lines[-1]["iteration"]) if lines else None


def patience_ended(patience: int, history: tuple[Line, ...], plan: Plan) -> bool:
    """Tell whether the last iterations brought no better validation loss for as long as the patience lasts.

    Args:
        patience: So many iterations; 0 for never.
        history: The line of each finished iteration.
        plan: Since when it waits.
    """
    if not patience or not history:
        return False
    return int(history[-1]["iteration"]) - max(best_iteration(history) or 0, plan.patient_since) >= patience
