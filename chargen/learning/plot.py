"""Learning curves drawn, and pictures saved: what the pictures of both wings have in common."""

import math
import warnings
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from chargen.errors import OptionError, SaveError
from chargen.learning.run import LearningRun
from chargen.runs import Line, best_iteration

FORMATS = (".png", ".svg", ".pdf")
# Iterations up to which each is marked by a dot; the dots of more would run into a band.
MARKED = 100


def draw_learning(axes: Axes, history: Sequence[Line], loss: str, training: str = "training") -> None:
    """Draw training and held-out loss by iteration, the best iteration marked.

    Args:
        axes: Where it is drawn.
        history: The line of each iteration, at least one; a held-out loss that is None or absent is not drawn.
        loss: What the loss is, with its unit.
        training: What the training loss is called.
    """
    iterations = [line["iteration"] for line in history]
    for key, label in (("loss", training), ("validation_loss", "validation"), ("test_loss", "test")):
        if any(line.get(key) is not None for line in history):
            losses = [math.nan if line.get(key) is None else line[key] for line in history]
            axes.plot(iterations, losses, marker="." if len(history) <= MARKED else "", label=label)
    best = best_iteration(history)
    chosen = next(line for line in history if line["iteration"] == best)
    if chosen.get("validation_loss") is not None:
        place = (chosen["iteration"], chosen["validation_loss"])
        axes.plot(*place, "o", fillstyle="none", markersize=12, color="black")
    axes.set_ylabel(loss)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axes.grid(alpha=0.3)
    axes.legend()


def draw_comparison(
    runs: Sequence[LearningRun], curves: Sequence[tuple[str, str, str]], figure_of: str, path: Path
) -> None:
    """Draw figures of several runs by iteration, a colour for each run.

    Args:
        runs: The runs.
        curves: For each figure its key in the lines of history, what it is called, and its line style.
        figure_of: What the figures are, with their unit.
        path: Where the picture goes; its ending, one of FORMATS, decides the format.

    Raises:
        OptionError: Another ending.
        SaveError: The file system refuses.
    """
    require_format(path)
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    for number, run in enumerate(runs):
        history = run.history
        iterations = [line["iteration"] for line in history]
        for key, label, style in curves:
            if any(line[key] is not None for line in history):
                values = [math.nan if line[key] is None else line[key] for line in history]
                axes.plot(iterations, values, style, marker=".", color=f"C{number}", label=f"{run.name}, {label}")
    axes.set_xlabel("iteration")
    axes.set_ylabel(figure_of)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    if axes.get_legend_handles_labels()[0]:
        axes.legend()
    save(figure, path)


def require_format(path: Path) -> None:
    """Refuse a picture's name whose ending is none of FORMATS.

    Args:
        path: Where the picture is to go.

    Raises:
        OptionError: Another ending.
    """
    if path.suffix.lower() not in FORMATS:
        raise OptionError(f"--output is {str(path)!r}; its name has to end in {', '.join(FORMATS)}")


def save(figure: Figure, path: Path) -> None:
    """Write a picture.

    Args:
        figure: The picture.
        path: Where it goes; the ending decides the format.

    Raises:
        SaveError: The file system refuses.
    """
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph")  # a letter of a name that the font lacks is a box
            figure.savefig(path, dpi=120)
    except OSError as error:
        raise SaveError(f"{path} cannot be written ({error.strerror}); choose another place with --output") from error
