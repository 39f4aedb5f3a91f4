"""Networks fitted in memory: the best iteration is found on the validation part, then all is learnt anew."""

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chargen.network import ModelConfig, Network
from chargen.runs import Line
from chargen.series.best import Best
from chargen.series.contestant import Contestant
from chargen.series.model import Model, carried
from chargen.series.scaling import Scaler
from chargen.series.series import Panel, Series
from chargen.series.settings import Settings, settle
from chargen.series.splitting import Part, Split, training_parts
from chargen.series.task import Task, Windows
from chargen.snapshot import Snapshot
from chargen.trainer import Progress, TrainConfig, Trainer
from chargen.types import Floats
from chargen.windows import Examples, SeriesWindows

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, eq=False)
class Fitted:
    """A network that was fitted.

    Args:
        settings: What it was fitted with.
        scaler: Fitted to what it learnt from.
        snapshot: The state of training at the end of its best iteration.
        line: Number, loss, validation loss and step size of this iteration.
        history: The lines of the iterations that led to the choice of their number.
        before: The network that had learnt the training part alone, at the iteration that was chosen; None where
            nothing was held back.
    """

    settings: Settings
    scaler: Scaler
    snapshot: Snapshot
    line: Line
    history: tuple[Line, ...]
    before: "Fitted | None" = None


class Trainers:
    """Trainers that are kept: compiling takes longer than a short training.

    Copies and pickles are empty: what is compiled belongs to its process.

    Args:
        most: How many are kept, those that were asked for last; None for all.
    """

    def __init__(self, most: int | None = None) -> None:
        self._most = most
        self._kept: list[Trainer] = []

    def __reduce__(self) -> tuple[type["Trainers"], tuple[int | None]]:
        return Trainers, (self._most,)

    def trainer(self, model: ModelConfig, training: TrainConfig, examples: Examples, start: Snapshot) -> Trainer:
        """Get a trainer: one that fits, or a new one.

        Args:
            model: The network.
            training: How it is trained.
            examples: What it learns from.
            start: Where it starts.

        Returns:
            The trainer, ready to start; the one before it that it was is no more.
        """
        for trainer in self._kept:
            if trainer.fits(model, training, examples):
                trainer.restart(training, examples, start)
                self._kept.remove(trainer)
                break
        else:
            trainer = Trainer(model, training, examples, start)
        self._kept.append(trainer)
        if self._most is not None:
            del self._kept[: -self._most]
        return trainer


def fit(
    values: Sequence[Floats],
    settings: Settings,
    on_progress: OnProgress | None = None,
    refit: bool = True,
    trainers: Trainers | None = None,
) -> Fitted:
    """Fit a network.

    The validation part chooses the number of iterations. Then, unless told otherwise, the network learns anew from the
    training and validation parts together, for as many iterations with the same step sizes.

    Args:
        values: Each series in original units, (n, features); NaN where missing.
        settings: What is learnt, and how.
        on_progress: Called several times a second.
        refit: Whether the validation part is learnt from in the end.
        trainers: Where trainers are kept between fits.

    Returns:
        What came of it.

    Raises:
        SeriesError: A part is too short.
        TrainingError: The loss is no longer a number.
    """
    trainers = trainers or Trainers()
    fitted = _train(values, settings, settings.training.iterations, (), on_progress, trainers)
    if fitted.line["validation_loss"] is None:
        return fitted
    if not refit:
        return replace(fitted, before=fitted)
    whole = replace(settings, training=replace(settings.training, validation=0.0, patience=0))
    losses = [line["validation_loss"] for line in fitted.history]
    again = _train(values, whole, fitted.line["iteration"], losses, on_progress, trainers)
    return replace(again, history=fitted.history, before=fitted)


def update(fitted: Fitted, values: Sequence[Floats], learnt: Sequence[int], trainers: Trainers) -> Fitted:
    """Learn what has come since: an update for each window that newer values complete, in order.

    The scaler and a frozen linear part stay as they are, and so does the step size, where the schedule had brought it.

    Args:
        fitted: What was learnt.
        values: Each series with its newer values, in original units, (n, features).
        learnt: Steps of each series that were learnt already.
        trainers: Where trainers are kept.

    Returns:
        What it is now; the same where nothing is new.

    Raises:
        TrainingError: A weight is no longer a number.
    """
    ends = tuple(len(series) for series in values)
    whole, nothing = Part((0,) * len(ends), ends), Part(ends, ends)
    task = Task(values, Split(whole, nothing, nothing), fitted.settings.forecast, fitted.scaler)
    examples = task.examples(1, learnt, fitted.snapshot.weights)
    if not len(examples.starts):
        return fitted
    one = replace(fitted.settings.training, batch_size=1)
    trainer = trainers.trainer(fitted.settings.model, one, examples, fitted.snapshot)
    snapshot = trainer.update(examples, fitted.line["learning_rate"])
    # Nothing of what it knows now is held out any more.
    training = replace(fitted.settings.training, validation=0.0, patience=0)
    return replace(fitted, settings=replace(fitted.settings, training=training), snapshot=snapshot)


def _train(
    values: Sequence[Floats],
    settings: Settings,
    iterations: int,
    before: Sequence[float],
    on_progress: OnProgress | None,
    trainers: Trainers,
) -> Fitted:
    """Train up to an iteration, or until the patience ends; the best one is kept, without validation the last.

    `before` are the validation losses that set the step sizes where nothing is held out.
    """
    parts = settings.cut([len(series) for series in values])
    scaler = fit_scaler(values, settings)
    task = Task(values, parts, settings.forecast, scaler)
    start = Snapshot(task.start(settings.model, settings.training.random_seed))
    trainer = trainers.trainer(settings.model, settings.training, task.examples(settings.training.batch_size), start)
    held = task.windows(parts.validation) if parts.validation else None
    history: list[Line] = []
    best: Best[tuple[Snapshot, Line]] = Best(settings.training.patience)
    for iteration in range(1, iterations + 1):
        known = best.losses if held else before[: iteration - 1]
        snapshot = trainer.run(iteration, on_progress, known)
        loss = None if held is None else loss_on(held, Network(settings.model, snapshot.weights))
        mean = mean_loss(snapshot, trainer.examples)
        rate = trainer.learning_rate(iteration, known)
        history.append({"iteration": iteration, "loss": mean, "validation_loss": loss, "learning_rate": rate})
        if best.offer((snapshot, history[-1]), loss):
            break
    return Fitted(settings, scaler, *best.kept, tuple(history))


def fit_scaler(values: Sequence[Floats], settings: Settings) -> Scaler:
    """Fit the scaler to the training part; in the tutorials' protocol, which leaks, to everything.

    Args:
        values: Each series in original units, (n, features).
        settings: Which scaler, and which part.

    Returns:
        The scaler.
    """
    parts: Sequence[Floats] = training_parts(values, settings.cut([len(series) for series in values]))
    if settings.forecast.protocol == "tutorial":
        parts = values
    return Scaler.fit(parts, settings.forecast.columns, settings.scaling)


def mean_loss(snapshot: Snapshot, examples: Examples) -> float:
    """Tell the training loss of an epoch that has ended.

    Args:
        snapshot: The state of training.
        examples: What was learnt.

    Returns:
        The mean over the batches that had something known to learn from.
    """
    return snapshot.loss_sum / (examples.lessons if isinstance(examples, SeriesWindows) else examples.batches)


def loss_on(windows: Windows, network: Network) -> float:
    """Measure the mean squared error of scaled values.

    Args:
        windows: Windows and what followed.
        network: The network.

    Returns:
        The mean over those windows, steps and features whose truth is known.
    """
    states = carried(network, *windows.along) if windows.along else None
    at_once, squares = 1024, []
    for start in range(0, len(windows.inputs), at_once):
        now = slice(start, start + at_once)
        before = None if states is None else [tuple(state[now] for state in layer) for layer in states]
        squares.append(np.square(network.last(windows.inputs[now], before)[0] - windows.truth[now]))
    together, known = np.concatenate(squares), ~np.isnan(windows.truth)
    return float(np.mean(together if known.all() else together[known], dtype=np.float64))


class Fitting:
    """A network as a contestant: whatever it is given to learn from, it chooses and learns anew.

    Args:
        name: What tables call it.
        options: As for `chargen forecast train`; `window` among them.
        columns: Names of the features, those that are forecast first.
        targets: How many of them are forecast.
        on_progress: Called several times a second while it learns.
        trainers: Where trainers are kept between fits.
    """

    def __init__(
        self,
        name: str,
        options: Mapping[str, Any],
        columns: tuple[str, ...],
        targets: int,
        on_progress: OnProgress | None = None,
        trainers: Trainers | None = None,
    ) -> None:
        self._trainers = trainers or Trainers()
        self.name = name
        self._options = dict(options)
        self._columns = columns
        self._targets = targets
        self._on_progress = on_progress
        self._model: Model
        self._fitted: Fitted
        self._learnt: int
        self._before: Contestant | None = None

    def fit(self, parts: Sequence[Floats], horizon: int) -> Self:
        """Choose, learn, and learn anew from all; see `Contestant`."""
        settings = self._settle(parts, horizon)
        self._take(fit(parts, settings, self._on_progress, trainers=self._trainers), parts)
        before, self._before = self._fitted.before, None
        self._before = copy(self)._take(before, parts) if before else None
        return self

    def before(self) -> Contestant | None:
        """Get the network of the chosen iteration before all was learnt anew; see `Chooser`."""
        return self._before

    def forecast(self, values: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        """Forecast one series from many origins, learning on between them where it learns online; see `Contestant`."""
        if self._model.config.learning != "online":
            return self._model.forecast(values, origins, horizon)
        fitted, learnt, model = self._fitted, self._learnt, self._model
        forecasts = np.empty((len(origins), horizon, model.config.targets))
        for place in np.argsort(origins, kind="stable"):
            end = int(origins[place])
            if end > learnt:
                fitted, learnt = update(fitted, [values[:end]], [learnt], self._trainers), end
                model = model.updated(fitted.snapshot.weights)
            forecasts[place] = model.forecast(values, origins[place : place + 1], horizon)[0]
        return forecasts

    def _take(self, fitted: Fitted, parts: Sequence[Floats]) -> Self:
        """Forecast with a network that was fitted to all, or to the training part, of these."""
        self._fitted = fitted
        self._learnt = max(fitted.settings.cut([len(part) for part in parts]).training.end)
        self._model = as_model(self.name, fitted, parts)
        return self

    def _settle(self, parts: Sequence[Floats], horizon: int) -> Settings:
        series = (
            Series(np.asarray(part, np.float64), pd.RangeIndex(len(part)), self._columns, None, str(place))
            for place, part in enumerate(parts)
        )
        # What is learnt from here has no test part: whoever compares holds it back.
        options = self._options | {"horizon": horizon, "test": 0.0}
        return settle(options, Panel(tuple(series), self.name), self._targets)


class LinearPart(Fitting):
    """What a network starts from, and no more: least squares on scaled values, scaler and penalty chosen alike.

    What a network with a linear part is better than it is what its cells have learnt.
    """

    def fit(self, parts: Sequence[Floats], horizon: int) -> Self:
        """Choose, and solve; see `Contestant`."""
        settings = self._settle(parts, horizon)
        whole = replace(settings, training=replace(settings.training, validation=0.0, patience=0))
        self._model = self._solve(parts, whole)
        self._before = self._solve(parts, settings) if settings.training.validation else None
        return self

    def _solve(self, values: Sequence[Floats], settings: Settings) -> Model:
        cut, scaler = settings.cut([len(series) for series in values]), fit_scaler(values, settings)
        weights = Task(values, cut, settings.forecast, scaler).start(settings.model, 0)
        network = Network(settings.model, weights)
        config = replace(settings.forecast, learning="batches")  # it learns nothing more
        return Model(self.name, config, scaler, network, training_parts(values, cut))


def as_model(name: str, fitted: Fitted, values: Sequence[Floats]) -> Model:
    """Make a model of a fitted network.

    Args:
        name: What tables call it.
        fitted: The network.
        values: The series that it was fitted to, for the variance of its errors.

    Returns:
        The model.
    """
    settings = fitted.settings
    parts = training_parts(values, settings.cut([len(series) for series in values]))
    network = Network(settings.model, fitted.snapshot.weights)
    return Model(name, settings.forecast, fitted.scaler, network, parts)
