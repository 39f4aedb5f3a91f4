"""What the classical models share: each target of each series has parameters of its own."""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from chargen.errors import SeriesError
from chargen.series.history import require_history
from chargen.types import Floats

# The parameters, a handful, are known well from so many values; more would only make fitting slow.
MOST_FITTED = 5000


@dataclass(frozen=True)
class Fitted:
    """A model fitted to one target of one series.

    Args:
        centre: Mean of the values it was fitted to; it sees them standardised, as optimisers need them.
        spread: Their standard deviation.
        model: What statsmodels knows of the fit.
    """

    centre: float
    spread: float
    model: Any


class Classical(ABC):
    """A model of one series, fitted once and rolled over the origins with the same parameters.

    A series is known by its beginning: one that begins with a training part takes the parameters fitted to that part.
    Any other (a panel split by series) is fitted to what stands before the first origin asked for. Fitting happens when
    a series is first forecast, and once.

    Args:
        targets: Columns that are forecast, each by a model of its own.
    """

    name: str
    least: ClassVar[int]

    def __init__(self, targets: Sequence[int] = (0,)) -> None:
        self.targets = list(targets)
        self._parts: dict[int, set[bytes]] = {}
        self._fitted: dict[bytes, list[Fitted]] = {}

    def fit(self, parts: Sequence[Floats], horizon: int) -> Self:
        self._parts = {}
        for part in parts:
            self._parts.setdefault(len(part), set()).add(self._key(part))
        known = set().union(*self._parts.values())
        self._fitted = {key: fitted for key, fitted in self._fitted.items() if key in known}
        return self

    def forecast(self, values: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        require_history(self.name, values, origins, self.least)
        if not len(origins):
            return np.empty((0, horizon, len(self.targets)))
        known = values[: origins.max(), self.targets]
        part = self._training(values, origins)
        key = self._key(part)
        if key not in self._fitted:
            self._fitted[key] = [self._fit_column(column) for column in part[:, self.targets].T]
        columns = []
        for column, fitted in zip(known.T, self._fitted[key], strict=True):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                rolled = self._roll(fitted.model, (column - fitted.centre) / fitted.spread, origins, horizon)
            columns.append(fitted.centre + fitted.spread * rolled)
        return np.stack(columns, axis=-1)

    def _training(self, values: Floats, origins: NDArray[np.int64]) -> Floats:
        for length in sorted(self._parts, reverse=True):
            if self.least <= length <= len(values) and self._key(values[:length]) in self._parts[length]:
                return values[:length]
        return values[: origins.min()]

    def _key(self, part: Floats) -> bytes:
        return part[:, self.targets].tobytes()

    def _fit_column(self, column: Floats) -> Fitted:
        centre, spread = float(column.mean()), float(column.std())
        if np.ptp(column) <= 1e-12 * np.abs(column).max():
            raise SeriesError(
                f"{self.name} cannot be fitted to a training part that is always {column[0]:g}; "
                "leave it out of --baseline"
            )
        # Which warnings an optimiser gives depends on the series; a baseline that converged badly only scores badly.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                return Fitted(centre, spread, self._fit((column - centre) / spread))
            except (ValueError, np.linalg.LinAlgError) as error:
                why = " ".join(str(error).split())  # statsmodels' messages may have several lines
                raise SeriesError(
                    f"{self.name} cannot be fitted to {len(column)} values ({why}); leave it out of --baseline"
                ) from error

    @abstractmethod
    def _fit(self, column: Floats) -> Any:
        """Estimate the parameters from a standardised training part, (n,)."""

    @abstractmethod
    def _roll(self, model: Any, column: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        """Forecast from all origins with what `_fit` returned: column (n,), result (origins, horizon)."""
