"""Two processes on loopback train as one: same weights, and the death of one is survived."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest

import chargen
from tests.cluster.ports import free_addresses
from tests.conftest import SMALL, write_book

PACKAGE = Path(chargen.__file__).parent.parent
TINY = (
    "--cell",
    "rnn",
    "--units",
    8,
    "--seqlen",
    5,
    "--batch-size",
    4,
    "--recurrent-dropout",
    0.1,
    "--length",
    20,
    "--dropout",
    0.2,
)


class Workers:
    """Processes that run the same command, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.running: list[subprocess.Popen[str]] = []

    def start(self, *arguments: object, others: tuple[object, ...] | None = None) -> None:
        """Start the chief with some arguments, and a follower with the same or others."""
        addresses = ",".join(free_addresses(2))
        for index, own in enumerate((arguments, arguments if others is None else others)):
            folder = self.folder / str(index)
            folder.mkdir(exist_ok=True)
            command = [*map(str, own), "--workers", addresses, "--worker", str(index)]
            self.running.append(
                subprocess.Popen(
                    [sys.executable, "-m", "chargen", *command],
                    cwd=folder,
                    env=os.environ | {"PYTHONPATH": str(PACKAGE)},
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )

    def ends(self) -> list[tuple[int, str]]:
        """Exit code and last line of each that still runs."""
        told = [(worker, worker.communicate(timeout=90)[1]) for worker in self.running if worker.poll() is None]
        return [(worker.returncode, text.splitlines()[-1] if text else "") for worker, text in told]


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    write_book(tmp_path)
    made = Workers(tmp_path)
    yield made
    for worker in made.running:
        worker.kill()
        worker.wait()
        errors(worker).close()


def errors(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stderr is not None
    return process.stderr


def test_two_workers_learn_what_one_does(workers: Workers, tmp_path: Path) -> None:
    workers.start("train", "../garden.txt", *TINY, "-n", 2)
    assert [code for code, _ in workers.ends()] == [0, 0]
    assert not (tmp_path / "1" / "checkpoints").exists()
    options: dict[str, Any] = {
        "cell": "rnn",
        "units": 8,
        "dropout": 0.2,
        "towers": 2,
        "recurrent_dropout": 0.1,
        "batch_size": 4,
    }
    alone = chargen.train(tmp_path / "garden.txt", **SMALL | options | {"checkpoints": tmp_path / "alone"})
    both = chargen.load("garden-rnn", tmp_path / "0" / "checkpoints")
    assert both.training_config == alone.training_config  # the towers are raised to one a worker, and recorded
    ours, theirs = (run.folder.position() for run in (both, alone))
    assert ours is not None
    assert theirs is not None
    assert ours.snapshot.batches == theirs.snapshot.batches >= 100
    for part in ("weights", "optimizer", "carry"):
        mine, other = getattr(ours.snapshot, part), getattr(theirs.snapshot, part)
        assert mine.keys() == other.keys()
        for key in mine:
            np.testing.assert_allclose(mine[key], other[key], rtol=0, atol=1e-5, err_msg=key)
    assert ours.snapshot.loss_sum == pytest.approx(theirs.snapshot.loss_sum, abs=1e-3)


def test_a_worker_that_dies_ends_the_run_and_one_alone_goes_on(workers: Workers, tmp_path: Path) -> None:
    workers.start("train", "../garden.txt", *TINY, "-n", 500)
    chief, follower = workers.running
    lines = iter(errors(chief).readline, "")
    assert any("best so far" in line for line in lines)
    follower.kill()
    follower.wait()
    code, told = workers.ends()[0]
    assert code == 1
    assert told.startswith("error: run 'garden-rnn': worker 1 (127.0.0.1:")
    assert "is gone" in told
    assert "chargen resume" in told
    assert "is intact" in told
    run = chargen.load("garden-rnn", tmp_path / "0" / "checkpoints")
    done = run.done
    assert done >= 1
    run.resume(iterations=1)
    assert run.done == done + 1


def test_an_interrupted_follower_lets_the_chief_save(workers: Workers, tmp_path: Path) -> None:
    workers.start("train", "../garden.txt", *TINY, "-n", 500)
    chief, follower = workers.running
    lines = iter(errors(chief).readline, "")
    assert any("best so far" in line for line in lines)
    follower.send_signal(signal.SIGTERM)
    (chief_code, chief_told), (code, told) = workers.ends()
    assert (chief_code, code) == (130, 130)
    assert chief_told.startswith("error: interrupted; ")
    assert told == "worker 1 of 2: the chief was interrupted and has saved the run"


def test_another_option_is_named_before_anything_is_written(workers: Workers, tmp_path: Path) -> None:
    command = ("train", "../garden.txt", *TINY)
    workers.start(*command, others=(*command, "--seqlen", 6))
    for code, told in workers.ends():
        assert code == 1
        assert told.startswith("error: worker 1 (127.0.0.1:")
        assert "has --seqlen 6, the chief, worker 0" in told
    assert not (tmp_path / "0" / "checkpoints").exists()
