"""A run of any kind: its settings, its history, its networks."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar

from chargen.config import from_json, is_count, require
from chargen.errors import DamagedRunError, RunError
from chargen.network import ModelConfig, Network
from chargen.runs import Line, Plan, RunFolder, SaveConfig, patience_ended
from chargen.trainer import TrainConfig

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


class LearningRun(ABC):
    """A network, what it learns from, and how far it has come.

    Attributes:
        kind: `text` or `series`, as run.json has it.
        usage: What a trained run is for, as a user would type it.

    Args:
        folder: The run's folder.

    Raises:
        RunError: The folder is damaged, or newer than this chargen.
    """

    kind: ClassVar[str]
    usage: ClassVar[str]

    def __init__(self, folder: RunFolder) -> None:
        header = folder.header()
        path = folder.path / "run.json"
        self.folder = folder
        self.name = folder.name
        try:
            self.model = from_json(ModelConfig, header["model"], f"{path}, model")
            self.training_config = from_json(TrainConfig, header["training"], f"{path}, training")
            self.save_config = from_json(SaveConfig, header["saving"], f"{path}, saving")
            self._read_header(header, str(path))
        except (KeyError, TypeError) as error:
            raise DamagedRunError(f"{path} lacks {error}; restore it from a copy") from error
        parameters = sum(math.prod(shape) for shape in self.model.shapes().values())
        carried = self.training_config.batch_size * self.model.units * self.model.layers
        # The largest are two numbers of four bytes for each weight (adam's) or each state (an LSTM's).
        folder.largest = 8 * max(parameters, carried) + 2**20

    @abstractmethod
    def _read_header(self, header: Mapping[str, Any], where: str) -> None:
        """Take what run.json has of this kind alone; a section that it lacks is a KeyError."""

    @abstractmethod
    def complete(self, history: Sequence[Line]) -> list[Line]:
        """Refuse lines of history that lack a figure; `require_history` does it for a kind of report."""

    @property
    def history(self) -> list[Line]:
        """The line of history of each iteration."""
        return self.complete(self.folder.history())

    @property
    def done(self) -> int:
        """The number of the last finished iteration, damaged or not; 0 before the first."""
        return max([0, *(int(line["iteration"]) for line in self.history), *self.folder.iterations()])

    @property
    def plan(self) -> Plan:
        """How long it is to train."""
        return self.folder.plan() or Plan(self.training_config.iterations)

    def untrained(self) -> RunError:
        """Make the error of what needs an iteration, where there is none yet."""
        return RunError(f"run {self.name!r} has no finished iteration yet; go on with 'chargen resume {self.name}'")

    def out_of_patience(self) -> bool:
        """Tell whether the last iterations brought no better validation loss for as long as the patience lasts.

        Returns:
            False without a patience, or without an iteration.
        """
        return patience_ended(self.training_config.patience, tuple(self.history), self.plan)

    def stopped_early(self) -> bool:
        """Tell whether the patience came to its end before the plan did."""
        return self.done < self.plan.iterations and self.out_of_patience()

    def network(self, iteration: int | str = "best") -> Network:
        """Load the network as it was after an iteration.

        Args:
            iteration: `best`, `last` or a number.

        Returns:
            The network in NumPy.

        Raises:
            RunError: The run has no such iteration.
        """
        return self.pick(iteration)[1]

    def pick(self, iteration: int | str = "best") -> tuple[int, Network]:
        """Load the network as it was after an iteration, and tell which; a damaged one is told, and the next taken.

        Args:
            iteration: `best`, `last` or a number, which no other stands in for.

        Returns:
            The iteration's number, and the network in NumPy.

        Raises:
            RunError: The run has no such iteration, or none that is whole.
        """
        kept = self.folder.with_weights()
        if not kept and self.folder.iterations():
            raise DamagedRunError(
                f"no iteration of run {self.name!r} has whole weights; restore it from a copy, or train it again with "
                f"'chargen resume {self.name}'"
            )
        if not kept:
            raise self.untrained()
        right = iteration in ("best", "last") or is_count(iteration)
        require(right, "--iteration", iteration, f"best, last or {kept[0]} to {kept[-1]}")
        if isinstance(iteration, int):
            if iteration not in kept:
                raise RunError(
                    f"run {self.name!r} has no weights of iteration {iteration}; --iteration takes best, last or "
                    f"{kept[0]} to {kept[-1]}"
                )
            return iteration, Network(self.model, self.folder.weights(iteration))
        wanted = kept[::-1] if iteration == "last" else self._ranked(kept)
        for number in wanted:
            try:
                weights = self.folder.weights(number)
                break
            except DamagedRunError as damage:
                if number == wanted[-1]:
                    raise
                self.folder.tell(damage, f"iteration {number} is skipped")
        return number, Network(self.model, weights)

    def _ranked(self, iterations: list[int]) -> list[int]:
        """Sort iterations from the best; without validation from the newest."""
        scored = [line for line in self.history if line["validation_loss"] is not None]
        losses = {line["iteration"]: line["validation_loss"] for line in scored}
        best_first = sorted(iterations, key=lambda iteration: losses.get(iteration, math.inf))
        return best_first if losses else iterations[::-1]


def require_history(history: Sequence[Line], name: str, report: "type[DataclassInstance]") -> list[Line]:
    """Refuse lines of history that lack a figure.

    Args:
        history: Numbers or None by key.
        name: The run's name, for the error message.
        report: What the lines were made from: each of its fields but `best` and `samples` belongs in a line.

    Returns:
        The same lines.

    Raises:
        DamagedRunError: A line lacks a figure that every iteration has.
    """
    for line in history:
        for field in fields(report):
            figure = field.type in (int, float)
            known = line.get(field.name) is not None if figure else field.name in line
            if not known and field.name not in ("best", "samples"):
                raise DamagedRunError(
                    f"iteration {line['iteration']} of run {name!r} has no {field.name}; restore it from a copy"
                )
    return list(history)
