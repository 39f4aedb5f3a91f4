"""A run that is copied to another folder and another user."""

import os
import shutil
from pathlib import Path

from faults.stage import NOBODY, RUN, SMALL, Stage
from faults.state import differences
from faults.tally import Tally

PART = "moved"
SAMPLE = ("sample", RUN, "--random-seed", "1", "-l", "80")


def torture(stage: Stage, tally: Tally) -> None:
    """Move runs.

    Args:
        stage: The folder and the command.
        tally: Told what became of it.
    """
    tally.add(PART, "to another folder", _moved(stage, stage.place() / "elsewhere, même", []))
    linked = stage.place() / "link"
    linked.symlink_to(stage.place())
    tally.add(PART, "behind a symbolic link", _moved(stage, linked, []))
    user = stage.other_user()
    if user is not None:
        tally.add(PART, "to another user", _moved(stage, stage.place() / "theirs", user))


def _moved(stage: Stage, checkpoints: Path, user: list[str]) -> list[str]:
    stopped = stage.stopped(SMALL)
    shutil.copytree(stopped / RUN, checkpoints / RUN)
    if user:
        for path in [checkpoints, *checkpoints.rglob("*")]:
            os.chown(path, NOBODY, NOBODY)
    wanted = stage.run(stopped, *SAMPLE)
    found = stage.run(checkpoints, *SAMPLE, before=user)
    troubles = [] if found.out == wanted.out else [f"writes something else: {found}"]
    troubles += stage.run(checkpoints, "resume", RUN, before=user).worked()
    return troubles + differences(stage.reference(SMALL), checkpoints / RUN)
