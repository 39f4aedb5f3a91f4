"""A chargen command in a process of its own that may kill itself, or fill the disk, at a step of saving.

A step is the opening of a file for writing, a flush to disk (before and after), a rename, a new or removed folder or
file. The hook is this script's: chargen knows nothing of it.

    python child.py '{"folder": "runs", "kill_at": 17}' --checkpoints runs train text.txt
"""

import json
import os
import resource
import signal
import stat
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
# Events of sys.addaudithook that change a folder, and how many of their arguments are paths.
CHANGES = {"os.rename": 2, "os.mkdir": 1, "os.remove": 1, "os.rmdir": 1, "os.truncate": 1, "shutil.rmtree": 1}
# Its import is the last thing before training.
ENGINE = "chargen.trainer.engine"


class Watch:
    """Counts the steps of saving, and does harm at one of them.

    Args:
        folder: Only what is written here counts.
        kill_at: The step before which SIGKILL ends the process.
        tear: Where a file that is killed before its flush to disk is cut off, as a share of its length.
        full_at: The step from which on the disk is full.
        ballast: What fills the disk, a file; when left out, the process may write no more into any file.
        tell: A pipe that is told when training begins.
        log: A file for how many steps there were, and when.
    """

    def __init__(
        self,
        folder: str,
        kill_at: int | None = None,
        tear: float | None = None,
        full_at: int | None = None,
        ballast: str | None = None,
        tell: int | None = None,
        log: str | None = None,
    ) -> None:
        self._folder = str(Path(folder).resolve())
        self._kill_at, self._tear = kill_at, tear
        self._full_at, self._ballast = full_at, ballast
        self._tell, self._log = tell, log
        self._fsync: Callable[[Any], None] = os.fsync
        self._began: float | None = None
        self._first: float | None = None
        self._making = self._steps = 0

    def start(self) -> None:
        """Listen from now on; there is no way back."""
        setattr(os, "fsync", self._flush)  # noqa: B010 (its type may not change otherwise)
        sys.addaudithook(self._hear)

    def end(self) -> None:
        """Write the log."""
        if self._log and self._began is not None:
            now = time.monotonic()
            facts = {
                "making": self._making,
                "steps": self._steps,
                "first": (self._first or now) - self._began,
                "whole": now - self._began,
            }
            Path(self._log).write_text(json.dumps(facts), encoding="utf-8")

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "import" and arguments[0] == ENGINE:
            self._began, self._making = time.monotonic(), self._steps
            if self._tell is not None:
                os.write(self._tell, b"x")
        elif event == "open" and arguments[2] & WRITING and self._inside(arguments[0]):
            self._step()
        elif event in CHANGES:
            # Where a folder is removed, the files in it are named relative to an open folder.
            relative = isinstance(arguments[-1], int) and arguments[-1] >= 0
            if relative or any(self._inside(path) for path in arguments[: CHANGES[event]]):
                self._step()

    def _inside(self, path: object) -> bool:
        return isinstance(path, str | os.PathLike) and os.path.abspath(path).startswith(self._folder)  # noqa: PTH100

    def _flush(self, file: Any) -> None:
        # What has not been flushed may be lost with the power, from any place on.
        if self._steps + 1 == self._kill_at and self._tear is not None and stat.S_ISREG(os.fstat(file).st_mode):
            os.ftruncate(file, int(self._tear * os.fstat(file).st_size))
        self._step()
        self._fsync(file)
        self._step()

    def _step(self) -> None:
        self._steps += 1
        if self._began is not None and self._first is None:
            self._first = time.monotonic()
        if self._steps == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        if self._steps == self._full_at:
            fill(self._ballast)


def fill(ballast: str | None) -> None:
    """Fill the disk with a file, or forbid this process to write into files."""
    if ballast is None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        return
    with suppress(OSError), open(ballast, "ab", buffering=0) as file:  # noqa: PTH123 (unbuffered, to the last byte)
        while file.write(bytes(4096)):
            pass


def main() -> None:
    """Watch a chargen command."""
    watch = Watch(**json.loads(sys.argv[1]))
    from chargen.cli import main as command

    watch.start()
    try:
        command(sys.argv[2:], prog_name="chargen")
    finally:
        watch.end()


if __name__ == "__main__":
    main()
