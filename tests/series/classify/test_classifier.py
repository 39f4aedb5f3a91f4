"""The network that classifies: what it learns, what decides it, and what is refused."""

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from chargen.errors import OptionError, SeriesError
from chargen.network import ModelConfig, Network
from chargen.series.classify import Classifier, Sequences
from chargen.series.classify.classifier import cross_entropy, default, known_options
from chargen.series.fitting import Trainers
from tests.series.classify.sines import SMALL, sines

TRAINERS = Trainers()


def fitted(data: Sequences, held: Sequences | None = None, **options: Any) -> Classifier:
    return Classifier(trainers=TRAINERS, **SMALL | options).fit(data, held)


def test_cross_entropy_by_hand() -> None:
    outputs = np.log([[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]]) + np.array([[3.0], [-900.0]])
    assert cross_entropy(outputs, np.array([1, 2], np.int32)) == pytest.approx(-(np.log(0.25) + np.log(0.8)) / 2)


def test_it_learns_frequencies() -> None:
    learnt = fitted(sines(80), units=8, iterations=25, learning_rate=0.02, patience=0)
    asked = sines(30, seed=9)
    chances = learnt.probabilities(asked.values)
    assert learnt.classes == ("quick", "slow")
    assert chances.shape == (30, 2)
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    told = learnt.predict(asked.values)
    assert told == tuple(learnt.classes[place] for place in chances.argmax(axis=1))
    assert np.mean(np.array(told) == np.array(asked.labels)) > 0.9
    losses = [line["validation_loss"] for line in learnt.history]
    assert min(losses) < 0.5 < losses[0]
    assert learnt.held == 8


def test_the_same_seed_gives_the_same_network() -> None:
    chances = [fitted(sines(), random_seed=seed).probabilities(sines(seed=1).values) for seed in (3, 3, 4)]
    np.testing.assert_array_equal(chances[0], chances[1])
    assert not np.allclose(chances[0], chances[2])


def test_the_best_iteration_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Network] = []
    scripted = iter([0.9, 0.4, 0.6, 0.5, 0.1])

    def remembered(model: ModelConfig, weights: Any) -> Network:
        made.append(Network(model, weights))
        return made[-1]

    monkeypatch.setattr("chargen.series.classify.classifier.Network", remembered)
    monkeypatch.setattr("chargen.series.classify.classifier.cross_entropy", lambda *_: next(scripted))
    learnt = fitted(sines(), iterations=5, patience=2)
    assert [line["validation_loss"] for line in learnt.history] == [0.9, 0.4, 0.6, 0.5]
    assert learnt._fitted is not None
    assert learnt._fitted[0] is made[1]


def test_without_validation_the_last_iteration_is_taken() -> None:
    learnt = fitted(sines(), validation=0.0)
    assert [line["validation_loss"] for line in learnt.history] == [None, None]
    assert learnt.held == 0


def test_nothing_that_is_held_out_touches_what_is_fitted() -> None:
    data, held = sines(24), sines(9, seed=5)
    odd = Sequences.of([values * 1000 + 77 for values in held.values], held.labels)
    one, other = fitted(data, held, iterations=1), fitted(data, odd, iterations=1)
    asked = sines(12, seed=6).values
    np.testing.assert_array_equal(one.probabilities(asked), other.probabilities(asked))
    assert one.history[0]["loss"] == other.history[0]["loss"]
    assert one.history[0]["validation_loss"] != other.history[0]["validation_loss"]


def test_lengths_that_differ() -> None:
    values = [values[: 12 - number % 5] for number, values in enumerate(sines().values)]
    data = Sequences.of(values, sines().labels)
    learnt = fitted(data)
    chances = learnt.probabilities([values[0], np.concatenate([[[99.0]], values[0]])])
    np.testing.assert_array_equal(chances[0], chances[1])  # of longer ones the end is read
    assert len(learnt.probabilities([])) == 0


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"unit": 3}, "no option 'unit' .*did you mean 'units'.*forecast classify --help"),
        ({"seqlen": 3}, "no option 'seqlen'"),
        ({"test": 0.1}, "no option 'test'"),
        ({"units": 0}, "--units is 0"),
        ({"iterations": 0}, "--iterations is 0"),
        ({"validation": 1.0}, "--validation is 1.0"),
        ({"cell": "grru"}, "'grru'"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, Any], told: str) -> None:
    with pytest.raises(OptionError, match=told):
        fitted(sines(), **options)


def test_what_cannot_be_learnt_or_told() -> None:
    data = sines(20)
    with pytest.raises(OptionError, match="learnt nothing yet"):
        Classifier().predict(data.values)
    with pytest.raises(SeriesError, match="one class"):
        fitted(Sequences.of([[1, 2]] * 4, "aaaa"))
    with pytest.raises(SeriesError, match="no class of three sequences or more"):
        fitted(Sequences.of([[1, 2], [2, 1]], "ab"))
    with pytest.raises(SeriesError, match=r"label 'quik' \(did you mean 'quick'\?\), which nothing"):
        fitted(data, Sequences.of([[1, 2]], ["quik"]))
    with pytest.raises(SeriesError, match="has the columns value 1, value 2, the data has value"):
        fitted(data, Sequences.of(np.zeros((1, 3, 2)), ["quick"]))
    learnt = fitted(data)
    with pytest.raises(SeriesError, match="2 features, 1 are wanted"):
        learnt.predict(np.zeros((1, 3, 2)))
    with pytest.raises(SeriesError, match="too far from those learnt from"):
        learnt.predict([[1e60, 1]])


def test_defaults() -> None:
    assert (default("iterations"), default("cell"), default("nothing")) == (100, "gru", None)
    assert not set(known_options()["model"]) & set(known_options()["training"])


def test_a_fitted_network_is_asked_without_tensorflow() -> None:
    code = "import sys, chargen.series.classify; sys.exit('tensorflow' in sys.modules or 'matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
