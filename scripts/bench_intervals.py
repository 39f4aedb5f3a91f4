"""Prediction intervals of baselines: how many truths they cover, how wide they are, and the interval score.

    python scripts/bench_intervals.py --data Sunspots_SILSO_1749-2018.csv

Rolling origins over the last fifth; errors are measured on the last tenth of what stands before. Below, for linear,
what the same errors give without a scale: intervals of the same width at all times.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from chargen.series.backtest import Entry, Result, backtest
from chargen.series.baselines import baseline
from chargen.series.builtin import load
from chargen.series.intervals import interval_figures, radius
from chargen.series.scoring import Origins
from chargen.series.seasons import window
from chargen.series.series import Panel
from chargen.series.splitting import Split, split, training_parts
from chargen.types import Floats

NAMES = ("naive", "seasonal-naive", "linear")
MINIMUM = 0.0  # of sunspots


def constant(result: Result, values: Sequence[Floats], parts: Split, lags: int, interval: float) -> dict[str, float]:
    """Measure intervals of the linear baseline whose radius is that of the errors as they are."""
    horizon = result.row.horizon
    trained = baseline("linear", lags=lags).fit(training_parts(values, parts), horizon)
    held = Origins.of(parts.validation, lags, horizon)
    away = radius(held.truth(values, 1) - held.forecast(trained, values, MINIMUM), interval)
    low, high = (np.maximum(end, MINIMUM) for end in (result.forecast - away, result.forecast + away))
    return interval_figures(result.truth, low, high, interval)


def main() -> None:
    """Read the options, and print a row for each contestant and horizon."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="sunspots", help="a table's path, or a built-in series")
    parser.add_argument("--horizons", default="1,12,36,132")
    parser.add_argument("--interval", type=float, default=0.9)
    options = parser.parse_args()
    panel = Panel.of(load(options.data, Path("corpora")))
    lags = window(panel, 1)
    values = [series.values for series in panel]
    parts = split([len(series) for series in values], 0.08, 0.2)
    entries: dict[str, Entry] = {name: _entry(name, lags) for name in NAMES}
    horizons = [int(horizon) for horizon in options.horizons.split(",")]
    print(f"{'contestant':<28}{'steps':>6}{'coverage':>10}{'width':>9}{'score':>9}")
    for result in backtest(values, parts, entries, horizons, back=lags, minimum=MINIMUM, interval=options.interval):
        row = result.row
        show(row.model, row.horizon, row.figures())
        if row.model == "linear":
            show("linear, width constant", row.horizon, constant(result, values, parts, lags, options.interval))


def show(name: str, horizon: int, figures: Mapping[str, float]) -> None:
    """Print a row."""
    cells = f"{figures['coverage']:>10.3f}{figures['width']:>9.1f}{figures['interval_score']:>9.1f}"
    print(f"{name:<28}{horizon:>6}{cells}", flush=True)


def _entry(name: str, lags: int) -> Entry:
    return lambda seed: baseline(name, lags=lags, season=lags)


if __name__ == "__main__":
    main()
