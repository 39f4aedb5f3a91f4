"""The chief's engine: what it does, its followers do too, each with its own rows of the batch."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chargen.cluster import Message
from chargen.network import ModelConfig
from chargen.snapshot import Snapshot
from chargen.trainer.config import TrainConfig
from chargen.trainer.crew import Crew, own_part, require_rows, rows, to_message
from chargen.trainer.engine import Engine
from chargen.types import Floats


class LeadingEngine(Engine):
    """A network in training on several workers; every one's weights stay the same.

    Args:
        model: The network's settings.
        train: The settings of training.
        example: Inputs and targets of some batches, as for `Engine`.
        snapshot: Where to go on, with the states of all streams.
        crew: The followers.
        gaps: As for `Engine`.
    """

    def __init__(
        self,
        model: ModelConfig,
        train: TrainConfig,
        example: tuple[NDArray[Any], ...],
        snapshot: Snapshot,
        crew: Crew,
        gaps: bool = False,
    ) -> None:
        self._crew = crew
        self._team = crew.team
        collective = crew.collective
        require_rows(crew.team.cluster, example[0].shape[1], train.batch_size)
        for index in range(1, collective.size):
            self._team.tell_one(index, to_message(own_part(snapshot, index, collective.size)))
        super().__init__(
            model,
            train,
            rows(0, collective.size, example),
            own_part(snapshot, 0, collective.size),
            gaps,
            collective,
        )

    def start_epoch(self) -> None:
        self._call(self._start_epoch)

    def run(self, windows: tuple[NDArray[Any], ...], learning_rates: Floats) -> None:
        if self._team.asked_to_stop:
            raise KeyboardInterrupt
        self._call(self._run_all, rows(0, self._crew.collective.size, windows), learning_rates)

    def snapshot(self, seconds: float) -> Snapshot:
        own, others = self._call(self._collect)
        carry = {key: np.concatenate([values, *(each.tensors[key] for each in others)]) for key, values in own.items()}
        return replace(super().snapshot(seconds), carry=carry)

    def _call(self, function: Any, *arguments: Any) -> Any:
        """Do what concerns the followers, in the thread where all of that happens in order."""
        return self._crew.collective.call(function, *arguments)

    def _start_epoch(self) -> None:
        self._team.tell(Message("epoch"))
        super().start_epoch()

    def _run_all(self, windows: tuple[NDArray[Any], ...], learning_rates: Floats) -> None:
        self._team.tell(Message("run", tensors={"learning_rates": learning_rates}))
        super().run(windows, learning_rates)

    def _collect(self) -> Any:
        self._team.tell(Message("carry"))
        return super().snapshot(0).carry, self._team.collect()
