"""Two processes at one run: a second trainer is refused, readers never wait, nothing is left locked."""

import signal
import time
from pathlib import Path

from chargen.runs import RunFolder
from faults.calls import call
from faults.stage import LONG, RUN, SMALL, Process, Stage, ended
from faults.state import differences, finished
from faults.tally import Tally

PART = "two at one run"
SURELY = 12  # of 16 iterations: the other four take longer than any command here
PATIENCE = 2.0  # seconds that a reader may take on a busy machine


def torture(stage: Stage, tally: Tally) -> None:
    """Let processes meet at a run.

    Args:
        stage: The folder and the command.
        tally: Told what became of it.
    """
    reference = stage.reference(LONG)
    for meet in (_writers, _readers):
        checkpoints = stage.place()
        first = stage.begin(checkpoints, *stage.train(LONG))
        _wait_for_iterations(checkpoints / RUN, first)
        meet(stage, tally, checkpoints)
        troubles = ended(first).worked() + differences(reference, checkpoints / RUN)
        tally.add(PART, "the first trainer ends the same", troubles)

    checkpoints = stage.stopped(LONG, signal.SIGKILL)
    troubles = stage.run(checkpoints, "resume", RUN).worked() + differences(reference, checkpoints / RUN)
    tally.add(PART, "resumed at once after SIGKILL", troubles)

    resumed = stage.copy(stage.stopped(SMALL) / RUN)
    _race(stage, tally, resumed, ["resume", RUN], "two resumes at the same moment")
    _race(stage, tally, stage.place(), stage.train(SMALL), "two trainings of one name at the same moment")


def _writers(stage: Stage, tally: Tally, checkpoints: Path) -> None:
    """Disturb a trainer as long as it surely trains."""
    for kind, command in {
        "a second trainer": ["resume", RUN],
        "a second of the same name": stage.train(LONG),
        "removal": ["runs", "remove", RUN, "--yes"],
        "renaming": ["runs", "rename", RUN, "other"],
    }.items():
        if _surely_trains(checkpoints):
            tally.add(PART, f"{kind} meanwhile", stage.run(checkpoints, *command).refused(), told=True)


def _readers(stage: Stage, tally: Tally, checkpoints: Path) -> None:
    """Read a run as long as it surely is in training: nothing may be missing in any moment, nothing waited for."""
    del stage
    while _surely_trains(checkpoints):
        for kind, command in {
            "a sampler, best": ("sample", RUN, "-l", "20"),
            "a sampler, last": ("sample", RUN, "-l", "20", "--iteration", "last"),
            "a list": ("runs", "list", "--json"),
            "a show": ("runs", "show", RUN),
        }.items():
            started = time.monotonic()
            answer = call(checkpoints, command)
            seconds = time.monotonic() - started
            troubles = [f"exit code {answer.code}, {answer.err or answer.crash}"] if answer.code or answer.err else []
            troubles += [f"took {seconds:.1f} s"] if seconds > PATIENCE else []
            if kind == "a list" and '"state": "training"' not in answer.out:
                troubles.append(f"says {answer.out}")
            tally.add(PART, f"{kind} meanwhile", troubles)


def _surely_trains(checkpoints: Path) -> bool:
    return 0 < len(RunFolder(checkpoints / RUN).iterations()) <= SURELY


def _wait_for_iterations(run: Path, process: Process) -> None:
    while process.poll() is None and len(finished(run)) < 2:
        time.sleep(0.01)


def _race(stage: Stage, tally: Tally, checkpoints: Path, command: list[str], kind: str) -> None:
    """Start a command twice at the same moment: one has to win, the other to be refused."""
    processes = [stage.start(checkpoints, *command) for _ in range(2)]
    done = sorted((ended(process) for process in processes), key=lambda each: each.code)
    troubles = done[0].worked() + done[1].refused() + differences(stage.reference(SMALL), checkpoints / RUN)
    tally.add(PART, kind, troubles)
