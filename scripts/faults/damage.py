"""Damaged files: a bit flipped, the end cut off, a file or more deleted, in every file of a run's folder."""

import re
import shutil
import signal
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

from chargen.runs import RunFolder
from chargen.runs.files import TEMPORARY
from faults.calls import Answer, call
from faults.stage import RUN, SMALL, Stage
from faults.state import differences
from faults.tally import Tally

PART = "damage"
HARMS = ("flip", "cut", "delete")
SECONDS = 120  # after which chargen is said to hang
A_WORKER = 60  # faults; then a new process takes over, TensorFlow keeps every network it compiled
NOTHING_LEFT = "has finished its"  # what `resume` says of a run that is whole enough
SAMPLE = ("sample", RUN, "--random-seed", "1", "-l", "60", "--iteration")


@dataclass(frozen=True)
class Case:
    """A run that is damaged in many ways.

    Args:
        name: How it ended.
        run: Its folder.
        reference: The folder of the run that was trained to the end undamaged.
    """

    name: str
    run: Path
    reference: Path


@dataclass(frozen=True)
class Harm:
    """What is done to a file.

    Args:
        number: Of the fault, by case.
        kind: One of HARMS.
        files: The file, from the run's folder on; several may be deleted.
        place: Where, as a share of the file's bits or length.
    """

    number: int
    kind: str
    files: tuple[str, ...]
    place: float

    def do(self, run: Path) -> str:
        """Do it; tells what was done."""
        paths = [run / file for file in self.files]
        if self.kind == "delete":
            for path in paths:
                path.unlink()
            return f"deleted {', '.join(self.files)}"
        content = bytearray(paths[0].read_bytes())
        if self.kind == "cut":
            length = int(self.place * len(content))
            paths[0].write_bytes(content[:length])
            return f"cut {self.files[0]} to {length} of {len(content)} bytes"
        bit = int(self.place * 8 * len(content))
        content[bit // 8] ^= 1 << bit % 8
        paths[0].write_bytes(content)
        return f"flipped bit {bit % 8} of byte {bit // 8} of {self.files[0]}"


@dataclass(frozen=True)
class Job:
    """A harm to a run, done in a copy in an empty folder."""

    case: Case
    harm: Harm
    checkpoints: Path


@dataclass(frozen=True)
class Verdict:
    """What became of a damaged run."""

    troubles: list[str]
    told: bool


def torture(stage: Stage, tally: Tally, flips: int, workers: int) -> None:
    """Damage copies of a finished run and of one that was stopped within an iteration.

    Args:
        stage: The folder and the command.
        tally: Told what became of it.
        flips: How many times.
        workers: Copies side by side.
    """
    reference = stage.reference(SMALL)
    cases = [
        Case("finished", reference, reference),
        Case("interrupted", stage.stopped(SMALL) / RUN, reference),
        Case("killed", stage.stopped(SMALL, signal.SIGKILL) / RUN, reference),
    ]
    jobs = [
        Job(case, harm, stage.place())
        for index, case in enumerate(cases)
        for harm in _harms(stage, case.run, index, len(range(index, flips, len(cases))))
    ]
    # Not a ProcessPoolExecutor: in Python 3.11 its max_tasks_per_child hangs (gh-115634).
    with get_context("spawn").Pool(workers, maxtasksperchild=A_WORKER) as pool:
        for count, (job, verdict) in enumerate(zip(jobs, pool.imap(judge, jobs), strict=True), start=1):
            troubles = [f"{job.case.name} run, fault {job.harm.number}: {trouble}" for trouble in verdict.troubles]
            tally.add(PART, _kind(job.harm), troubles, told=verdict.told)
            if count % 50 == 0:
                tally.note(f"damage: {count} of {flips}")


def _harms(stage: Stage, run: Path, index: int, count: int) -> Iterator[Harm]:
    """Give every file of a run its turn, again and again; one fault in twenty deletes half of all files."""
    chance = stage.chance(5, index)
    files = sorted(str(path.relative_to(run)) for path in run.rglob("*") if path.is_file())
    turns: list[str] = []
    for number in range(count):
        turns = turns or list(chance.permutation(files))
        file, place = turns.pop(), float(chance.random())
        kind = str(chance.choice(HARMS, p=(0.6, 0.3, 0.1))) if (run / file).stat().st_size else "delete"
        if number % 20 == 10:
            half = map(str, chance.permutation(files)[: len(files) // 2])
            yield Harm(number, "delete", tuple(half), place)
        else:
            yield Harm(number, kind, (str(file),), place)


def _kind(harm: Harm) -> str:
    if len(harm.files) > 1:
        return "half of all files deleted"
    path = Path(harm.files[0])
    if TEMPORARY in str(path):
        return "what was being written"
    return str(Path(path.parts[0], "*", path.name)) if len(path.parts) == 3 else str(path)


def judge(job: Job) -> Verdict:
    """Damage a copy of a run, list, show, sample and resume it; done in a worker process.

    Args:
        job: The run, and what is done to it.

    Returns:
        What became of it.
    """
    signal.signal(signal.SIGALRM, _hangs)
    signal.alarm(SECONDS)
    checkpoints, done = job.checkpoints, "nothing"
    try:
        shutil.copytree(job.case.run, checkpoints / RUN, symlinks=True)
        done = job.harm.do(checkpoints / RUN)
        troubles = _reading(job.case, checkpoints)
        told, more = _resuming(job.case, checkpoints)
        return Verdict([f"{done}: {trouble}" for trouble in troubles + more], told)
    except Exception:  # the script's own mistakes must not pass for chargen's
        return Verdict([f"{done}: {traceback.format_exc()[-1500:]}"], told=False)
    finally:
        signal.alarm(0)
        shutil.rmtree(checkpoints)


def _hangs(*_: object) -> None:
    raise TimeoutError("hangs")


def _reading(case: Case, checkpoints: Path) -> list[str]:
    """Sample, list and show: the same as without damage, or the damage is told."""
    iterations = map(str, RunFolder(case.run).iterations())
    commands: list[tuple[str, ...]] = [(*SAMPLE, which) for which in ("best", "last", *iterations)]
    commands += [("runs", "list", "--json"), ("runs", "show", RUN, "--samples")]
    troubles = []
    for command in commands:
        answer = call(checkpoints, command)
        same = answer.code == 0 and _lasting(answer.out) == _lasting(_undamaged(case, command).out)
        if answer.crash or not (same or answer.told):
            troubles.append(f"{' '.join(command)}: {answer}")
    return troubles


def _lasting(out: str) -> str:
    """Leave out what a list tells of the files themselves: their size and age."""
    return re.sub(r'"(bytes|trained)": .*', "", out)


@cache
def _undamaged(case: Case, command: tuple[str, ...]) -> Answer:
    return call(case.run.parent, command)


def _resuming(case: Case, checkpoints: Path) -> tuple[bool, list[str]]:
    """Train on: whether that was refused, and what went wrong.

    Files of older iterations may stay damaged: whoever reads them is told, which `_reading` sees to.
    """
    run = checkpoints / RUN
    answer = call(checkpoints, ("resume", RUN))
    if answer.crash:
        return False, [f"resume: {answer.crash}"]
    if answer.code and NOTHING_LEFT not in answer.err:
        return True, [] if answer.told else [f"resume: {answer}"]
    troubles = differences(case.reference, run, forgiving=True)
    return False, [f"{trouble}; resume said {answer.err!r}" for trouble in troubles]
