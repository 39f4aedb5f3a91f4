"""What the contestants of bench_forecast.py get and answer; NumPy alone, as each may have a Python of its own."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[Any]
Forecast = Callable[[Floats], Floats]  # windows in original units, (origins, window), to (origins, horizon)
Fit = Callable[[], Forecast]  # what is timed: builds the model and fits it


@dataclass(frozen=True, eq=False)
class Task:
    """What every contestant has to do; what comes after the origins it is not told.

    Args:
        training: Series in original units, float64 (series, steps).
        known: The window before each origin, float64 (origins, window).
        window: Values that a forecast is made from.
        horizon: Steps ahead.
        units: Units of the GRU.
        epochs: Passes over all windows of the training part.
        batch: Windows in a batch.
        rate: Adam's step size, the same throughout.
        seed: The seed of chance.
        way: Which of its ways to train the contestant takes.
    """

    training: Floats
    known: Floats
    window: int
    horizon: int
    units: int
    epochs: int
    batch: int
    rate: float
    seed: int = 0
    way: str = ""

    def scaled(self, values: Floats) -> Floats:
        """Bring values to the training part's mean 0 and deviation 1, float32."""
        return np.asarray((values - self.training.mean()) / self.training.std(), np.float32)

    def unscaled(self, values: Floats) -> Floats:
        """Bring scaled values back, float64."""
        original: Floats = np.asarray(values, np.float64) * self.training.std() + self.training.mean()
        return original

    def save(self, path: Path) -> None:
        """Write it."""
        np.savez(path, **asdict(self))

    @classmethod
    def load(cls, path: Path) -> "Task":
        """Read what `save` wrote."""
        with np.load(path) as arrays:
            return cls(**{key: array if array.ndim else array.item() for key, array in arrays.items()})


def take_part(prepare: Callable[[Task], Fit], packages: Sequence[str], arguments: Sequence[str]) -> None:
    """Be a contestant: fit, forecast and write an answer.

    Args:
        prepare: Imports what fitting takes, and brings the data into the form that it takes them in.
        packages: Whose versions are told.
        arguments: Files of the task and of the answer, and the time of the process' start.
    """
    path, answer, born = arguments
    task = Task.load(Path(path))
    fit = prepare(task)
    started = time.time()
    forecast = fit()
    ended = time.time()
    facts = {
        "seconds": ended - started,
        "whole": ended - float(born),
        "versions": {package: version(package) for package in packages},
        "forecast": forecast(task.known).tolist(),
    }
    Path(answer).write_text(json.dumps(facts))
