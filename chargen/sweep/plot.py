"""What each option of a sweep does, drawn."""

import math
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, median

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chargen.errors import TrainingError
from chargen.learning.plot import require_format, save
from chargen.sweep.running import Sweep
from chargen.sweep.space import Choices, Range, Scalar
from chargen.sweep.trial import PART, Trial

# Panels side by side.
_ABREAST = 3
# Medians above which a figure is far from the others.
_FAR = 10


def plot_effects(sweep: Sweep, path: Path) -> None:
    """Draw the figure of every trial by the value of each option, a panel an option, and the mean of each value.

    Args:
        sweep: The sweep; some of its trials have to be over.
        path: Where the picture goes; its ending decides the format.

    Raises:
        OptionError: Another ending.
        TrainingError: No trial has a figure.
        SaveError: The file system refuses.
    """
    require_format(path)
    trials = [trial for trial in sweep.trials if trial.figure is not None]
    if not trials:
        raise TrainingError(f"no trial of sweep {sweep.name!r} has a figure to draw; go on with it, or begin another")
    choices = sweep.plan.choices
    across = min(_ABREAST, len(choices))
    down = math.ceil(len(choices) / across)
    figure = Figure(figsize=(1.5 + 3.2 * across, 1.2 + 2.6 * down), layout="constrained")
    panels = figure.subplots(down, across, sharey=True, squeeze=False).ravel().tolist()
    for place, (option, several) in enumerate(choices.items()):
        _panel(panels[place], option, several, trials)
        if place % across == 0:
            panels[place].set_ylabel(sweep.kind.unit)
    for empty in panels[len(choices) :]:
        empty.set_axis_off()
    figures = [trial.figure or 0.0 for trial in trials]
    if max(figures) > _FAR * median(figures) > 0:
        panels[0].set_yscale("log")  # one that diverged would flatten all others
    failed = sum(bool(trial.failure) for trial in sweep.trials)
    lacking = f"; {failed} failed, not drawn" if failed else ""
    figure.suptitle(f"{sweep.name}: {len(trials)} trials{lacking}\n{PART}", fontsize="medium")
    save(figure, path)


def _panel(axes: Axes, option: str, choices: Choices, trials: Sequence[Trial]) -> None:
    figures = [trial.figure or 0.0 for trial in trials]
    values = [trial.options[option] for trial in trials]
    if isinstance(choices, Range):
        axes.plot([float(value) for value in values], figures, "o", alpha=0.6)
        if choices.log:
            axes.set_xscale("log")
    else:
        places = {_key(value): place for place, value in enumerate(choices)}
        axes.plot([places[_key(value)] for value in values], figures, "o", alpha=0.6)
        for value, place in places.items():
            now = [figure for one, figure in zip(values, figures, strict=True) if _key(one) == value]
            if now:
                axes.plot([place - 0.25, place + 0.25], [fmean(now)] * 2, color="black", linewidth=2)
        axes.set_xticks(range(len(choices)), [_told(value) for value in choices])
        axes.set_xlim(-0.6, len(choices) - 0.4)
    axes.set_xlabel(option.replace("_", "-"))
    axes.grid(alpha=0.3)


def _key(value: Scalar) -> tuple[type, Scalar]:
    return type(value), value  # 1 is not True


def _told(value: Scalar) -> str:
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text if len(text) <= 16 else text[:15] + "…"
