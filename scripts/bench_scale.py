"""Speed of training on several workers: measured as processes pinned to cores of one machine, then modelled.

Each process has one core of its own as long as there are enough; the base is one process on one core with the same
total batch. Best of the rounds. A ring sends 2 (W - 1) / W times the parameters from each worker in a step; what the
loopback device counted stands beside it. The model of a step of W workers with R rows of a batch each, P parameters:

    t = shared * (fixed + R * row) + 2 (W - 1) * latency + 2 (W - 1) / W * 4 P / bandwidth

`fixed` and `row` come from one process alone with all rows and with a quarter of them, for each network; `latency` and
`bandwidth` from the smallest and the largest network on two workers; `shared` is how many processes share a core. All
the other points are predicted, and compared. The last tables put networks' bandwidths in the place of the loopback's.

    python scripts/bench_scale.py
    python scripts/bench_scale.py --cells lstm --units 512 --workers 2 --rounds 10
"""

import argparse
import json
import os
import platform
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path

import numpy as np

SEQLEN, VOCABULARY, STEPS = 30, 90, 10
# Bytes a second; and what a message over a switch takes longer than over loopback.
NETWORKS = {"1 Gbit/s": 1e9 / 8, "10 Gbit/s": 1e10 / 8}
SWITCH_SECONDS = 50e-6
ROWS_A_MACHINE = 32


@dataclass(frozen=True)
class Task:
    """What is measured: a network, the rows of a batch in all, and how many workers share them."""

    cell: str
    units: int
    rows: int
    workers: int = 1

    @property
    def name(self) -> str:
        """The network."""
        return f"{self.cell} {self.units}"


@dataclass(frozen=True)
class Measured:
    """What a task takes.

    Args:
        seconds: A step.
        parameters: Of the network.
        sent: Bytes that the loopback device carried in a step.
    """

    seconds: float
    parameters: int
    sent: float

    def ring(self, workers: int) -> float:
        """Bytes that each worker sends in a step."""
        return 2 * (workers - 1) / workers * 4 * (self.parameters + 1)


def measure(task: Task, rounds: int) -> Measured:
    """Start a process for each worker, and read what the chief prints."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(task.workers)]
    addresses = [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    for each in sockets:
        each.close()
    children = [
        subprocess.Popen(
            [sys.executable, __file__, "--child", json.dumps([asdict(task), addresses, index, rounds])],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "OMP_NUM_THREADS": "1"},
        )
        for index in range(task.workers)
    ]
    told = [child.communicate() for child in children]
    if any(child.returncode for child in children):
        sys.exit(f"a worker of {task} ended with an error; nothing is reported")
    return Measured(**json.loads(told[0][0].splitlines()[-1]))


def work(task: Task, addresses: list[str], index: int, rounds: int) -> None:
    """Be one of the processes."""
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[index % len(cores)]})
    from chargen.cluster import Cluster, join, meet
    from chargen.network import ModelConfig, initial_weights
    from chargen.trainer import Crew, Snapshot, TrainConfig, Trainer, next_characters
    from chargen.windows import Passages

    cluster = Cluster(tuple(addresses), index)
    model = ModelConfig(cell=task.cell, units=task.units, inputs=VOCABULARY, outputs=VOCABULARY, dropout=0.3)
    train = TrainConfig(batch_size=task.rows, seqlen=SEQLEN, towers=task.workers)
    random = np.random.default_rng(0)
    text = random.integers(VOCABULARY, size=task.rows * SEQLEN * STEPS * (rounds + 3), dtype=np.int32)
    examples = next_characters(Passages.whole(text), train)
    snapshot = Snapshot(dict(initial_weights(model, random)))
    parameters = sum(weight.size for weight in snapshot.weights.values())
    crew = None
    if task.workers > 1 and index:
        link, _ = join(cluster, {}, lambda _: None)
        from chargen.cluster.collective import Collective
        from chargen.trainer.following import follow

        threads()
        follow(model, train, examples, link, Collective(cluster, link))
        link.close()
        return
    team = meet(cluster, {}, task.workers, lambda _: None) if task.workers > 1 else None
    threads()
    if team:
        from chargen.cluster.collective import Collective

        crew = Crew(team, Collective(cluster, team))
    # An epoch holds all rounds, for followers go on where they are.
    engine = Trainer(model, train, examples, snapshot, crew)._engine
    batches, rates = examples.cut(examples.order(random)[:STEPS]), np.full(STEPS, 1e-3, np.float32)
    best, sent = np.inf, 0.0
    for round_ in range(rounds + 1):
        engine.start_epoch()
        before, started = loopback(), time.perf_counter()
        engine.run(batches, rates)
        if round_:  # the first compiles
            best, sent = min(best, (time.perf_counter() - started) / STEPS), (loopback() - before) / STEPS
    if team:
        with team:
            pass
    print(json.dumps(asdict(Measured(float(best), int(parameters), sent))))


def threads() -> None:
    """One thread for a process that has one core."""
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def loopback() -> int:
    """Read how many bytes the loopback device has sent."""
    lines = Path("/proc/net/dev").read_text().splitlines()
    return next(int(line.split()[9]) for line in lines if line.strip().startswith("lo:"))


@dataclass(frozen=True)
class Model:
    """The time of a step; see the top of this file."""

    computing: dict[str, tuple[float, float]]
    latency: float
    bandwidth: float

    def seconds(self, task: Task, parameters: int, cores: int) -> float:
        """Predict a step."""
        fixed, row = self.computing[task.name]
        shared = max(1, task.workers / cores)
        turns = 2 * (task.workers - 1)
        bytes_ = turns / task.workers * 4 * parameters
        return shared * (fixed + task.rows / task.workers * row) + turns * self.latency + bytes_ / self.bandwidth


def fit(points: dict[Task, Measured], batch: int) -> tuple[Model, set[Task]]:
    """Fit the model; also tell from which points."""
    computing, used = {}, set()
    for task, measured in points.items():
        quarter = replace(task, rows=batch // 4)
        if task.workers == 1 and task.rows == batch:
            row = (measured.seconds - points[quarter].seconds) / (batch - batch // 4)
            computing[task.name] = (measured.seconds - batch * row, row)
            used |= {task, quarter}
    pairs = sorted(
        (measured.parameters, measured.seconds - sum_of(computing[task.name], task.rows / 2), task)
        for task, measured in points.items()
        if task.workers == 2
    )
    (small, short, one), (large, longest, other) = pairs[0], pairs[-1]
    bandwidth = 4 * (large - small) / max(longest - short, 1e-9) if large > small else 1e12
    latency = max(0.0, (short - 4 * small / bandwidth) / 2)
    return Model(computing, latency, bandwidth), used | {one, other}


def sum_of(computing: tuple[float, float], rows: float) -> float:
    """Seconds of computing so many rows."""
    return computing[0] + rows * computing[1]


def main() -> None:
    """Measure, fit, compare, predict."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", nargs="+", default=["rnn", "gru", "lstm"])
    parser.add_argument("--units", nargs="+", type=int, default=[128, 256, 512])
    parser.add_argument("--workers", nargs="+", type=int, default=[2, 4])
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.child:
        task, *others = json.loads(chosen.child)
        work(Task(**task), *others)
        return
    cores, batch = len(os.sched_getaffinity(0)), chosen.batch
    versions = {name: version(name) for name in ("chargen", "tensorflow", "numpy")}
    print(f"{versions}, Python {platform.python_version()}, {cores} cores, batch {batch} in all, windows of {SEQLEN}")
    points: dict[Task, Measured] = {}
    for cell in chosen.cells:
        for units in chosen.units:
            base = Task(cell, units, batch)
            tasks = [base, replace(base, rows=batch // 4), *(replace(base, workers=each) for each in chosen.workers)]
            points |= {task: measure(task, chosen.rounds) for task in tasks}
    model, used = fit(points, batch)
    print(f"loopback: {model.latency * 1e3:.2f} ms a turn, {model.bandwidth / 1e6:,.0f} MB/s")
    print("network   parameters  workers  ms a step  speed  model  error  MB a ring  MB counted")
    for task, measured in points.items():
        if task.rows == batch:
            alone, said = points[replace(task, workers=1)], model.seconds(task, measured.parameters, cores)
            error = "fitted" if task in used else f"{said / measured.seconds - 1:+.0%}"
            ring = measured.ring(task.workers) * task.workers / 1e6
            print(
                f"{task.name:9} {measured.parameters:10,}  {task.workers:7}  {measured.seconds * 1e3:9.2f}  "
                f"{alone.seconds / measured.seconds:5.2f}  {said * 1e3:5.1f}  {error:>6}  {ring:9.2f}  "
                f"{measured.sent / 1e6:10.2f}"
            )
    machines = [1, 2, 4, 8, 16, 32, 64]
    for network, bandwidth in NETWORKS.items():
        print(f"\n{network}, a core and {ROWS_A_MACHINE} rows a machine: ms a step (times the speed of one machine)")
        print("network   " + "".join(f"{count:>14}" for count in machines))
        wired = replace(model, latency=model.latency + SWITCH_SECONDS, bandwidth=min(bandwidth, model.bandwidth))
        for task, measured in points.items():
            if task.rows == batch and task.workers == 1:
                wide = [replace(task, rows=ROWS_A_MACHINE * count, workers=count) for count in machines]
                times = [wired.seconds(one, measured.parameters, one.workers) for one in wide]
                speeds = [times[0] / seconds * count for seconds, count in zip(times, machines, strict=True)]
                cells = [f"{1e3 * s:.1f} ({v:.1f})" for s, v in zip(times, speeds, strict=True)]
                print(f"{task.name:9} " + "".join(f"{cell:>14}" for cell in cells))
    print(json.dumps([asdict(task) | asdict(measured) for task, measured in points.items()]))


if __name__ == "__main__":
    main()
