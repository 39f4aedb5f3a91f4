"""Two processes on loopback train as one: same weights, and the death of one is survived."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
            folder.mkdir()
            command = [*map(str, own), "--workers", addresses, "--worker", str(index)]
            with (folder / "errors").open("w") as errors:
                self.running.append(
                    subprocess.Popen(
                        [sys.executable, "-m", "chargen", *command],
                        cwd=folder,
                        env=os.environ | {"PYTHONPATH": str(PACKAGE)},
                        stdout=subprocess.DEVNULL,
                        stderr=errors,
                        text=True,
                    )
                )

    def told(self, index: int) -> str:
        """What a worker has written so far."""
        return (self.folder / str(index) / "errors").read_text()

    def until_the_chief_tells(self, words: str) -> None:
        """Wait for that."""
        while words not in self.told(0):
            assert self.running[0].poll() is None, self.told(0)
            time.sleep(0.1)

    def end(self, index: int) -> tuple[int, str]:
        """Wait for a worker; its exit code and last line."""
        return self.running[index].wait(timeout=240), self.told(index).splitlines()[-1]


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    write_book(tmp_path)
    made = Workers(tmp_path)
    yield made
    for worker in made.running:
        worker.kill()
        worker.wait()


def test_two_workers_learn_what_one_does(workers: Workers, tmp_path: Path) -> None:
    workers.start("train", "../garden.txt", *TINY, "-n", 2)
    assert workers.end(0)[0] == 0
    assert workers.end(1) == (0, "worker 1 of 2: done")
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
    workers.until_the_chief_tells("best so far")
    workers.running[1].kill()
    code, told = workers.end(0)
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
    workers.until_the_chief_tells("best so far")
    workers.running[1].send_signal(signal.SIGTERM)
    assert workers.end(1) == (130, "worker 1 of 2: the chief was interrupted and has saved the run")
    code, told = workers.end(0)
    assert code == 130
    assert told.startswith("error: interrupted; ")


def test_another_option_is_named_before_anything_is_written(workers: Workers, tmp_path: Path) -> None:
    command = ("train", "../garden.txt", *TINY)
    workers.start(*command, others=(*command, "--seqlen", 6))
    for code, told in map(workers.end, range(2)):
        assert code == 1
        assert told.startswith("error: worker 1 (127.0.0.1:")
        assert "has --seqlen 6, the chief, worker 0" in told
    assert not (tmp_path / "0" / "checkpoints").exists()
