"""A trained network that forecasts, in NumPy."""

from collections.abc import Sequence
from copy import copy
from typing import Self

import numpy as np
from numpy.typing import NDArray

from chargen.errors import OptionError
from chargen.network import Network, States
from chargen.series.config import ForecastConfig
from chargen.series.history import last_windows, lifted, require_history
from chargen.series.masks import filled, mean_known, seen
from chargen.series.scaling import Scaler
from chargen.series.scoring import Origins
from chargen.series.splitting import Part
from chargen.types import Floats, Weights

# Windows that the network reads at once.
_TOGETHER = 1024
# Windows of the training part that tell how large the errors are, at most.
_MOST_ERRORS = 500


class Model:
    """A network with all that forecasting in original units takes; a contestant that is fitted already.

    Args:
        name: What tables call it.
        config: What is forecast from what.
        scaler: Fitted to the training part.
        network: The network.
        parts: The training part of each series, from which the errors' variance is measured where the scaler needs it;
            (n, features), NaN where missing.
    """

    def __init__(
        self, name: str, config: ForecastConfig, scaler: Scaler, network: Network, parts: Sequence[Floats]
    ) -> None:
        self.name = name
        self.config = config
        self._scaler = scaler
        self._network = network
        self._targets = range(config.targets)
        self._before = mean_known(parts) if len(parts) else 0.0
        self._variance: Floats | None = None
        if scaler.config.scaler in ("sqrt", "log1p"):
            self._variance = self._errors(parts)

    def fit(self, parts: Sequence[Floats], horizon: int) -> Self:
        """It is fitted; see `Contestant`."""
        return self

    def updated(self, weights: Weights) -> "Model":
        """Make the same model with other weights; the errors' variance stays as it was measured.

        Args:
            weights: Of the same network.

        Returns:
            The model.
        """
        model = copy(self)
        model._network = Network(self._network.config, weights)
        return model

    def forecast(self, values: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        """Forecast one series from many origins; see `Contestant`."""
        config = self.config
        if config.strategy != "recursive" and horizon > config.horizon:
            raise OptionError(
                f"--horizon is {horizon}, and {self.name} learnt {config.horizon} steps (--strategy "
                f"{config.strategy}); ask for {config.horizon} at most, or train one that goes on with --strategy "
                "recursive"
            )
        require_history(self.name, values, origins, back(config, self._scaler))
        scaled = self._scaled(self._scaler.transform(values), origins, horizon)
        variance = None
        if self._variance is not None:
            # Beyond the horizon that was measured the errors are taken to grow no more.
            variance = self._variance[np.minimum(np.arange(horizon), len(self._variance) - 1)]
        season = self._scaler.config.difference
        # Where the value a season ago is missing, that of the season before it stands for it.
        known = filled(values, self._before, season) if season else values
        context = self._scaler.context(known, origins, self._targets)
        forecasts = self._scaler.inverse(scaled, self._targets, context, variance)
        return lifted(forecasts, values, origins, config.minimum)

    def _scaled(self, scaled: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        """Forecast scaled values, (k, horizon, targets)."""
        config = self.config
        scaled = seen(scaled, config.masks, self._scaler.config.difference)
        found: list[Floats] = [np.empty((0, horizon, config.targets))]
        for start in range(0, len(origins), _TOGETHER):
            now = origins[start : start + _TOGETHER]
            known = last_windows(self.name, scaled, now, config.window)
            states = None
            if config.learning == "online":
                states = carried(self._network, scaled, now - config.window, self._scaler.config.difference)
            if config.strategy != "recursive":
                found.append(self._read(known, states)[:, :horizon])
                continue
            for _ in range(horizon):
                window = known[:, -config.window :]
                after = self._read(window, states)
                if states is not None:
                    states = self._network.carry(np.asarray(window[:, :1], np.float32), states)
                if config.masks:  # what was forecast counts as known
                    after = np.concatenate([after, np.ones_like(after)], axis=2)
                known = np.concatenate([known, after], axis=1)
            found.append(known[:, config.window :, : config.targets])
        return np.concatenate(found)

    def _read(self, windows: Floats, states: States | None = None) -> Floats:
        outputs, _ = self._network.last(np.asarray(windows, np.float32), states)
        return outputs.reshape(len(windows), self.config.steps, self.config.forecast)

    def _errors(self, parts: Sequence[Floats]) -> Floats:
        """Measure the variance of the scaled forecasts' errors on the training part, (steps, targets)."""
        whole = Part((0,) * len(parts), tuple(len(part) for part in parts))
        origins = Origins.of(whole, back(self.config, self._scaler), self.config.horizon, _MOST_ERRORS)
        squares = []
        for part, places in zip(parts, origins.places, strict=True):
            if len(places):
                scaled = self._scaler.transform(part)
                truth = scaled[places[:, None] + np.arange(origins.horizon), : self.config.targets]
                squares.append((truth - self._scaled(scaled, places, origins.horizon)) ** 2)
        return mean_known(squares) if squares else np.zeros((1, self.config.targets))


def carried(network: Network, scaled: Floats, places: NDArray[np.int64], first: int) -> States:
    """Carry the states along a series, and keep those before the given steps.

    Args:
        network: The network.
        scaled: A series, scaled, (n, features).
        places: The steps, from `first` on, (k,).
        first: Where the series starts: before are no differences.

    Returns:
        For each layer the cell's states, each (k, units).
    """
    inputs = np.asarray(scaled[None], np.float32)
    states: States = network.initial_states(1)
    kept: dict[int, States] = {}
    before = first
    for place in np.unique(places).tolist():
        if place > before:
            states = network.carry(inputs[:, before:place], states)
        kept[place], before = states, place
    layers = zip(*(kept[place] for place in places.tolist()), strict=True)
    return [tuple(np.concatenate(parts) for parts in zip(*layer, strict=True)) for layer in layers]


def back(config: ForecastConfig, scaler: Scaler) -> int:
    """Tell how many steps a forecast needs before it: the window, and the season before it that it is differenced with.

    Args:
        config: What is forecast from what.
        scaler: The scaler.

    Returns:
        So many.
    """
    return config.window + scaler.config.difference
