"""Small series, and options that learn them at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chargen.series.config import ForecastConfig
from chargen.series.scaling import Scaler, ScalingConfig
from chargen.series.series import Panel, Series
from chargen.series.splitting import Split, training_parts
from chargen.types import Floats

SMALL: dict[str, Any] = {
    "cell": "rnn",
    "window": 6,
    "horizon": 3,
    "units": 3,
    "iterations": 2,
    "batch_size": 8,
    "towers": 1,
    "warmup": 0,
}
# Nothing left to choose: fits are quicker.
CHOSEN: dict[str, Any] = SMALL | {"scaler": "standard", "ridge": 0.0}


def wave(n: int = 80, features: int = 1, seed: int = 0) -> NDArray[np.float64]:
    """Make noisy waves above zero, (n, features)."""
    noise = np.random.default_rng(seed).normal(size=(n, features))
    values: NDArray[np.float64] = (
        10 + 3 * np.sin(np.arange(n)[:, None] * (0.5 + 0.2 * np.arange(features))) + 0.3 * noise
    )
    return values


def series(n: int = 80, features: int = 1, seed: int = 0, name: str = "waves") -> Series:
    """Make a monthly series."""
    columns = tuple("abcdef"[:features])
    return Series(wave(n, features, seed), pd.date_range("1990-01-01", periods=n, freq="MS"), columns, "MS", name)


def panel(*lengths: int, features: int = 1) -> Panel:
    """Make a panel of series of these lengths."""
    return Panel(tuple(series(n, features, place, f"s{place}") for place, n in enumerate(lengths)), "several")


def config(features: int = 1, **options: Any) -> ForecastConfig:
    """Make settings of forecasting."""
    return ForecastConfig(tuple("abcdef"[:features]), **{"window": 6, "horizon": 3} | options)


def scaler(values: Sequence[Floats], parts: Split, of: ForecastConfig, name: str = "standard", **more: Any) -> Scaler:
    """Fit a scaler to the training part."""
    return Scaler.fit(training_parts(values, parts), of.columns, ScalingConfig(name, **more))
