"""A disk that fills up, and one that turns read-only."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from faults.stage import LARGE, RUN, SMALL, Stage, side_by_side
from faults.state import contents, differences, finished, harmed
from faults.tally import Tally

FULL, READ_ONLY = "disk full", "read-only"
MEGABYTE = 2**20
SIZES = (0.005, 0.1, 0.3, 0.5, 0.7, 0.9)  # of what the run needs
STEPS = 10
SAMPLE = ("sample", RUN, "--random-seed", "1", "-l", "80", "--iteration")


def torture(stage: Stage, tally: Tally, workers: int) -> None:
    """Fill disks, and make runs read-only.

    Args:
        stage: The folder and the command.
        tally: Told what became of it.
        workers: Disks that are filled side by side.
    """
    _fill(stage, tally, workers)
    _freeze(stage, tally)


@contextmanager
def small_disk(stage: Stage, megabytes: float) -> Iterator[Path | None]:
    """Mount a small file system while the block runs; None where that is not allowed."""
    place = stage.place()
    options = f"size={int(megabytes * MEGABYTE)},mode=755"
    mounted = _mount("-t", "tmpfs", "-o", options, "tmpfs", str(place))
    try:
        yield place if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", str(place)], check=True)


def _mount(*arguments: str) -> bool:
    try:
        return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@dataclass(frozen=True)
class Case:
    """How a disk fills up.

    Args:
        mounted: A small file system is full; otherwise the process may not write into any file.
        free: Bytes that are free at the start.
        step: The step of saving from which on nothing is free.
    """

    mounted: bool
    free: int | None = None
    step: int | None = None


def _fill(stage: Stage, tally: Tally, workers: int) -> None:
    timeline, needed = stage.timeline(LARGE), _size(stage.reference(LARGE))
    steps = sorted(int(step) for step in stage.chance(4).integers(1, timeline.steps, STEPS))
    cases = [Case(True, free=int(share * needed)) for share in SIZES]
    cases += [Case(True, step=step) for step in steps]
    cases += [Case(False, step=step) for step in steps[::3]]
    wanted = {
        iteration: stage.run(stage.reference(LARGE).parent, *SAMPLE, str(iteration)).out
        for iteration in finished(stage.reference(LARGE))
    }
    side_by_side(workers, [partial(_fill_once, stage, tally, case, 2 * needed, wanted) for case in cases])


def _fill_once(stage: Stage, tally: Tally, case: Case, size: int, wanted: Mapping[int, str]) -> None:
    """Train until the disk is full, then make room and go on."""
    with small_disk(stage, size / MEGABYTE + 4) if case.mounted else nullcontext(stage.place()) as checkpoints:
        if checkpoints is None:  # mounting is not allowed: the other way stands in
            return
        ballast = checkpoints / "ballast"
        if case.free is not None:
            ballast.write_bytes(bytes(shutil.disk_usage(checkpoints).free - case.free))
        watch = {"full_at": case.step, "ballast": str(ballast) if case.mounted else None}
        done = stage.run(checkpoints, *stage.train(LARGE), watch=watch)
        where = re.search(r"cannot write \S*?/(run\S*):", done.err)
        enough = case.step is not None and done.code == 0  # the last steps need no room
        troubles = [] if enough else done.refused()
        troubles += _usable(stage, checkpoints, wanted)
        ballast.unlink(missing_ok=True)
        troubles += _go_on(stage, checkpoints, LARGE)
        kind = f"{'file system' if case.mounted else 'size limit'}, {_kind(where[1]) if where else 'no error'}"
        tally.add(FULL, kind, [f"{case}: {trouble}" for trouble in troubles])


def _kind(path: str) -> str:
    names = {"run": "while the run was made", "run/iterations": "in an iteration", "run/partial": "in a partial save"}
    return next((name for start, name in reversed(names.items()) if path.startswith(start)), "in the logs")


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _usable(stage: Stage, checkpoints: Path, wanted: Mapping[int, str]) -> list[str]:
    """Check that what was finished can be used: every file is whole, and every iteration writes what it should."""
    run = checkpoints / RUN
    troubles = harmed(run)
    for iteration in finished(run):
        found = stage.run(checkpoints, *SAMPLE, str(iteration))
        troubles += found.worked()
        troubles += [] if found.out == wanted[iteration] else [f"{run}: iteration {iteration} writes something else"]
    return troubles


def _go_on(stage: Stage, checkpoints: Path, setting: str) -> list[str]:
    """Train to the end, from the beginning if there is no run; compare with the uninterrupted run."""
    command = ["resume", RUN] if (checkpoints / RUN).exists() else stage.train(setting)
    done = stage.run(checkpoints, *command)
    finished_before = "has finished its" in done.err
    return ([] if finished_before else done.worked()) + differences(stage.reference(setting), checkpoints / RUN)


def _freeze(stage: Stage, tally: Tally) -> None:
    stopped = stage.stopped(SMALL) / RUN
    with small_disk(stage, 16) as disk:
        if disk is not None:
            shutil.copytree(stopped, disk / RUN)
            _mount("-o", "remount,ro", str(disk))
            troubles = _reads_only(stage, disk, ())
            _mount("-o", "remount,rw", str(disk))
            tally.add(READ_ONLY, "file system", troubles + _go_on(stage, disk, SMALL))
    user = stage.other_user()
    if user is not None:
        checkpoints = stage.copy(stopped)
        troubles = _reads_only(stage, checkpoints, user)
        tally.add(READ_ONLY, "another user's folder", troubles + _go_on(stage, checkpoints, SMALL))
    if os.getuid() != 0:  # permissions do not stop root
        checkpoints = stage.copy(stopped)
        _allow(checkpoints, 0o555)
        troubles = _reads_only(stage, checkpoints, ())
        _allow(checkpoints, 0o755)
        tally.add(READ_ONLY, "permissions", troubles + _go_on(stage, checkpoints, SMALL))


def _allow(checkpoints: Path, mode: int) -> None:
    for path in [checkpoints, *checkpoints.rglob("*")]:
        path.chmod(mode if path.is_dir() else mode & 0o666)


def _reads_only(stage: Stage, checkpoints: Path, user: Sequence[str]) -> list[str]:
    """Check that all that only reads works, and that nothing is changed where training is refused."""
    before = contents(checkpoints)
    reading = [
        [*SAMPLE, "best"],
        ["runs", "list"],
        ["runs", "show", RUN, "--samples"],
        ["plot", RUN, "-o", str(stage.home / f"{checkpoints.name}.png")],
    ]
    writing = [["resume", RUN], ["runs", "rename", RUN, "other"], ["runs", "remove", RUN, "--yes"]]
    troubles = []
    for command in reading + writing:
        done = stage.run(checkpoints, *command, before=user)
        found = done.worked() if command in reading else done.refused()
        troubles += [f"{' '.join(command)}: {trouble}" for trouble in found]
    return troubles + ([] if contents(checkpoints) == before else [f"{checkpoints} was changed"])
