"""Fit time and accuracy of a forecast beside Keras' `fit` and darts: same series, window, GRU, optimizer and epochs.

Each fit is a process of its own, and the contestants take turns: a round of one, a round of the next, each round with
another seed. Of the ways that a peer can train (compiled or not, threads) only the one that is fastest in the first
round goes on. Seconds go from before the model is built to the end of fitting, tracing and compiling included; imports
and forecasts do not count, and the peers' windows are cut before. RMSE is in original units over all rolling origins of
the last fifth and all steps. darts is installed into a virtual environment, once:

    python scripts/bench_forecast.py
    python scripts/bench_forecast.py --data Sunspots_SILSO_1749-2018.csv --rounds 5
    python scripts/bench_forecast.py --data synthetic --epochs 3
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
from forecast_task import Fit, Floats, Forecast, Task, take_part

DARTS = ("darts[torch]==0.48.1", "pytorch-lightning==2.6.6", "torch==2.13.0")
CLIP = 1.0
Score = Callable[[Floats], float]


def chargen(task: Task, defaults: bool) -> Fit:
    """Get ready to train as chargen does, threads as its command line sets them."""
    from chargen.cli.learning import load_tensorflow
    from chargen.series.forecaster import Forecaster
    from chargen.series.series import Panel
    from chargen.trainer import TrainConfig

    load_tensorflow(TrainConfig().towers)
    import chargen.trainer.engine  # noqa: F401 (what fitting imports itself)

    options: dict[str, Any] = {"window": task.window, "horizon": task.horizon, "random_seed": task.seed}
    if not defaults:
        same = {"units": task.units, "batch_size": task.batch, "learning_rate": task.rate, "iterations": task.epochs}
        plain = {"linear": "none", "scaler": "standard", "validation": 0.0, "patience": 0, "clip_norm": CLIP}
        options |= same | plain | {"schedule": "constant", "warmup": 0}

    def fit() -> Forecast:
        forecaster = Forecaster(cell="gru", **options).fit(list(task.training))

        def forecast(known: Floats) -> Floats:
            found = forecaster.predict(data=list(known))
            return np.stack([series.values[:, 0] for series in Panel.of(found)])

        return forecast

    return fit


def keras(task: Task) -> Fit:
    """Get ready to train with Keras' fit, windows as arrays cut beforehand."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras as k
    import tensorflow as tf

    if "one thread" in task.way:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    k.utils.set_random_seed(task.seed)
    views = np.lib.stride_tricks.sliding_window_view(task.scaled(task.training), task.window + task.horizon, axis=1)
    windows = views.reshape(-1, task.window + task.horizon)
    inputs, targets = windows[:, : task.window, None].copy(), windows[:, task.window :].copy()

    def fit() -> Forecast:
        layer = k.layers.GRU(task.units, unroll=task.way == "unrolled")
        model = k.Sequential([k.Input((task.window, 1)), layer, k.layers.Dense(task.horizon)])
        model.compile(
            optimizer=k.optimizers.Adam(task.rate, beta_2=0.99, global_clipnorm=CLIP),
            loss="mse",
            jit_compile=task.way.startswith("compiled"),
            steps_per_execution=50,
        )
        model.fit(inputs, targets, task.batch, epochs=task.epochs, verbose=0)
        return lambda known: task.unscaled(model.predict(task.scaled(known)[..., None], 256, verbose=0))

    return fit


# Who takes part in this very script, what the answer's versions are of.
HERE: dict[str, tuple[Callable[[Task], Fit], tuple[str, ...]]] = {
    "chargen": (partial(chargen, defaults=False), ("chargen", "tensorflow", "numpy")),
    "defaults": (partial(chargen, defaults=True), ("chargen", "tensorflow", "numpy")),
    "keras": (keras, ("keras", "tensorflow", "numpy")),
}


@dataclass
class Contestant:
    """Who takes part, and what came of it.

    Args:
        name: What the table calls it.
        command: Starts it.
        ways: How it can train.
        answers: Of the rounds, by way.
        failed: Why it did not go on.
    """

    name: str
    command: Sequence[str]
    ways: Sequence[str] = ("",)
    answers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    failed: str = ""

    def round(self, task: Task, score: Score) -> None:
        """Fit once each way that is still of interest."""
        for way in [self.best] if self.answers else self.ways:
            with tempfile.TemporaryDirectory() as folder:
                files = [Path(folder) / "task.npz", Path(folder) / "answer.json"]
                replace(task, way=way).save(files[0])
                command = [*self.command, *map(str, files), str(time.time())]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode:
                    self.failed = " ".join([way, *done.stderr.strip().splitlines()[-1:]])
                    continue
                answer = json.loads(files[1].read_text())
            answer["rmse"] = score(np.array(answer.pop("forecast")))
            self.answers.setdefault(way, []).append(answer)
            print(f"{self.name} {way}: {answer['seconds']:.1f} s, {answer['rmse']:.2f}", file=sys.stderr, flush=True)

    @property
    def best(self) -> str:
        """The fastest way in the first round."""
        return min(self.answers, key=lambda way: self.answers[way][0]["seconds"])

    def row(self) -> dict[str, Any]:
        """Tell the figures of its best way, and the first round's seconds of all."""
        row: dict[str, Any] = {"contestant": self.name, "failed": self.failed}
        if not self.answers:
            return row
        found = self.answers[self.best]
        errors = [answer["rmse"] for answer in found]
        return row | {
            "way": self.best,
            "seconds": min(answer["seconds"] for answer in found),
            "whole": min(answer["whole"] for answer in found),
            "rmse": mean(errors),
            "rmse_sd": stdev(errors) if len(errors) > 1 else None,
            "rounds": [[answer["seconds"], answer["rmse"]] for answer in found],
            "ways": {way: answers[0]["seconds"] for way, answers in self.answers.items()},
            "versions": found[0]["versions"],
        }


def install(folder: Path) -> tuple[str, str]:
    """Make the virtual environment that has darts, unless it is there; give its Python, and why there is none."""
    python = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    try:
        if not python.exists():
            venv.create(folder, with_pip=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *DARTS]
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        told = (getattr(error, "stderr", "") or str(error)).strip().splitlines()
        return "", told[-1] if told else repr(error)
    return str(python), ""


def set_task(options: argparse.Namespace) -> tuple[Task, Score, dict[str, float]]:
    """Cut the series: what everybody learns and forecasts from, the score of forecasts, and that of two baselines."""
    from chargen.series.baselines import baseline
    from chargen.series.builtin import load
    from chargen.series.metrics import rmse
    from chargen.series.scoring import Origins
    from chargen.series.series import Panel
    from chargen.series.splitting import split

    panel = Panel.of(load(options.data, Path("corpora")))
    several = len(panel) > 1
    window, horizon = options.window or (50 if several else 132), options.horizon or (10 if several else 12)
    values = [series.values[:, :1] for series in panel]
    parts = split([len(series) for series in values], 0.0, 0.2, "series" if several else "time")
    learnt = [series[:end] for series, end in zip(values, parts.training.end, strict=True) if end]
    origins = Origins.of(parts.test, window, horizon)
    truth = origins.truth(values, 1)[..., 0]
    known = [
        series[at - window : at, 0] for series, places in zip(values, origins.places, strict=True) for at in places
    ]
    training = np.stack([part[:, 0] for part in learnt])
    least = 0.0 if (training >= 0).all() else -np.inf

    def score(forecast: Floats) -> float:
        return float(rmse(truth, np.maximum(forecast, least)))

    fitted = {name: baseline(name, lags=window).fit(learnt, horizon) for name in ("naive", "linear")}
    scores = {name: score(origins.forecast(each, values)[..., 0]) for name, each in fitted.items()}
    settings = (options.units, options.epochs, options.batch_size, options.learning_rate)
    return Task(training, np.stack(known), window, horizon, *settings), score, scores


def table(rows: Sequence[dict[str, Any]], baselines: dict[str, float]) -> str:
    """Write everybody's figures."""
    lines = [f"{'contestant':<26}{'way':<22}{'seconds':>8}{'ratio':>7}{'with imports':>14}{'RMSE':>16}"]
    for row in rows:
        name = f"{row['contestant']:<26}"
        if "seconds" not in row:
            lines.append(f"{name}failed: {row['failed']}")
            continue
        figures = f"{row['way']:<22}{row['seconds']:>8.1f}{row['ratio']:>7.2f}{row['whole']:>14.1f}{row['rmse']:>9.2f}"
        lines.append(f"{name}{figures}" + ("" if row["rmse_sd"] is None else f" ± {row['rmse_sd']:.2f}"))
    return "\n".join([*lines, *(f"{name:<26}{error:>60.2f}" for name, error in baselines.items())])


def main() -> None:
    """Read the options, compete, print the table and the document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="sunspots", help="a table's path, or a built-in series")
    parser.add_argument("--window", type=int, help="132; 50 for synthetic")
    parser.add_argument("--horizon", type=int, help="12; 10 for synthetic")
    parser.add_argument("--units", type=int, default=64)
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=0.003)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--venv", type=Path, default=Path.home() / ".cache" / "chargen-bench" / "darts")
    options = parser.parse_args()
    task, score, baselines = set_task(options)
    python, failure = install(options.venv)
    cores = os.cpu_count() or 1
    threads = tuple(f"{count} thread{'s' * (count > 1)}" for count in sorted({1, cores}))
    here, there = [sys.executable, __file__, "--child"], [python, str(Path(__file__).with_name("forecast_darts.py"))]
    contestants = [
        Contestant("chargen", [*here, "chargen"], ("a thread a tower",)),
        Contestant("keras", [*here, "keras"], ("plain", "unrolled", "compiled", "compiled, one thread")),
        Contestant("darts", [*there, "its-own"], threads, failed=failure),
        Contestant("darts, last state", [*there, "last-state"], threads, failed=failure),
        Contestant("chargen, all defaults", [*here, "defaults"], ("a thread a tower",)),
    ]
    for seed in range(options.rounds):
        for contestant in contestants:
            if contestant.answers or not contestant.failed:
                contestant.round(replace(task, seed=seed), score)
        if contestants[0].failed:
            raise SystemExit(f"chargen failed: {contestants[0].failed}")
    settings = {key: value for key, value in vars(options).items() if key != "venv"}
    settings |= {"data": Path(options.data).name, "window": task.window, "horizon": task.horizon}
    print(f"Python {platform.python_version()}, {cores} cores; {settings}, {len(task.known)} forecasts")
    print("seconds: the best round's; ratio: to chargen's; RMSE: mean ± standard deviation over the rounds' seeds")
    rows = [contestant.row() for contestant in contestants]
    for row in rows:
        row["ratio"] = row["seconds"] / rows[0]["seconds"] if "seconds" in row else None
    print(table(rows, baselines))
    print(json.dumps({"settings": settings, "cores": cores, "rows": rows, "baselines": baselines}))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        name, *rest = sys.argv[2:]
        take_part(*HERE[name], rest)
    else:
        main()
