"""What came of trials, one by one and by setting."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from chargen.config import is_count, is_number, require
from chargen.sweep.space import Scalar

PART = "validation (also chose this iteration)"


@dataclass(frozen=True)
class Trial:
    """One run of a sweep, finished or failed.

    Args:
        number: Its number, from 1.
        run: The run's name.
        options: The value of each option that is swept.
        random_seed: Where its chance came from.
        iteration: The best iteration, which the validation figure chose; None if it failed.
        figure: How good that is on the validation part: bits per character or RMSE, the lower the better.
        test: The same on the test part; None without one.
        parameters: Numbers that were learnt.
        seconds: Time spent training.
        failure: Why it failed; empty if it did not.
    """

    number: int
    run: str
    options: Mapping[str, Scalar]
    random_seed: int
    iteration: int | None = None
    figure: float | None = None
    test: float | None = None
    parameters: int | None = None
    seconds: float | None = None
    failure: str = ""

    def __post_init__(self) -> None:
        require(is_count(self.number), "number", self.number, "a whole number from 1 up")
        require(isinstance(self.run, str) and isinstance(self.failure, str), "run", self.run, "a text")
        require(isinstance(self.options, Mapping), "options", self.options, "values by option")
        for name in ("figure", "test", "parameters", "seconds"):
            value = getattr(self, name)
            require(value is None or is_number(value), name, value, "a number, or nothing")


@dataclass(frozen=True)
class Row:
    """A setting of a sweep, over its seeds.

    Args:
        options: The value of each option that is swept.
        trials: Its trials so far.
        figure: Mean validation figure of those that did not fail; None without any.
        sd: Its standard deviation (n - 1); None for fewer than two.
        test: Mean figure on the test part.
        test_sd: Its standard deviation.
        parameters: Numbers that each learnt.
        seconds: Mean time spent training.
    """

    options: Mapping[str, Scalar]
    trials: tuple[Trial, ...]
    figure: float | None
    sd: float | None
    test: float | None
    test_sd: float | None
    parameters: int | None
    seconds: float | None


def rows(trials: Iterable[Trial], seeds: int) -> list[Row]:
    """Put the trials of each setting together.

    Args:
        trials: Any trials of a sweep.
        seeds: How many there are of each setting in the end.

    Returns:
        A row for each setting, the best first; those that lack a trial, or of which one failed, come after those that
        are whole: the mean of the lucky ones says little.
    """
    settings: dict[tuple[tuple[str, str], ...], list[Trial]] = {}
    for trial in trials:
        settings.setdefault(tuple((key, repr(value)) for key, value in trial.options.items()), []).append(trial)
    made = [_row(tuple(several)) for several in settings.values()]

    def order(row: Row) -> tuple[bool, bool, float]:
        whole = len(row.trials) == seeds and not any(trial.failure for trial in row.trials)
        return row.figure is None, not whole, row.figure or 0.0

    return sorted(made, key=order)


def to_csv(trials: Iterable[Trial], swept: Sequence[str], figure: str) -> str:
    """Write trials as a table, a row each.

    Args:
        trials: The trials.
        swept: The options that are swept.
        figure: What the figures are, such as `bits_per_character`.

    Returns:
        CSV with a head; what is not known is empty.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    figures = (f"validation_{figure}", f"test_{figure}")
    writer.writerow(("trial", "run", *swept, "random_seed", "iteration", *figures, "parameters", "seconds", "failure"))
    for trial in trials:
        known = (trial.random_seed, trial.iteration, trial.figure, trial.test, trial.parameters, trial.seconds)
        writer.writerow((trial.number, trial.run, *(trial.options[option] for option in swept), *known, trial.failure))
    return file.getvalue()


def _row(trials: tuple[Trial, ...]) -> Row:
    figures, tests = _known(trials, "figure"), _known(trials, "test")
    seconds, parameters = _known(trials, "seconds"), _known(trials, "parameters")
    return Row(
        trials[0].options,
        trials,
        fmean(figures) if figures else None,
        stdev(figures) if len(figures) > 1 else None,
        fmean(tests) if tests else None,
        stdev(tests) if len(tests) > 1 else None,
        int(parameters[0]) if parameters else None,
        fmean(seconds) if seconds else None,
    )


def _known(trials: Iterable[Trial], key: str) -> list[Any]:
    return [value for trial in trials if (value := getattr(trial, key)) is not None]
