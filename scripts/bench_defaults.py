"""The table that decided the defaults: validation loss after so many seconds, by settings, on texts given.

Every candidate trains on every text with every random seed, in a process of its own, until the longest time is over;
tracing counts, scoring does not. The loss at a time is that of the best iteration until then, as a user would have it.
The texts should be others than those that benchmarks report. `stdlib` is a large one: ten million characters of the
Python that runs this script.

    python scripts/bench_defaults.py --texts time_machine.txt flatland.txt quijote.txt
    python scripts/bench_defaults.py --texts stdlib --times 120 240 --candidates default "batch 64"
"""

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import sysconfig
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

# Name, and what differs from the defaults.
CANDIDATES: dict[str, dict[str, Any]] = {
    "default": {},
    # What chargen started with, but for Adam's second beta, which was 0.999 (no option).
    "before": {
        "warmup": 0,
        "dropout": 0.4,
        "recurrent_dropout": 0.0,
        "weight_decay": 0.0,
        "learning_rate": 0.002,
        "schedule": "constant",
    },
    "more dropout": {"dropout": 0.4, "recurrent_dropout": 0.2},
    "less dropout": {"dropout": 0.2, "recurrent_dropout": 0.0},
    "little dropout": {"dropout": 0.1, "recurrent_dropout": 0.0},
    "less, batch 64": {"dropout": 0.2, "recurrent_dropout": 0.0, "batch_size": 64},
    "less, 384 units": {"dropout": 0.2, "recurrent_dropout": 0.0, "units": 384},
    "rate 0.003": {"learning_rate": 0.003},
    "rate 0.006": {"learning_rate": 0.006},
    "window 64": {"seqlen": 64},
    "128 units": {"units": 128},
    "384 units": {"units": 384},
    "lstm": {"cell": "lstm"},
    "rnn": {"cell": "rnn"},
    "2 layers": {"layers": 2},
    "batch 64": {"batch_size": 64},
    "batch 128": {"batch_size": 128},
}


def stdlib(path: Path) -> None:
    """Write a text of ten million characters: the modules of Python's own library that are plain ASCII."""
    modules = sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py"))
    modules = [module for module in modules if "site-packages" not in module.parts]
    sources = (source for module in modules if (source := module.read_bytes()).isascii())
    path.write_bytes(b"".join(sources).replace(b"\r\n", b"\n")[:10_000_000])


def train(text: str, options: dict[str, Any], seconds: float) -> list[tuple[float, float]]:
    """Train in this process for some time.

    Args:
        text: The text's path.
        options: Of `chargen train`.
        seconds: Of training.

    Returns:
        Seconds of training and validation loss after each iteration.
    """
    from chargen.cli.learning import load_tensorflow
    from chargen.text.learning import create, learn

    with TemporaryDirectory() as folder:
        if text == "stdlib":
            stdlib(Path(text := str(Path(folder, "stdlib.txt"))))
        run = create(text, checkpoints=folder, iterations=10_000, length=1, **options)
        load_tensorflow(run.training_config.towers)
        curve: list[tuple[float, float]] = []
        for report in learn(run):
            curve.append((report.seconds + (curve[-1][0] if curve else 0.0), report.validation_loss or float("nan")))
            if curve[-1][0] >= seconds:
                break
    return curve


def main() -> None:
    """Read the options, train, print the table and the document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", nargs="+", required=True)
    parser.add_argument("--candidates", nargs="+", default=list(CANDIDATES), choices=list(CANDIDATES))
    parser.add_argument("--times", nargs="+", type=float, default=[60.0, 180.0], help="seconds of training")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1], help="random seeds of each")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        out = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)  # what libraries print must not get into the answer
        json.dump(train(options.texts[0], json.loads(options.child), max(options.times)), out)
        return
    versions = {name: version(name) for name in ("chargen", "tensorflow", "numpy")}
    print(f"{versions}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"validation loss in nats, mean over the random seeds {options.seeds} (and half their range)")
    heads = "".join(f"{f'{seconds:g} s':>18}" for seconds in options.times)
    print(f"{'text':<22}{'candidate':<16}{heads}")
    rows = []
    for text in options.texts:
        for name in options.candidates:
            curves = []
            for seed in options.seeds:
                child = json.dumps({**CANDIDATES[name], "random_seed": seed})
                times = [str(seconds) for seconds in options.times]
                command = [sys.executable, __file__, "--texts", text, "--child", child, "--times", *times]
                answer = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
                curves.append(json.loads(answer.stdout))
            found = [
                [min((loss for used, loss in curve if used <= seconds), default=math.nan) for curve in curves]
                for seconds in options.times
            ]
            cells = "".join(f"{f'{np.mean(losses):.4f} ({np.ptp(losses) / 2:.4f})':>18}" for losses in found)
            print(f"{Path(text).stem[:20]:<22}{name:<16}{cells}", flush=True)
            rows.append({"text": Path(text).name, "candidate": name, "options": CANDIDATES[name], "curves": curves})
    print(json.dumps({"versions": versions, "times": options.times, "rows": rows}))


if __name__ == "__main__":
    main()
