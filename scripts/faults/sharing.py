"""Two processes at one run: a second trainer is refused, readers never wait, nothing is left locked."""

import json
import time
from pathlib import Path

from faults.stage import LONG, RUN, SMALL, Ended, Process, Stage, ended
from faults.state import differences, finished
from faults.tally import Tally

PART = "two at one run"
SURELY = 8  # of 12 iterations: the other four take longer than any command here
PATIENCE = 5.0  # seconds that a reader may take, its start and a busy machine included


def torture(stage: Stage, tally: Tally) -> None:
    """Let processes meet at a run.

    Args:
        stage: The folder and the command.
        tally: Told what became of it.
    """
    stage.reference(LONG)
    checkpoints = stage.place()
    first = stage.begin(checkpoints, *stage.train(LONG))
    _meet(stage, tally, checkpoints, first)
    troubles = ended(first).worked() + differences(stage.reference(LONG), checkpoints / RUN)
    tally.add(PART, "the first trainer ends the same", troubles)

    killed = stage.place()
    first = stage.begin(killed, *stage.train(LONG))
    _wait_for_iterations(killed / RUN, first)
    first.kill()
    ended(first)
    troubles = stage.run(killed, "resume", RUN).worked() + differences(stage.reference(LONG), killed / RUN)
    tally.add(PART, "resumed at once after SIGKILL", troubles)

    resumed = stage.copy(stage.stopped(SMALL) / RUN)
    _race(stage, tally, resumed, ["resume", RUN], "two resumes at the same moment")
    _race(stage, tally, stage.place(), stage.train(SMALL), "two trainings of one name at the same moment")


def _meet(stage: Stage, tally: Tally, checkpoints: Path, first: Process) -> None:
    """Disturb a trainer as long as it surely trains."""
    _wait_for_iterations(checkpoints / RUN, first)
    while True:
        for kind, command in {
            "a second trainer": ["resume", RUN],
            "a sampler": ["sample", RUN, "--random-seed", "1", "-l", "50"],
            "a list": ["runs", "list", "--json"],
            "a second of the same name": stage.train(LONG),
            "removal": ["runs", "remove", RUN, "--yes"],
            "renaming": ["runs", "rename", RUN, "other"],
        }.items():
            if len(finished(checkpoints / RUN)) > SURELY:
                return
            started = time.monotonic()
            done = stage.run(checkpoints, *command)
            seconds = time.monotonic() - started
            reader = kind in ("a sampler", "a list")
            troubles = _read(done, seconds, kind) if reader else done.refused()
            tally.add(PART, f"{kind} meanwhile", troubles, told=not reader)


def _read(done: Ended, seconds: float, kind: str) -> list[str]:
    troubles = done.worked()
    if seconds > PATIENCE:
        troubles.append(f"took {seconds:.1f} s")
    if kind == "a list" and not troubles:
        told = json.loads(done.out)[0]["state"]
        troubles += [] if told == "training" else [f"runs list says {told}"]
    return troubles


def _wait_for_iterations(run: Path, process: Process) -> None:
    while process.poll() is None and len(finished(run)) < 2:
        time.sleep(0.01)


def _race(stage: Stage, tally: Tally, checkpoints: Path, command: list[str], kind: str) -> None:
    """Start a command twice at the same moment: one has to win, the other to be refused."""
    processes = [stage.start(checkpoints, *command) for _ in range(2)]
    done = sorted((ended(process) for process in processes), key=lambda each: each.code)
    troubles = done[0].worked() + done[1].refused() + differences(stage.reference(SMALL), checkpoints / RUN)
    tally.add(PART, kind, troubles)
