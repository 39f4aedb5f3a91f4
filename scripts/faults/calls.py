"""chargen's commands called in this process: hundreds of them would take too long from cold."""

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from chargen.cli import main


@dataclass(frozen=True)
class Answer:
    """How a command ended.

    Args:
        code: The exit code.
        out: What it wrote to standard output.
        err: What it wrote to standard error.
        crash: The traceback of an exception that it let through.
    """

    code: int
    out: str
    err: str
    crash: str

    @property
    def told(self) -> bool:
        """Whether it refused with a message, warned, or listed the run as damaged."""
        refused = self.code == 1 and "error: " in self.err
        return refused or "warning: " in self.err or '"state": "damaged"' in self.out


def call(checkpoints: Path, command: Sequence[str]) -> Answer:
    """Call a command.

    Args:
        checkpoints: The folder of runs.
        command: Its name and arguments.

    Returns:
        How it ended.
    """
    result = CliRunner().invoke(main, ["--checkpoints", str(checkpoints), *command])
    crashed = result.exception is not None and not isinstance(result.exception, SystemExit)
    crash = "".join(traceback.format_exception(result.exception))[-1500:] if crashed else ""
    return Answer(result.exit_code, result.stdout, result.stderr, crash)
