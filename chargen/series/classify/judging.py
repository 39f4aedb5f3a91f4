"""Who tells classes best: the network beside baselines, all on the same test sequences."""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import mean, median, stdev
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chargen.config import is_count, is_number, is_whole, require
from chargen.errors import SaveError
from chargen.randomness import Purpose, generator
from chargen.series.classify.baselines import Contestant, Majority, NearestNeighbour
from chargen.series.classify.classifier import Classifier, OnProgress, require_like
from chargen.series.classify.scores import accuracy, confusion, f1_scores, macro_f1, wilson
from chargen.series.classify.sequences import Sequences, held_out, require_classes
from chargen.series.fitting import Trainers
from chargen.series.metrics import SIGNIFICANT, sign_test
from chargen.types import Floats

TEST = 0.2


@dataclass(frozen=True)
class Row:
    """How well one contestant told the classes of the test sequences.

    Args:
        model: The contestant's name.
        sequences: Test sequences.
        accuracy: Share that it got right; for several seeds the mean over them, as all figures are.
        accuracy_low: Lower end of the 95 % interval (Wilson 1927) that so many sequences leave.
        accuracy_high: Its upper end.
        accuracy_sd: Standard deviation over the seeds; None for one.
        f1: Macro F1, the mean over the classes.
        f1_sd: Its standard deviation over the seeds; None for one.
        f1_by_class: F1 of each class; None where it neither occurs in the test part nor was told.
        confusion: Sequences by true class (rows) and class told, in order of the classes; of the first seed.
    """

    model: str
    sequences: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    accuracy_sd: float | None
    f1: float
    f1_sd: float | None
    f1_by_class: Mapping[str, float | None]
    confusion: tuple[tuple[int, ...], ...]

    def figures(self) -> dict[str, Any]:
        """Make a row of a table, or of JSON."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Result:
    """A contestant's row, and what it came from.

    Args:
        row: Its figures.
        told: The label that it told for each test sequence with the first seed.
        right: Which test sequences it got right with each seed, bool (seeds, n).
        probabilities: Of each class with the first seed, (n, classes); None for who gives none.
    """

    row: Row
    told: tuple[str, ...]
    right: NDArray[np.bool_]
    probabilities: Floats | None


@dataclass(frozen=True, eq=False)
class Contest:
    """What came of a comparison.

    Args:
        classes: All labels, sorted.
        training: What was learnt from.
        validation: What chose the iteration, where it has a table of its own.
        test: What was told.
        chose: Sequences that chose the network's iteration.
        results: The network's, then the baselines'.
    """

    classes: tuple[str, ...]
    training: Sequences
    validation: Sequences | None
    test: Sequences
    chose: int
    results: tuple[Result, ...]

    def verdict(self) -> str:
        """Say in a line whether the network is better than the best baseline.

        Of several seeds each has a sign test of its own, as a seed decides many sequences at once; twice the median of
        their p-values is one again, however they depend on each other (Meinshausen, Meier & Bühlmann 2009, "p-Values
        for High-Dimensional Regression", section 3.1).
        """
        ours, *others = self.results
        best = max(others, key=lambda result: result.row.accuracy)
        first, second = (ours, best) if ours.row.accuracy >= best.row.accuracy else (best, ours)
        shares = f"accuracy {first.row.accuracy:.3f} beside {second.row.accuracy:.3f}"
        if first.row.accuracy == second.row.accuracy:
            return f"{first.row.model} and {second.row.model} are equally good: {shares}"
        pairs = [_won(one, other) for one, other in zip(*np.broadcast_arrays(first.right, second.right), strict=True)]
        wins, losses = (mean(counts) for counts in zip(*pairs, strict=True))
        # A seed that the other one wins tells nothing for this one, however surely.
        chances = [sign_test(*pair) if pair[0] > pair[1] else 1.0 for pair in pairs]
        several = len(chances) > 1
        chance = min(1.0, 2 * median(chances)) if several else chances[0]
        told = (
            f"of the {wins + losses:.3g} test sequences on which they differ it does better on {wins:.3g}"
            + (f", means over {len(chances)} seeds" if several else "")
            + f" (sign test: {'twice the median ' if several else ''}p = {chance:.2g})"
        )
        known = "is better than" if chance < SIGNIFICANT else "is ahead of"
        doubt = "" if chance < SIGNIFICANT else ", which may be chance: more test sequences would tell"
        return f"{first.row.model} {known} {second.row.model}: {shares}; {told}{doubt}"

    def to_csv(self, path: str | Path) -> None:
        """Write what the network told of each test sequence: its name, label, label told, and each class' probability.

        Args:
            path: The file.

        Raises:
            SaveError: It cannot be written.
        """
        ours = self.results[0]
        chances: Any = [()] * len(self.test) if ours.probabilities is None else ours.probabilities.tolist()
        rows = zip(self.test.names, self.test.labels, ours.told, chances, strict=True)
        try:
            with Path(path).open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(["sequence", "label", "told", *(f"p({label})" for label in self.classes)])
                writer.writerows([*front, *map(repr, probabilities)] for *front, probabilities in rows)
        except OSError as error:
            raise SaveError(
                f"{path} cannot be written ({error.strerror}); choose another place with --output"
            ) from error


def contest(
    data: Sequences,
    options: Mapping[str, Any],
    *,
    test: Sequences | float = TEST,
    validation: Sequences | float | None = None,
    seeds: int = 1,
    name: str | None = None,
    on_progress: OnProgress | None = None,
    on_result: Callable[[str], object] | None = None,
) -> Contest:
    """Let a network and baselines learn some sequences, and tell the classes of others.

    Everything is fitted to what is learnt from: classes, means and deviations, weights, the choice of the iteration.
    Baselines learn from all of it, also from what chose the network's iteration.

    Args:
        data: The sequences.
        options: The network's, as for `chargen forecast classify`.
        test: Share of each class that is drawn by the random seed, or sequences of their own.
        validation: Share of each class of the others that chooses the iteration, or sequences of their own; 0.1 when
            left out.
        seeds: Trainings that differ in chance alone, from the options' random seed on; the test part is the same.
        name: What tables call the network; its cell when left out.
        on_progress: Called several times a second while the network learns.
        on_result: Called with each contestant's name when it is done.

    Returns:
        What came of it.

    Raises:
        ChargenError: An option or a sequence cannot be used.
    """
    require(is_count(seeds), "--seeds", seeds, "a whole number from 1 up")
    first = options.get("random_seed") or 0
    require(is_whole(first), "--random-seed", first, "a whole number from 0 up")
    if isinstance(test, Sequences):
        classes, known, asked = require_classes(data, 1, "to be learnt from"), data, test
        require_like(asked, known)
    else:
        require(is_number(test) and 0 < test < 1, "--test", test, "a share above 0 and below 1, or a file")
        classes = require_classes(data, 2, "one to be learnt from and one to be told")
        places = held_out(data.labels, test, 1, generator(first, Purpose.SPLIT, 0))
        known, asked = data.take(np.setdiff1d(np.arange(len(data)), places)), data.take(places)
    held = validation if isinstance(validation, Sequences) else None
    settings = dict(options) | ({} if held or validation is None else {"validation": validation})
    trainers = Trainers()
    networks = [
        Classifier(name=name, on_progress=on_progress, trainers=trainers, **settings | {"random_seed": first + seed})
        for seed in range(seeds)
    ]
    told, chances = [], None
    for network in networks:
        probabilities = network.fit(known, held).probabilities(asked.values)
        chances = probabilities if chances is None else chances
        told.append(tuple(classes[place] for place in probabilities.argmax(axis=1)))
    results = [_result(networks[0].name, told, asked, classes, chances)]
    everything = known if held is None else _joined(known, held)
    if on_result:
        on_result(results[0].row.model)
    baselines: tuple[Contestant, ...] = (Majority(), NearestNeighbour())
    for baseline in baselines:
        labels = baseline.fit(everything).predict(asked.values)
        results.append(_result(baseline.name, [labels], asked, classes, None))
        if on_result:
            on_result(baseline.name)
    return Contest(classes, known, held, asked, networks[0].held, tuple(results))


def _result(
    name: str, told: Sequence[tuple[str, ...]], asked: Sequences, classes: tuple[str, ...], chances: Floats | None
) -> Result:
    counts = [confusion(asked.labels, labels, classes) for labels in told]
    shares, scores = [accuracy(count) for count in counts], [macro_f1(count) for count in counts]
    low, high = wilson(mean(shares), len(asked))
    several = len(told) > 1
    by_class = zip(*(f1_scores(count) for count in counts), strict=True)
    row = Row(
        name,
        len(asked),
        mean(shares),
        low,
        high,
        stdev(shares) if several else None,
        mean(scores),
        stdev(scores) if several else None,
        {label: _mean(found) for label, found in zip(classes, by_class, strict=True)},
        tuple(tuple(line) for line in counts[0].tolist()),
    )
    hits = np.array(told) == np.array(asked.labels)
    return Result(row, told[0], hits, chances)


def _won(one: NDArray[np.bool_], other: NDArray[np.bool_]) -> tuple[int, int]:
    return int((one & ~other).sum()), int((~one & other).sum())


def _mean(scores: Sequence[float | None]) -> float | None:
    found = [score for score in scores if score is not None]
    return mean(found) if found else None


def _joined(one: Sequences, other: Sequences) -> Sequences:
    values, labels, names = one.values + other.values, one.labels + other.labels, one.names + other.names
    return replace(one, values=values, labels=labels, names=names)
