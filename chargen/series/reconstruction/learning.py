"""Learning to fill gaps: settings, and the iteration with the least error in gaps that are held out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from chargen.errors import OptionError, did_you_mean
from chargen.network import ModelConfig, Network, initial_weights
from chargen.randomness import Purpose, generator
from chargen.series.best import Best
from chargen.series.filling import linear
from chargen.series.gaps import Gap
from chargen.series.reconstruction.cutting import examples_of
from chargen.series.reconstruction.filler import Reconstruction
from chargen.series.reconstruction.lines import SHOWN, Growth
from chargen.series.scaling import Scaler, ScalingConfig
from chargen.snapshot import Snapshot
from chargen.trainer import Progress, TrainConfig, Trainer
from chargen.types import Floats

# What imputation starts from where the core has no opinion.
DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {"units": 64, "iterations": 40, "batch_size": 32, "learning_rate": 0.005, "schedule": "cosine", "warmup": 50}
)
# Settings of the network that are left to choose.
_OF_NETWORK = ("cell", "units", "layers", "activation", "dropout", "recurrent_dropout")
# Windows that tell how the errors of lines grow.
_MOST_MEASURED = 1024


def settle(options: Mapping[str, Any], features: int, window: int) -> tuple[ModelConfig, TrainConfig]:
    """Sort options into the settings of the network and of its training.

    Args:
        options: By the names of ModelConfig and TrainConfig; None counts as not given.
        features: Columns of the series.
        window: Steps that the network reads at once.

    Returns:
        The settings, validated.

    Raises:
        OptionError: An unknown option, or a value that makes no sense.
    """
    given = dict(DEFAULTS) | {key: value for key, value in options.items() if value is not None}
    decided = ("recipe", "seqlen", "step", "frozen", "validation", "test")
    training = [field.name for field in fields(TrainConfig) if field.name not in decided]
    known = (*_OF_NETWORK, *training)
    for key in given:
        if key not in known:
            raise OptionError(f"no option {key!r}{did_you_mean(key, known)}; see 'chargen forecast impute --help'")
    own = {key: given[key] for key in _OF_NETWORK if key in given}
    return (
        ModelConfig(SHOWN * features, features, encoder="bidirectional", **own),
        TrainConfig("classic", window, **{key: given[key] for key in training if key in given}),
    )


def learn(
    values: Sequence[Floats],
    columns: Sequence[str],
    validation: Sequence[tuple[Gap, Floats]],
    model: ModelConfig,
    training: TrainConfig,
    lengths: tuple[int, ...],
    on_progress: Callable[[Progress], None] | None = None,
) -> Reconstruction:
    """Train a network to fill gaps; the best iteration is the one with the least error in the validation gaps.

    The errors in gaps of each length are taken in units of what lines leave there, so that all lengths count alike.

    Args:
        values: Each series in original units, (n, features), NaN where missing or held out.
        columns: Their names.
        validation: Gaps that are held out to choose the iteration, and what stands in each, (rows, columns).
        model: The network.
        training: How it is trained; `seqlen` is the window.
        lengths: Of the gaps that it learns.
        on_progress: Called several times a second.

    Returns:
        The network after its best iteration.

    Raises:
        TrainingError: The loss is no longer a number.
        SeriesError: A column cannot be scaled.
    """
    scaler = Scaler.fit(values, columns, ScalingConfig())
    bounded = [all(not (series[:, column] < 0).any() for series in values) for column in range(len(columns))]
    examples = examples_of([scaler.transform(series) for series in values], training, lengths)
    numbers = examples.order(generator(training.random_seed, Purpose.GAPS, 0)).ravel()[:_MOST_MEASURED]
    growth = Growth.measure(*examples.errors(numbers))
    examples = replace(examples, growth=growth)
    held = [gap for gap, _ in validation]
    lines = [linear(values[gap.series])[gap.first : gap.end, list(gap.columns)] for gap in held]
    level = _squares(validation, lines, scaler)
    trainer = Trainer(model, training, examples, Snapshot(start(model, training.random_seed)))
    best: Best[Reconstruction] = Best(training.patience)
    for iteration in range(1, training.iterations + 1):
        snapshot = trainer.run(iteration, on_progress, best.losses)
        network = Network(model, snapshot.weights)
        made = Reconstruction(network, scaler, growth, training.seqlen, max(lengths), bounded)
        found = _squares(validation, made.at(values, held), scaler)
        loss = float(np.mean([found[steps] / max(level[steps], 1e-12) for steps in found]))
        if best.offer(made, loss):
            break
    return best.kept


def start(model: ModelConfig, random_seed: int) -> dict[str, Floats]:
    """Make the weights that training starts from: all outputs are zero, and lines fill the gaps.

    Args:
        model: The network.
        random_seed: The seed of chance.

    Returns:
        float32 by key.
    """
    weights = initial_weights(model, generator(random_seed, Purpose.WEIGHTS))
    return weights | {"readout.kernel": np.zeros_like(weights["readout.kernel"])}


def _squares(held: Sequence[tuple[Gap, Floats]], made: Sequence[Floats], scaler: Scaler) -> dict[int, float]:
    """Measure the mean squared error in gaps of each length, in units of each column's spread."""
    squares: dict[int, list[Floats]] = {}
    for (gap, truth), guess in zip(held, made, strict=True):
        scale = np.array(scaler.scale)[list(gap.columns)]
        squares.setdefault(len(gap), []).append((((guess - truth) / scale) ** 2).ravel())
    return {steps: float(np.concatenate(found).mean()) for steps, found in squares.items()}
