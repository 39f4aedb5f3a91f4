"""Commands run in this process, in folders of the test's own."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from chargen.cli import main

Command = Callable[..., Result]

# Months with a year's season and noise: what a network of three units needs no time for.
MONTHS = "".join(
    f"{2000 + month // 12}-{month % 12 + 1:02},{20 + 10 * np.sin(month * np.pi / 6) + noise:.2f},{month % 7}\n"
    for month, noise in enumerate(np.random.default_rng(7).uniform(0, 4, 80))
)
TABLE = f"date,visitors,rain\n{MONTHS}"
TINY = ("--window", 6, "--horizon", 3, "--units", 3)


@dataclass(frozen=True)
class Tiny:
    """A series run, and what training it printed.

    Args:
        folder: The checkpoints folder, with the run `months-gru`.
        result: Of `chargen forecast train`.
    """

    folder: Path
    result: Result


def run_command(*arguments: object, input: str | None = None) -> Result:  # noqa: A002 (click's own name)
    """Run `chargen ARGUMENTS` in the current folder."""
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=input)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


@pytest.fixture
def chargen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run `chargen ARGUMENTS`; checkpoints/ and corpora/ are in the test's folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("chargen.trainer.config.MOST_TOWERS", 1)  # each tower is traced anew
    return run_command


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """The run of a module's tests: what takes time is that TensorFlow traces a network."""
    folder = tmp_path_factory.mktemp("tiny")
    (folder / "months.csv").write_text(TABLE)
    where = ("--checkpoints", folder / "checkpoints")
    train = ("train", folder / "months.csv", "--target", "visitors", *TINY, "-n", 2, "--test", 0.2)
    return Tiny(folder / "checkpoints", run_command(*where, "forecast", *train))


@pytest.fixture
def months(chargen: Command, tiny: Tiny) -> None:
    """A test's own copy of the tiny run, and its table beside it."""
    shutil.copytree(tiny.folder, "checkpoints")
    Path("months.csv").write_text(TABLE)
