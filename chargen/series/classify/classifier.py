"""A recurrent network that tells the class of a sequence."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from types import MappingProxyType
from typing import Any, Self

import numpy as np

from chargen.errors import OptionError, SeriesError, did_you_mean
from chargen.network import ModelConfig, Network, initial_weights
from chargen.randomness import Purpose, generator
from chargen.runs import Line
from chargen.series.best import Best
from chargen.series.classify.sequences import Sequences, arrays, held_out, require_classes, require_sequences
from chargen.series.classify.standard import Standard
from chargen.series.fitting import Trainers
from chargen.snapshot import Snapshot
from chargen.trainer import Progress, TrainConfig, Trainer
from chargen.types import Floats, Ids
from chargen.windows import WholeSequences

OnProgress = Callable[[Progress], None]

# What classification starts from where the core has no opinion. A few validation sequences make the loss jump: a step
# size that falls at each jump is soon too small.
DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {"units": 64, "iterations": 100, "batch_size": 16, "patience": 20, "warmup": 50, "schedule": "constant"}
)
# A step size that is adam's: other rules start from their own.
ADAM = 0.003
# Settings that classification decides itself.
_DECIDED = (
    *("inputs", "outputs", "skip", "output_activation", "window", "decoder"),
    *("recipe", "seqlen", "step", "frozen", "test"),
)
# Sequences that the network reads at once.
_TOGETHER = 256


class Classifier:
    """A recurrent network that reads a sequence; softmax over its outputs after the last step tells the class.

    Args:
        name: What tables call it; its cell when left out.
        on_progress: Called several times a second while it learns.
        trainers: Where trainers are kept between fits.
        **options: The options of `chargen forecast classify`, `_` for `-`: cell, units, iterations and so on;
            `validation` is the share of each class that chooses the iteration.

    Attributes:
        history: Number, loss and validation loss, in nats, of each iteration of the last fit.
        held: Sequences that chose its iteration.

    Raises:
        OptionError: An unknown option.
    """

    def __init__(
        self,
        *,
        name: str | None = None,
        on_progress: OnProgress | None = None,
        trainers: Trainers | None = None,
        **options: Any,
    ) -> None:
        self._options = _sorted(options)
        self.name = name or str(options.get("cell") or ModelConfig.cell)
        self._on_progress = on_progress
        self._trainers = trainers or Trainers()
        self._fitted: tuple[Network, Standard, tuple[str, ...], tuple[str, ...]] | None = None
        self.history: list[Line] = []
        self.held = 0

    def fit(self, data: Sequences, held: Sequences | None = None) -> Self:
        """Learn to tell classes; the iteration with the best loss on what is held out of it is kept.

        Args:
            data: The sequences that are learnt from.
            held: What chooses the iteration; drawn from each class of the data by `validation` when left out.

        Returns:
            Itself.

        Raises:
            OptionError: A value makes no sense.
            SeriesError: There is one class alone, nothing can be held out, or what is held out does not fit.
            TrainingError: The loss is no longer a number.
        """
        classes = require_classes(data, 1, "to be learnt from")
        model_options, training_options = self._options
        if held is not None:
            training_options = training_options | {"validation": 0.0}
        training = TrainConfig(recipe="classic", **training_options)
        if held is None and training.validation:
            data, held = _cut(data, training)
        if held is not None:
            require_like(held, data)
        self.held = 0 if held is None else len(held)
        standard = Standard.fit(data.values)
        model = ModelConfig(inputs=standard.inputs, outputs=len(classes), window=standard.window, **model_options)
        examples = WholeSequences(_scaled(standard, data.values), _ids(data.labels, classes), training.batch_size)
        start = Snapshot(initial_weights(model, generator(training.random_seed, Purpose.WEIGHTS)))
        trainer = self._trainers.trainer(model, training, examples, start)
        network = self._best(trainer, model, training, _examples_of(held, standard, classes))
        self._fitted = network, standard, classes, data.columns
        return self

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels that it can tell, sorted."""
        return self._require()[2]

    def probabilities(self, values: Any) -> Floats:
        """Tell how likely each class is.

        Args:
            values: An array (n, time) or (n, time, features), or a list of arrays (time,) or (time, features).

        Returns:
            float64 (n, classes), in the order of `classes`; each row's sum is 1.

        Raises:
            OptionError: It is not fitted.
            SeriesError: The sequences have other features, or values that cannot be used.
        """
        network, standard, classes, columns = self._require()
        made = arrays(values, "the data")
        require_sequences(made, columns, [str(number) for number in range(1, len(made) + 1)], "the data")
        if not made:
            return np.empty((0, len(classes)))
        return np.exp(_log_softmax(_outputs(network, _scaled(standard, made))))

    def predict(self, values: Any) -> tuple[str, ...]:
        """Tell the likeliest labels.

        Args:
            values: As for `probabilities`.

        Returns:
            The label of each sequence.

        Raises:
            ChargenError: As `probabilities` does.
        """
        classes = self.classes
        return tuple(classes[place] for place in self.probabilities(values).argmax(axis=1))

    def _require(self) -> tuple[Network, Standard, tuple[str, ...], tuple[str, ...]]:
        if self._fitted is None:
            raise OptionError("this classifier has learnt nothing yet; call fit(sequences) first")
        return self._fitted

    def _best(
        self, trainer: Trainer, model: ModelConfig, training: TrainConfig, held: tuple[Floats, Ids] | None
    ) -> Network:
        """Train until the plan or the patience ends; without anything held out the last iteration is the best."""
        self.history = []
        best: Best[Network] = Best(training.patience)
        for iteration in range(1, training.iterations + 1):
            snapshot = trainer.run(iteration, self._on_progress, best.losses)
            network = Network(model, snapshot.weights)
            loss = None if held is None else cross_entropy(_outputs(network, held[0]), held[1])
            mean = snapshot.loss_sum / trainer.examples.batches
            self.history.append({"iteration": iteration, "loss": mean, "validation_loss": loss})
            if best.offer(network, loss):
                break
        return best.kept


def cross_entropy(outputs: Floats, classes: Ids) -> float:
    """Compute the mean of -ln p of the right class, p by softmax.

    Args:
        outputs: Of the network, (n, classes).
        classes: The number of each one's class, (n,).

    Returns:
        In nats.
    """
    return float(-_log_softmax(outputs)[np.arange(len(classes)), classes].mean())


def require_like(data: Sequences, known: Sequences) -> None:
    """Refuse sequences of other features, or of classes that are not learnt.

    Args:
        data: What is held out.
        known: What is learnt from.

    Raises:
        SeriesError: A column or a class is unknown.
    """
    if data.columns != known.columns:
        raise SeriesError(
            f"{data.name} has the columns {', '.join(data.columns)}, {known.name} has {', '.join(known.columns)}; "
            "give both the same, or choose them with --column"
        )
    unknown = sorted(set(data.labels) - set(known.labels))
    if unknown:
        raise SeriesError(
            f"{data.name} has the label {unknown[0][:40]!r}{did_you_mean(unknown[0], known.classes)}, which nothing "
            f"that is learnt from in {known.name} has; correct it, or leave its sequences out"
        )


def known_options() -> dict[str, list[str]]:
    """Tell which options there are, by the settings that they belong to."""
    homes = {"model": ModelConfig, "training": TrainConfig}
    return {home: [field.name for field in fields(kind) if field.name not in _DECIDED] for home, kind in homes.items()}


def default(option: str) -> Any:
    """Tell an option's default.

    Args:
        option: Its name, `_` for `-`.

    Returns:
        What holds where the user says nothing; None without such an option.
    """
    if option in DEFAULTS:
        return DEFAULTS[option]
    for home in (ModelConfig, TrainConfig):
        for field in fields(home):
            if field.name == option and field.default is not MISSING:
                return field.default
    return None


def _sorted(options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Sort options into those of the network and those of training."""
    given = {key: value for key, value in options.items() if value is not None}
    homes = known_options()
    known = [name for names in homes.values() for name in names]
    for key in given:
        if key not in known:
            raise OptionError(f"no option {key!r}{did_you_mean(key, known)}; see 'chargen forecast classify --help'")
    rate = {"learning_rate": ADAM} if given.get("optimizer", TrainConfig.optimizer) == "adam" else {}
    chosen = dict(DEFAULTS) | rate | given
    model, training = ({name: chosen[name] for name in names if name in chosen} for names in homes.values())
    return model, training


def _cut(data: Sequences, training: TrainConfig) -> tuple[Sequences, Sequences]:
    """Draw the validation part from each class."""
    chance = generator(training.random_seed, Purpose.SPLIT, 1)
    places = held_out(data.labels, training.validation, 2, chance)
    if not len(places):
        raise SeriesError(
            f"{data.name} has no class of three sequences or more, from which --validation could be drawn; give more, "
            "or --validation 0 to do without"
        )
    return data.take(np.setdiff1d(np.arange(len(data)), places)), data.take(places)


def _examples_of(held: Sequences | None, standard: Standard, classes: tuple[str, ...]) -> tuple[Floats, Ids] | None:
    return None if held is None else (_scaled(standard, held.values), _ids(held.labels, classes))


def _scaled(standard: Standard, values: Sequence[Floats]) -> Floats:
    with np.errstate(over="ignore"):
        scaled = standard.array(values).astype(np.float32)
    if not np.isfinite(scaled).all():
        raise SeriesError(
            "a sequence has values too far from those learnt from for a network to read; correct them, or leave it out"
        )
    return scaled


def _ids(labels: Sequence[str], classes: Sequence[str]) -> Ids:
    place = {label: number for number, label in enumerate(classes)}
    return np.array([place[label] for label in labels], np.int32)


def _outputs(network: Network, scaled: Floats) -> Floats:
    parts = [network.last(scaled[start : start + _TOGETHER])[0] for start in range(0, len(scaled), _TOGETHER)]
    return np.concatenate(parts).astype(np.float64)


def _log_softmax(outputs: Floats) -> Floats:
    shifted = outputs - outputs.max(axis=1, keepdims=True)
    logarithms: Floats = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return logarithms
