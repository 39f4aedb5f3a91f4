"""Learning to fill gaps: its settings, that it goes on bit for bit, that it beats lines."""

import math

import numpy as np
import pytest

from chargen.errors import OptionError
from chargen.series.filling import linear
from chargen.series.gaps import Gap, without
from chargen.series.reconstruction import learn, settle
from chargen.series.reconstruction.cutting import examples_of
from chargen.series.reconstruction.learning import start
from chargen.snapshot import Snapshot
from chargen.trainer import Trainer
from tests.series.small import wave

TINY = {"cell": "rnn", "units": 3, "iterations": 2, "batch_size": 256, "warmup": 0, "towers": 1}


def test_options() -> None:
    model, training = settle({"cell": "lstm", "units": None, "iterations": 3}, 2, 24)
    assert (model.inputs, model.outputs, model.cell, model.units) == (8, 2, "lstm", 64)
    assert (training.seqlen, training.iterations, training.learning_rate, training.recipe) == (24, 3, 0.005, "classic")
    for option in ("unit", "encoder", "validation", "recipe"):
        with pytest.raises(OptionError, match=f"no option '{option}'"):
            settle({option: 1}, 1, 24)


def test_training_goes_on_bit_for_bit() -> None:
    model, training = settle(TINY, 1, 12)
    made = examples_of([wave(60)], training, (1, 3))

    def trainer(snapshot: Snapshot) -> Trainer:
        return Trainer(model, training, made, snapshot)

    first = trainer(Snapshot(start(model, 0)))
    middle = first.run(1)
    end = first.run(2)
    assert math.isfinite(end.loss_sum)
    again = trainer(middle).run(2)
    for mine, other in ((end.weights, again.weights), (end.optimizer, again.optimizer)):
        assert mine.keys() == other.keys()
        for key, tensor in mine.items():
            np.testing.assert_array_equal(tensor, other[key])
    assert any((end.weights[key] != middle.weights[key]).any() for key in end.weights)


def test_learning_beats_lines_on_a_wave() -> None:
    values = np.sin(np.arange(400) * 0.7)[:, None]
    held = [Gap(0, place, place + 3, (0,)) for place in range(20, 380, 40)]
    (cut,) = without([values], held)
    model, training = settle(TINY | {"cell": "gru", "units": 8, "iterations": 8, "learning_rate": 0.02}, 1, 16)
    network = learn([cut], ("a",), [(gap, gap.cut([values])) for gap in held], model, training, (1, 3))
    errors = np.concatenate(network.at([cut], held)) - np.concatenate([gap.cut([values]) for gap in held])
    lines = np.concatenate([linear(cut)[gap.first : gap.end] - gap.cut([values]) for gap in held])
    assert np.sqrt(np.mean(errors**2)) < 0.5 * np.sqrt(np.mean(lines**2))
