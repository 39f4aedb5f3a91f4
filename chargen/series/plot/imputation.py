"""The picture of a series and what its gaps are filled with."""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from chargen.learning.plot import require_format, save
from chargen.series.plot.looks import COLOURS, ROWS, TRUTH, draw_line, label_axes, put_legend, put_title, short
from chargen.series.series import Panel, Series


def plot_imputation(known: Series | Panel, filled: Series | Panel, path: Path) -> None:
    """Draw a series, and what its gaps are filled with.

    Args:
        known: The series, NaN where missing; of several the first with gaps is drawn, of several columns the first.
        filled: The same, nothing missing.
        path: As for `plot_all`.

    Raises:
        OptionError: Another ending.
        SaveError: The file system refuses.
    """
    require_format(path)
    whole = Panel.of(known)
    pairs = list(zip(whole, Panel.of(filled), strict=True))
    holed = [pair for pair in pairs if np.isnan(pair[0].values).any()]
    before, after = (holed or pairs)[0]
    place = int(np.argmax(np.isnan(before.values).any(axis=0)))  # the first column with gaps
    missing = np.flatnonzero(np.isnan(before.values[:, place]))
    # From ROWS on a line is a band: what is shown is around the first gap.
    first = max(0, min(int(missing[0]) - ROWS // 4, len(before) - ROWS)) if len(missing) else 0
    notes = [f"series {short(before.name)} (of {len(whole):,})"] if len(whole) > 1 else []
    notes += [f"column {short(before.columns[place])} (of {len(before.columns)})"] if len(before.columns) > 1 else []
    notes += [f"{ROWS:,} of {len(before):,} rows"] if len(before) > ROWS else []
    before, after = before[first : first + ROWS], after[first : first + ROWS]
    missing = np.isnan(before.values[:, place])
    beside = missing.copy()  # a gap's line begins and ends at what is known
    beside[1:] |= missing[:-1]
    beside[:-1] |= missing[1:]
    figure = Figure(figsize=(10, 5), layout="constrained")
    axes = figure.subplots()
    draw_line(axes, before.index, before.values[:, place], **TRUTH, label="known")
    line = np.where(beside, after.values[:, place], np.nan)
    draw_line(axes, after.index, line, color=COLOURS[1], linewidth=1.2)
    dots = np.where(missing, after.values[:, place], np.nan)
    axes.plot(np.asarray(after.index), dots, ".", color=COLOURS[1], markersize=4, label="filled")
    label_axes(axes, before)
    axes.set_ylabel(short(before.columns[place]))
    count = int(missing.sum())
    one = Panel((before.select(before.columns[place : place + 1]),), whole.name)
    put_title(axes, one, f"{count:,} value{'s' * (count != 1)} filled", notes)
    put_legend(figure, axes)
    save(figure, path)
