"""A recurrent network that fills gaps: it reads a window from both ends and learns what straight lines leave.

It learns by cutting gaps into what is known and reconstructing what was cut, as denoising autoencoders do (Vincent et
al. 2008, section 2). A step is shown to it as in BRITS (Cao et al. 2018, section 3): a value, whether it is known, how
far the known ones are; but the value of a gap is that of the line through its known neighbours, and the output is
added to it. So the network starts where linear interpolation ends.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from chargen.errors import OptionError, did_you_mean
from chargen.network import ModelConfig, Network, initial_weights
from chargen.randomness import Purpose, generator
from chargen.series.filling import linear
from chargen.series.gaps import Gap, gaps, own_lengths
from chargen.series.scaling import Scaler, ScalingConfig
from chargen.snapshot import Snapshot
from chargen.trainer import Progress, TrainConfig, Trainer
from chargen.types import Floats

# What a step shows of each feature: a value, whether it is known, how near the known ones before and behind are.
SHOWN = 4
# What imputation starts from where the core has no opinion.
DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {"units": 64, "iterations": 40, "batch_size": 32, "learning_rate": 0.005, "schedule": "cosine", "warmup": 50}
)
# Settings of the network that are left to choose.
_OF_NETWORK = ("cell", "units", "layers", "activation", "dropout", "recurrent_dropout")
# Steps that the network reads at once, at least and, unless asked for, at most; in blocks as they are scored.
LEAST_WINDOW, MOST_WINDOW, BLOCKS = 48, 256, 4
# Windows of an epoch.
_WINDOWS = 2048
# Of a window, the largest share that is cut.
_MOST_CUT = 0.3
# Windows that tell how the errors of lines grow.
_MOST_MEASURED = 1024
# Patterns of gaps that each window may meet.
_PATTERNS = 2**31
# Windows that the network reads at once, in NumPy.
_TOGETHER = 512


def window_for(values: Sequence[Floats], block: int, seasons: Sequence[int]) -> int:
    """Choose how many steps the network reads at once.

    Args:
        values: Each series, (n, features), NaN where missing.
        block: Steps of the gaps that are scored.
        seasons: Steps in a season, where known.

    Returns:
        The longest season, BLOCKS blocks, twice the longest gap or LEAST_WINDOW, whichever is most; MOST_WINDOW at
        most, and no more than the longest series has.
    """
    wanted = max(LEAST_WINDOW, BLOCKS * block, 2 * max(own_lengths(values), default=0), *seasons, 0)
    return min(wanted, MOST_WINDOW, max(map(len, values)))


def lengths_for(values: Sequence[Floats], block: int, window: int) -> tuple[int, ...]:
    """Choose the lengths of gaps that are learnt: those of the series' own, single steps, blocks, and a spread.

    Args:
        values: Each series, (n, features), NaN where missing.
        block: Steps of the gaps that are scored.
        window: Steps that the network reads at once; no gap is longer than half of it.

    Returns:
        Lengths, each as often as it is drawn.
    """
    most = max(window // 2, min(block, window - 2), 1)
    own = [length for length in own_lengths(values) if length <= most]
    longest = min(max(2 * block, max(own, default=1)), most)
    spread = [1 + round(place * (longest - 1) / 7) for place in range(8)]
    # A quarter single steps, a quarter as scored, a quarter spread, a quarter like the series' own where it has some.
    sample = [own[int(place * len(own) / 8)] for place in range(8)] if own else spread
    return (*(1,) * 8, *(min(block, most),) * 8, *spread, *sample)


def show(windows: Floats) -> tuple[Floats, Floats, Floats]:
    """Make what a network sees of windows with gaps.

    Args:
        windows: Scaled, (..., time, features), NaN where unknown.

    Returns:
        float32 (..., time, SHOWN * features): the values, of gaps those of the line between the known ones on both
        sides, level where only one side is known, 0 where nothing is; 1 where known, else 0; 1 / (1 + steps) to the
        nearest known step before, then behind, 0 where there is none. The values alone, (..., time, features). How
        far a step is from what is known, of the same shape: b a / (b + a) with b steps to the known one before and a
        to that after, which is the variance of a random walk between them; the steps to the one there is at the ends.
    """
    time = windows.shape[-2]
    steps = np.arange(time)[:, None]
    known = ~np.isnan(windows)
    before = np.maximum.accumulate(np.where(known, steps, -1), axis=-2)
    behind = np.minimum.accumulate(np.where(known, steps, time)[..., ::-1, :], axis=-2)[..., ::-1, :]
    has_before, has_behind = before >= 0, behind < time
    level = np.where(known, windows, 0)
    left = np.take_along_axis(level, np.maximum(before, 0), axis=-2)
    right = np.take_along_axis(level, np.minimum(behind, time - 1), axis=-2)
    left, right = np.where(has_before, left, right), np.where(has_behind, right, left)
    lines = left + (right - left) * (steps - before) / np.maximum(behind - before, 1)
    back, ahead = np.where(has_before, steps - before, np.inf), np.where(has_behind, behind - steps, np.inf)
    inputs = np.concatenate([lines, known, 1 / (1 + back), 1 / (1 + ahead)], axis=-1, dtype=np.float32)
    with np.errstate(divide="ignore"):
        away = np.where(known, 0, 1 / (1 / back + 1 / ahead))
    return inputs, lines, np.minimum(away, time)


@dataclass(frozen=True)
class Growth:
    """How the error of lines grows with the distance from what is known: factor * distance ** power, a column each.

    What the network puts out is in units of it, so that it learns short gaps as eagerly as long ones.

    Args:
        factor: For each column, above 0.
        power: For each column, from 0 to 2.
    """

    factor: Floats
    power: Floats

    @classmethod
    def measure(cls, errors: Floats, away: Floats) -> "Growth":
        """Fit to the errors of lines.

        Args:
            errors: Scaled, (n, features), NaN where unknown.
            away: The distance of each, as `show` has it, of the same shape.

        Returns:
            Least squares through the logarithms of the root mean squares in classes of distance, doubling each.
        """
        fitted = []
        for error, distance in zip(errors.T, away.T, strict=True):
            some = ~np.isnan(error) & (distance > 0)
            classes = np.floor(2 * np.log2(distance[some])).astype(int)
            numbers, members, counts = np.unique(classes, return_inverse=True, return_counts=True)
            squares = np.bincount(members, error[some] ** 2) / np.maximum(counts, 1)
            moved = squares > 0
            if not moved.any():
                fitted.append((1.0, 0.0))
                continue
            at, size, weight = numbers[moved] / 2 * math.log(2), np.log(squares[moved]) / 2, counts[moved]
            centre, height = np.average(at, weights=weight), np.average(size, weights=weight)
            spread = np.average((at - centre) ** 2, weights=weight)
            power = np.average((at - centre) * (size - height), weights=weight) / spread if spread > 0 else 0.0
            power = min(max(float(power), 0.0), 2.0)
            fitted.append((math.exp(height - power * centre), power))
        factor, powers = np.array(fitted).T
        return cls(factor, powers)

    def __call__(self, away: Floats) -> Floats:
        """Tell how large the error of a line is, for each distance, (..., features); 1 at no distance."""
        grown: Floats = self.factor * np.maximum(away, 0.5) ** self.power
        return grown


@dataclass(frozen=True, eq=False)
class CutGaps:
    """Examples of filling gaps: windows with gaps cut into what is known, and what lines leave of what was cut.

    Each window of an epoch is a number that holds its start and the seed of its pattern of gaps, so the patterns are
    drawn anew each epoch from the epoch's own generator, and the same number is always cut the same way.

    Args:
        values: Scaled, float32 (N, features), NaN where unknown; several series stand one after the other.
        starts: Where windows may start, int64 (n,).
        window: Steps in a window.
        lengths: Of the gaps that are cut, each as often as it is drawn.
        batch_size: Windows in a batch.
        growth: What the errors of lines are measured in; units of the scaled values when left out.
    """

    values: Floats
    starts: NDArray[np.int64]
    window: int
    lengths: tuple[int, ...]
    batch_size: int
    growth: Growth | None = None

    @property
    def batch(self) -> int:
        """Windows in a batch."""
        return self.batch_size

    @property
    def batches(self) -> int:
        """Batches in an epoch: as many for every series, since no window is ever used up."""
        return max(1, _WINDOWS // self.batch)

    @property
    def targets(self) -> int:
        """A window counts once."""
        return 1

    @property
    def gaps(self) -> bool:
        """Only what was cut is learnt."""
        return True

    def order(self, generator: np.random.Generator) -> NDArray[np.int64]:
        """Draw an epoch's windows and their patterns."""
        count = self.batches * self.batch
        rounds = [generator.permutation(len(self.starts)) for _ in range(-(-count // len(self.starts)))]
        numbers = np.concatenate(rounds)[:count] * _PATTERNS + generator.integers(_PATTERNS, size=count)
        return numbers.reshape(self.batches, self.batch)

    def cut(self, starts: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Cut windows out and gaps into them.

        Args:
            starts: Numbers that `order` drew, int64 (n, batch).

        Returns:
            What the network sees, float32 (n, batch, window, SHOWN * features); what lines leave of the values that
            were cut, float32 (n, batch, window, features), NaN everywhere else.
        """
        whole, cut = self._cut(starts)
        inputs, lines, away = show(np.where(cut, np.nan, whole))
        left = (whole - lines) / (1 if self.growth is None else self.growth(away))
        return inputs, np.where(cut, left, np.nan).astype(np.float32)

    def errors(self, starts: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Measure what lines leave of the values that are cut.

        Args:
            starts: As for `cut`.

        Returns:
            The errors, NaN everywhere else, and the distances from what is known, each (steps, features).
        """
        whole, cut = self._cut(starts)
        _, lines, away = show(np.where(cut, np.nan, whole))
        features = whole.shape[-1]
        return np.where(cut, whole - lines, np.nan).reshape(-1, features), away.reshape(-1, features)

    def _cut(self, starts: NDArray[np.int64]) -> tuple[Floats, NDArray[np.bool_]]:
        """Cut windows out, and tell what is cut of them."""
        views: NDArray[Any] = sliding_window_view(self.values, self.window, axis=0)
        whole = np.moveaxis(views[self.starts[starts // _PATTERNS]], -1, -2)
        flat = whole.reshape(-1, *whole.shape[-2:])
        patterns = [self._pattern(one, number) for one, number in zip(flat, starts.ravel().tolist(), strict=True)]
        return whole, np.array(patterns).reshape(whole.shape)

    def _pattern(self, window: Floats, number: int) -> NDArray[np.bool_]:
        """Draw what is cut of a window, bool (window, features); nothing where hardly anything is known."""
        chance = np.random.default_rng(number)
        features = window.shape[1]
        known = ~np.isnan(window)
        cut = np.zeros_like(known)
        share = chance.uniform(0, _MOST_CUT)
        # Half of the windows have gaps of one length: single steps would count for little beside blocks.
        lengths = self.lengths
        if chance.random() < 0.5:
            lengths = (self.lengths[int(chance.integers(len(self.lengths)))],)
        for _ in range(self.window):
            length = min(lengths[int(chance.integers(len(lengths)))], self.window - 1)
            first = int(chance.integers(self.window - length + 1))
            columns = slice(None)
            if features > 1 and chance.random() < 0.5:
                columns = slice(one := int(chance.integers(features)), one + 1)
            cut[first : first + length, columns] = True
            if cut.mean() >= share and (cut & known).any():
                break
        return cut & known


class Reconstruction:
    """A network that has learnt to fill gaps.

    Args:
        network: The network.
        scaler: Fitted to what it learnt from.
        growth: What the network's outputs are measured in.
        window: Steps that it reads at once.
        longest: Steps of the longest gaps that it learnt.
        bounded: For each column whether it is never below zero where it is known; then no filling is.
    """

    def __init__(
        self,
        network: Network,
        scaler: Scaler,
        growth: Growth,
        window: int,
        longest: int,
        bounded: Sequence[bool],
    ) -> None:
        self._growth = growth
        self.longest = longest
        self.window = window
        self._network = network
        self._scaler = scaler
        self._bounded = np.array(bounded)

    def fill(self, values: Sequence[Floats]) -> list[Floats]:
        """Fill the gaps of series.

        Args:
            values: Each in original units, (n, features), NaN where missing.

        Returns:
            float64 of the same shapes; of a gap longer than a window the ends stay NaN.
        """
        filled: list[Floats] = [np.array(series, np.float64) for series in values]
        found = gaps(values)
        for gap, made in zip(found, self.at(values, found), strict=True):
            filled[gap.series][gap.first : gap.end, list(gap.columns)] = made
        return filled

    def at(self, values: Sequence[Floats], found: Sequence[Gap]) -> list[Floats]:
        """Reconstruct what stands in gaps, each from the window in whose middle it is, as far as the ends let it.

        Args:
            values: Each series in original units, (n, features), NaN where missing.
            found: The gaps.

        Returns:
            For each gap float64 (rows, columns); NaN where its window does not reach.
        """
        windows = list(dict.fromkeys(self._window(values, gap) for gap in found))
        made: dict[tuple[int, int], Floats] = {}
        for place in range(0, len(windows), _TOGETHER):
            some = windows[place : place + _TOGETHER]
            cut = [self._scaled(values[number], start) for number, start in some]
            made |= zip(some, self._reconstruct(np.array(cut)), strict=True)
        filled: list[Floats] = []
        for gap in found:
            number, start = self._window(values, gap)
            first, end = max(gap.first, start), min(gap.end, start + self.window)
            filled.append(np.full((len(gap), len(gap.columns)), np.nan))
            inside = made[number, start][first - start : end - start]
            filled[-1][first - gap.first : end - gap.first] = inside[:, list(gap.columns)]
        return filled

    def _window(self, values: Sequence[Floats], gap: Gap) -> tuple[int, int]:
        """Tell the series of a gap, and where its window starts."""
        last = len(values[gap.series]) - self.window
        return gap.series, max(min((gap.first + gap.end - self.window) // 2, last), 0)

    def _scaled(self, series: Floats, start: int) -> Floats:
        return self._scaler.transform(_padded(series[start : start + self.window], self.window))

    def _reconstruct(self, windows: Floats) -> Floats:
        inputs, lines, away = show(windows)
        outputs, _ = self._network(inputs)
        made = self._scaler.inverse(lines + self._growth(away) * outputs, range(lines.shape[-1]))
        return np.where(self._bounded, np.maximum(made, 0), made)


def settle(options: Mapping[str, Any], features: int, window: int) -> tuple[ModelConfig, TrainConfig]:
    """Sort options into the settings of the network and of its training.

    Args:
        options: By the names of ModelConfig and TrainConfig; None counts as not given.
        features: Columns of the series.
        window: Steps that the network reads at once.

    Returns:
        The settings, validated.

    Raises:
        OptionError: An unknown option, or a value that makes no sense.
    """
    given = dict(DEFAULTS) | {key: value for key, value in options.items() if value is not None}
    decided = ("recipe", "seqlen", "step", "frozen", "validation", "test")
    training = [field.name for field in fields(TrainConfig) if field.name not in decided]
    known = (*_OF_NETWORK, *training)
    for key in given:
        if key not in known:
            raise OptionError(f"no option {key!r}{did_you_mean(key, known)}; see 'chargen forecast impute --help'")
    own = {key: given[key] for key in _OF_NETWORK if key in given}
    return (
        ModelConfig(SHOWN * features, features, encoder="bidirectional", **own),
        TrainConfig("classic", window, **{key: given[key] for key in training if key in given}),
    )


def learn(
    values: Sequence[Floats],
    columns: Sequence[str],
    validation: Sequence[tuple[Gap, Floats]],
    model: ModelConfig,
    training: TrainConfig,
    lengths: tuple[int, ...],
    on_progress: Callable[[Progress], None] | None = None,
) -> Reconstruction:
    """Train a network to fill gaps; the best iteration is the one with the least error in the validation gaps.

    The errors in gaps of each length are taken in units of what lines leave there, so that all lengths count alike.

    Args:
        values: Each series in original units, (n, features), NaN where missing or held out.
        columns: Their names.
        validation: Gaps that are held out to choose the iteration, and what stands in each, (rows, columns).
        model: The network.
        training: How it is trained; `seqlen` is the window.
        lengths: Of the gaps that it learns.
        on_progress: Called several times a second.

    Returns:
        The network after its best iteration.

    Raises:
        TrainingError: The loss is no longer a number.
        SeriesError: A column cannot be scaled.
    """
    scaler = Scaler.fit(values, columns, ScalingConfig())
    bounded = [all(not (series[:, column] < 0).any() for series in values) for column in range(len(columns))]
    examples = examples_of([scaler.transform(series) for series in values], training, lengths)
    numbers = examples.order(generator(training.random_seed, Purpose.GAPS, 0)).ravel()[:_MOST_MEASURED]
    growth = Growth.measure(*examples.errors(numbers))
    examples = replace(examples, growth=growth)
    held = [gap for gap, _ in validation]
    lines = [linear(values[gap.series])[gap.first : gap.end, list(gap.columns)] for gap in held]
    level = _squares(validation, lines, scaler)
    trainer = Trainer(model, training, examples, Snapshot(start(model, training.random_seed)))
    best: Reconstruction | None = None
    losses: list[float] = []
    for iteration in range(1, training.iterations + 1):
        snapshot = trainer.run(iteration, on_progress, losses)
        network = Network(model, snapshot.weights)
        made = Reconstruction(network, scaler, growth, training.seqlen, max(lengths), bounded)
        found = _squares(validation, made.at(values, held), scaler)
        loss = float(np.mean([found[steps] / max(level[steps], 1e-12) for steps in found]))
        if best is None or loss < min(losses):
            best = made
        losses.append(loss)
        if training.patience and len(losses) - 1 - int(np.argmin(losses)) >= training.patience:
            break
    assert best is not None  # noqa: S101 (an iteration at least: TrainConfig)
    return best


def examples_of(scaled: Sequence[Floats], training: TrainConfig, lengths: tuple[int, ...]) -> CutGaps:
    """Make the training examples.

    Args:
        scaled: Each series, (n, features), NaN where nothing may be learnt.
        training: How it is trained; `seqlen` is the window.
        lengths: Of the gaps that are cut.

    Returns:
        The windows of every series in which something is known.
    """
    padded = [_padded(series, training.seqlen).astype(np.float32) for series in scaled]
    starts, place = [], 0
    for series in padded:
        some: NDArray[Any] = sliding_window_view(~np.isnan(series).all(axis=1), training.seqlen)
        starts.append(place + np.flatnonzero(some.sum(axis=1) > 1))
        place += len(series)
    return CutGaps(np.concatenate(padded), np.concatenate(starts), training.seqlen, lengths, training.batch_size)


def start(model: ModelConfig, random_seed: int) -> dict[str, Floats]:
    """Make the weights that training starts from: all outputs are zero, and lines fill the gaps.

    Args:
        model: The network.
        random_seed: The seed of chance.

    Returns:
        float32 by key.
    """
    weights = initial_weights(model, generator(random_seed, Purpose.WEIGHTS))
    return weights | {"readout.kernel": np.zeros_like(weights["readout.kernel"])}


def _squares(held: Sequence[tuple[Gap, Floats]], made: Sequence[Floats], scaler: Scaler) -> dict[int, float]:
    """Measure the mean squared error in gaps of each length, in units of each column's spread."""
    squares: dict[int, list[Floats]] = {}
    for (gap, truth), guess in zip(held, made, strict=True):
        scale = np.array(scaler.scale)[list(gap.columns)]
        squares.setdefault(len(gap), []).append((((guess - truth) / scale) ** 2).ravel())
    return {steps: float(np.concatenate(found).mean()) for steps, found in squares.items()}


def _padded(values: Floats, window: int) -> Floats:
    """Let a series that is shorter than a window end in steps where nothing is known."""
    lacking = max(0, window - len(values))
    return np.concatenate([values, np.full((lacking, values.shape[1]), np.nan)]) if lacking else np.asarray(values)
