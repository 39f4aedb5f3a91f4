"""What a run remembers, against a plain loop, and what cannot be measured."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from chargen import Run
from chargen.errors import RunError
from chargen.network.gradients import gradient_norms
from chargen.text.memory import CONTEXTS, measure_memory
from chargen.text.scoring import bits, score


def test_the_loss_of_the_same_characters_after_each_context(
    untrained: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chargen.text.memory.SCORED", 7)
    monkeypatch.setattr("chargen.text.memory.LOSSES", 5)
    monkeypatch.setattr("chargen.text.memory.DISTANCE", distance := 6)
    run = untrained()
    found = measure_memory(run)
    assert found.part == "validation (also chose the best iteration)"
    held_out, network = run.parts.validation, run.network()
    places = [len(held_out.before) + number * len(held_out.ids) // 7 for number in range(7)]
    text = np.concatenate([held_out.before, held_out.ids])
    assert (found.scored, found.contexts) == (7, CONTEXTS)
    for context, mean in zip(found.contexts, found.bits, strict=True):
        total = 0.0
        for place in places:
            logits = network.last(text[None, place - context : place])[0][0].astype(float)
            total += math.log2(np.exp(logits).sum()) - logits[text[place]] / math.log(2)
        assert mean == pytest.approx(total / 7, rel=1e-5)
    assert (found.losses, len(found.gradients), found.gradients[0]) == (5, distance + 1, 1.0)
    place = len(held_out.before) + len(held_out.ids) // 5
    norms = gradient_norms(
        network,
        text[None, place - distance - 1 : place],
        text[None, place],
        network.carry(text[None, place - distance - 101 : place - distance - 1]),
    )
    monkeypatch.setattr("chargen.text.memory._places", lambda *_: (text, np.array([place])))
    assert measure_memory(run).gradients == pytest.approx(norms[0] / norms[0, 0], rel=1e-4)


def test_a_network_of_windows_is_measured_within_its_window(untrained: Callable[..., Run]) -> None:
    run = untrained(recipe="classic", seqlen=6)
    found = measure_memory(run)
    assert (found.contexts, len(found.gradients)) == ((1, 2, 4, 6), 6)
    held_out = run.parts.validation
    assert found.scored == len(held_out.ids)
    # After a whole window the loss is that of the score.
    assert found.bits[-1] == pytest.approx(bits(score(run.network(), "classic", 6, held_out).mean()), rel=1e-5)
    text = np.concatenate([held_out.before, held_out.ids])
    places = len(held_out.before) + np.arange(found.losses) * len(held_out.ids) // found.losses
    states = run.network().initial_states(found.losses)
    norms = gradient_norms(run.network(), text[places[:, None] + np.arange(-6, 0)], text[places], states).mean(axis=0)
    assert found.gradients == pytest.approx(norms / norms[0], rel=1e-4)


def test_the_test_part_where_there_is_one(untrained: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chargen.text.memory._gradients", lambda *_: np.ones((1, 2)))
    assert measure_memory(untrained(test=0.1)).part == "test"


def test_what_cannot_be_measured(untrained: Callable[..., Run]) -> None:
    with pytest.raises(RunError, match="held nothing out"):
        measure_memory(untrained(validation=0.0))
