"""Least squares on the last values: the baseline that most networks lose to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from chargen.errors import SeriesError
from chargen.series.history import flat, last_windows, training_windows
from chargen.series.masks import mean_known
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
            outputs: (n, outputs); each learns from the rows where it is not NaN.
            ridges: Weights of the squared coefficients of standardised inputs beside the sum of squared errors (Hoerl &
                Kennard 1970); 0 is plain least squares.

        Returns:
            A regression for each penalty.

        Raises:
            SeriesError: The squares of the values are beyond all numbers.
        """
        known = ~np.isnan(outputs)
        with np.errstate(over="ignore", invalid="ignore"):
            centre, intercept = inputs.mean(axis=0), outputs.mean(axis=0) if known.all() else mean_known([outputs])
            spread = inputs.std(axis=0)
            spread[spread == 0] = 1  # a constant input: its column is zero, and so is its coefficient
            standard, right = (inputs - centre) / spread, outputs - intercept
            right = np.where(known, right, 0.0)
        if not (np.isfinite(spread).all() and np.isfinite(standard).all() and np.isfinite(right).all()):
            size = max(np.abs(inputs).max(), np.nanmax(np.abs(outputs)))
            raise SeriesError(f"values up to {size:g} are too large for least squares; divide them by a power of ten")
        # The singular values of the inputs, not a product of them with themselves, which would square their condition.
        left, values, turned = np.linalg.svd(standard, full_matrices=False)
        rotated = left.T @ right
        least = values.max(initial=0.0) * max(inputs.shape) * np.finfo(np.float64).eps
        kept, found = values > least, []
        if not known.all():
            penalties = [ridge / values[kept] ** 2 for ridge in ridges]
            for shift, turns in _solve_known(left[:, kept], right, known, penalties):
                coefficients = turned[kept].T @ (turns / values[kept, None]) / spread[:, None]
                found.append(cls(centre, coefficients, intercept + shift))
            return found
        for ridge in ridges:
            shrunk = np.where(kept, values / np.where(kept, values**2 + ridge, 1), 0)
            found.append(cls(centre, turned.T @ (shrunk[:, None] * rotated) / spread[:, None], intercept))
        return found

    def __call__(self, inputs: Floats) -> Floats:
        outputs: Floats = self.intercept + (inputs - self.centre) @ self.coefficients
        return outputs


def _solve_known(
    basis: Floats, right: Floats, known: NDArray[np.bool_], penalties: Sequence[Floats]
) -> list[tuple[Floats, Floats]]:
    """Solve least squares over the rows that each output knows.

    Args:
        basis: Orthonormal columns of mean 0, (n, rank): so the squares of what all rows know need no computing.
        right: (n, outputs), 0 where it is not known.
        known: Where it is, (n, outputs).
        penalties: For each ridge the weights of the basis' squared coefficients, (rank,).

    Returns:
        For each ridge the intercepts, (outputs,), and the coefficients of the basis, (rank, outputs).
    """
    rows, rank = basis.shape
    whole = np.concatenate([np.full((rows, 1), rows**-0.5), basis], axis=1)
    rotated = whole.T @ right
    solved = np.empty((len(penalties), rank + 1, right.shape[1]))
    for output in range(right.shape[1]):
        lacking = whole[~known[:, output]]
        squares = np.eye(rank + 1) - lacking.T @ lacking
        for number, penalty in enumerate(penalties):
            weights = np.concatenate([[0.0], penalty])
            scale = 1 / np.sqrt(1 + weights)  # a heavy penalty must not make the others look like nothing
            penalised = scale[:, None] * (squares + np.diag(weights)) * scale
            solved[number, :, output] = scale * np.linalg.lstsq(penalised, scale * rotated[:, output])[0]
    return [(one[0] * rows**-0.5, one[1:]) for one in solved]


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
