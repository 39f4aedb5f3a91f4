"""Pictures of a run."""

import warnings
from pathlib import Path

from matplotlib.figure import Figure

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
    if path.suffix.lower() not in FORMATS:
        raise OptionError(f"--output is {str(path)!r}; its name has to end in {', '.join(FORMATS)}")
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
    rates.xaxis.get_major_locator().set_params(integer=True)
    rates.grid(alpha=0.3)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph")  # a letter of the run's name that the font lacks is a box
            figure.savefig(path, dpi=120)
    except OSError as error:
        raise SaveError(f"{path} cannot be written ({error.strerror}); choose another place with --output") from error
