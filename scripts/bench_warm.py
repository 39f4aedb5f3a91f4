"""Held-out bits against seconds of training: a warm start beside training from scratch, on one text.

First the three whole books of the extra `books` are learnt together for some minutes; the warm starts begin with that
network and are otherwise `chargen train TEXT --from RUN` without options. From scratch is `chargen train TEXT` with
the best of several step sizes, its own network or that of the preset `quick`, all tried for the seconds that are
compared (`--claim`); and the same with a cosine that is planned to end then, whose last figure counts even if it came a
little late. Both hold out the same last tenth, prepared alike; it chooses the best iteration of each, and scratch's
settings. Every run has a process of its own, contestants take turns. Seconds are of training, tracing and compiling
included, scoring and saving not; an iteration counts the least that it took in any run of its contestant, so that what
else the machine does hardly counts. A warm start's figure at 0 s is of the other books' network.

    python scripts/bench_warm.py --text alice.txt
    python scripts/bench_warm.py --text alice.txt --minutes 0.5 --seconds 30 --seeds 1 --rates 0.008
"""

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

BOOKS = ("time-machine", "flatland", "lost-world")
PARENT = "books"
TIMES = (0, 5, 10, 20, 30, 60, 120)
# (seconds of training so far, held-out bits) after each iteration
Curve = list[tuple[float, float]]


def learn(corpus: list[str], folder: Path, seconds: float, **options: Any) -> Curve:
    """Train in this process as the command line does, until the seconds are over.

    Args:
        corpus: What to learn.
        folder: Where runs and books go.
        seconds: Of training.
        **options: Of `chargen train`.

    Returns:
        The curve; a warm start's begins at 0 s.
    """
    from chargen.cli.learning import load_tensorflow
    from chargen.network import Network
    from chargen.text.learning import create
    from chargen.text.learning import learn as iterations
    from chargen.text.scoring import bits, score

    run = create(corpus, checkpoints=folder / "checkpoints", corpora=folder / "corpora", **options)
    curve: Curve = []
    if weights := run.folder.initial():
        losses = score(Network(run.model, weights), "stream", run.training_config.seqlen, run.parts.validation)
        curve.append((0.0, bits(float(np.mean(losses)))))
    load_tensorflow(run.training_config.towers)
    for report in iterations(run):
        before = curve[-1][0] if curve else 0.0
        curve.append((before + report.seconds, report.bits_per_character or math.nan))
        if curve[-1][0] >= seconds:
            break
    return curve


def least(curves: list[Curve]) -> list[Curve]:
    """Time every iteration by the least of any run: the first, which compiles, and those after it."""
    costs = [np.diff([0.0, *(end for end, _ in curve if end)]) for curve in curves]
    first = min(float(each[0]) for each in costs)
    later = min((float(cost) for each in costs for cost in each[1:]), default=0.0)
    again = []
    for curve in curves:
        begun = [point for point in curve if not point[0]]
        learnt = curve[len(begun) :]
        again.append(begun + [(first + index * later, bits) for index, (_, bits) in enumerate(learnt)])
    return again


def at(curve: Curve, seconds: float) -> float | None:
    """Find the best figure among the iterations that had ended; None before the first."""
    return min((bits for end, bits in curve if end <= seconds), default=None)


def mean_at(curves: list[Curve], seconds: float) -> float | None:
    """Average it over runs; None where one has none yet."""
    found = [at(curve, seconds) for curve in curves]
    return None if None in found else statistics.mean(bits for bits in found if bits is not None)


class Bench:
    """Runs in processes of their own.

    Args:
        folder: Where runs and books go.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def run(self, label: str, corpus: list[str], seconds: float, **options: Any) -> Curve:
        """Train in a new process, and tell how it ended."""
        task = json.dumps([corpus, str(self._folder), seconds, {"iterations": 10_000, **options}])
        command = [sys.executable, __file__, "--child", task]
        answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        curve = [(end, bits) for end, bits in json.loads(answer.stdout)]
        end, best = curve[-1][0], min(bits for _, bits in curve)
        print(f"  {label:<28}{len(curve):>4} points {end:7.1f} s  {best:.3f} bits", file=sys.stderr, flush=True)
        return curve


def report(given: argparse.Namespace, parent: Curve, curves: dict[str, list[Curve]]) -> None:
    """Print the table.

    Args:
        given: The options.
        parent: The other books' curve.
        curves: Of scratch, scratch with a cosine and the warm start, by name.
    """
    timed = {name: least(each) for name, each in curves.items()}
    # Some runs ended when the seconds did, which is a little earlier by the least times; others had learnt all.
    pairs = [pair for name in curves for pair in zip(curves[name], timed[name], strict=True)]
    cut = [fast[-1][0] for curve, fast in pairs if curve[-1][0] >= given.seconds]
    reached = min(cut, default=math.inf)
    times = [seconds for seconds in TIMES if seconds <= 1.05 * reached]
    print(f"the other books: {parent[-1][0]:.0f} s, {min(bits for _, bits in parent):.3f} bits held out of themselves")
    print(f"held-out bits per character, mean of {given.seeds} seeds, after so many seconds")
    print(f"{'':<28}" + "".join(f"{seconds:>8}" for seconds in times))
    for name, runs in timed.items():
        row = [mean_at(runs, seconds) for seconds in times]
        print(f"{name:<28}" + "".join(f"{'—' if bits is None else format(bits, '.3f'):>8}" for bits in row))
    plateau, with_cosine, warm = timed.values()
    scratch = min(mean_at(plateau, given.claim) or math.inf, statistics.mean(curve[-1][1] for curve in with_cosine))
    less = scratch - (mean_at(warm, given.claim) or math.inf)
    print(f"after {given.claim:g} s the warm start has {less:.3f} bits less than the better scratch")


def main() -> None:
    """Read the options, train, print the table and the document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", help="the text's path")
    parser.add_argument("--minutes", type=float, default=4.0, help="of training the other books")
    parser.add_argument("--seconds", type=float, default=120.0, help="of training the text")
    parser.add_argument("--claim", type=float, default=30.0, help="seconds that scratch's settings are chosen for")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rates", type=float, nargs="+", default=[0.004, 0.008, 0.016], help="from scratch")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        out = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)  # what libraries print must not get into the answer
        corpus, folder, seconds, options = json.loads(given.child)
        json.dump(learn(corpus, Path(folder), seconds, **options), out)
        return
    if given.text is None:
        parser.error("--text is missing: the path of the text")
    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        parent = bench.run("the other books", list(BOOKS), 60 * given.minutes, name=PARENT)
        # What scratch may be trained with, by the words that name it.
        ways: dict[str, dict[str, Any]] = {
            f"scratch {preset + ' ' if preset else ''}{rate:g}": {"preset": preset, "learning_rate": rate}
            for preset in (None, "quick")
            for rate in given.rates
        }
        pilots = {way: bench.run(way, [given.text], given.claim, **options) for way, options in ways.items()}
        timed: dict[str, Curve] = {}
        for preset in (None, "quick"):
            alike = [way for way in ways if ways[way]["preset"] == preset]
            timed |= zip(alike, least([pilots[way] for way in alike]), strict=True)
        best = min(ways, key=lambda way: at(timed[way], given.claim) or math.inf)
        planned = max(1, sum(end <= given.claim for end, _ in timed[best]))
        cosine = {"schedule": "cosine", "iterations": planned}
        cosines: dict[str, Curve] = {}
        for way, options in ways.items():
            if options["preset"] == ways[best]["preset"]:
                cosines[way] = bench.run(f"{way} cosine", [given.text], math.inf, **options, **cosine)
        best_cosine = min(cosines, key=lambda way: cosines[way][-1][1])
        plans: dict[str, tuple[float, dict[str, Any]]] = {
            best: (given.seconds, ways[best]),
            f"{best_cosine} cosine": (math.inf, ways[best_cosine] | cosine),
            "warm start": (given.seconds, {"from_run": PARENT}),
        }
        curves: dict[str, list[Curve]] = {name: [] for name in plans}
        for seed in range(given.seeds):
            for name, (seconds, options) in plans.items():
                curve = bench.run(f"{name}, seed {seed}", [given.text], seconds, random_seed=seed, **options)
                curves[name].append(curve)
    versions = {name: version(name) for name in ("chargen", "tensorflow", "numpy")}
    print(f"{versions}, Python {platform.python_version()}, {os.cpu_count()} cores")
    report(given, parent, curves)
    facts = {"parent": parent, "pilots": pilots, "cosines": cosines, "planned": planned}
    print(json.dumps({"versions": versions, "options": vars(given), "curves": curves, **facts}))


if __name__ == "__main__":
    main()
