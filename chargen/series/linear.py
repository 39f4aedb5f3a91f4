"""Least squares on the last values: the baseline that most networks lose to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from chargen.errors import SeriesError
from chargen.series.history import flat, last_windows, training_windows
from chargen.types import Floats


@dataclass(frozen=True)
class Regression:
    """A fitted linear map with an intercept: y = intercept + (x - centre) coefficients.

    Args:
        centre: Mean of the inputs, (inputs,).
        coefficients: (inputs, outputs).
        intercept: Mean of the outputs, (outputs,).
    """

    centre: Floats
    coefficients: Floats
    intercept: Floats

    @classmethod
    def fit(cls, inputs: Floats, outputs: Floats, ridge: float) -> "Regression":
        """Find the coefficients of least squared error; see `path`."""
        return cls.path(inputs, outputs, [ridge])[0]

    @classmethod
    def path(cls, inputs: Floats, outputs: Floats, ridges: Sequence[float]) -> list["Regression"]:
        """Find the coefficients of least squared error for several penalties at the price of one.

        Inputs are standardised for the solving, so that neither the penalty nor what counts as a dependent column
        knows their units. Where inputs depend on one another, the smallest coefficients are taken.

        Args:
            inputs: (n, inputs).
            outputs: (n, outputs).
            ridges: Weights of the squared coefficients of standardised inputs beside the sum of squared errors (Hoerl &
                Kennard 1970); 0 is plain least squares.

        Returns:
            A regression for each penalty.
        """
        centre, intercept = inputs.mean(axis=0), outputs.mean(axis=0)
        spread = inputs.std(axis=0)
        spread[spread == 0] = 1  # a constant input: its column is zero, and so is its coefficient
        # The singular values of the inputs, not a product of them with themselves, which would square their condition.
        left, values, right = np.linalg.svd((inputs - centre) / spread, full_matrices=False)
        rotated = left.T @ (outputs - intercept)
        least = values.max(initial=0.0) * max(inputs.shape) * np.finfo(np.float64).eps
        found = []
        for ridge in ridges:
            known = values > least
            shrunk = np.where(known, values / np.where(known, values**2 + ridge, 1), 0)
            found.append(cls(centre, right.T @ (shrunk[:, None] * rotated) / spread[:, None], intercept))
        return found

    def __call__(self, inputs: Floats) -> Floats:
        outputs: Floats = self.intercept + (inputs - self.centre) @ self.coefficients
        return outputs


class Linear:
    """Direct least squares: a regression for each step on the last values of all features.

    All steps learn from the same windows, those that fit the training part with the whole horizon behind them.

    Args:
        lags: Values of each feature that are looked at.
        targets: Columns that are forecast.
        ridge: Penalty on the coefficients of standardised inputs; 0 is plain least squares.
    """

    name = "linear"

    def __init__(self, lags: int, targets: Sequence[int] = (0,), ridge: float = 0.0) -> None:
        self.lags = lags
        self.targets = list(targets)
        self.ridge = ridge
        self._horizon = 0
        self._regression: Regression

    def fit(self, parts: Sequence[Floats], horizon: int) -> Self:
        windows = np.concatenate(training_windows(self.name, parts, self.lags, horizon))
        inputs, outputs = windows[:, : self.lags], windows[:, self.lags :, self.targets]
        self._regression = Regression.fit(flat(inputs), flat(outputs), self.ridge)
        self._horizon = horizon
        return self

    def forecast(self, values: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        if horizon > self._horizon:
            raise SeriesError(
                f"{self.name} was fitted for {self._horizon} steps and cannot forecast {horizon}; "
                f"fit it with --horizon {horizon}, or take linear-recursive, which goes on"
            )
        outputs = self._regression(flat(last_windows(self.name, values, origins, self.lags)))
        return outputs.reshape(len(origins), self._horizon, len(self.targets))[:, :horizon]


class LinearRecursive:
    """Recursive least squares: one regression for the next value of every feature, fed with its own forecasts.

    Args:
        lags: Values of each feature that are looked at.
        targets: Columns that are forecast.
        ridge: Penalty on the coefficients of standardised inputs; 0 is plain least squares.
    """

    name = "linear-recursive"

    def __init__(self, lags: int, targets: Sequence[int] = (0,), ridge: float = 0.0) -> None:
        self.lags = lags
        self.targets = list(targets)
        self.ridge = ridge
        self._regression: Regression

    def fit(self, parts: Sequence[Floats], horizon: int) -> Self:
        windows = np.concatenate(training_windows(self.name, parts, self.lags, 1))
        self._regression = Regression.fit(flat(windows[:, :-1]), windows[:, -1], self.ridge)
        return self

    def forecast(self, values: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        known = last_windows(self.name, values, origins, self.lags)
        for _ in range(horizon):
            after = self._regression(flat(known[:, -self.lags :]))
            known = np.concatenate([known, after[:, None]], axis=1)
        return known[:, self.lags :, self.targets]
