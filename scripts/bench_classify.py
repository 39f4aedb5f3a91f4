"""Which of two events came first: networks beside majority and nearest neighbour.

    python scripts/bench_classify.py

A sequence is noise with one pulse up and one down, each a step wide, anywhere; its class is which comes first. Two
sequences of a class have their pulses elsewhere, so that the nearest neighbour of a sequence tells little; a recurrent
network has but to remember the first. A fifth is drawn from each class to be told, seeds differ in training alone.
"""

import argparse
import json
import platform
import sys
import time
from importlib.metadata import version
from typing import Any

import numpy as np

from chargen.cli.learning import load_tensorflow
from chargen.series.classify import Sequences, contest

# What a row is called, and the options that make it.
VARIANTS: dict[str, dict[str, Any]] = {
    "gru": {},
    "lstm": {"cell": "lstm"},
    "gru, bidirectional": {"encoder": "bidirectional"},
    "conv and gru": {"encoder": "conv"},
    "wavenet": {"encoder": "wavenet"},
}


def order_of_events(count: int, steps: int, random_seed: int) -> Sequences:
    """Draw sequences of unit noise with a pulse of 6 up and one of 6 down, labelled by the first.

    Args:
        count: Sequences.
        steps: Of each.
        random_seed: Of the draw.

    Returns:
        The sequences.
    """
    generator = np.random.default_rng(random_seed)
    values = generator.standard_normal((count, steps))
    labels = []
    for sequence in values:
        first, second = np.sort(generator.choice(steps, 2, replace=False))
        up = bool(generator.integers(2))
        sequence[first] += 6 if up else -6
        sequence[second] += -6 if up else 6
        labels.append("up first" if up else "down first")
    return Sequences.of(values, labels, "order of events")


def main() -> None:
    """Read the options, run everybody, print the table and the JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--networks", nargs="+", default=list(VARIANTS), choices=list(VARIANTS))
    options = parser.parse_args()
    data = order_of_events(options.count, options.steps, 0)
    load_tensorflow(2)
    rows: dict[str, dict[str, Any]] = {}
    for name in options.networks:
        started = time.process_time()
        found = contest(data, VARIANTS[name], seeds=options.seeds, name=name)
        seconds = round(time.process_time() - started, 1)
        for result in found.results:
            rows.setdefault(result.row.model, result.row.figures())
        rows[name]["processor_seconds"] = seconds
        print(f"{found.verdict()}; {seconds} s of processor time", file=sys.stderr)
    versions = {package: version(package) for package in ("chargen", "tensorflow", "numpy")}
    print(f"{versions}, Python {platform.python_version()}; {options}")
    print(f"{'':<22}{'accuracy':<15}{'95 % interval':>18}{'macro F1':>10}")
    for name, row in rows.items():
        spread = "" if row["accuracy_sd"] is None else f" ± {row['accuracy_sd']:.3f}"
        interval = f"{row['accuracy_low']:.3f} to {row['accuracy_high']:.3f}"
        print(f"{name:<22}{row['accuracy']:.3f}{spread:<10}{interval:>18}{row['f1']:>10.3f}")
    print(json.dumps({"versions": versions, "options": vars(options), "rows": list(rows.values())}))


if __name__ == "__main__":
    main()
