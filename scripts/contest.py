"""Benchmarks whose contestants are child processes that take turns: a round of one, a round of the next."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable

Facts = dict[str, float]


class Contestant:
    """A child process that `serve`s.

    Args:
        name: Who it is.
        arguments: What makes this script a contestant: its command line, the script first.
    """

    def __init__(self, name: str, arguments: list[str]) -> None:
        self.name = name
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.facts = self._answer()
        self.speeds: list[float] = []

    def round(self) -> None:
        """Run once more."""
        assert self.process.stdin is not None  # noqa: S101 (narrows the type)
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.facts |= self._answer()
        self.speeds.append(self.facts["speed"])

    def end(self) -> None:
        """Let the process go."""
        self.process.communicate()

    def _answer(self) -> Facts:
        assert self.process.stdout is not None  # noqa: S101 (narrows the type)
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"a contestant stopped: {self.name}; are the extras books and bench installed?")
        facts: Facts = json.loads(line)
        return facts


def serve(prepare: Callable[[], Facts], measure: Callable[[], Facts]) -> None:
    """Be a contestant: get ready, then run a round for each line that comes in.

    Args:
        prepare: Gets ready and tells facts about that.
        measure: Runs a round and tells its `speed`, and whatever else.
    """
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print must not get between the answers

    def answer(facts: Facts) -> None:
        out.write(json.dumps(facts) + "\n")
        out.flush()

    answer(prepare())
    for _ in sys.stdin:
        answer(measure())


def steps_of(run: Callable[[int], object], seconds: float) -> int:
    """Find how many steps take so long.

    Args:
        run: Runs so many steps.
        seconds: How long they should take.

    Returns:
        How many.
    """
    count = 10
    while (taken := timed(run, count)) < seconds / 2:
        count = max(2 * count, min(20 * count, int(count * seconds / max(taken, 1e-3))))
    return max(1, int(count * seconds / taken))


def timed(run: Callable[[int], object], count: int) -> float:
    """Measure the seconds that so many steps take."""
    started = time.perf_counter()
    run(count)
    return time.perf_counter() - started
