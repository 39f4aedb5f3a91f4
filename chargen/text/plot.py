"""Pictures of a run."""

import warnings
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from chargen.errors import OptionError, RunError, SaveError
from chargen.text.run import Run
from chargen.text.scoring import bits

FORMATS = (".png", ".svg", ".pdf")


def plot_learning(run: Run, path: Path) -> None:
    """Draw training and held-out loss by iteration, the best iteration marked, and the step size below.

    Args:
        run: The run.
        path: Where the picture goes; its ending, one of FORMATS, decides the format.

    Raises:
        OptionError: Another ending.
        RunError: The run has no finished iteration.
        SaveError: The file system refuses.
    """
    _require_format(path)
    history, best = run.history, run.folder.best()
    if not history:
        raise RunError(f"run {run.name!r} has no finished iteration yet; go on with 'chargen resume {run.name}'")
    iterations = [line["iteration"] for line in history]
    figure = Figure(figsize=(8, 5.5), layout="constrained")
    curves, rates = figure.subplots(2, sharex=True, height_ratios=(4, 1))
    for key, label in (
        ("loss", "training (dropout on)"),
        ("validation_loss", "validation"),
        ("test_loss", "test"),
    ):
        if any(line[key] is not None for line in history):
            curves.plot(iterations, [line[key] for line in history], marker=".", label=label)
    chosen = next(line for line in history if line["iteration"] == best)
    if chosen["validation_loss"] is not None:
        loss = chosen["validation_loss"]
        curves.plot([best], [loss], "o", fillstyle="none", markersize=12, color="black")
        curves.set_title(f"{run.name}: best iteration {best}, {bits(loss):.3f} bits per character (validation)")
    else:
        curves.set_title(f"{run.name}: nothing held out")
    curves.set_ylabel("loss, nats per character")
    curves.grid(alpha=0.3)
    curves.legend()
    rates.plot(iterations, [line["learning_rate"] for line in history], marker=".", color="gray")
    rates.set_ylabel("step size")
    rates.set_ylim(bottom=0)
    rates.set_xlabel("iteration")
    rates.xaxis.set_major_locator(MaxNLocator(integer=True))
    rates.grid(alpha=0.3)
    _save(figure, path)


def plot_comparison(runs: Sequence[Run], path: Path) -> None:
    """Draw the losses of several runs by iteration: validation as a line, training dashed.

    Args:
        runs: The runs.
        path: As for `plot_learning`.

    Raises:
        OptionError: Another ending.
        SaveError: The file system refuses.
    """
    _require_format(path)
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    for number, run in enumerate(runs):
        history = run.history
        iterations = [line["iteration"] for line in history]
        for key, label, style in (("validation_loss", "validation", "-"), ("loss", "training (dropout on)", "--")):
            if any(line[key] is not None for line in history):
                losses = [line[key] for line in history]
                axes.plot(iterations, losses, style, marker=".", color=f"C{number}", label=f"{run.name}, {label}")
    axes.set_xlabel("iteration")
    axes.set_ylabel("loss, nats per character")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    if axes.get_legend_handles_labels()[0]:
        axes.legend()
    _save(figure, path)


def _require_format(path: Path) -> None:
    if path.suffix.lower() not in FORMATS:
        raise OptionError(f"--output is {str(path)!r}; its name has to end in {', '.join(FORMATS)}")


def _save(figure: Figure, path: Path) -> None:
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph")  # a letter of the run's name that the font lacks is a box
            figure.savefig(path, dpi=120)
    except OSError as error:
        raise SaveError(f"{path} cannot be written ({error.strerror}); choose another place with --output") from error
