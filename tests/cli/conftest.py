"""Commands run in this process, in folders of the test's own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chargen.cli import main

Command = Callable[..., Result]


@pytest.fixture
def chargen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run `chargen ARGUMENTS`; checkpoints/ and corpora/ are in the test's folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, input: str | None = None) -> Result:  # noqa: A002 (click's own name)
        result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=input)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        return result

    return run
