"""Pictures of a run."""

import math
from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from chargen.learning.plot import draw_comparison, draw_learning, require_format, save
from chargen.text.evaluating import Evaluation
from chargen.text.memory import Memory
from chargen.text.run import Run
from chargen.text.scoring import bits

LOSS = "loss, nats per character"
TRAINING = "training (dropout on)"


def plot_learning(run: Run, path: Path) -> None:
    """Draw training and held-out loss by iteration, the best iteration marked, and the step size below.

    Args:
        run: The run.
        path: Where the picture goes; its ending, one of .png, .svg and .pdf, decides the format.

    Raises:
        OptionError: Another ending.
        RunError: The run has no finished iteration.
        SaveError: The file system refuses.
    """
    require_format(path)
    history, best = run.history, run.folder.best()
    if not history:
        raise run.untrained()
    figure = Figure(figsize=(8, 5.5), layout="constrained")
    curves, rates = figure.subplots(2, sharex=True, height_ratios=(4, 1))
    draw_learning(curves, history, LOSS, TRAINING)
    chosen = next(line for line in history if line["iteration"] == best)
    if chosen["validation_loss"] is not None:
        loss = chosen["validation_loss"]
        curves.set_title(f"{run.name}: best iteration {best}, {bits(loss):.3f} bits per character (validation)")
    else:
        curves.set_title(f"{run.name}: nothing held out")
    steps = [(line["iteration"], line["learning_rate"]) for line in history]
    rates.plot(*zip(*steps, strict=True), marker=".", color="gray")
    rates.set_ylabel("step size")
    rates.set_ylim(bottom=0)
    rates.set_xlabel("iteration")
    rates.xaxis.set_major_locator(MaxNLocator(integer=True))
    rates.grid(alpha=0.3)
    save(figure, path)


def plot_comparison(runs: Sequence[Run], path: Path) -> None:
    """Draw the losses of several runs by iteration: validation as a line, training dashed.

    Args:
        runs: The runs.
        path: As for `plot_learning`.

    Raises:
        OptionError: Another ending.
        SaveError: The file system refuses.
    """
    curves = (("validation_loss", "validation", "-"), ("loss", TRAINING, "--"))
    draw_comparison(runs, curves, LOSS, path)


def plot_calibration(evaluation: Evaluation, path: Path) -> None:
    """Draw how often a network is right by how sure it is (a reliability diagram), and how often it is so sure below.

    Args:
        evaluation: What it scored.
        path: As for `plot_learning`.

    Raises:
        OptionError: Another ending.
        SaveError: The file system refuses.
    """
    require_format(path)
    figure = Figure(figsize=(6, 6.5), layout="constrained")
    curve, counts = figure.subplots(2, sharex=True, height_ratios=(4, 1))
    seen = [each for each in evaluation.calibration if each.count]
    curve.plot([0, 1], [0, 1], color="gray", linestyle="--", label="sure as often as right")
    curve.plot([each.expected for each in seen], [each.observed for each in seen], marker="o", label=evaluation.run)
    curve.set_title(
        f"{evaluation.run}, iteration {evaluation.iteration}: calibration error {evaluation.calibration_error:.3f}\n"
        f"{evaluation.characters:,} characters, {evaluation.part}",
        fontsize="medium",
    )
    curve.set_ylabel("share of characters at which it came")
    curve.set_ylim(0, 1)
    curve.grid(alpha=0.3)
    curve.legend()
    bars = evaluation.calibration
    counts.bar([(each.low + each.high) / 2 for each in bars], [each.count for each in bars], 0.9 / len(bars))
    counts.set_ylabel("characters")
    counts.set_xlabel("probability of the likeliest character")
    counts.set_xlim(0, 1)
    counts.grid(alpha=0.3)
    save(figure, path)


def plot_memory(memories: Sequence[Memory], path: Path) -> None:
    """Draw what several runs remember: loss by length of context, and gradient by distance in time.

    Args:
        memories: What was measured, a colour each.
        path: As for `plot_learning`.

    Raises:
        OptionError: Another ending.
        SaveError: The file system refuses.
    """
    require_format(path)
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    losses, gradients = figure.subplots(1, 2)
    for memory in memories:
        losses.plot(memory.contexts, memory.bits, marker=".", label=memory.run)
        gradients.plot([value or math.nan for value in memory.gradients], label=memory.run)
    longest = max((memory.contexts for memory in memories), key=len)
    losses.set_xscale("log", base=2)
    losses.set_xticks(longest, [str(context) for context in longest])
    losses.set_xlabel("characters read before, from zero state")
    losses.set_ylabel(f"bits per character, {' / '.join(dict.fromkeys(memory.part for memory in memories))}")
    losses.set_title("loss by length of context")
    gradients.set_yscale("log")
    gradients.set_xlabel("distance in time k, characters")
    gradients.set_ylabel("mean norm of ∂loss / ∂h, relative to k = 0")
    gradients.set_title("gradient by distance in time")
    for axes in (losses, gradients):
        axes.grid(alpha=0.3)
        axes.legend()
    save(figure, path)
