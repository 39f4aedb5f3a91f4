"""Where the faults happen: a text, settings, chargen's command in child processes, runs to compare with."""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, TypeAlias

import numpy as np

from faults import child
from faults.state import finished

RUN = "run"
Process: TypeAlias = "subprocess.Popen[str]"
SECONDS = 300.0  # after which a command is said to hang
COMMON = "-n 8 -l 40 -t 0.5 -t 1 --units 24 --seqlen 20 --warmup 20"
STREAM = f"{COMMON} --recipe stream --batch-size 8"
CLASSIC = f"{COMMON} --recipe classic --batch-size 64 --step 2"
SAVING = "--checkpoint-every 0.001"  # minutes: several saves within an iteration
DROPPING = "--dropout 0.2 --recurrent-dropout 0.1"
PLAIN = "--dropout 0 --recurrent-dropout 0"
# Every cell, recipe, optimizer and schedule, with and without all else that training has to remember.
SETTINGS = {
    "rnn adam plateau": f"{STREAM} {DROPPING} {SAVING} --cell rnn",
    "rnn classic rmsprop constant": (
        f"{CLASSIC} {PLAIN} --cell rnn --optimizer rmsprop --schedule constant --validation 0"
    ),
    "rnn rmsprop inverse-time, test part": (
        f"{STREAM} {DROPPING} --cell rnn --layers 2 --optimizer rmsprop --schedule inverse-time --test 0.1 --epochs 2"
    ),
    "lstm adam cosine, 2 layers": f"{STREAM} {DROPPING} {SAVING} --cell lstm --layers 2 --schedule cosine",
    "lstm classic sgd inverse-time, 2 epochs": (
        f"{CLASSIC} {DROPPING} --step 4 --cell lstm --optimizer sgd --schedule inverse-time --epochs 2"
    ),
    "lstm rmsprop constant, thinned": (
        f"{STREAM} {PLAIN} {SAVING} --cell lstm --optimizer rmsprop --schedule constant --keep 2"
    ),
    "gru sgd plateau, patience": (
        f"{STREAM} {PLAIN} {SAVING} --cell gru --optimizer sgd --learning-rate 3 --warmup 300 --patience 2"
    ),
    "gru classic adam plateau": f"{CLASSIC} {DROPPING} {SAVING} --cell gru",
    "gru adam constant, 3 epochs": (
        f"{STREAM} {DROPPING} --cell gru --schedule constant --validation 0 --epochs 3 --weight-decay 0"
    ),
    "gru classic sgd cosine, 2 layers": (
        f"{CLASSIC} {DROPPING} --cell gru --layers 2 --optimizer sgd --schedule cosine"
    ),
}
LARGE, LONG, SMALL = "a large network", "a long training", "a small network"
OTHERS = {
    LARGE: f"{STREAM} {DROPPING} {SAVING} --cell lstm --units 128 -n 6",
    LONG: f"{STREAM} {DROPPING} {SAVING} --cell gru --epochs 10 -n 16 --keep 2",
    SMALL: f"{STREAM} {DROPPING} --cell rnn --units 8 -n 5 --epochs 3",
}
NOBODY = 65534
ENOUGH = 3  # finished iterations of a stopped run


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def killed(self) -> bool:
        """Whether SIGKILL ended it."""
        return self.code == -signal.SIGKILL

    def refused(self) -> list[str]:
        """Tell what is wrong with how a command refused: nothing when it is one line of error and exit code 1."""
        lines = [line for line in self.err.splitlines() if line.startswith("error: ")]
        right = self.code == 1 and len(lines) == 1 and "Traceback" not in self.err
        return [] if right else [f"no plain error: exit code {self.code}, {self.err[-2000:]!r}"]

    def worked(self) -> list[str]:
        """Tell what is wrong with a command that should have worked: nothing when its exit code is 0."""
        return [] if self.code == 0 else [f"exit code {self.code}, {self.err[-2000:]!r}"]


@dataclass(frozen=True)
class Timeline:
    """When an uninterrupted run saved.

    Args:
        making: Steps of saving before training began.
        steps: Steps in all.
        first: Seconds from the beginning of training to the first step.
        whole: Seconds from there to the end.
    """

    making: int
    steps: int
    first: float
    whole: float


class Stage:
    """A folder for texts and runs, and chargen's command line.

    Args:
        folder: The folder.
        random_seed: Where all chance comes from.
    """

    def __init__(self, folder: Path, random_seed: int) -> None:
        self.folder = folder
        self.random_seed = random_seed
        self.text = folder / "sentences.txt"
        self.text.write_text(sentences(random_seed, 10_000), encoding="utf-8")
        self.home = folder / "home"
        self.home.mkdir()
        self.home.chmod(0o777)
        self._lock = Lock()
        self._locks: dict[str, Lock] = {}
        self._places = 0

    def chance(self, *numbers: int) -> np.random.Generator:
        """Make a generator of its own for a purpose."""
        return np.random.default_rng([self.random_seed, *numbers])

    def place(self) -> Path:
        """Make a new checkpoints folder."""
        with self._lock:
            self._places += 1
            path = self.folder / f"checkpoints-{self._places:04d}"
        path.mkdir()
        return path

    def train(self, setting: str) -> list[str]:
        """Tell the command that trains a setting."""
        return ["train", str(self.text), "--name", RUN, *{**SETTINGS, **OTHERS}[setting].split()]

    def run(
        self, checkpoints: Path, *arguments: str, watch: Mapping[str, Any] | None = None, before: Sequence[str] = ()
    ) -> Ended:
        """Run a command to its end.

        Args:
            checkpoints: The folder of runs.
            *arguments: Of chargen.
            watch: What `child.Watch` shall do.
            before: A command that starts chargen's.

        Returns:
            How it ended.
        """
        return ended(self.start(checkpoints, *arguments, watch=watch, before=before))

    def start(
        self,
        checkpoints: Path,
        *arguments: str,
        watch: Mapping[str, Any] | None = None,
        before: Sequence[str] = (),
        told: Sequence[int] = (),
    ) -> Process:
        """Start a command; for the arguments see `run`, `told` are files that it inherits."""
        chargen = ["-m", "chargen"]
        if watch is not None:
            chargen = [child.__file__, json.dumps({"folder": str(checkpoints), **watch})]
        folders = ["--checkpoints", str(checkpoints), "--corpora", str(self.folder / "corpora")]
        return subprocess.Popen(
            [*before, sys.executable, *chargen, *folders, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            cwd=self.folder,
            env={**os.environ, "TMPDIR": str(self.home)},  # what TensorFlow leaves there when killed goes with the rest
            pass_fds=told,
        )

    def begin(self, checkpoints: Path, *arguments: str) -> Process:
        """Start a command, and wait until it begins to train or ends."""
        reader, writer = os.pipe()
        process = self.start(checkpoints, *arguments, watch={"tell": writer}, told=(writer,))
        os.close(writer)
        select.select([reader], [], [], SECONDS)  # ready when told, and when the other end is closed
        os.close(reader)
        return process

    def stopped(self, setting: str, how: signal.Signals = signal.SIGINT) -> Path:
        """Stop a training after some iterations; another one when asked again.

        Args:
            setting: What is trained.
            how: SIGINT saves the state within the iteration, SIGKILL saves nothing.

        Returns:
            A checkpoints folder.
        """
        while True:
            checkpoints = self.place()
            process = self.begin(checkpoints, *self.train(setting))
            while process.poll() is None and len(finished(checkpoints / RUN)) < ENOUGH:
                time.sleep(0.01)
            time.sleep(float(self.chance(3, self._places).uniform(0.02, 0.1)))
            process.send_signal(how)
            done, partial = ended(process), (checkpoints / RUN / "partial").is_dir()
            if (done.killed or partial) and len(finished(checkpoints / RUN)) < len(finished(self.reference(setting))):
                return checkpoints

    def reference(self, setting: str) -> Path:
        """Give a setting's uninterrupted run, trained when it is first asked for."""
        with self._lock:
            lock = self._locks.setdefault(setting, Lock())
        checkpoints = self.folder / "references" / setting.replace(" ", "-")
        with lock:
            if not checkpoints.exists():
                checkpoints.mkdir(parents=True)
                log = str(checkpoints / "timeline.json")
                done = self.run(checkpoints, *self.train(setting), watch={"log": log})
                if done.code:
                    raise SystemExit(f"the uninterrupted run of {setting!r} failed:\n{done.err}")
        return checkpoints / RUN

    def timeline(self, setting: str) -> Timeline:
        """Tell when a setting's uninterrupted run saved."""
        return Timeline(**json.loads((self.reference(setting).parent / "timeline.json").read_text(encoding="utf-8")))

    def other_user(self) -> list[str] | None:
        """Tell what starts a command as another user: None where that is not allowed.

        Where the interpreter is in a folder of this user's, the other one may read everything, as a backup program may.
        """
        if os.getuid() != 0 or not shutil.which("setpriv"):
            return None
        become = ["env", f"HOME={self.home}", "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        reading = ["--inh-caps=-all,+dac_read_search", "--ambient-caps=+dac_read_search"]
        for prefix in (become, [*become, *reading]):
            trial = subprocess.run([*prefix, sys.executable, "-c", "import chargen"], capture_output=True, check=False)
            if trial.returncode == 0:
                return prefix
        return None

    def copy(self, run: Path) -> Path:
        """Copy a run into a new checkpoints folder; gives the folder."""
        checkpoints = self.place()
        shutil.copytree(run, checkpoints / RUN, symlinks=True)
        return checkpoints


def ended(process: Process) -> Ended:
    """Wait for a command."""
    try:
        out, err = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        out, err = process.communicate()
        return Ended(-1, out, f"hangs: {err}")
    return Ended(process.returncode, out, err)


def side_by_side(workers: int, tasks: Iterable[Callable[[], None]]) -> None:
    """Do tasks in threads; when one fails, or Ctrl-C comes, those that have not begun are dropped.

    Args:
        workers: How many at a time.
        tasks: What to do.
    """
    with ThreadPoolExecutor(workers) as pool:
        begun = [pool.submit(task) for task in tasks]
        try:
            for task in begun:
                task.result()
        finally:
            pool.shutdown(cancel_futures=True)


def sentences(random_seed: int, characters: int) -> str:
    """Make a text of sentences from a few rules.

    Args:
        random_seed: The same seed gives the same text.
        characters: About how long.

    Returns:
        The text, a sentence a line.
    """
    chance = np.random.default_rng([random_seed, 1])
    nouns, verbs = ("king", "queen", "cat", "old dog", "ship"), ("sees", "feeds", "follows", "forgets")
    ends = ("at noon", "in “the rain”", "again", "– or so they say")
    text = ""
    while len(text) < characters:
        one, other = chance.choice(nouns, 2)
        text += f"The {one} {chance.choice(verbs)} the {other} {chance.choice(ends)}.\n"
    return text
