"""Scaling: what is done to a series before a network sees it, and how forecasts are brought back.

Three steps, each optional: a function of each value (square root, log(1 + x)), the difference from one season before,
and a linear map. What the map needs is fitted on the training part alone.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chargen.config import from_json, is_number, is_whole, require
from chargen.errors import DamagedRunError, SeriesError
from chargen.series.history import last_windows
from chargen.types import Floats

SCALERS = ("none", "standard", "minmax", "fixed", "sqrt", "log1p")
# Of the values' size: a smaller spread is what rounding leaves of none.
LEAST_SPREAD = 1e-12


@dataclass(frozen=True)
class ScalingConfig:
    """Which scaling.

    Args:
        scaler: `none`; `standard`, mean 0 and standard deviation 1; `minmax`, smallest and largest value to the ends of
            a range; `fixed`, a given range to 0..1, nothing fitted; `sqrt` and `log1p`, standardised after that.
        scaler_range: For `minmax` where the values go, 0..1 when left out; for `fixed` the range they come from.
        difference: Steps in a season whose differences are scaled instead of the values; 0 takes the values.
    """

    scaler: str = "standard"
    scaler_range: tuple[float, float] | None = None
    difference: int = 0

    def __post_init__(self) -> None:
        known = isinstance(self.scaler, str) and self.scaler in SCALERS
        require(known, "--scaler", self.scaler, f"one of {', '.join(SCALERS)}")
        given = self.scaler_range
        if self.scaler in ("minmax", "fixed"):
            pair = isinstance(given, tuple) and len(given) == 2 and all(map(is_number, given))
            right = (pair and given[0] < given[1]) if given is not None else self.scaler == "minmax"
            require(right, "--scaler-range", given, f"two rising numbers for --scaler {self.scaler}, such as 0 1")
        else:
            require(given is None, "--scaler-range", given, "nothing without --scaler minmax or --scaler fixed")
        require(is_whole(self.difference), "--difference", self.difference, "the steps in a season, or 0 for none")


@dataclass(frozen=True)
class Scaler:
    """A scaling fitted to a training part: scaled = (difference(function(value)) - offset) / scale.

    Args:
        config: Which scaling.
        columns: Names of the features, for messages.
        offset: For each feature.
        scale: For each feature, above 0.
    """

    config: ScalingConfig
    columns: tuple[str, ...]
    offset: tuple[float, ...]
    scale: tuple[float, ...]

    def __post_init__(self) -> None:
        for key in ("columns", "offset", "scale"):
            right = isinstance(getattr(self, key), tuple) and len(getattr(self, key)) == len(self.columns) > 0
            require(right, key, getattr(self, key), "a list, one entry for each feature")
        require(all(isinstance(name, str) for name in self.columns), "columns", self.columns, "texts")
        require(all(map(is_number, self.offset)), "offset", self.offset, "numbers")
        right = all(is_number(scale) and scale > 0 for scale in self.scale)
        require(right, "scale", self.scale, "numbers above 0")

    @classmethod
    def fit(cls, parts: Sequence[Floats], columns: Sequence[str], config: ScalingConfig) -> "Scaler":
        """Fit to training parts, all together; NaN are left out.

        Args:
            parts: The training part of each series, in original units, (n, features).
            columns: Names of the features, for messages.
            config: Which scaling.

        Returns:
            The scaler.

        Raises:
            SeriesError: A feature is constant, negative under sqrt or log1p, or has no values; or no part is longer
                than the season whose differences are taken.
        """
        season = config.difference
        for part in parts:
            _require_domain(part, columns, config)
        whole = [_function(part, config) for part in parts if len(part) > season]
        if not whole:
            longest = max((len(part) for part in parts), default=0)
            raise SeriesError(
                f"differences of {season} steps need a training part of more than {season} values, the longest has "
                f"{longest}; shorten --difference"
            )
        pooled = np.concatenate([part[season:] - part[: len(part) - season] if season else part for part in whole])
        size = np.concatenate(whole)
        fitted = [_fit_column(pooled[:, index], size[:, index], name, config) for index, name in enumerate(columns)]
        offset, scale = zip(*fitted, strict=True)
        return cls(config, tuple(columns), offset, scale)

    def transform(self, values: Floats) -> Floats:
        """Scale values.

        Args:
            values: In original units, (..., time, features).

        Returns:
            float64 of the same shape; NaN where the value is NaN, and for the first `difference` steps, which have
            nothing to be differenced with. Below zero, sqrt and log1p take a value for zero.
        """
        level = _function(values, self.config)
        season = self.config.difference
        if season:
            level, before = np.full_like(level, np.nan), level
            level[..., season:, :] = before[..., season:, :] - before[..., : max(0, before.shape[-2] - season), :]
        scaled: Floats = (level - np.array(self.offset, np.float64)) / np.array(self.scale, np.float64)
        return scaled

    def context(self, values: Floats, origins: NDArray[np.int64], targets: Sequence[int] = (0,)) -> Floats:
        """Cut what `inverse` needs to undo differences: the last season before each origin.

        Args:
            values: A series in original units, (n, features).
            origins: Where forecasts start, (k,).
            targets: Columns that are forecast.

        Returns:
            (k, difference, targets); without differences its second axis is empty.

        Raises:
            SeriesError: An origin has less than a season before it.
        """
        if not self.config.difference:
            return np.empty((len(origins), 0, len(targets)))
        return last_windows("--difference", values[:, list(targets)], origins, self.config.difference)

    def inverse(
        self,
        scaled: Floats,
        targets: Sequence[int] = (0,),
        context: Floats | None = None,
        variance: Floats | None = None,
    ) -> Floats:
        """Bring forecasts back to original units.

        The inverse of a mean is not the mean of the inverse. With the variance s^2 of the scaled forecast's error, the
        mean of the original value is given: under sqrt, whose forecast is m, E[x] = m^2 + s^2, whatever the errors'
        distribution; under log1p, exp(m + s^2 / 2) - 1, exact for normal errors (Duan 1983, "Smearing estimate").
        Without a variance m^2 and exp(m) - 1 are given, which lie too low on average. A square root that was forecast
        below zero counts as zero.

        Args:
            scaled: Forecasts, (..., steps, targets).
            targets: The column that each one is of.
            context: What `context` cut from before their origins, (..., difference, targets), where differences were
                taken.
            variance: Of the scaled forecasts' errors, of a shape that fits `scaled`; errors a season apart, which add
                up where differences were taken, count as uncorrelated.

        Returns:
            float64 of the same shape, in original units.

        Raises:
            ValueError: Differences were taken and no context is given.
        """
        offset, scale = (np.array(figures, np.float64)[list(targets)] for figures in (self.offset, self.scale))
        level = offset + scale * np.asarray(scaled, np.float64)
        spread = None if variance is None else np.broadcast_to(scale**2 * variance, level.shape).copy()
        season, steps = self.config.difference, level.shape[-2]
        if season:
            if context is None:
                raise ValueError("the inverse of differences needs the context before the origins")
            last = _function(context, self.config)
            for start in range(0, steps, season):
                block = level[..., start : start + season, :]  # views: what is added stays
                block += last[..., : block.shape[-2], :]
                last = block
                if spread is not None and start:
                    spread[..., start : start + season, :] += spread[..., start - season : start, :][
                        ..., : block.shape[-2], :
                    ]
        with np.errstate(over="ignore"):  # a forecast beyond any number is infinite
            if self.config.scaler == "sqrt":
                return np.maximum(level, 0) ** 2 + (0 if spread is None else spread)
            if self.config.scaler == "log1p":
                return np.expm1(level + (0 if spread is None else spread / 2))
        return level

    def to_json(self) -> str:
        """Write the scaler as scaler.json holds it.

        Returns:
            One line of JSON, ending in LF.
        """
        config = {
            "scaler": self.config.scaler,
            "scaler_range": self.config.scaler_range,
            "difference": self.config.difference,
        }
        return (
            json.dumps({"config": config, "columns": self.columns, "offset": self.offset, "scale": self.scale}) + "\n"
        )

    @classmethod
    def from_json(cls, text: str, where: str) -> "Scaler":
        """Read what `to_json` wrote.

        Args:
            text: What the file holds.
            where: The file, for error messages.

        Returns:
            The scaler.

        Raises:
            DamagedRunError: It is anything else.
        """
        try:
            values: Any = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise DamagedRunError(f"{where} is not JSON ({error}); restore it from a copy") from error
        if isinstance(values, dict):
            values = values | {"config": from_json(ScalingConfig, values.get("config"), f"{where}, 'config',")}
        return from_json(cls, values, where)


def _require_domain(values: Floats, columns: Sequence[str], config: ScalingConfig) -> None:
    """Refuse to fit a function to values that it does not have."""
    if config.scaler not in ("sqrt", "log1p"):
        return
    for index, name in enumerate(columns):
        column = values[..., index]
        if (column < 0).any():
            raise SeriesError(
                f"column {name!r} holds {column[column < 0].flat[0]:g}; --scaler {config.scaler} takes values from "
                "0 up: use --scaler standard"
            )


def _function(values: Floats, config: ScalingConfig) -> Floats:
    """Apply the function of each value; no value is changed in place."""
    if config.scaler not in ("sqrt", "log1p"):
        return np.array(values, np.float64)
    # What was fitted had nothing below zero; what comes later may, and counts as zero.
    function: Floats = (np.sqrt if config.scaler == "sqrt" else np.log1p)(np.maximum(values, 0.0))
    return function


def _fit_column(column: Floats, level: Floats, name: str, config: ScalingConfig) -> tuple[float, float]:
    """Find offset and scale of one feature from its (differenced) values and, for their size, from its level."""
    if config.scaler == "none":
        return 0.0, 1.0
    if config.scaler == "fixed" and config.scaler_range is not None:
        low, high = config.scaler_range
        return float(low), float(high - low)
    column, level = column[~np.isnan(column)], level[~np.isnan(level)]
    if not len(column):
        raise SeriesError(
            f"column {name!r} has no values in the training part; choose others with --target and --column"
        )
    low, high = column.min(), column.max()
    if not np.isfinite(high - low):
        raise SeriesError(f"column {name!r} goes from {low:g} to {high:g}, too far to be scaled; use --scaler none")
    if high - low <= LEAST_SPREAD * np.abs(level).max():
        what = f"changes by {low:g} every {config.difference} steps" if config.difference else f"is always {low:g}"
        raise SeriesError(
            f"column {name!r} {what} in the training part: there is nothing to learn; choose others with --target "
            "and --column"
        )
    if config.scaler == "minmax":
        first, last = config.scaler_range or (0.0, 1.0)
        scale = (high - low) / (last - first)
        return float(low - first * scale), float(scale)
    if not (spread := float(column.std())):
        raise SeriesError(f"column {name!r} changes by {high - low:g} only; multiply it by a power of ten")
    return float(column.mean()), spread
