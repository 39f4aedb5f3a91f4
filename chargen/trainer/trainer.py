"""Iterations of training: epochs of windows, fed to the engine in stretches."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from chargen.errors import CorpusError, DamagedRunError, TrainingError
from chargen.network import ModelConfig, initial_weights
from chargen.randomness import Purpose, generator
from chargen.snapshot import Snapshot
from chargen.trainer.config import MOST, TrainConfig
from chargen.trainer.schedules import learning_rates
from chargen.windows import Examples, Passages, SeparateStreams, ShuffledWindows, Streams

if TYPE_CHECKING:
    from chargen.trainer.crew import Crew
    from chargen.trainer.engine import Engine

# A compiled call should take about this many seconds: long enough that its start costs nothing, short enough
# for a live progress bar and a prompt Ctrl-C.
STRETCH_SECONDS = 0.25


@dataclass(frozen=True)
class Progress:
    """How far an iteration is.

    Args:
        iteration: Its number, from 1.
        done: Batches trained in it.
        total: Batches in it.
        loss: Mean loss of the epoch so far: nats, or squares of scaled values.
        targets_per_second: Targets learnt a second in this iteration: characters of text, windows of a series.
        seconds: Time spent training in this iteration.
    """

    iteration: int
    done: int
    total: int
    loss: float
    targets_per_second: float
    seconds: float


def next_characters(passages: Passages, train: TrainConfig, separate: bool = False) -> Examples:
    """Make the examples of a text.

    Args:
        passages: The training part; one stretch where a stream runs through all of it.
        train: The settings of training.
        separate: Whether each stretch is a document of its own, at whose start the state of a stream is new.

    Returns:
        Windows and the characters that follow, as the recipe has them.

    Raises:
        CorpusError: The training part has no room for a window and its target.
    """
    longest = int(passages.lengths.max(initial=0))
    if longest < train.seqlen + 1:
        raise CorpusError(
            f"the training part has {longest} characters{' in its longest text' if separate else ''}, a window of "
            f"{train.seqlen} and its target need {train.seqlen + 1}: give a longer text, a shorter --seqlen or a "
            "smaller --validation"
        )
    if train.recipe == "classic":
        return ShuffledWindows(passages, train.seqlen, train.step, train.batch_size)
    if separate:
        return SeparateStreams(passages, train.seqlen, train.batch_size)
    return Streams(passages, train.seqlen, train.batch_size)


def require_fit(snapshot: Snapshot, model: ModelConfig, batch: int) -> None:
    """Refuse a state of training that is none of this network: TensorFlow would say it in its own way, and late.

    Args:
        snapshot: The state of training.
        model: The network's settings.
        batch: Windows (streams) in a batch.

    Raises:
        DamagedRunError: A tensor is missing, or of another shape or type.
    """
    shapes = model.shapes()
    if lacking := sorted(shapes.keys() - snapshot.weights.keys()):
        raise DamagedRunError(f"the weights do not fit the settings: {', '.join(lacking)} missing")
    wanted: dict[str, dict[str, tuple[int, ...] | None]] = {
        "weights": {key: shapes.get(key) for key in snapshot.weights},
        "optimizer": {key: shapes.get(key.rpartition(".")[0]) for key in snapshot.optimizer},
        "carry": dict.fromkeys(snapshot.carry, (batch, model.units)),
    }
    for name, right in wanted.items():
        for key, tensor in getattr(snapshot, name).items():
            if tensor.shape != right[key] or tensor.dtype != np.float32:
                raise DamagedRunError(
                    f"the {name} do not fit the settings: {key} is {tensor.dtype} {tensor.shape}, not {right[key]}"
                )
    if not 0 <= snapshot.batches < MOST**2:
        raise DamagedRunError(f"the state of training has {snapshot.batches} batches; restore it from a copy")


class Trainer:
    """Trains a network an iteration at a time.

    Args:
        model: The network's settings.
        train: The settings of training.
        examples: What it learns from.
        snapshot: Where to go on; new weights when left out.
        crew: The followers that share each batch, when there are any; only texts are learnt so.

    Raises:
        DamagedRunError: The snapshot does not fit the settings.
    """

    def __init__(
        self,
        model: ModelConfig,
        train: TrainConfig,
        examples: Examples,
        snapshot: Snapshot | None = None,
        crew: "Crew | None" = None,
    ) -> None:
        self.examples = examples
        self._model = model
        self._train = train
        if snapshot is None:
            weights = initial_weights(model, generator(train.random_seed, Purpose.WEIGHTS))
            snapshot = Snapshot(dict(weights))
        else:
            require_fit(snapshot, model, examples.batch)
        self._engine = _engine(model, train, examples, snapshot, crew)
        self._seconds = snapshot.seconds
        self._stretch = 1

    def fits(self, model: ModelConfig, train: TrainConfig, examples: Examples) -> bool:
        """Tell whether other training can take over what is compiled here.

        Args:
            model: Its network.
            train: Its settings.
            examples: What it learns from.

        Returns:
            Whether nothing differs but how long it trains, with which step sizes and from which chance.
        """
        free = (
            *("iterations", "epochs", "schedule", "schedule_iterations", "decay", "warmup", "patience"),
            *("learning_rate", "validation", "test", "random_seed"),
        )
        same = all(
            getattr(train, field.name) == getattr(self._train, field.name)
            for field in fields(train)
            if field.name not in free
        )
        same = same and model == self._model and examples.gaps == self.examples.gaps
        shapes = ([array.shape for array in example(each)] for each in (examples, self.examples))
        return same and next(shapes) == next(shapes)

    def restart(self, train: TrainConfig, examples: Examples, snapshot: Snapshot) -> None:
        """Train anew, or on from another state, with what is compiled.

        Args:
            train: The settings; with the examples they have to fit: see `fits`.
            examples: What to learn from.
            snapshot: Where to start.
        """
        require_fit(snapshot, self._model, examples.batch)
        self.examples = examples
        self._train = train
        self._engine.restart(train, snapshot)
        self._seconds = snapshot.seconds

    @property
    def targets(self) -> float:
        """Targets in an epoch."""
        return self.examples.batches * self.examples.batch * self.examples.targets

    @property
    def _total(self) -> int:
        return self.examples.batches * self._train.epochs

    def run(
        self,
        iteration: int,
        on_progress: Callable[[Progress], None] | None = None,
        losses: Sequence[float] = (),
    ) -> Snapshot:
        """Train up to the end of an iteration.

        Args:
            iteration: Its number, from 1.
            on_progress: Called between stretches of batches.
            losses: Validation loss of each iteration before, for the schedule; empty without validation.

        Returns:
            The state at the end of the iteration; the mean loss of its last epoch is `loss_sum / batches`.

        Raises:
            TrainingError: The loss is no longer a finite number.
        """
        end = iteration * self._total
        if self._engine.batches == end - self._total:
            self._seconds = 0.0
        while self._engine.batches < end:
            for done, loss in self._rest_of_epoch(losses):
                if not math.isfinite(loss):
                    raise TrainingError(f"the loss became {loss} in iteration {iteration}: {self._remedy()}")
                if on_progress:
                    batches = done - end + self._total
                    speed = batches * self.targets / self.examples.batches / self._seconds
                    on_progress(Progress(iteration, batches, self._total, loss, speed, self._seconds))
        return self.snapshot()

    def update(self, examples: Examples, learning_rate: float) -> Snapshot:
        """Learn some newer examples once, after training.

        Args:
            examples: They have to fit what is compiled: see `fits`.
            learning_rate: The step size.

        Returns:
            The state after them.

        Raises:
            TrainingError: A weight is no longer a finite number.
        """
        order = examples.order(generator(self._train.random_seed, Purpose.ORDER, self._engine.batches))
        self._engine.run(examples.cut(order[:]), np.full(len(order), learning_rate, np.float32))
        return self.snapshot()

    def learning_rate(self, iteration: int, losses: Sequence[float]) -> float:
        """Tell the step size of an iteration's last batch.

        Args:
            iteration: Its number, from 1.
            losses: Validation loss of each iteration before.

        Returns:
            The step size.
        """
        return float(learning_rates(self._train, iteration * self._total - 1, 1, self._total, losses)[0])

    def snapshot(self) -> Snapshot:
        """Copy the state of training, between any two stretches.

        Returns:
            The state.

        Raises:
            TrainingError: A weight is no longer a finite number.
        """
        snapshot = self._engine.snapshot(self._seconds)
        for key, weight in snapshot.weights.items():
            if not np.isfinite(weight).all():
                raise TrainingError(f"{key} has values that are no longer finite numbers: {self._remedy()}")
        return snapshot

    def _remedy(self) -> str:
        config = self._train
        return f"lower --learning-rate (now {config.learning_rate}) or --clip-norm (now {config.clip_norm})"

    def _rest_of_epoch(self, losses: Sequence[float]) -> Iterator[tuple[int, float]]:
        epoch, position = divmod(self._engine.batches, self.examples.batches)
        if position == 0:
            self._engine.start_epoch()
        order = self.examples.order(generator(self._train.random_seed, Purpose.ORDER, epoch))
        while position < len(order):
            starts = order[position : position + self._stretch]
            started = time.perf_counter()
            rates = learning_rates(self._train, self._engine.batches, len(starts), self._total, losses)
            try:
                self._engine.run(self.examples.cut(starts), rates)
            finally:  # an interrupt comes when the call returns: its batches count, and so does its time
                seconds = max(time.perf_counter() - started, 1e-9)
                self._seconds += seconds
            self._stretch = max(1, min(2 * self._stretch, round(len(starts) * STRETCH_SECONDS / seconds)))
            position += len(starts)
            yield self._engine.batches, self._engine.loss_sum / position


def _engine(
    model: ModelConfig, train: TrainConfig, examples: Examples, snapshot: Snapshot, crew: "Crew | None"
) -> "Engine":
    if crew is None:
        from chargen.trainer.engine import Engine

        return Engine(model, train, example(examples), snapshot, examples.gaps)
    from chargen.trainer.leading import LeadingEngine

    return LeadingEngine(model, train, example(examples), snapshot, crew, examples.gaps)


def example(examples: Examples) -> tuple[NDArray[Any], ...]:
    """Cut a batch, for its shapes and types.

    Args:
        examples: What is learnt from.

    Returns:
        As `Examples.cut`, of one batch.
    """
    return examples.cut(examples.order(np.random.default_rng(0))[:1])
