"""Choosing the scaler and the penalty of the linear part, on the validation part alone."""

import math
from collections.abc import Sequence
from dataclasses import replace

from chargen.errors import SeriesError
from chargen.network import ModelConfig, Network
from chargen.series.config import ForecastConfig
from chargen.series.metrics import rmse
from chargen.series.model import Model, back
from chargen.series.scaling import Scaler, ScalingConfig
from chargen.series.scoring import Origins
from chargen.series.splitting import Part, Split, training_parts
from chargen.series.task import Task
from chargen.types import Floats

SCALERS = ("standard", "sqrt", "log1p")
RIDGES = (0.0, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 3000.0, 10_000.0)
# Without a validation part, the share at the training part's end that chooses; a forecast at least.
_SHARE = 0.1
# Forecasts that a choice is made from, at most.
_MOST = 1000


def choose(
    values: Sequence[Floats],
    split: Split,
    config: ForecastConfig,
    scalers: Sequence[ScalingConfig],
    ridges: Sequence[float],
) -> tuple[ScalingConfig, float]:
    """Choose the scaler and the penalty with which least squares forecast the validation part best.

    Args:
        values: Each series in original units, (n, features), NaN where missing.
        split: Its parts; without a validation part the end of the training part chooses.
        config: What is forecast from what.
        scalers: What there is to choose from; those that cannot be fitted are left out.
        ridges: Likewise.

    Returns:
        The scaler and the penalty.

    Raises:
        SeriesError: No scaler can be fitted, or a part is too short.
    """
    if len(scalers) == 1 and len(ridges) == 1:
        return scalers[0], ridges[0]
    # Whatever comes after the validation part must not decide which scalers can be fitted.
    seen = [max(ends) for ends in zip(split.training.end, split.validation.end, strict=True)]
    values = [series[:end] for series, end in zip(values, seen, strict=True)]
    split = Split(split.training, split.validation, Part(tuple(seen), tuple(seen)))
    if not split.validation:
        end = split.training.end
        cut = tuple(max(0, min(int(step * (1 - _SHARE)), step - config.steps)) for step in end)
        split = Split(Part(split.training.first, cut), Part(cut, end), split.test)
    best, least, refusal = None, math.inf, None
    for scaling in scalers:
        try:
            errors = _errors(values, split, config, scaling, ridges)
        except SeriesError as refused:
            refusal = refusal or refused  # the first is of the plainest scaler
            continue
        for ridge, error in zip(ridges, errors, strict=True):
            if best is None or error < least:
                best, least = (scaling, ridge), error
    if best is None:
        raise refusal or SeriesError("no scaler to choose from; give one with --scaler")
    return best


def _errors(
    values: Sequence[Floats], split: Split, config: ForecastConfig, scaling: ScalingConfig, ridges: Sequence[float]
) -> list[float]:
    """Measure the RMSE of least squares on the validation part, in original units, for each penalty."""
    parts = training_parts(values, split)
    scaler = Scaler.fit(parts, config.columns, scaling)
    strategy = "recursive" if config.strategy == "recursive" else "direct"
    alone = replace(
        config, horizon=config.steps, strategy=strategy, learning="batches", linear="residual", protocol="honest"
    )
    # A network whose readout starts from nothing forecasts what its linear part does.
    network = ModelConfig(config.inputs, config.outputs, cell="rnn", units=1, skip=config.window)
    origins = Origins.of(split.validation, back(alone, scaler), config.steps, _MOST)
    truth, errors = origins.truth(values, config.targets), []
    task = Task(values, split, alone, scaler)
    for fitted in task.regressions(ridges):
        weights = task.start(network, 0, fitted)
        model = Model("linear", alone, scaler, Network(network, weights), parts)
        errors.append(rmse(truth, origins.forecast(model, values)))
    return errors
