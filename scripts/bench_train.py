"""Training speed beside Keras and PyTorch: same cell, units, window, batch, optimizer, clipping and text.

Each contestant runs in a child process of its own, and they take turns: a round of one, a round of the next. The peers
get their windows as one-hot vectors made beforehand (which their megabytes include); PyTorch takes the better of its
own number of threads and one; Keras trains whole rounds in one `fit`, many steps an execution, with its own number of
threads. Needs the extras `books` and `bench`:

    python scripts/bench_train.py
    python scripts/bench_train.py --cells lstm --units 128 --recipes stream --rounds 3
"""

import argparse
import json
import os
import platform
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
from contest import Contestant, Facts, serve, steps_of, timed

KERAS = ("plain", "unrolled", "compiled")
CONTESTANTS = ("chargen", *(f"keras {way}" for way in KERAS), "pytorch")
# (recipe, seqlen, batch): those of the published figures.
RECIPES = {"stream": (30, 32), "classic": (10, 128)}
RATE, CLIP, VOCABULARY = 0.002, 1.0, 65


@dataclass(frozen=True)
class Task:
    """What every contestant has to do."""

    recipe: str
    cell: str
    units: int
    seqlen: int
    batch: int

    @property
    def targets(self) -> int:
        """Targets in a batch: what is counted a second."""
        return self.batch * (self.seqlen if self.recipe == "stream" else 1)

    @property
    def flops(self) -> int:
        """Multiplications and additions of the products that a batch needs, forward and backward."""
        gates = {"rnn": 1, "gru": 3, "lstm": 4}[self.cell]
        # The first step of a classic window starts from zeros: no product.
        steps = self.seqlen - (self.recipe == "classic")
        recurrent = self.batch * steps * self.units * gates * self.units
        return 6 * (recurrent + self.targets * self.units * VOCABULARY)


def batches(task: Task, count: int) -> Any:
    """Cut windows out of an offline book: ids, int32 (count, batch, seqlen + 1); streams where the recipe has them."""
    from chargen.text.library import load
    from chargen.windows import Passages, ShuffledWindows, Streams, cut

    text = load("time-machine", Path("corpora")).text
    common = "".join(sorted(sorted(set(text), key=text.count)[-VOCABULARY:]))
    ids = np.array([common.index(c) for c in text if c in common], np.int32)
    if task.recipe == "stream":
        order = Streams(Passages.whole(ids), task.seqlen, task.batch).order(np.random.default_rng(0))[:]
    else:
        order = ShuffledWindows(Passages.whole(ids), task.seqlen, 1, task.batch).order(np.random.default_rng(0))[:]
    return cut(ids, np.concatenate([order] * (count // len(order) + 1))[:count], task.seqlen)


Run = Callable[[int], object]


def chargen(task: Task) -> Run:
    """Train with chargen, threads as its command line sets them."""
    from chargen.cli.learning import load_tensorflow
    from chargen.network import ModelConfig, initial_weights
    from chargen.snapshot import Snapshot
    from chargen.trainer import TrainConfig

    train = TrainConfig(
        recipe=task.recipe, seqlen=task.seqlen, batch_size=task.batch, schedule="constant", learning_rate=RATE, warmup=0
    )
    load_tensorflow(train.towers)
    from chargen.trainer.engine import Engine

    model = ModelConfig(VOCABULARY, VOCABULARY, cell=task.cell, units=task.units)
    windows = batches(task, 200)
    targets = windows[..., 1:] if task.recipe == "stream" else windows[..., -1]
    start = Snapshot(initial_weights(model, np.random.default_rng(0)))
    engine = Engine(model, train, (windows[..., :-1], targets), start)

    def run(count: int) -> None:
        for start in range(0, count, len(windows)):
            part = slice(min(len(windows), count - start))
            engine.run((windows[part, ..., :-1], targets[part]), np.full(len(windows[part]), RATE, np.float32))

    return run


def keras(task: Task, way: str) -> Run:
    """Train with Keras' fit, states carried by a stateful layer."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras as k

    layer = {"rnn": k.layers.SimpleRNN, "gru": k.layers.GRU, "lstm": k.layers.LSTM}[task.cell]
    stream = task.recipe == "stream"
    model = k.Sequential(
        [
            k.Input(batch_shape=(task.batch, task.seqlen, VOCABULARY)),
            layer(task.units, return_sequences=stream, stateful=stream, unroll=way == "unrolled"),
            k.layers.Dense(VOCABULARY),
        ]
    )
    model.compile(
        optimizer=k.optimizers.Adam(RATE, global_clipnorm=CLIP),
        loss=k.losses.SparseCategoricalCrossentropy(from_logits=True),
        jit_compile=way == "compiled",
        steps_per_execution=50,
    )
    windows = batches(task, 200)
    inputs = np.eye(VOCABULARY, dtype=np.float32)[windows[..., :-1].reshape(-1, task.seqlen)]
    targets = windows.reshape(-1, task.seqlen + 1)
    targets = targets[:, 1:] if stream else targets[:, -1]

    def run(count: int) -> None:
        epochs, rest = divmod(count, len(windows))
        for rows, times in ((len(inputs), epochs), (rest * task.batch, 1)):
            if rows * times:
                model.fit(inputs[:rows], targets[:rows], task.batch, epochs=times, shuffle=False, verbose=0)

    return run


def pytorch(task: Task) -> Run:
    """Train with PyTorch's fused layer and optimizer, time-major as its layers are."""
    import torch

    kind = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[task.cell]
    layer, readout = kind(VOCABULARY, task.units), torch.nn.Linear(task.units, VOCABULARY)
    parameters = [*layer.parameters(), *readout.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=RATE, fused=True)
    windows = torch.from_numpy(batches(task, 200).astype(np.int64)).transpose(1, 2).contiguous()
    inputs = torch.eye(VOCABULARY)[windows[:, :-1]]
    state: Any = None

    def run(count: int) -> None:
        nonlocal state
        for _, (x, window) in zip(range(count), cycle(zip(inputs, windows, strict=True)), strict=False):
            hidden, after = layer(x, state)
            if task.recipe == "stream":
                state = tuple(s.detach() for s in after) if isinstance(after, tuple) else after.detach()
                logits, targets = readout(hidden).reshape(-1, VOCABULARY), window[1:].reshape(-1)
            else:
                logits, targets = readout(hidden[-1]), window[-1]
            loss = torch.nn.functional.cross_entropy(logits, targets)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, CLIP)
            optimizer.step()

    return run


def choose_threads(run: Run) -> None:
    """Give PyTorch its own number of threads or one, whichever is faster."""
    import torch

    taken = {}
    for threads in sorted({torch.get_num_threads(), 1}):
        torch.set_num_threads(threads)
        run(20)
        taken[threads] = timed(run, 50)
    torch.set_num_threads(min(taken, key=lambda threads: taken[threads]))


def child(contestant: str, task: Task, seconds: float, born: float) -> None:
    """Be a contestant."""
    name, _, way = contestant.partition(" ")
    run: Run = int
    count = 0

    def prepare() -> Facts:
        nonlocal run, count
        run = {"chargen": lambda: chargen(task), "keras": lambda: keras(task, way), "pytorch": lambda: pytorch(task)}[
            name
        ]()
        built = time.time()
        run(10)
        ready = time.time()
        if name == "pytorch":
            choose_threads(run)
        count = max(10, steps_of(run, seconds) // 10 * 10)
        return {"compile": ready - built, "first": ready - born}

    def measure() -> Facts:
        speed = task.targets * count / timed(run, count)
        return {"speed": speed, "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}

    serve(prepare, measure)


def compete(task: Task, rounds: int, seconds: float) -> Iterator[dict[str, Any]]:
    """Let the contestants take turns; of Keras' ways only the one that is fastest in two rounds goes on."""
    child = [__file__, "--seconds", str(seconds), "--task", json.dumps(asdict(task))]
    field = {name: Contestant(name, [*child, "--child", name, "--born", str(time.time())]) for name in CONTESTANTS}
    for _ in range(min(2, rounds)):
        for contestant in field.values():
            contestant.round()
    fastest = max((f"keras {way}" for way in KERAS), key=lambda name: max(field[name].speeds))
    for way in KERAS:
        if f"keras {way}" != fastest:
            field.pop(f"keras {way}").end()
    for _ in range(rounds - 2):
        for contestant in field.values():
            contestant.round()
    for name, contestant in field.items():
        contestant.end()
        yield {**asdict(task), "contestant": name, "best": max(contestant.speeds), **contestant.facts}


def limit() -> float:
    """Measure large products with all threads: floating-point operations a second."""
    a = np.random.default_rng(0).standard_normal((2000, 2000)).astype(np.float32)
    taken = []
    for _ in range(8):
        started = time.perf_counter()
        a @ a
        taken.append(time.perf_counter() - started)
    return 2 * 2000**3 / min(taken)


def main() -> None:
    """Read the options, compete, print the table and the document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", nargs="+", default=["rnn", "gru", "lstm"])
    parser.add_argument("--units", nargs="+", type=int, default=[128, 256, 512])
    parser.add_argument("--recipes", nargs="+", default=list(RECIPES))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5, help="of a round")
    for hidden in ("--child", "--task", "--born"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.child, Task(**json.loads(options.task)), options.seconds, float(options.born))
        return
    peak = limit()
    versions = {name: version(name) for name in ("chargen", "tensorflow", "keras", "torch", "numpy")}
    print(f"{versions}, Python {platform.python_version()}, {os.cpu_count()} cores, products {peak / 1e9:.0f} GFLOP/s")
    print(
        "best of the rounds, targets a second (classic: windows); compile: to trace and compile; first: from the start"
    )
    print(
        f"{'task':<24}{'contestant':<16}{'best':>10}{'ratio':>7}{'of limit':>10}"
        f"{'compile s':>11}{'first s':>9}{'MB':>7}"
    )
    rows = []
    tasks = [
        Task(recipe, cell, units, *RECIPES[recipe])
        for recipe in options.recipes
        for units in options.units
        for cell in options.cells
    ]
    for task in tasks:
        found = list(compete(task, options.rounds, options.seconds))
        peers = max(row["best"] for row in found if row["contestant"] != "chargen")
        for row in found:
            row["ratio"] = row["best"] / peers
            row["share"] = row["best"] / task.targets * task.flops / peak
            print(
                f"{f'{task.recipe} {task.cell} {task.units}':<24}{row['contestant']:<16}{row['best']:>10,.0f}"
                f"{row['ratio']:>7.2f}{row['share']:>10.0%}{row['compile']:>11.1f}{row['first']:>9.1f}{row['megabytes']:>7.0f}",
                flush=True,
            )
        rows += found
    print(json.dumps({"versions": versions, "products": peak, "rows": rows}))


if __name__ == "__main__":
    main()
