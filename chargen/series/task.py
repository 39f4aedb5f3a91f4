"""What a network learns from series: scaled windows, the steps after them, and where least squares start it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from chargen.errors import SeriesError
from chargen.network import ModelConfig, initial_weights
from chargen.randomness import Purpose, generator
from chargen.series.config import ForecastConfig
from chargen.series.history import flat, last_windows
from chargen.series.linear import Regression
from chargen.series.masks import seen
from chargen.series.model import back
from chargen.series.scaling import Scaler
from chargen.series.scoring import Origins
from chargen.series.splitting import Part, Split
from chargen.types import Floats, Tensors, Weights
from chargen.windows import EveryStep, NextSteps

# Windows that the loss of a part is measured on, evenly chosen, and that least squares are fitted to.
_MOST_SCORED = 4096
_MOST_FITTED = 20_000
# Windows that the linear part reads at once.
_TOGETHER = 1024


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows and the steps after them.

    Args:
        inputs: Scaled, float32 (n, window, features).
        truth: Scaled, float32 (n, outputs); NaN where missing.
        along: Where the state is carried along to the windows: the series, scaled, the steps that they start at, and
            the step that the state starts at; see `chargen.series.model.carried`.
    """

    inputs: Floats
    truth: Floats
    along: tuple[Floats, NDArray[np.int64], int] | None = None


class Task:
    """Series, split and scaled.

    Args:
        values: Each series in original units, (n, features); NaN where missing, which is not learnt from.
        split: Its parts.
        config: What is forecast from what.
        scaler: Fitted to the training part.

    Raises:
        SeriesError: A part is too short for a window and its horizon, or nothing is known of what it would forecast.
    """

    def __init__(self, values: Sequence[Floats], split: Split, config: ForecastConfig, scaler: Scaler) -> None:
        self.config = config
        self.split = split
        with np.errstate(over="ignore"):
            self._scaled = [np.asarray(scaler.transform(series), np.float32) for series in values]
        if any(np.isinf(series).any() for series in self._scaled):
            raise SeriesError(
                f"--scaler {scaler.config.scaler} leaves values that are too large for a network; use --scaler standard"
            )
        self._back = back(config, scaler)
        require_room(split, config, self._back)
        require_truth(values, split, config, self._back)
        self._seen = [seen(series, config.masks, scaler.config.difference) for series in self._scaled]

    def examples(
        self, batch_size: int, learnt: Sequence[int] | None = None, weights: Weights | None = None
    ) -> NextSteps | EveryStep:
        """Make the training examples.

        Args:
            batch_size: Windows in a batch.
            learnt: Steps of each series that were learnt already; where given, the windows are those that the steps
                after them complete, in order.
            weights: The network's, where its linear part was not fitted to this training part.

        Returns:
            The windows of the training part, and what follows them; without those that nothing known follows, unless
            they carry a state to the next.

        Raises:
            SeriesError: Nothing known follows any of them.
        """
        config, starts, place = self.config, [], 0
        shuffled = config.learning != "online" and learnt is None
        for number, series in enumerate(self._scaled):
            origins = self.split.training.origins(number, self._back, config.steps)
            if config.protocol == "tutorial":
                origins = origins[:: config.window]
            if learnt is not None:
                origins = origins[origins + config.steps > learnt[number]]
            starts.append(place + origins - config.window)
            place += len(series)
        whole = np.concatenate(self._seen)
        if config.strategy == "seq2seq":
            linear: Floats = np.empty(0)
            if config.linear == "residual":
                linear = self._linear.coefficients if weights is None else weights["skip.kernel"]
            both = zip(self._scaled, self._seen, strict=True)
            ahead = np.concatenate([self._ahead(series, read, linear.astype(np.float32)) for series, read in both])
            examples: NextSteps | EveryStep = EveryStep(
                whole, np.concatenate(starts), config.window, batch_size, ahead, shuffled=shuffled
            )
        else:
            examples = NextSteps(
                whole,
                np.concatenate(starts),
                config.window,
                batch_size,
                np.concatenate(self._scaled)[:, : config.forecast],
                config.steps,
                shuffled=shuffled,
            )
        if config.learning == "online" or not examples.gaps or examples.known.all():
            return examples
        if not examples.known.any():
            raise SeriesError(
                "nothing is known of what follows the windows that --protocol tutorial takes; leave it out, or shorten "
                "--window"
            )
        return replace(examples, starts=examples.starts[examples.known])

    def _ahead(self, series: Floats, read: Floats, linear: Floats) -> Floats:
        """Lay out what follows each step, less what the coefficients of a frozen linear part say of it; (n, outputs).

        The linear part looks back a whole window, so the first steps of a series have nothing to learn from it.
        """
        config = self.config
        found = np.full((len(series), config.outputs), np.nan, np.float32)
        after: Floats = np.moveaxis(sliding_window_view(series[1:, : config.forecast], config.steps, axis=0), -1, 1)
        found[: len(after)] = after.reshape(len(after), -1)
        if config.linear == "residual":
            found[: config.window - 1] = np.nan
            for start in range(config.window, len(after) + 1, _TOGETHER):
                ends = np.arange(start, min(start + _TOGETHER, len(after) + 1))
                windows = flat(last_windows("the network", read, ends, config.window))
                found[ends - 1] -= windows @ linear
        return found

    @cached_property
    def _linear(self) -> Regression:
        return self.regressions([self.config.ridge])[0]

    def windows(self, part: Part, most: int = _MOST_SCORED) -> Windows:
        """Cut the windows of a part.

        Args:
            part: The part.
            most: How many at most; evenly chosen.

        Returns:
            The windows.
        """
        config = self.config
        origins = Origins.of(part, self._back, config.steps, most)
        inputs = [
            last_windows("the network", series, places, config.window)
            for series, places in zip(self._seen, origins.places, strict=True)
            if len(places)
        ]
        truth = origins.truth(self._scaled, config.forecast)
        along = None
        if config.learning == "online":  # of one series
            along = self._seen[0], origins.places[0] - config.window, self._back - config.window
        return Windows(np.concatenate(inputs), truth.reshape(len(truth), -1), along)

    def regressions(self, ridges: Sequence[float]) -> list[Regression]:
        """Fit least squares to the windows of the training part.

        Args:
            ridges: Penalties on the coefficients of standardised inputs.

        Returns:
            For each penalty the map from a flat window to the outputs.
        """
        windows = self.windows(self.split.training, _MOST_FITTED)
        inputs, truth = flat(windows.inputs).astype(np.float64), windows.truth.astype(np.float64)
        return Regression.path(inputs, truth, ridges)

    def start(self, model: ModelConfig, random_seed: int, fitted: Regression | None = None) -> Tensors:
        """Make the weights that training starts from.

        Args:
            model: The network.
            random_seed: The seed of chance.
            fitted: The linear part, where it is known already.

        Returns:
            float32 by key. With a linear part the outputs are those of least squares at first; where the readout's
            activation is not linear, the linear part's alone are: a relu learns nothing from zeros.
        """
        weights = initial_weights(model, generator(random_seed, Purpose.WEIGHTS))
        if model.skip:
            fitted = fitted or self._linear
            weights["skip.kernel"] = fitted.coefficients.astype(np.float32)
            # The steps of a decoder share the readout's bias: there the linear part has one of its own.
            bias = "skip.bias" if model.decoder else "readout.bias"
            if model.output_activation == "linear":
                weights[bias] = (fitted.intercept - fitted.centre @ fitted.coefficients).astype(np.float32)
                weights["readout.kernel"] = np.zeros_like(weights["readout.kernel"])
        return weights


def require_room(split: Split, config: ForecastConfig, back: int) -> None:
    """Refuse parts that are too short for a window and its horizon.

    Args:
        split: The parts.
        config: What is forecast from what.
        back: Steps that a forecast needs before it.

    Raises:
        SeriesError: No series has room for one.
    """
    for name, part in (("training", split.training), ("validation", split.validation), ("test", split.test)):
        room = max(len(part.origins(number, back, config.horizon)) for number in range(len(part.first)))
        longest, first = max((end - first, first) for first, end in zip(part.first, part.end, strict=True))
        if room <= 0 and (part or name == "training"):
            needed = config.horizon + max(0, back - first)  # what is looked back at may lie before the part
            raise SeriesError(
                f"the {name} part has {longest} steps at most, and a forecast takes {needed} "
                f"(--window {config.window}, --horizon {config.horizon}); give a longer series, shorten them, or hold "
                "out another share with --validation and --test"
            )


def require_truth(values: Sequence[Floats], split: Split, config: ForecastConfig, back: int) -> None:
    """Refuse parts of which nothing is known that a forecast could be compared with.

    Args:
        values: Each series, (n, features), NaN where missing.
        split: The parts.
        config: What is forecast from what.
        back: Steps that a forecast needs before it.

    Raises:
        SeriesError: A part has steps, and every target misses in all of them.
    """
    for name, part in (("training", split.training), ("validation", split.validation), ("test", split.test)):
        held = [
            series[max(first, back) : end, : config.targets]
            for series, first, end in zip(values, part.first, part.end, strict=True)
        ]
        if part and all(np.isnan(series).all() for series in held):
            raise SeriesError(
                f"all values of {', '.join(config.columns[: config.targets])} that could be forecast in the {name} "
                "part are missing; hold out another share with --validation and --test, or give --start and --end"
            )
