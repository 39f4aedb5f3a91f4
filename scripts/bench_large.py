"""How training starts, runs and fits into memory on a gigabyte of text, beside a megabyte.

Both texts are made up (scripts/make_text.py). Each measurement is a process of its own:

    python scripts/bench_large.py --folder /somewhere/with/4/GB

The long text's first start encodes it, the second finds it encoded. Speed is that of the last of SECONDS of training,
the two texts in turn, the same settings and batches for both. Memory is the peak of a process that trains a whole
iteration with a small network, scoring and saving included, above one of an empty Python and one with TensorFlow.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

SECONDS, ROUNDS = 15, 5
SETTINGS: dict[str, Any] = {
    "cell": "gru",
    "units": 128,
    "batch_size": 64,
    "dropout": 0.2,
    "recurrent_dropout": 0.0,
    "validation": 0.01,
}
SMALL: dict[str, Any] = {"cell": "rnn", "units": 16, "batch_size": 512, "seqlen": 60, "validation": 0.01}
# Children: what they print is one JSON document; memory is their peak, pages of the mapped text among them.
TRAIN = """
import json, resource, sys, time
began = float(sys.argv[1])
text, folder, seconds, settings = sys.argv[2], sys.argv[3], float(sys.argv[4]), json.loads(sys.argv[5])
from chargen.cli.learning import load_tensorflow
from chargen.text.learning import create, learn
run = create(text, corpora=folder + "/corpora", checkpoints=folder + "/checkpoints", **settings)
prepared = time.time() - began
load_tensorflow(run.training_config.towers)
first, found = [], []
class Enough(Exception): pass
def progress(now):
    if not first:
        first.append(time.time() - began)
    found.append((now.seconds, now.targets_per_second * now.seconds))
    if now.seconds > seconds:
        raise Enough
try:
    reports = list(learn(run, 1, progress))
except Enough:
    reports = []
half = next(index for index, (at, _) in enumerate(found) if at >= min(seconds, found[-1][0]) / 2)
(start, before), (end, after) = found[half] if found[half] != found[-1] else (0, 0), found[-1]
speed = (after - before) / (end - start)
print(json.dumps({"prepared": prepared, "first_batch": first[0], "speed": speed, "training": found[-1][0],
                  "whole": bool(reports), "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""
EMPTY = "import json, resource; print(json.dumps(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))"
LOADED = "from chargen.cli.learning import load_tensorflow; load_tensorflow(2); " + EMPTY


def child(program: str, *arguments: str) -> Any:
    """Run a program in a process of its own, and read what it prints last."""
    told = subprocess.run(
        [sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    return json.loads(told.splitlines()[-1])


def train(text: Path, folder: Path, seconds: float, settings: dict[str, Any]) -> Any:
    """Train on a text for so many seconds, or an iteration."""
    return child(TRAIN, str(time.time()), str(text), str(folder), str(seconds), json.dumps(settings))


def main() -> None:
    """Make the texts, measure, print the tables and the document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="a folder for texts and runs; may exist")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    versions = {name: version(name) for name in ("chargen", "tensorflow", "numpy")}
    print(f"{versions}, Python {platform.python_version()}, {os.cpu_count()} cores")
    texts = {name: given.folder / f"{name}.txt" for name in ("1 GB", "1 MB")}
    for name, size in (("1 GB", 10**9), ("1 MB", 10**6)):
        if not texts[name].exists():
            made = [sys.executable, str(Path(__file__).with_name("make_text.py")), str(size), str(texts[name])]
            subprocess.run(made, check=True)
    shutil.rmtree(given.folder / "corpora", ignore_errors=True)
    base = {"empty Python": child(EMPTY), "TensorFlow": child(LOADED)}
    starts = {name: train(texts["1 GB"], given.folder, 1, SETTINGS) for name in ("first", "second", "third")}
    print("\n| start on 1 GB | until prepared, s | until the first batch is learnt, s |\n|---|---|---|")
    for name, found in starts.items():
        print(f"| {name} | {found['prepared']:.1f} | {found['first_batch']:.1f} |")
    speeds: dict[str, list[float]] = {name: [] for name in texts}
    for _ in range(given.rounds):
        for name, text in texts.items():
            speeds[name].append(train(text, given.folder, SECONDS, {**SETTINGS, "epochs": 1000})["speed"])
    print(f"\n| text | characters/s, best of {given.rounds} | median |\n|---|---|---|")
    for name, found in speeds.items():
        print(f"| {name} | {max(found):,.0f} | {statistics.median(found):,.0f} |")
    whole = {name: train(text, given.folder, 1e9, SMALL) for name, text in texts.items()}
    print("\n| a whole iteration, rnn 16 units | training, s | peak, MB | above an empty Python | above TensorFlow |")
    print("|---|---|---|---|---|")
    for name, found in whole.items():
        peak = found["megabytes"]
        above = [peak - base[key] for key in ("empty Python", "TensorFlow")]
        print(f"| {name} | {found['training']:.0f} | {peak:.0f} | {above[0]:.0f} | {above[1]:.0f} |")
    print(json.dumps({"base": base, "starts": starts, "speeds": speeds, "whole": whole, "settings": SETTINGS}))


if __name__ == "__main__":
    main()
