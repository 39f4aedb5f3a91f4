"""Labelled sequences made for tests."""

from typing import Any

import numpy as np

from chargen.series.classify import Sequences

# What learns at once: compiling is what takes the time.
SMALL: dict[str, Any] = {"cell": "rnn", "units": 4, "iterations": 2, "batch_size": 8, "towers": 1, "warmup": 0}


def sines(n: int = 40, steps: int = 12, seed: int = 0, classes: int = 2) -> Sequences:
    """Sines of a frequency for each class, any phase, with noise."""
    generator = np.random.default_rng(seed)
    kinds = np.arange(n) % classes
    phases = generator.uniform(0, 2 * np.pi, (n, 1))
    values = 5 + 3 * np.sin(np.arange(steps) * (0.5 + kinds[:, None]) + phases)
    values += 0.1 * generator.standard_normal((n, steps))
    return Sequences.of(values, [("slow", "quick", "wild")[kind] for kind in kinds])


def table(data: Sequences, mark: str = ",", head: bool = True) -> str:
    """A row for each sequence, its label first."""
    steps = max(map(len, data.values))
    lines = [mark.join(["label", *(f"t{step}" for step in range(steps))])] if head else []
    for values, label in zip(data.values, data.labels, strict=True):
        cells = [*(f"{value:.6f}" for value in values[:, 0]), *["NaN"] * (steps - len(values))]
        lines.append(mark.join([label, *cells]))
    return "\n".join(lines) + "\n"
