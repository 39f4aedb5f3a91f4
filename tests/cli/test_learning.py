"""Training as the command line shows it, where TensorFlow does not even start."""

import builtins
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chargen import Corpus
from chargen.cli.learning import describe, one_interrupt
from chargen.text.learning import create
from tests.cli.conftest import Command


def test_a_disk_that_is_too_full_for_tensorflow(chargen: Command, book: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = builtins.__import__

    def full(name: str, *arguments: Any, **named: Any) -> Any:
        if name == "tensorflow":
            raise FileNotFoundError(2, "No usable temporary directory found")
        return original(name, *arguments, **named)

    monkeypatch.setattr(builtins, "__import__", full)
    result = chargen("train", book, "--units", 4, "--seqlen", 10)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].startswith("error: TensorFlow cannot be loaded (No usable temporary")
    assert "TMPDIR" in result.stderr


@pytest.fixture
def signals() -> Iterator[tuple[signal.Signals, ...]]:
    """What asks a process to end, as a terminal's process finds it."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    yield numbers
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals for one process")
@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_any_of_the_signals_interrupts_and_then_none(number: str, signals: tuple[signal.Signals, ...]) -> None:
    def train() -> None:
        try:
            signal.raise_signal(signal.Signals[number])
        finally:
            for another in signals:  # while it saves
                signal.raise_signal(another)

    with pytest.raises(KeyboardInterrupt), one_interrupt():
        train()
    assert {signal.getsignal(each) for each in signals} == {signal.SIG_IGN}  # until the process has ended


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals for one process")
def test_what_ignores_a_signal_goes_on_ignoring_it(signals: tuple[signal.Signals, ...]) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    before = [signal.getsignal(each) for each in signals]
    with one_interrupt():
        signal.raise_signal(signal.SIGHUP)
    assert [signal.getsignal(each) for each in signals] == before


@pytest.mark.parametrize(("count", "last"), [(10, "text 9: "), (25, "15 more texts: 1,485 characters; 2 of all are ")])
def test_a_few_of_many_texts_are_told(tmp_path: Path, count: int, last: str) -> None:
    texts = [Corpus(f"{name}", f"{name:099} ", "here", f"{name:064}") for name in range(count)]
    told = describe(create(texts, units=4, seqlen=5, checkpoints=tmp_path)).splitlines()
    listed = [line for line in told if line.startswith("text ")]
    assert len(listed) == 10
    assert told[told.index(listed[0]) :][min(count, 11) - 1].startswith(last)
