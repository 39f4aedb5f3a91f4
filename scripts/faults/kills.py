"""SIGKILL: trainings that are killed and resumed, again and again, until one comes to its end."""

import time
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from faults.stage import RUN, SETTINGS, Ended, Stage, Timeline, ended, side_by_side
from faults.state import differences, finished, harmed, vanished
from faults.tally import Tally

PART = "kills"
MAKING, SAVING, TRAINING = "while the run was made", "at a step of saving", "at a moment of training"
A_CHAIN = 10  # about so many kills come before a run is at its end
# What `resume` answers where the kill came after all the work was done.
NOTHING_LEFT = ("has finished its", "stopped early")


@dataclass(frozen=True)
class Kill:
    """A kill that is to come: at a step of saving, or so many seconds after training began."""

    kind: str
    step: int | None = None
    tear: float | None = None
    seconds: float = 0.0


def torture(stage: Stage, tally: Tally, kills: int, workers: int) -> None:
    """Kill trainings of every setting.

    Args:
        stage: The folder and the command.
        tally: Told what became of it.
        kills: How many.
        workers: Trainings side by side.
    """
    shares = {setting: len(range(index, kills, len(SETTINGS))) for index, setting in enumerate(SETTINGS)}
    side_by_side(workers, [partial(_setting, stage, tally, setting, share) for setting, share in shares.items()])


def _setting(stage: Stage, tally: Tally, setting: str, kills: int) -> None:
    chance = stage.chance(2, list(SETTINGS).index(setting))
    landed = 0
    while landed < kills:
        run = stage.place() / RUN
        counts, troubles = _chain(stage, setting, run, kills - landed, chance)
        troubles += differences(stage.reference(setting), run)
        for kind, count in counts.items():
            tally.add(PART, kind, [f"{setting}: {trouble}" for trouble in troubles], count=count)
        if not counts:
            raise SystemExit(f"{setting}: no kill came in time")
        landed += counts.total()
        tally.note(f"kills, {setting}: {landed} of {kills}")


def _chain(
    stage: Stage, setting: str, run: Path, most: int, chance: np.random.Generator
) -> tuple[Counter[str], list[str]]:
    """Start, kill and resume a run until it ends: kills by kind, and what went wrong."""
    timeline = stage.timeline(setting)
    counts: Counter[str] = Counter()
    troubles: list[str] = []
    while True:
        kill = _draw(timeline, run.exists(), chance) if counts.total() < most else None
        command = ["resume", RUN] if run.exists() else stage.train(setting)
        before = finished(run)
        done = _start(stage, run.parent, command, kill)
        troubles += vanished(before, run) + harmed(run)
        if kill is None or not done.killed:
            nothing_left = any(words in done.err for words in NOTHING_LEFT)
            return counts, troubles + ([] if nothing_left else done.worked())
        counts[kill.kind] += 1
        if not run.exists():
            troubles += stage.run(run.parent, "resume", RUN).refused()


def _draw(timeline: Timeline, made: bool, chance: np.random.Generator) -> Kill:
    """Choose a kill so that a start brings the run forward by about one part of A_CHAIN."""
    tear = float(chance.random()) if chance.random() < 0.5 else None
    if not made and chance.random() < 0.5:
        return Kill(MAKING, int(chance.integers(1, timeline.making + 1)), tear)
    part = 2 / A_CHAIN
    if chance.random() < 0.5:
        steps = max(1, round(part * (timeline.steps - timeline.making)))
        return Kill(SAVING, int(chance.integers(1, steps + 1)) + (0 if made else timeline.making), tear)
    last = timeline.first + part * (timeline.whole - timeline.first)
    return Kill(TRAINING, seconds=float(chance.uniform(timeline.first / 2, last)))


def _start(stage: Stage, checkpoints: Path, command: list[str], kill: Kill | None) -> Ended:
    if kill is None:
        return stage.run(checkpoints, *command)
    if kill.step is not None:
        return stage.run(checkpoints, *command, watch={"kill_at": kill.step, "tear": kill.tear})
    process = stage.begin(checkpoints, *command)
    if process.poll() is None:
        time.sleep(kill.seconds)
        process.kill()
    return ended(process)
