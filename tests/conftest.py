"""Settings of the whole suite."""

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before any test imports TensorFlow

import numpy as np
import pytest
from hypothesis import settings

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
