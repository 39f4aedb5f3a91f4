"""Training as the command line shows it, where TensorFlow does not even start."""

import builtins
from pathlib import Path
from typing import Any

import pytest

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
