"""Other settings for a trained run: refused where it goes on, the start of a new run otherwise."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chargen
from chargen import Run
from chargen.errors import OptionError, RunError
from chargen.text.forking import refuse_changes
from chargen.text.parent import Parent

Trained = Callable[..., Run]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"learning_rate": 0.004, "units": 6, "cell": "GRU", "temperature": 0.5, "validation": 0.1},
        {"temperature": [0.5], "ascii": False, "lowercase": False, "batch_size": 8},
        {"learning_rate": None, "dropout": 0.1},
        {"learning_rate": 0},
    ],
)
def test_the_same_settings_are_no_change(options: dict[str, Any], trained: Trained) -> None:
    refuse_changes(trained(iterations=1), options)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"learning_rate": 0.1}, "--learning-rate 0.004, not 0.1"),
        ({"temperature": [0.5, 1]}, "--temperature 0.5, not 0.5 1"),
        ({"dropout": 0.3, "seqlen": 5}, "--dropout 0.1, not 0.3"),
        ({"cell": "elman"}, "--cell gru, not rnn"),
        ({"ascii": True}, "--ascii keep, not transliterate"),
        ({"validation": "held.txt"}, "--validation 0.1, not held.txt"),
        ({"optimizer": "sgd"}, "--optimizer adam, not sgd"),
    ],
)
def test_a_change_is_told(options: dict[str, Any], told: str, trained: Trained) -> None:
    run = trained(iterations=1)
    with pytest.raises(OptionError) as error:
        run.resume(1, **options)
    assert f"is trained with {told}; resume goes on with what it has" in str(error.value)
    assert run.done == 1


def test_an_option_that_is_none(trained: Trained) -> None:
    with pytest.raises(OptionError, match=r"no option 'unit' \(did you mean 'units'"):
        trained(iterations=1).resume(1, unit=3)


def test_a_fork_starts_from_the_best_weights(trained: Trained) -> None:
    run = trained(iterations=3)
    frozen = run.fork("frozen", learning_rate=1e-30, iterations=1, weight_decay=0.0)
    assert frozen.done == 0
    frozen.resume()
    best = run.network("best").weights
    for key, weight in frozen.network().weights.items():
        assert np.array_equal(weight, best[key]), key
    assert frozen.history[0]["validation_loss"] == min(line["validation_loss"] for line in run.history)
    assert frozen.parent == Parent(run.name, run.folder.best() or 0)
    assert frozen.text == run.text
    assert run.done == 3


def test_a_fork_of_a_fork_goes_on_alone(trained: Trained) -> None:
    first = trained(iterations=1)
    checkpoints = first.folder.path.parent
    second = first.fork("second", optimizer="sgd", iterations=2).resume()
    whole = second.fork("third", recipe="classic", step=3, iterations=2).resume()
    parts = second.fork("fourth", recipe="classic", step=3, iterations=1).resume()
    chargen.load("fourth", checkpoints).resume(1)
    assert (whole.training_config.optimizer, whole.training_config.recipe) == ("sgd", "classic")
    for key, weight in whole.network("last").weights.items():
        assert np.array_equal(weight, parts.network("last").weights[key]), key


def test_defaults_follow_what_they_hang_on(trained: Trained) -> None:
    run = trained(iterations=1)
    fork = run.fork("fork", optimizer="sgd", recipe="classic", iterations=7)
    config = fork.training_config
    assert (config.learning_rate, config.weight_decay, config.batch_size) == (0.5, 0.0, 128)
    assert (config.iterations, config.schedule_iterations, fork.model.dropout) == (7, 7, 0.1)


@pytest.mark.parametrize("options", [{"units": 7}, {"lowercase": True}, {"validation": 0.2}, {"test": "held.txt"}])
def test_what_a_fork_keeps(options: dict[str, Any], trained: Trained) -> None:
    run = trained(iterations=1)
    with pytest.raises(OptionError, match=r"a fork keeps the network, the text and what is held out"):
        run.fork("other", **options)
    assert not (run.folder.path.parent / "other").exists()


def test_a_fork_without_weights(trained: Trained) -> None:
    run = trained(iterations=1).fork("empty")
    with pytest.raises(RunError, match="no finished iteration yet"):
        run.fork("more")


def test_the_file_that_is_held_out_is_no_change(train_small: Trained, tmp_path: Path) -> None:
    held, other = tmp_path / "held.txt", tmp_path / "other.txt"
    held.write_text("Alice sees me. " * 9, encoding="utf-8")
    other.write_text("A queen sees me. " * 9, encoding="utf-8")
    run = train_small(iterations=1, validation=held)
    refuse_changes(run, {"validation": held})
    with pytest.raises(OptionError, match="train a new run: chargen train"):
        refuse_changes(run, {"validation": other})
    assert run.fork("fork", validation=str(held)).documents == run.documents
    packed = tmp_path / "packed.gz"
    packed.write_bytes(gzip.compress(held.read_bytes()))
    refuse_changes(run, {"validation": packed})
    for broken in (packed.read_bytes()[:-9], b"\x1f\x8b"):
        packed.write_bytes(broken)
        with pytest.raises(OptionError, match="train a new run: chargen train"):
            refuse_changes(run, {"validation": packed})
