"""chargen inside a larger program: threads, event loops, and nothing changed that the program did not ask for."""

import asyncio
import gc
import logging
import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chargen
from chargen import Report, Run
from chargen.errors import RunError
from tests.conftest import SMALL

Weights = dict[str, Any]
Reports = Generator[Report, None, None]


@pytest.fixture
def options(book: Path, tmp_path: Path) -> dict[str, Any]:
    """All that a training needs, in folders of the test's own."""
    return {**SMALL, "corpus": book, "corpora": tmp_path / "corpora", "checkpoints": tmp_path / "checkpoints"}


@pytest.fixture
def alone(trained: Callable[..., Run]) -> Weights:
    """What the small run's weights are where nothing else happens."""
    return dict(trained("alone").network("last").weights)


def assert_same(run: Run, weights: Weights) -> None:
    for key, weight in run.network("last").weights.items():
        assert np.array_equal(weight, weights[key]), key


def state_of_the_process() -> dict[str, Any]:
    """What a program may have set for itself, and would miss."""
    import keras
    import tensorflow as tf
    from keras.src.backend.common.global_state import get_global_attribute

    loggers = [logging.root, *(logging.getLogger(name) for name in sorted(logging.root.manager.loggerDict))]
    return {
        "random": random.getstate(),
        "numpy": repr(np.random.get_state()),
        "numpy errors": np.geterr(),
        "threads of TensorFlow": (
            tf.config.threading.get_intra_op_parallelism_threads(),
            tf.config.threading.get_inter_op_parallelism_threads(),
            tf.config.get_soft_device_placement(),
            tf.executing_eagerly(),
        ),
        "seeds of TensorFlow": tf.random.get_global_generator().state.numpy().tolist(),
        "Keras": (keras.config.floatx(), keras.config.epsilon(), keras.config.dtype_policy().name),
        "seed of Keras": get_global_attribute("global_seed_generator"),
        **{
            f"logger {each.name}": (each.level, each.disabled, list(each.handlers), list(each.filters))
            for each in loggers
        },
        "environment": dict(os.environ),
        "warnings": list(warnings.filters),
        "signals": [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)],
        "folder": Path.cwd(),
        "hooks": (sys.excepthook, threading.excepthook, sys.getrecursionlimit(), sys.getswitchinterval()),
        "streams": (sys.stdin, sys.stdout, sys.stderr),
    }


def test_nothing_global_is_changed(options: dict[str, Any], capfd: pytest.CaptureFixture[str]) -> None:
    before = state_of_the_process()  # what TensorFlow itself sets up when it is loaded is not chargen's
    capfd.readouterr()
    run = chargen.train(**options)
    run.resume(1)
    run.samples(2, seed="Alice", random_seed=3)
    chargen.score(run, "Alice sees")
    after = state_of_the_process()
    for key, state in before.items():
        assert after[key] == state, key
    assert capfd.readouterr() == ("", "")


def test_two_threads_train_the_same_bits_as_one(options: dict[str, Any], alone: Weights) -> None:
    both = threading.Barrier(2)

    def train(name: str) -> Run:
        both.wait()
        return chargen.train(**options, name=name)

    with ThreadPoolExecutor(2) as pool:
        for run in pool.map(train, ("first", "second")):
            assert_same(run, alone)


def test_in_a_running_event_loop(options: dict[str, Any], alone: Weights) -> None:
    async def beside() -> int:
        ticks = 0
        while True:
            await asyncio.sleep(0.005)
            ticks += 1
            if done.is_set():
                return ticks

    async def notebook() -> int:
        ticking = asyncio.create_task(beside())
        for report in chargen.training(**options, name="cell"):  # as in a notebook, whose loop waits
            assert report.iteration
        reports = chargen.training(**options, name="steps")
        while await asyncio.to_thread(next, reports, None):  # each iteration in whatever thread is free
            pass
        done.set()
        return await ticking

    done = asyncio.Event()
    assert asyncio.run(notebook()) > 1
    for name in ("cell", "steps"):
        assert_same(chargen.load(name, options["checkpoints"]), alone)


def raise_within(reports: Reports) -> None:
    def programs_own() -> None:
        for report in reports:
            report.iteration / 0

    with pytest.raises(ZeroDivisionError):
        programs_own()


def close(reports: Reports) -> None:
    next(reports)
    reports.close()


@pytest.mark.parametrize(
    ("ends", "done"),
    [(lambda _: None, 0), (next, 1), (close, 1), (raise_within, 1)],
    ids=["never begun", "dropped", "closed", "an exception in the loop"],
)
def test_training_that_ends_early(ends: Callable[[Reports], None], done: int, options: dict[str, Any]) -> None:
    reports = chargen.training(**options, name="ended")
    ends(reports)
    del reports
    gc.collect()
    run = chargen.load("ended", options["checkpoints"])
    assert run.done == done
    assert not run.folder.is_training()
    assert not run.folder.has_partial()
    assert run.folder.faults() == []


def test_a_thread_that_is_interrupted_saves(options: dict[str, Any], alone: Weights) -> None:
    """Only the main thread gets Ctrl-C; a program may raise it elsewhere, such as in a callback."""

    def interrupt(progress: Any) -> None:
        if progress.iteration == 2:
            raise KeyboardInterrupt

    def train() -> None:
        with pytest.raises(KeyboardInterrupt):
            chargen.train(**options, name="interrupted", on_progress=interrupt)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(train).result()
    run = chargen.load("interrupted", options["checkpoints"])
    assert (run.done, run.folder.has_partial()) == (1, True)
    assert_same(run.resume(), alone)


def test_one_run_in_two_threads(options: dict[str, Any]) -> None:
    reports = chargen.training(**options, name="mine")
    next(reports)
    with ThreadPoolExecutor(1) as pool:
        again = pool.submit(chargen.load("mine", options["checkpoints"]).resume)
        with pytest.raises(RunError, match="'mine' is being trained elsewhere"):
            again.result()
    assert len(list(reports)) == 1


def test_types_are_shipped() -> None:
    assert (Path(chargen.__file__).parent / "py.typed").is_file()
