"""A dense network on the last values: the baseline without recurrence, trained in Keras."""

from collections.abc import Sequence
from typing import Any, Self

import keras
import numpy as np
from numpy.typing import NDArray

from chargen.errors import SeriesError
from chargen.series.history import flat, last_windows, training_windows
from chargen.types import Floats

UNITS = 64
BATCH_SIZE = 32
# Training ends when so many epochs in a row have not lowered the held-out error, and after so many at the latest.
PATIENCE = 10
MOST_EPOCHS = 200


class Dense:
    """One hidden layer of 64 relu units, all steps at once, from the standardised last values of all features.

    The last tenth of the training part is held out and says when to stop: of ten parts or more the last tenth of them,
    of fewer the last tenth of each one's windows.

    Args:
        lags: Values of each feature that are looked at.
        targets: Columns that are forecast.
        random_seed: Where the first weights and the order of the windows come from.
    """

    name = "dense"

    def __init__(self, lags: int, targets: Sequence[int] = (0,), random_seed: int = 0) -> None:
        self.lags = lags
        self.targets = list(targets)
        self.random_seed = random_seed
        self._horizon = 0
        self._centre: Floats
        self._spread: Floats
        self._weights: list[Floats]

    def fit(self, parts: Sequence[Floats], horizon: int) -> Self:
        learns, holds = self._split(training_windows(self.name, parts, self.lags, horizon), horizon)
        self._horizon = horizon
        together = np.concatenate(parts)
        self._centre, self._spread = together.mean(axis=0), together.std(axis=0)
        self._spread[self._spread == 0] = 1
        (inputs, outputs), held = self._standardised(learns), self._standardised(holds)
        network = _network(inputs.shape[1], outputs.shape[1], self.random_seed)
        self._weights = self._train(network, inputs, outputs, *held)
        return self

    def forecast(self, values: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        if horizon > self._horizon:
            raise SeriesError(
                f"{self.name} was fitted for {self._horizon} steps and cannot forecast {horizon}; "
                f"fit it with --horizon {horizon}"
            )
        windows = (last_windows(self.name, values, origins, self.lags) - self._centre) / self._spread
        outputs = _run(self._weights, flat(windows)).reshape(len(origins), self._horizon, len(self.targets))
        return (self._centre[self.targets] + self._spread[self.targets] * outputs)[:, :horizon]

    def _split(self, windows: list[Floats], horizon: int) -> tuple[Floats, Floats]:
        if len(windows) >= 10:
            held = len(windows) // 10
            return np.concatenate(windows[:-held]), np.concatenate(windows[-held:])
        held_windows = [max(1, len(part) // 10) for part in windows]
        holds = [part[-held:] for part, held in zip(windows, held_windows, strict=True)]
        # What is learnt ends before the first value that is held out as a target.
        ends = [max(0, len(part) - held - horizon + 1) for part, held in zip(windows, held_windows, strict=True)]
        learns = np.concatenate([part[:end] for part, end in zip(windows, ends, strict=True)])
        if not len(learns):
            raise SeriesError(
                f"{self.name} needs at least {self.lags + 2 * horizon} values to learn from, the longest training part "
                f"has {max(map(len, windows)) + self.lags + horizon - 1}; shorten --window or --horizon"
            )
        return learns, np.concatenate(holds)

    def _train(
        self, network: Any, inputs: Floats, outputs: Floats, held_inputs: Floats, held_outputs: Floats
    ) -> list[Floats]:
        # Batch by batch: Keras' fit would shuffle with global state, and takes several times as long for short series.
        generator = np.random.default_rng(self.random_seed)
        least, waited = np.inf, 0
        best: list[Floats] = network.get_weights()
        for _ in range(MOST_EPOCHS):
            order = generator.permutation(len(inputs))
            for start in range(0, len(order), BATCH_SIZE):
                batch = order[start : start + BATCH_SIZE]
                network.train_on_batch(inputs[batch], outputs[batch])
            weights = network.get_weights()
            error = float(((_run(weights, held_inputs) - held_outputs) ** 2).mean())
            waited += 1
            if error < least:
                least, best, waited = error, weights, 0
            if waited == PATIENCE:
                break
        return best

    def _standardised(self, windows: Floats) -> tuple[Floats, Floats]:
        scaled = ((windows - self._centre) / self._spread).astype(np.float32)
        inputs, outputs = scaled[:, : self.lags], scaled[:, self.lags :, self.targets]
        return flat(inputs), flat(outputs)


def _network(inputs: int, outputs: int, random_seed: int) -> Any:
    initializers = keras.initializers.HeUniform(random_seed), keras.initializers.GlorotUniform(random_seed)
    network = keras.Sequential(
        [
            keras.Input((inputs,)),
            keras.layers.Dense(UNITS, "relu", kernel_initializer=initializers[0]),
            keras.layers.Dense(outputs, kernel_initializer=initializers[1]),
        ]
    )
    network.compile("adam", "mse")
    return network


def _run(weights: list[Floats], inputs: Floats) -> Floats:
    kernel, bias, readout, readout_bias = weights
    outputs: Floats = np.maximum(inputs @ kernel + bias, 0) @ readout + readout_bias
    return outputs
