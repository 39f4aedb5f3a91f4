"""A dense network on the last values: the baseline without recurrence, trained in Keras."""

from collections.abc import Sequence
from typing import Any, Self

import keras
import numpy as np
from numpy.typing import NDArray

from chargen.config import is_count, is_whole, require
from chargen.errors import SeriesError
from chargen.series.history import last_windows, training_windows
from chargen.types import Floats

UNITS = 64
BATCH_SIZE = 128
LEARNING_RATE = 0.003
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
        require(is_count(lags), "--window", lags, "a whole number from 1 up")
        require(is_whole(random_seed), "--random-seed", random_seed, "a whole number from 0 up")
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
        windows = _Shuffled(*self._standardised(learns), np.random.default_rng(self.random_seed))
        network = keras.Sequential(
            [
                keras.Input((windows.inputs.shape[1],)),
                keras.layers.Dense(UNITS, "relu", kernel_initializer=keras.initializers.HeUniform(self.random_seed)),
                keras.layers.Dense(
                    windows.outputs.shape[1], kernel_initializer=keras.initializers.GlorotUniform(self.random_seed)
                ),
            ]
        )
        network.compile(keras.optimizers.Adam(LEARNING_RATE), "mse")
        stopping = keras.callbacks.EarlyStopping(patience=PATIENCE, restore_best_weights=True)
        network.fit(
            windows,
            validation_data=self._standardised(holds),
            epochs=MOST_EPOCHS,
            callbacks=[stopping],
            verbose=0,
            shuffle=False,  # Keras would shuffle with global state
        )
        self._weights = [np.asarray(weight, np.float64) for weight in network.get_weights()]
        return self

    def forecast(self, values: Floats, origins: NDArray[np.int64], horizon: int) -> Floats:
        if horizon > self._horizon:
            raise SeriesError(
                f"{self.name} was fitted for {self._horizon} steps and cannot forecast {horizon}; "
                f"fit it with --horizon {horizon}"
            )
        windows = (last_windows(self.name, values, origins, self.lags) - self._centre) / self._spread
        kernel, bias, readout, readout_bias = self._weights
        hidden = np.maximum(windows.reshape(len(windows), -1) @ kernel + bias, 0)
        outputs = (hidden @ readout + readout_bias).reshape(len(origins), self._horizon, len(self.targets))
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

    def _standardised(self, windows: Floats) -> tuple[Floats, Floats]:
        scaled = ((windows - self._centre) / self._spread).astype(np.float32)
        inputs, outputs = scaled[:, : self.lags], scaled[:, self.lags :, self.targets]
        return inputs.reshape(len(scaled), -1), outputs.reshape(len(scaled), -1)


class _Shuffled(keras.utils.PyDataset):  # type: ignore[misc] # Keras ships no types
    """Batches in an order that a generator of their own draws anew each epoch."""

    def __init__(self, inputs: Floats, outputs: Floats, generator: np.random.Generator) -> None:
        super().__init__()
        self.inputs, self.outputs = inputs, outputs
        self._generator = generator
        self._order = generator.permutation(len(inputs))

    def __len__(self) -> int:
        return -(-len(self.inputs) // BATCH_SIZE)

    def __getitem__(self, index: int) -> tuple[Any, Any]:
        batch = self._order[index * BATCH_SIZE : (index + 1) * BATCH_SIZE]
        return self.inputs[batch], self.outputs[batch]

    def on_epoch_end(self) -> None:
        self._order = self._generator.permutation(len(self.inputs))
