"""Pictures of classification."""

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chargen.learning.plot import require_format, save
from chargen.series.classify.judging import Contest, Result

# Classes up to which counts are written into the cells; smaller cells have no room.
WRITTEN = 15
# Characters of a label; what is longer is cut.
LABEL = 16
# Share of a row from which on a cell is so dark that its count is written in white.
_DARK = 0.5


def plot(contest: Contest, path: Path) -> None:
    """Draw which class was told for which, by the network and by the best baseline.

    Args:
        contest: What came of a comparison.
        path: Where the picture goes; its ending decides the format.

    Raises:
        OptionError: Another ending than those of `chargen.learning.plot.FORMATS`.
        SaveError: The file system refuses.
    """
    require_format(path)
    ours, *others = contest.results
    side = min(12.0, 3.0 + 0.4 * len(contest.classes))
    figure = Figure(figsize=(2 * side + 1, side + 0.8), layout="constrained")
    both = figure.subplots(1, 2, sharey=True)
    shown = (ours, max(others, key=lambda result: result.row.accuracy))
    for axes, result in zip(both, shown, strict=True):
        draw_confusion(axes, result, contest.classes)
    both[0].set_ylabel("class")
    figure.colorbar(both[0].images[0], ax=both, label="share of the class", fraction=0.05)
    save(figure, path)


def draw_confusion(axes: Axes, result: Result, classes: tuple[str, ...]) -> None:
    """Draw which class was told for which: a row for each class, its counts, and as shade their share of the row.

    Args:
        axes: Where it is drawn.
        result: Whose counts.
        classes: All labels.
    """
    counts = np.array(result.row.confusion)
    totals = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(totals, 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="equal")
    if len(classes) <= WRITTEN:
        for (row, column), count in np.ndenumerate(counts):
            colour = "white" if shares[row, column] > _DARK else "black"
            axes.text(column, row, f"{count:,}", ha="center", va="center", color=colour)
    labels = [label if len(label) <= LABEL else label[: LABEL - 1] + "…" for label in classes]
    # A dollar sign would start a formula.
    labels = [label.replace("$", r"\$") for label in labels]
    axes.set_xticks(range(len(classes)), labels, rotation=90 if max(map(len, labels)) > 2 else 0)
    axes.set_yticks(range(len(classes)), labels)
    axes.set_xlabel("class told")
    seed = ", first seed" if result.row.accuracy_sd is not None else ""
    axes.set_title(f"{result.row.model}{seed}: {np.trace(counts):,} of {counts.sum():,} right", fontsize="medium")
