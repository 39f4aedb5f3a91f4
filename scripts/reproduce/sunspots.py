"""Sunspots: the eleven published trials of a SimpleRNN of three units, and what they are worth.

    python scripts/reproduce/sunspots.py --data monthly-sunspots.csv

The tutorial scales the whole series to 0..1, learns its first four fifths in windows that do not overlap, and forecasts
the month after each such window of the last fifth: other months for each length, 28 to 56 of them. Persistence and
least squares forecast the same months. Beside that the honest protocol: the scaler sees the training part alone, every
window is learnt from, every month of the last fifth is forecast from the months before it, and the last tenth of the
training part chooses when to stop.
"""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from reproducing import PUBLISHED, course, folder_of, markdown, options, publish, spread, start, tell

from chargen.cli.learning import load_tensorflow
from chargen.learning.plot import save
from chargen.series.baselines import baseline
from chargen.series.contest import contest
from chargen.series.fitting import Trainers
from chargen.series.metrics import rmse
from chargen.series.reading import read
from chargen.series.scoring import Origins
from chargen.series.series import Panel, Series
from chargen.types import Floats

TRIALS: list[dict[str, Any]] = PUBLISHED["sunspots"]["trials"]
QUICK = (1, 11)
# Of the published figures beyond this many standard deviations from our mean is said that they were not reproduced.
DEVIATIONS = 2


@dataclass(frozen=True, eq=False)
class Trial:
    """What came of one training.

    Args:
        train: RMSE of the scaled values on the windows learnt from.
        test: On the test part's.
        losses: Mean loss of each epoch.
        forecast: Of the test part's months, scaled.
    """

    train: float
    test: float
    losses: list[float]
    forecast: Floats


def settings(trial: dict[str, Any], seed: int) -> dict[str, Any]:
    """Write a trial as options of `chargen forecast train`."""
    hidden, _, output = trial["activation"].partition(" & ")
    return {
        "cell": "rnn",
        "units": 3,
        "activation": hidden,
        "output_activation": output or hidden,
        "linear": "none",
        "scaler": "minmax",
        "protocol": "tutorial",
        "window": trial["time_steps"],
        "horizon": 1,
        "batch_size": trial["batch_size"],
        "optimizer": "adam",
        "learning_rate": 0.001,
        "schedule": "constant",
        "warmup": 0,
        "clip_norm": 0.0,
        "random_seed": seed,
    }


def months(part: tuple[int, int], steps: int) -> Origins:
    """List the months after the windows of a part that do not overlap."""
    return Origins((np.arange(part[0] + steps, part[1], steps),), 1)


def train(data: Series, trial: dict[str, Any], seed: int, trainers: Trainers) -> Trial:
    """Train as the tutorial does: the network of the last epoch counts."""
    made = course(Panel.of(data), settings(trial, seed), trial["epochs"], trainers)
    cut, scale, values = int(0.8 * len(data)), float(np.ptp(data.values)), [data.values]
    places = [months(part, trial["time_steps"]) for part in ((0, cut), (cut, len(data)))]
    forecasts = [origins.forecast(made.model, values) / scale for origins in places]
    learnt, held = (
        rmse(origins.truth(values, 1) / scale, forecast) for origins, forecast in zip(places, forecasts, strict=True)
    )
    return Trial(learnt, held, made.losses, forecasts[1])


def floors(data: Series, steps: int) -> dict[str, float]:
    """Score persistence and least squares on the months of the tutorial's test part."""
    scale, cut = float(np.ptp(data.values)), int(0.8 * len(data))
    held = months((cut, len(data)), steps)
    return {
        name: rmse(
            held.truth([data.values], 1) / scale,
            held.forecast(baseline(name, lags=steps).fit([data.values[:cut]], 1), [data.values]) / scale,
        )
        for name in ("naive", "linear")
    }


def verdict(published: float, ours: list[float]) -> str:
    """Tell whether a published figure is one that our seeds could have given; one seed says nothing."""
    if len(ours) == 1:
        return "—"
    inside = abs(published - np.mean(ours)) <= DEVIATIONS * np.std(ours, ddof=1)
    return "yes" if inside else "not reproduced"


def honest(data: Series, trials: list[dict[str, Any]], seeds: int, quick: bool) -> tuple[str, list[dict[str, Any]]]:
    """Score the same networks, and chargen's defaults, on every month of the last fifth."""
    scale, rows, found = float(np.ptp(data.values)), [], []
    entries: dict[str, dict[str, Any]] = {}
    for trial in trials:
        chosen = settings(trial, 0)
        for option in ("protocol", "random_seed"):
            del chosen[option]
        # A window more in a batch of one takes as long as a batch; all windows are ten to twenty times as many.
        chosen |= {"batch_size": max(16, trial["batch_size"]), "iterations": 25 if quick else 100, "patience": 10}
        entries[f"rnn, 3 units, {trial['time_steps']} months, {trial['activation']}"] = chosen
    entries["chargen's defaults (gru, 132 months)"] = {"window": 132}
    for name, chosen in entries.items():
        results = contest(
            Panel.of(data), chosen, horizons=[1], baselines=["naive", "linear"], seeds=seeds, test=0.2, name="network"
        )
        by = {result.row.model: result.row for result in results}
        row, naive, linear = by["network"], by["naive"], by["linear"]
        tell(f"honest protocol, {name}: {row.rmse:.2f}")
        shown = f"{row.rmse / scale:.4f}" + ("" if row.rmse_sd is None else f" ± {row.rmse_sd / scale:.4f}")
        rows.append([name, shown, f"{naive.rmse / scale:.4f}", f"{linear.rmse / scale:.4f}", f"{row.rmse:.2f}"])
        found.append({"network": name, "rmse": row.rmse, "naive": naive.rmse, "linear": linear.rmse})
    head = ["network", "RMSE (scaled)", "persistence", "least squares, same months", "RMSE in sunspots"]
    return markdown(head, rows), found


def draw(data: Series, trained: dict[int, list[Trial]], trial: dict[str, Any], path: Any) -> None:
    """Draw real against predicted with the split line, and the losses of every trial."""
    figure = Figure(figsize=(12, 8), layout="constrained")
    above, below = figure.subplots(2, 1, height_ratios=(1.2, 1))
    cut, steps = int(0.8 * len(data)), trial["time_steps"]
    held = months((cut, len(data)), steps).places[0]
    scale = float(np.ptp(data.values))
    shown = np.arange(cut - 10 * steps, len(data))
    above.plot(data.index[shown], data.values[shown, 0] / scale, color="0.7", label="truth, every month")
    above.plot(data.index[held], data.values[held, 0] / scale, "o", color="0.4", label="truth, forecast months")
    best = min(trained[trial["trial"]], key=lambda one: one.test)
    above.plot(
        data.index[held], best.forecast[:, 0, 0], "x-", color="#D55E00", label=f"trial {trial['trial']}, best seed"
    )
    above.axvline(data.index[cut], color="black", linewidth=0.8)
    above.set(ylabel="sunspots, scaled", title="Real against predicted; right of the line: the test part")
    for number, made in trained.items():
        mean = np.mean([one.losses for one in made], axis=0)
        below.plot(range(1, len(mean) + 1), mean, label=f"trial {number}")
    below.set(xlabel="epoch", ylabel="training loss, MSE", yscale="log", xscale="log", title="Mean of all seeds")
    for axes in (above, below):
        axes.grid(alpha=0.3)
        axes.legend(ncols=2, fontsize="small")
    save(figure, path)


def main() -> None:
    """Train everybody, and tell how it went."""
    given = options(__doc__, 10, data="the monthly sunspots of 1749 to 1983").parse_args()
    started = time.perf_counter()
    load_tensorflow(1)
    folder = folder_of(given, "sunspots")
    data = read(given.data)
    assert isinstance(data, Series)  # noqa: S101 (without a column of ids)
    trials = [trial for trial in TRIALS if not given.quick or trial["trial"] in QUICK]
    trainers, rows, figures = Trainers(), [], []
    trained: dict[int, list[Trial]] = {}
    for trial in trials:
        made = trained[trial["trial"]] = [train(data, trial, seed, trainers) for seed in range(given.seeds)]
        floor = floors(data, trial["time_steps"])
        learnt, test = [one.train for one in made], [one.test for one in made]
        tell(f"trial {trial['trial']}: test RMSE {spread(test, 4)}, published {trial['test_rmse']}")
        rows.append(
            [
                *(trial[key] for key in ("trial", "epochs", "batch_size", "time_steps", "activation")),
                *(trial["train_rmse"], spread(learnt, 4), verdict(trial["train_rmse"], learnt)),
                *(trial["test_rmse"], spread(test, 4), verdict(trial["test_rmse"], test)),
                *(f"{floor['naive']:.4f}", f"{floor['linear']:.4f}"),
            ]
        )
        figures.append(trial | {"train": learnt, "test": test, **floor})
    fair_seeds = min(given.seeds, 3)
    protocol, fair = honest(data, trials, fair_seeds, given.quick)
    head = ["trial", "epochs", "batch", "steps", "activation", "train, published", "train, ours", "reproduced"]
    head += ["test, published", "test, ours", "reproduced", "persistence", "least squares"]
    text = "\n\n".join(
        [
            "# Sunspots 1749-1983, a month ahead: RMSE of values scaled to 0..1",
            markdown(head, rows),
            f"Mean ± standard deviation, seeds: {given.seeds}; 'not reproduced': the published figure lies more than "
            f"{DEVIATIONS} of these from the mean, which one seed cannot tell.",
            "Honest protocol, every month of the last fifth from the months before it: the scaler sees the training "
            "part alone, every window is learnt from, batches have 16 or more of them, and the last tenth of the "
            f"training part chooses when to stop. Seeds: {fair_seeds}.",
            protocol,
        ]
    )
    draw(data, trained, trials[-1], folder / "sunspots.png")
    publish(folder, "sunspots", text, {"trials": figures, "honest": fair}, started)


if __name__ == "__main__":
    start(main)
