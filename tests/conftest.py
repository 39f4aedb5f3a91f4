"""Settings of the whole suite."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before any test imports TensorFlow

import numpy as np
import pytest
from hypothesis import settings

import chargen
from chargen import Network, Run
from chargen.text.learning import create
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


# Compiling is what takes the time: it grows with the window, the layers, the towers, and each kind of dropout.
SMALL: dict[str, Any] = {
    "units": 6,
    "seqlen": 5,
    "batch_size": 8,
    "iterations": 2,
    "length": 20,
    "dropout": 0.1,
    "recurrent_dropout": 0.0,
    "towers": 1,
}


def write_book(folder: Path) -> Path:
    """Write a small book of our own: sentences that a few rules make."""
    generator = np.random.default_rng(5)
    who, does, what = ["The hare", "A queen", "Alice"], ["sees", "follows", "paints"], ["a rose", "the clock", "me"]
    lines = [f"{generator.choice(who)} {generator.choice(does)} {generator.choice(what)}." for _ in range(90)]
    path = folder / "garden.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """The small book, in the test's own folder."""
    return write_book(tmp_path)


@pytest.fixture
def train_small(book: Path, tmp_path: Path) -> Callable[..., Run]:
    """Train a small network on the small book, in folders of the test's own."""

    def train(**options: Any) -> Run:
        folders = {"corpora": tmp_path / "corpora", "checkpoints": tmp_path / "checkpoints"}
        return chargen.train(book, **SMALL | folders | options)

    return train


@pytest.fixture(scope="session")
def trained_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Train a small network with the same options only once for all tests; compiling it is what takes the time."""
    folder = tmp_path_factory.mktemp("trained")
    book = write_book(folder)
    made: dict[str, Path] = {}

    def train(**options: Any) -> Path:
        key = repr(sorted(options.items()))
        if key not in made:
            folders = {"corpora": folder / "corpora", "checkpoints": folder / str(len(made))}
            made[key] = chargen.train(book, **SMALL | folders | options).folder.path
        return made[key]

    return train


@pytest.fixture
def trained(trained_once: Callable[..., Path], tmp_path: Path) -> Callable[..., Run]:
    """Copy a run that was trained on the small book to where `train_small` would have trained it."""

    def copy(name: str = "garden-gru", **options: Any) -> Run:
        path = tmp_path / "checkpoints" / name
        shutil.copytree(trained_once(**options), path)
        return chargen.load(name, path.parent)

    return copy


@pytest.fixture
def untrained(
    book: Path, tmp_path: Path, random_weights: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Run]:
    """Make a run whose network has drawn weights: nothing is compiled."""

    def pick(run: Run, iteration: int | str = "best") -> tuple[int, Network]:
        return 1, Network(run.model, random_weights(run.model.shapes()))

    def make(**options: Any) -> Run:
        monkeypatch.setattr(Run, "pick", pick)
        return create(book, **SMALL | {"checkpoints": tmp_path / "checkpoints"} | options)

    return make
