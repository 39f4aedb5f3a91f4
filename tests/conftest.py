"""Settings of the whole suite."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before any test imports TensorFlow

import numpy as np
import pytest
from hypothesis import settings

import chargen
from chargen import Run
from tests.webserver import web  # noqa: F401 (a fixture of several rooms)

# The same examples in every run, and no deadline: the first example may compile a graph.
settings.register_profile("chargen", deadline=None, derandomize=True, max_examples=60, database=None)
settings.load_profile("chargen")


@pytest.fixture
def random_weights() -> Callable[..., dict[str, Any]]:
    """Weights with no special structure: biases are not zero, kernels not orthogonal."""

    def make(shapes: dict[str, tuple[int, ...]], seed: int = 0, scale: float = 0.3) -> dict[str, Any]:
        generator = np.random.default_rng(seed)
        return {key: (scale * generator.standard_normal(shape)).astype(np.float32) for key, shape in shapes.items()}

    return make


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """A small book of our own: sentences that a few rules make."""
    generator = np.random.default_rng(5)
    who, does, what = ["The hare", "A queen", "Alice"], ["sees", "follows", "paints"], ["a rose", "the clock", "me"]
    lines = [f"{generator.choice(who)} {generator.choice(does)} {generator.choice(what)}." for _ in range(90)]
    path = tmp_path / "garden.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def train_small(book: Path, tmp_path: Path) -> Callable[..., Run]:
    """Train a small network on the small book, in folders of the test's own."""

    def train(**options: Any) -> Run:
        small = {"units": 6, "seqlen": 10, "batch_size": 8, "iterations": 2, "length": 20, "dropout": 0.1}
        folders = {"corpora": tmp_path / "corpora", "checkpoints": tmp_path / "checkpoints"}
        return chargen.train(book, **small | folders | options)

    return train
