"""The picture of a series with its alarms."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib.figure import Figure

from chargen.learning.plot import require_format, save
from chargen.series.plot.looks import COLOURS, ROWS, draw_line, label_axes, put_legend, put_title, short, unit_of

if TYPE_CHECKING:
    from chargen.series.anomalies import Anomalies  # backtests, which it needs, draw too


def plot_anomalies(anomalies: "Anomalies", path: Path) -> None:
    """Draw values, forecasts of them with the range that raises no alarm, and the alarms.

    Args:
        anomalies: What was scored; of several series and targets the first is drawn, and its last ROWS values.
        path: As for `plot_all`.

    Raises:
        OptionError: Another ending.
        SaveError: The file system refuses.
    """
    require_format(path)
    whole, (scores, _) = anomalies.panel.series[0], anomalies.scores
    first = max(0, len(whole) - ROWS)
    series, rows = whole[first:], slice(first, len(whole))
    values, forecast, alarm = series.values[:, 0], scores.forecast[rows, 0], scores.alarm[rows, 0]
    figure = Figure(figsize=(10, 5), layout="constrained")
    axes = figure.subplots()
    low, high = forecast - scores.radius[0], forecast + scores.radius[0]
    held = f"{100 * anomalies.rate:.3g} % of errors are beyond"
    axes.fill_between(series.index.to_numpy(), low, high, color=COLOURS[0], alpha=0.18, linewidth=0, label=held)
    draw_line(axes, series.index, values, color="0.25", linewidth=1.2, label="values")
    told = f"{short(scores.name)}, a {unit_of(series)} before"
    draw_line(axes, series.index, forecast, color=COLOURS[0], linewidth=0.9, label=told)
    look: dict[str, Any] = {"color": COLOURS[1], "linestyle": "", "marker": "o", "fillstyle": "none", "markersize": 9}
    axes.plot(series.index.to_numpy()[alarm], values[alarm], **look, markeredgewidth=1.8, label="alarms")
    label_axes(axes, series)
    count, chance = int(alarm.sum()), anomalies.rate * len(series)
    cut = [f"the last {ROWS:,} of {len(whole):,} values"] if first else []
    put_title(axes, anomalies.panel, f"{count} alarm{'s' * (count != 1)}, {chance:.3g} expected by chance", cut)
    put_legend(figure, axes)
    save(figure, path)
