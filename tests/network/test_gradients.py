"""Gradients by earlier outputs against differences of losses in NumPy, in double precision."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from chargen.cells import CELLS
from chargen.network import ModelConfig, Network, States
from chargen.network.gradients import gradient_norms
from chargen.network.layer import layer_weights, project
from chargen.types import Floats, Ids

TIME, UNITS, CHANGE = 4, 3, 1e-6


def loss(network: Network, ids: Ids, target: int, states: States, changes: Floats) -> float:
    """-ln p of what comes after a sequence, (1, time), had all outputs, (time, layers, units), been changed."""
    config, now = network.config, list(states)
    for t in range(TIME):
        x: Any = ids[:, t]
        for index in range(config.layers):
            weights = layer_weights(config, f"layers.{index}", network.weights)
            recurrent = now[index][0] @ weights["recurrent_kernel"]
            after = CELLS[config.cell].step(project(config, weights, x), recurrent, now[index], weights, "tanh")
            x = after[0] + changes[t, index]
            now[index] = (x, *after[1:])
    logits = (x @ network.weights["readout.kernel"] + network.weights["readout.bias"])[0]
    return float(math.log(np.exp(logits).sum()) - logits[target])


@pytest.mark.parametrize(("cell", "layers"), [("lstm", 2), ("gru", 1)])
def test_norms_are_those_of_differences(cell: str, layers: int, random_weights: Callable[..., Any]) -> None:
    config = ModelConfig(inputs=5, outputs=5, cell=cell, units=UNITS, layers=layers)
    rough = random_weights(config.shapes(), scale=0.8)
    network = Network(config, {key: value.astype(np.float64) for key, value in rough.items()})
    ids = np.random.default_rng(3).integers(0, 5, (2, TIME)).astype(np.int32)
    targets, before = np.array([2, 0], np.int32), np.array([[1, 2], [3, 4]], np.int32)
    found = gradient_norms(Network(config, rough), ids, targets, Network(config, rough).carry(before))
    assert found.shape == (2, TIME)
    for row, target in enumerate(targets):
        states = network.carry(before[row : row + 1])
        slopes = np.empty((TIME, layers, UNITS))
        for place in np.ndindex(slopes.shape):
            changes = np.zeros(slopes.shape)
            changes[place] = CHANGE
            one, other = (loss(network, ids[row : row + 1], target, states, sign * changes) for sign in (1, -1))
            slopes[place] = (one - other) / (2 * CHANGE)
        norms = np.sqrt(np.square(slopes).sum(axis=(1, 2)))
        np.testing.assert_allclose(found[row], norms[::-1], rtol=1e-3)
