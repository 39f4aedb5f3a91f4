"""What the reproductions have in common: published figures, runs that are taken up again, tables, where they go."""

import argparse
import json
import math
import platform
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

from chargen.errors import ChargenError, RunError, SaveError, UnknownRunError
from chargen.learning import LearningRun
from chargen.network import Network
from chargen.series.fitting import Trainers, fit_scaler, mean_loss
from chargen.series.model import Model
from chargen.series.series import Panel
from chargen.series.settings import Settings, settle
from chargen.series.splitting import training_parts
from chargen.series.task import Task
from chargen.snapshot import Snapshot

PUBLISHED: dict[str, Any] = json.loads(Path(__file__).with_name("published.json").read_text())
# What a page of --quick says where epochs were left out.
SHORT = "A short pass with far too few epochs: nothing here should stand beside the published figures."


class Report(Protocol):
    """What is told of an iteration."""

    @property
    def iteration(self) -> int:
        """Its number, from 1."""

    @property
    def loss(self) -> float:
        """The training loss."""


R = TypeVar("R", bound=LearningRun)


def options(description: str | None, seeds: int, **files: str) -> argparse.ArgumentParser:
    """Make a parser of what every reproduction takes.

    Args:
        description: The script's docstring.
        seeds: How many seeds unless told otherwise.
        **files: What each file that it needs is.

    Returns:
        The parser; scripts add their own options.
    """
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, about in files.items():
        parser.add_argument(f"--{name}", type=Path, required=True, help=about)
    parser.add_argument("--quick", action="store_true", help="a short pass: a few settings, or far too few epochs")
    parser.add_argument("--seeds", type=_count, default=seeds, help=f"seeds of each setting (default {seeds})")
    parser.add_argument("-o", "--output", type=Path, default=Path("reproductions"), help="the folder for all results")
    return parser


def folder_of(given: argparse.Namespace, name: str) -> Path:
    """Make the folder of a reproduction's results, before what takes hours; a short pass has one of its own.

    Args:
        given: What the user typed.
        name: The reproduction's.

    Returns:
        The folder.

    Raises:
        SaveError: It cannot be made.
    """
    folder = Path(given.output) / (f"{name}-quick" if given.quick else name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SaveError(f"{folder} cannot be made ({error.strerror}); choose another place with --output") from error
    return folder


def start(main: Callable[[], None]) -> None:
    """Run a script; an error that its user can mend is told in one line."""
    try:
        main()
    except ChargenError as error:
        sys.exit(f"error: {error}")


def trained(
    opened: Callable[[], R],
    created: Callable[[], R],
    learn: Callable[[R], Iterable[Report]],
    learns: Callable[[R], bool],
) -> R:
    """Train a run, go on with it where it stopped, or take it as it is where it is finished.

    Args:
        opened: Opens it.
        created: Makes it, where there is none.
        learn: Trains it on to the end of its plan.
        learns: Tells whether it learns from the file that the user named.

    Returns:
        The run.

    Raises:
        RunError: It is there, and learns from another file, or is damaged.
    """
    try:
        run = opened()
    except UnknownRunError:
        run = created()
    if not learns(run):
        raise RunError(f"run {run.name!r} of an earlier call learns from another file; choose another place with -o")
    if run.done < run.plan.iterations:
        for report in learn(run):
            tell(f"{run.name}: iteration {report.iteration} of {run.plan.iterations}, loss {report.loss:.6g}")
    return run


@dataclass(frozen=True, eq=False)
class Course:
    """A network trained in memory.

    Args:
        settings: What it was trained with.
        model: What forecasts, after the last epoch.
        losses: Mean training loss of each epoch.
    """

    settings: Settings
    model: Model
    losses: list[float]

    @property
    def parameters(self) -> int:
        """How many parameters the network has."""
        return sum(math.prod(shape) for shape in self.settings.model.shapes().values())


def course(panel: Panel, options: Mapping[str, Any], epochs: int, trainers: Trainers) -> Course:
    """Train for some epochs, without choosing among them, as the published experiments do.

    Args:
        panel: The series.
        options: Of `chargen forecast train`, `_` for `-`.
        epochs: How many.
        trainers: Where what is compiled is kept between trainings.

    Returns:
        The network of the last epoch.
    """
    values = [series.values for series in panel]
    settings = settle({**options, "iterations": epochs, "patience": 0}, panel)
    parts, scaler = settings.cut([len(series) for series in panel]), fit_scaler(values, settings)
    task = Task(values, parts, settings.forecast, scaler)
    start = Snapshot(task.start(settings.model, settings.training.random_seed))
    examples = task.examples(settings.training.batch_size)
    trainer = trainers.trainer(settings.model, settings.training, examples, start)
    losses = []
    for epoch in range(1, epochs + 1):
        snapshot = trainer.run(epoch)
        losses.append(mean_loss(snapshot, examples))
    network = Network(settings.model, snapshot.weights)
    model = Model(settings.model.cell, settings.forecast, scaler, network, training_parts(values, parts))
    return Course(settings, model, losses)


def seconds(run: LearningRun, iteration: int | None = None) -> float:
    """Tell how long a run trained, up to an iteration or to its end."""
    return float(sum(line["seconds"] for line in run.history[:iteration]))


def parameters(run: LearningRun) -> int:
    """Count a network's parameters."""
    return sum(math.prod(shape) for shape in run.model.shapes().values())


def tell(line: str) -> None:
    """Tell how far it is."""
    print(line, file=sys.stderr, flush=True)


def spread(figures: Sequence[float], digits: int) -> str:
    """Write the mean of some figures, and with several their standard deviation."""
    mean = f"{np.mean(figures):.{digits}f}"
    return mean if len(figures) == 1 else f"{mean} ± {np.std(figures, ddof=1):.{digits}f}"


def markdown(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write a table."""
    lines = [head, ["---"] * len(head), *([str(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def versions() -> str:
    """Tell what everything was computed with."""
    packages = ", ".join(f"{package} {version(package)}" for package in ("chargen", "tensorflow", "keras", "numpy"))
    return f"{packages}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"


def publish(folder: Path, name: str, text: str, figures: object, started: float) -> None:
    """Print the results and write them: a page of Markdown, the figures as the last line.

    Args:
        folder: Where the page goes, as NAME.md; see `folder_of`.
        name: The reproduction's.
        text: The page.
        figures: All of it as JSON.
        started: When it began, of `time.perf_counter`.
    """
    page = f"{text}\n\n{versions()}; {time.perf_counter() - started:,.0f} s this time.\n"
    (folder / f"{name}.md").write_text(page, encoding="utf-8")
    print(page)
    print(json.dumps(figures))


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)
