"""What is seen inside a network, against what it says it computes."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chargen.cells import CELLS
from chargen.network import ModelConfig, Network
from chargen.network.walk import walk


@pytest.mark.parametrize("cell", ["lstm", "jordan"])
def test_the_states_are_those_of_the_network_after_each_step(cell: str, random_weights: Callable[..., Any]) -> None:
    config = ModelConfig(inputs=5, outputs=5, cell=cell, units=4, layers=2)
    network = Network(config, random_weights(config.shapes()))
    ids = np.random.default_rng(3).integers(0, 5, (3, 6)).astype(np.int32)
    seen = list(walk(network, ids))
    for step in range(ids.shape[1]):
        _, expected = network(ids[:, : step + 1])
        for inside, states in zip(seen[step], expected, strict=True):
            assert inside.keys() == {*CELLS[cell].blocks, *CELLS[cell].states}
            for name, state in zip(CELLS[cell].states, states, strict=True):
                np.testing.assert_allclose(inside[name], state, rtol=1e-5)
