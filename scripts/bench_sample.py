"""Speed of sampling beside Keras and PyTorch: one character after the other, each drawn and read again.

An LSTM with random weights writes one text, or 64 side by side; everybody draws at temperature 0.7. Each contestant
runs in a process of its own with its own best thread settings, and they take turns. Then the whole command from cold,
beside what the others need to import. Needs the extras `books` and `bench`:

    python scripts/bench_sample.py
    python scripts/bench_sample.py --units 128 --batches 1 --rounds 3
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from contest import Contestant, Facts, serve, steps_of, timed

CONTESTANTS = ("chargen", "pytorch LSTM", "pytorch LSTMCell", "keras model(x)", "keras predict")
VOCABULARY, TEMPERATURE = 65, 0.7
Run = Callable[[int], None]


@dataclass(frozen=True)
class Task:
    """What every contestant has to do."""

    units: int
    batch: int


def chargen(task: Task) -> Run:
    """Sample with chargen."""
    from chargen.network import ModelConfig, Network, initial_weights
    from chargen.text.decoding import Decoding
    from chargen.text.sampling import chance, continuations, warm

    model = ModelConfig(VOCABULARY, VOCABULARY, cell="lstm", units=task.units)
    network = Network(model, initial_weights(model, np.random.default_rng(0)))
    generators = [np.random.default_rng(index) for index in range(task.batch)]
    one = task.batch == 1
    seeds = np.zeros(1 if one else (task.batch, 1), np.int32)
    uniforms: Any = chance(generators[0]) if one else map(np.array, zip(*map(chance, generators), strict=True))
    steps = continuations(*warm(network, None, seeds), Decoding(TEMPERATURE), uniforms)

    def run(count: int) -> None:
        for _ in range(count):
            next(steps)

    return run


def pytorch(task: Task, way: str) -> Run:
    """Sample with PyTorch's fused layer or its cell, with one thread or with its default, whichever is faster."""
    import torch

    torch.set_grad_enabled(False)
    one_hot = torch.eye(VOCABULARY)
    readout = torch.nn.Linear(task.units, VOCABULARY)
    kind = torch.nn.LSTM if way == "LSTM" else torch.nn.LSTMCell
    layer: Any = kind(VOCABULARY, task.units)
    ids: Any = torch.zeros(task.batch, dtype=torch.long)
    state: Any = None

    def run(count: int) -> None:
        nonlocal ids, state
        for _ in range(count):
            if way == "LSTM":
                hidden, state = layer(one_hot[ids][None], state)
                hidden = hidden[0]
            else:
                state = layer(one_hot[ids], state)
                hidden = state[0]
            chances = torch.softmax(readout(hidden) / TEMPERATURE, dim=-1)
            ids = torch.multinomial(chances, 1)[:, 0]

    threads = {torch.get_num_threads(), 1}
    taken = {}
    for number in threads:
        torch.set_num_threads(number)
        run(50)
        taken[number] = timed(run, 200)
    torch.set_num_threads(min(taken, key=lambda number: taken[number]))
    return run


def keras(task: Task, way: str) -> Run:
    """Sample with a stateful Keras model: `predict`, or the model called."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras as k

    model = k.Sequential(
        [
            k.Input(batch_shape=(task.batch, 1, VOCABULARY)),
            k.layers.LSTM(task.units, stateful=True),
            k.layers.Dense(VOCABULARY),
        ]
    )
    one_hot = np.eye(VOCABULARY, dtype=np.float32)
    generator = np.random.default_rng(0)
    ids = np.zeros(task.batch, np.int64)

    def run(count: int) -> None:
        nonlocal ids
        for _ in range(count):
            x = one_hot[ids][:, None]
            logits = model.predict(x, batch_size=task.batch, verbose=0) if way == "predict" else model(x).numpy()
            chances = np.exp((logits - logits.max(axis=-1, keepdims=True)) / TEMPERATURE)
            cumulative = np.cumsum(chances, axis=-1)
            ids = (cumulative < generator.random((task.batch, 1)) * cumulative[:, -1:]).sum(axis=-1)

    return run


def child(name: str, task: Task, seconds: float) -> None:
    """Be a contestant."""
    who, _, way = name.partition(" ")
    run: Run
    count = 0

    def prepare() -> Facts:
        nonlocal run, count
        make = {
            "chargen": lambda: chargen(task),
            "pytorch": lambda: pytorch(task, way),
            "keras": lambda: keras(task, way),
        }
        run = make[who]()
        count = steps_of(run, seconds)
        return {}

    serve(prepare, lambda: {"speed": task.batch * count / timed(run, count)})


def compete(task: Task, rounds: int, seconds: float) -> Iterator[dict[str, Any]]:
    """Let the contestants take turns."""
    field = [
        Contestant(name, [__file__, "--child", name, "--task", json.dumps(asdict(task)), "--seconds", str(seconds)])
        for name in CONTESTANTS
    ]
    for _ in range(rounds):
        for contestant in field:
            contestant.round()
    for contestant in field:
        contestant.end()
        yield {**asdict(task), "contestant": contestant.name, "best": max(contestant.speeds)}


def cold(rounds: int) -> dict[str, float]:
    """Measure whole commands, each from cold: best seconds by command."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        text = folder / "words.txt"
        text.write_text("alice sees the queen and the queen sees alice\n" * 200, encoding="utf-8")
        chargen_command = [sys.executable, "-m", "chargen", "--checkpoints", str(folder / "runs")]
        subprocess.run([*chargen_command, "-q", "train", str(text), "-n", "1"], check=True, capture_output=True)
        commands = {
            'chargen sample --seed "alice" -l 200': [*chargen_command, "sample", "--seed", "alice", "-l", "200"],
            'python -c "import tensorflow"': [sys.executable, "-c", "import tensorflow"],
            'python -c "import torch"': [sys.executable, "-c", "import torch"],
            'python -c "import numpy"': [sys.executable, "-c", "import numpy"],
        }
        best = dict.fromkeys(commands, float("inf"))
        for _ in range(rounds):
            for title, command in commands.items():
                started = time.perf_counter()
                subprocess.run(command, check=True, capture_output=True)
                best[title] = min(best[title], time.perf_counter() - started)
        return best


def main() -> None:
    """Read the options, compete, print the tables and the document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", nargs="+", type=int, default=[128, 512])
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 64])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of a round")
    for hidden in ("--child", "--task"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, Task(**json.loads(options.task)), options.seconds)
        return
    versions = {name: version(name) for name in ("chargen", "tensorflow", "keras", "torch", "numpy")}
    print(f"{versions}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print("LSTM, characters a second in all texts together, best of the rounds; ratio: chargen's to this one's")
    print(f"{'units':>5}{'texts':>7}  {'contestant':<18}{'best':>10}{'ratio':>9}")
    rows = []
    for task in [Task(units, batch) for units in options.units for batch in options.batches]:
        found = list(compete(task, options.rounds, options.seconds))
        for row in found:
            row["ratio"] = found[0]["best"] / row["best"]
            print(
                f"{task.units:>5}{task.batch:>7}  {row['contestant']:<18}{row['best']:>10,.0f}{row['ratio']:>9,.1f}",
                flush=True,
            )
        rows += found
    started = cold(options.rounds)
    for title, seconds in started.items():
        print(f"{title:<40}{seconds:>7.2f} s")
    print(json.dumps({"versions": versions, "rows": rows, "cold": started}))


if __name__ == "__main__":
    main()
