"""Runs of a small store: positions and reports made up, nothing trained."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chargen.runs import Plan, Position, RunFolder, Store
from chargen.snapshot import Snapshot


def report(iteration: int, validation_loss: float | None = 1.0) -> dict[str, Any]:
    line = {"iteration": iteration, "loss": 1.0, "validation_loss": validation_loss}
    return {"history": line, "samples": [{"temperature": 0.5, "seed": "a", "text": "b"}]}


def position(iteration: int, batches: int | None = None, losses: tuple[float | None, ...] | None = None) -> Position:
    """A position after some iterations; the tensors and, unless given, the number of batches tell which."""
    value = np.full((2, 3), iteration, np.float32)
    count = 10 * iteration if batches is None else batches
    snapshot = Snapshot({"w": value}, {"w.m": value + 1}, {"h": value + 2}, count, 0.1, 2.5)
    lines = [report(number, loss) for number, loss in enumerate(losses or (1.0,) * iteration, start=1)]
    return Position(snapshot, iteration, Plan(5, 2), tuple(line["history"] for line in lines))


def save(run: RunFolder, *losses: float | None, keep: int = 0) -> None:
    """Save an iteration for each validation loss."""
    for iteration, loss in enumerate(losses, start=1):
        run.save_iteration(position(iteration, losses=losses[:iteration]), report(iteration, loss), keep)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "checkpoints")


@pytest.fixture
def run(store: Store) -> RunFolder:
    return store.create("text", {"model": {"units": 3}}, {"corpus.txt": "é".encode()}, None, "alice-gru")
