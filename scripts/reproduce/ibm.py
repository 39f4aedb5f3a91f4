"""IBM's share price: 36 published runs of four recurrent layers, and twelve that were never made, a GRU with Adam.

    python scripts/reproduce/ibm.py --data IBM_2006-01-01_to_2018-01-01.csv

Column High; 2006 to 2016 is learnt, the 251 days of 2017 are forecast a day ahead, each from the 60 days before it.
Scaled to 0..1 by the training part, four layers of 50 units, a dropout after each. A trial of 50 epochs is the first
half of the one of 100 that shares its other settings and its seed: a step size does not know how long training lasts.
Each is an ordinary run in OUTPUT/checkpoints, so that a second call goes on where the first was stopped.
"""

import time
from pathlib import Path
from typing import Any

import numpy as np
from reproducing import (
    PUBLISHED,
    SHORT,
    folder_of,
    markdown,
    options,
    parameters,
    publish,
    spread,
    start,
    tell,
    trained,
)

from chargen.cli.learning import load_tensorflow
from chargen.series.baselines import baseline
from chargen.series.contest import contest
from chargen.series.contestant import Contestant
from chargen.series.learning import create, learn
from chargen.series.metrics import hit_rate, rmse
from chargen.series.plot import Pictures, Scored, plot_all
from chargen.series.reading import read
from chargen.series.run import SeriesRun, load
from chargen.series.scoring import Origins
from chargen.series.series import Panel, Series

WINDOW = 60
TRAINED = 2769
# Each trial's report comes every so many epochs; the published numbers of epochs are multiples of it.
EPOCHS = 10
OPTIMIZERS: dict[str, dict[str, Any]] = {
    "rmsprop": {"optimizer": "rmsprop", "learning_rate": 0.001, "schedule": "constant"},
    "adam": {"optimizer": "adam", "learning_rate": 0.001, "schedule": "constant"},
    "sgd": {"optimizer": "sgd", "learning_rate": 0.01, "momentum": 0.9, "schedule": "inverse-time"},
}
DECAY = 1e-7  # of sgd's step size, by batch


def settings(trial: dict[str, Any], days: int, epochs: int, seed: int) -> dict[str, Any]:
    """Write a trial as options of `chargen forecast train`."""
    chosen = dict(OPTIMIZERS[trial["optimizer"]])
    if chosen["schedule"] == "inverse-time":
        chosen["decay"] = DECAY * EPOCHS * ((TRAINED - WINDOW) // trial["batch_size"])
    return chosen | {
        "cell": trial["cell"],
        "units": 50,
        "layers": 4,
        "dropout": trial["dropout"],
        "linear": "none",
        "scaler": "minmax",
        "window": WINDOW,
        "horizon": 1,
        "batch_size": trial["batch_size"],
        "iterations": epochs // EPOCHS,
        "epochs": EPOCHS,
        "warmup": 0,
        "clip_norm": 0.0,
        "validation": 0.0,
        "test": (days - TRAINED) / days,
        "patience": 0,
        "random_seed": seed,
    }


def trials(quick: bool) -> list[dict[str, Any]]:
    """List the published trials, and those of a GRU with Adam."""
    published: list[dict[str, Any]] = PUBLISHED["ibm"]["trials"]
    added = [{**trial, "optimizer": "adam", "published_error": None} for trial in published if trial["cell"] == "gru"]
    every = [*published, *added]
    return [trial for trial in every if not quick or (trial["batch_size"], trial["dropout"]) == (150, 0.2)]


def name_of(trial: dict[str, Any], seed: int) -> str:
    """Name the run of a trial; both numbers of epochs are read from one."""
    share = f"{10 * trial['dropout']:.0f}"
    return f"ibm-{trial['cell']}-{trial['optimizer']}-batch{trial['batch_size']}-drop{share}-seed{seed}"


def run_of(trial: dict[str, Any], data: Series, checkpoints: Path, epochs: int, seed: int) -> SeriesRun:
    """Train the run of a trial, as far as it is not trained yet."""
    name = name_of(trial, seed)
    chosen = settings(trial, len(data), epochs, seed)
    return trained(
        lambda: load(name, checkpoints),
        lambda: create(data, name=name, checkpoints=checkpoints, **chosen),
        learn,
        lambda run: np.array_equal(run.values[0], data.values, equal_nan=True),
    )


def main() -> None:
    """Train everything that is not trained yet, and tell how it went."""
    given = options(__doc__, 1, data="the table of IBM's prices by day").parse_args()
    started = time.perf_counter()
    load_tensorflow(2)
    data = read(given.data, columns=["High"])
    assert isinstance(data, Series)  # noqa: S101 (without a column of ids)
    if len(data) <= TRAINED:
        raise SystemExit(f"error: {given.data} has {len(data)} days, not {TRAINED} and more; give that of 2006 to 2017")
    folder = folder_of(given, "ibm")
    most = 20 if given.quick else 100
    values, origins = [data.values], Origins((np.arange(TRAINED, len(data)),), 1)
    truth = origins.truth(values, 1)

    def forecast(contestant: Contestant) -> Any:
        return origins.forecast(contestant, values)

    floor = {
        name: forecast(baseline(name, lags=WINDOW).fit([data.values[:TRAINED]], 1)) for name in ("naive", "linear")
    }
    errors: dict[str, float] = {name: rmse(truth, made) for name, made in floor.items()}
    rows, figures = [], []
    best: tuple[float, SeriesRun, Any] | None = None
    for trial in trials(given.quick):
        found, losses = [], []
        epochs = min(trial["epochs"], most)
        for seed in range(given.seeds):
            run = run_of(trial, data, folder / "checkpoints", most, seed)
            if parameters(run) != PUBLISHED["ibm"]["parameters"][trial["cell"]]:
                raise SystemExit(f"{run.name} has {parameters(run)} parameters, not as published")
            iteration = epochs // EPOCHS
            made = forecast(run.forecaster(iteration))
            found.append(rmse(truth, made))
            losses.append(run.history[iteration - 1]["loss"])
            if best is None or found[-1] < best[0]:
                best = found[-1], run, made
        tell(f"{name_of(trial, 0)}, {epochs} epochs: RMSE {spread(found, 3)}")
        published = trial["published_error"]
        settings_shown = [trial["cell"], trial["optimizer"], epochs, trial["batch_size"], trial["dropout"]]
        told = "—" if published is None else f"{published:.3f}"
        beats = "yes" if np.mean(found) < errors["naive"] else "no"
        rows.append([*settings_shown, told, spread(found, 3), f"{np.mean(losses):.5f}", beats])
        figures.append(trial | {"rmse": found, "loss": losses})
    assert best is not None  # noqa: S101 (there are trials)
    text = "\n\n".join(
        [
            "# IBM's daily high of 2017, a day ahead: RMSE in dollars",
            *([SHORT] if given.quick else []),
            markdown(
                [
                    *("cell", "optimizer", "epochs", "batch", "dropout", "published", "ours"),
                    *("training loss", "better than persistence"),
                ],
                rows,
            ),
            f"On the same {len(truth)} days persistence (yesterday's price): {errors['naive']:.3f}; least squares on "
            f"the {WINDOW} days before: {errors['linear']:.3f}. 'Published' is headed MSE in its source; its size is "
            "that of an RMSE, and as such it is read here.",
            honest(data, truth, origins, given.quick),
            hits(truth, {best[1].name: best[2], **floor}),
        ]
    )
    draw(data, truth, {best[1].name: best[2], **floor}, best[1], folder / "ibm.png")
    publish(folder, "ibm", text, {"baselines": errors, "trials": figures}, started)


def honest(data: Series, truth: Any, origins: Origins, quick: bool) -> str:
    """Forecast the same days as chargen does unless told otherwise, everything chosen on the training part alone."""
    made = {
        cell: contest(
            Panel.of(data),
            {"cell": cell, "window": WINDOW, "iterations": 2 if quick else 25},
            horizons=[1],
            baselines=[],
            test=(len(data) - TRAINED) / len(data),
            name=cell,
        )
        for cell in ("lstm", "gru")
    }
    rows = [[result.row.model, f"{result.row.rmse:.3f}"] for results in made.values() for result in results]
    unique = {row[0]: row for row in rows}
    told = (
        "Honest protocol: the network learns what least squares leave (--linear residual); scaler, penalty and number "
        "of iterations are chosen on the last tenth of the training part, no figure below chose anything."
    )
    return f"{told}\n\n{markdown(['model', 'RMSE'], unique.values())}"


def hits(truth: Any, forecasts: dict[str, Any]) -> str:
    """Write the share of forecasts near the truth, by margin."""
    margins = (0.005, 0.01, 0.02, 0.05)
    rows = [
        [name, *(f"{100 * hit_rate(truth, made, margin):.1f} %" for margin in margins)]
        for name, made in forecasts.items()
    ]
    head = ["forecasts within", *(f"{100 * margin:g} %" for margin in margins)]
    told = "Hit rates of the best trial (best by this very part: flattered) and of the baselines:"
    return f"{told}\n\n{markdown(head, rows)}"


def draw(data: Series, truth: Any, forecasts: dict[str, Any], run: SeriesRun, path: Path) -> None:
    """Draw real against predicted, the losses, and the hit rate by margin."""
    starts = data.index[TRAINED:]
    shown = [Scored(name, truth, made, starts) for name, made in forecasts.items()]
    plot_all(Pictures(data, TRAINED, shown, run.history, "MSE (scaled)"), path)


if __name__ == "__main__":
    start(main)
