"""The folder of one run: settings, texts, iterations."""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chargen.errors import DamagedRunError, RunError, SaveError
from chargen.runs.files import check, read_checked, remove_folder, saving, tidy, to_json, write_file, write_folder
from chargen.runs.tensors import pack, read_tensors
from chargen.snapshot import Snapshot

SCHEMA = 1
LOCK = ".lock"


@dataclass(frozen=True)
class Plan:
    """How long a run is to train.

    Args:
        iterations: Iterations that are planned in all.
        patient_since: The iteration after which patience began to wait: the last one before more were asked for from
            a run whose patience had come to its end.
    """

    iterations: int
    patient_since: int = 0


@dataclass(frozen=True)
class Position:
    """Where a run stands.

    Args:
        snapshot: The state of training.
        iteration: Iterations that are finished.
        plan: How long it is to train.
    """

    snapshot: Snapshot
    iteration: int
    plan: Plan


class RunFolder:
    """A run's folder.

    Args:
        path: The folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name

    def header(self) -> dict[str, Any]:
        """Read run.json: kind, settings, corpus, versions.

        Returns:
            The settings by section.

        Raises:
            DamagedRunError: It is missing, changed, or of a newer schema.
        """
        header = self._json("run.json")
        if not isinstance(header, dict) or not isinstance(header.get("schema"), int):
            raise DamagedRunError(f"{self.path / 'run.json'} has no schema number; restore it from a copy")
        if header["schema"] > SCHEMA:
            raise DamagedRunError(
                f"run {self.name!r} has schema {header['schema']}, this chargen reads up to {SCHEMA}: "
                "pip install --upgrade chargen"
            )
        return header

    def read(self, name: str) -> bytes:
        """Read one of the files written when the run was made, checked by its sha256.

        Args:
            name: `run.json`, `corpus.txt` and the like.

        Returns:
            Its content.

        Raises:
            DamagedRunError: It is missing or changed.
        """
        return read_checked(self.path / name)

    def iterations(self) -> list[int]:
        """List the finished iterations, from the oldest."""
        folder = self.path / "iterations"
        found = folder.iterdir() if folder.is_dir() else []
        return sorted(int(path.name) for path in found if re.fullmatch(r"\d{4,}", path.name))

    def report(self, iteration: int) -> dict[str, Any]:
        """Read an iteration's report: its line of history, its samples.

        Args:
            iteration: Its number.

        Returns:
            {"history": {...}, "samples": [...]}.

        Raises:
            DamagedRunError: It is missing or changed.
        """
        report = self._json(f"iterations/{iteration:04d}/report.json")
        if not isinstance(report, dict) or not isinstance(report.get("history"), dict):
            raise DamagedRunError(f"the report of iteration {iteration} has no history; restore it from a copy")
        return report

    def history(self) -> list[dict[str, Any]]:
        """Read the line of history of each iteration, from the oldest."""
        return [self.report(iteration)["history"] for iteration in self.iterations()]

    def best(self) -> int | None:
        """Find the iteration of the lowest validation loss; without validation the newest; None without any."""
        history = self.history()
        scored = [line for line in history if line.get("validation_loss") is not None]
        if scored:
            return int(min(scored, key=lambda line: line["validation_loss"])["iteration"])
        return self.iterations()[-1] if history else None

    def weights(self, iteration: int) -> Mapping[str, Any]:
        """Read the weights of an iteration.

        Args:
            iteration: Its number.

        Returns:
            Arrays by key.

        Raises:
            DamagedRunError: The file is missing or changed.
        """
        return self._tensors(self._iteration(iteration), "weights")

    def position(self) -> Position | None:
        """Read where training stands: the save within an iteration if there is a newer one, else the last iteration.

        Returns:
            The state of training; None when nothing is saved yet.

        Raises:
            DamagedRunError: A file is missing or changed.
        """
        done = self.iterations()
        newest = self._read_position(self._iteration(done[-1])) if done else None
        if self.has_partial():
            partial = self._read_position(self.path / "partial")
            # Of an iteration whose folder is gone it is no use: what follows would be numbered wrongly.
            if partial.iteration == (done[-1] if done else 0) and (
                newest is None or partial.snapshot.batches > newest.snapshot.batches
            ):
                return partial
        return newest

    def has_partial(self) -> bool:
        """Tell whether a state within an iteration is saved."""
        return (self.path / "partial").is_dir()

    def plan(self) -> Plan | None:
        """Read how long the run is to train; None when nothing is saved yet."""
        saved = [self.path / "partial"] if self.has_partial() else []
        saved += [self._iteration(iteration) for iteration in self.iterations()[-1:]]
        return _plan(self._state(saved[0])) if saved else None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the run's only writer while the block runs; readers are never kept waiting.

        What an earlier writer left unfinished is removed. A process that dies lets go by itself.

        Raises:
            RunError: Another process, or another training in this one, writes the run.
            SaveError: The file system refuses.
        """
        from filelock import FileLock, Timeout  # only writers need it

        lock = FileLock(self.path / LOCK, thread_local=False)
        with saving(self.path):
            try:
                lock.acquire(timeout=1)  # somebody may be looking whether the run is in training
            except Timeout:
                raise RunError(
                    f"run {self.name!r} is being trained elsewhere; wait for that, or stop it with Ctrl-C there"
                ) from None
        try:
            for folder in (self.path, self.path / "iterations"):
                tidy(folder)
            yield
        finally:
            lock.release()

    def is_training(self) -> bool:
        """Tell whether somebody writes the run just now."""
        from filelock import FileLock, Timeout

        if not (self.path / LOCK).exists():
            return False
        try:
            with FileLock(self.path / LOCK, timeout=0):
                return False
        except Timeout:
            return True
        except OSError:  # a folder that cannot be written is not being written
            return False

    def save_iteration(self, position: Position, report: Mapping[str, Any]) -> None:
        """Save a finished iteration, then tidy up: older ones keep what sampling needs.

        Args:
            position: The state of training at its end.
            report: {"history": {...}, "samples": [...]}.

        Raises:
            SaveError: The file system refuses; what was saved before is intact.
        """
        files = _position_files(position) | {"report.json": to_json(report)}
        try:
            write_folder(self._iteration(position.iteration), files)
        except FileExistsError as error:
            raise SaveError(
                f"iteration {position.iteration} of run {self.name!r} is there already: does another process train it? "
                "Nothing was overwritten; see 'chargen runs list'"
            ) from error
        remove_folder(self.path / "partial")
        keep = {position.iteration, self.best()}
        for iteration in self.iterations():
            if iteration not in keep:
                for name in ("optimizer.safetensors", "carry.safetensors"):
                    (self._iteration(iteration) / name).unlink(missing_ok=True)
        self.write_logs()

    def save_partial(self, position: Position) -> None:
        """Save the state within an iteration, in place of an older one.

        Args:
            position: The state of training.

        Raises:
            SaveError: The file system refuses; the finished iterations are intact.
        """
        write_folder(self.path / "partial", _position_files(position), replace=True)

    def write_logs(self) -> None:
        """Make history.jsonl and samples.jsonl say what the iterations' reports say."""
        reports = [self.report(iteration) for iteration in self.iterations()]
        logs = {
            "history.jsonl": [report["history"] for report in reports],
            "samples.jsonl": [
                {"iteration": report["history"]["iteration"], **sample}
                for report in reports
                for sample in report["samples"]
            ],
        }
        for name, lines in logs.items():
            content = b"".join(to_json(line, indent=None) for line in lines)
            path = self.path / name
            if not path.is_file() or path.read_bytes() != content:
                write_file(path, content)

    def _iteration(self, iteration: int) -> Path:
        return self.path / "iterations" / f"{iteration:04d}"

    def _json(self, name: str) -> Any:
        try:
            return json.loads(self.read(name))
        except (ValueError, RecursionError) as error:
            raise DamagedRunError(f"{self.path / name} is not JSON ({error}); restore it from a copy") from error

    def _tensors(self, folder: Path, name: str) -> dict[str, Any]:
        path = folder / f"{name}.safetensors"
        check(path)
        return read_tensors(path)

    def _state(self, folder: Path) -> dict[str, Any]:
        path = folder / "state.json"
        state: dict[str, Any] = self._json(str(path.relative_to(self.path)))
        whole = ("iteration", "batches", "plan", "patient_since")
        wanted = dict.fromkeys(whole, int) | dict.fromkeys(("loss_sum", "seconds"), float)
        for key, kind in wanted.items():
            if not isinstance(state, dict) or not isinstance(state.get(key), kind):
                raise DamagedRunError(f"{path} lacks a number for {key!r}; restore it from a copy")
        return state

    def _read_position(self, folder: Path) -> Position:
        state = self._state(folder)
        snapshot = Snapshot(
            self._tensors(folder, "weights"),
            self._tensors(folder, "optimizer"),
            self._tensors(folder, "carry"),
            state["batches"],
            state["loss_sum"],
            state["seconds"],
        )
        return Position(snapshot, state["iteration"], _plan(state))


def _plan(state: dict[str, Any]) -> Plan:
    return Plan(state["plan"], state["patient_since"])


def _position_files(position: Position) -> dict[str, bytes]:
    snapshot = position.snapshot
    state = {
        "iteration": position.iteration,
        "batches": snapshot.batches,
        "loss_sum": snapshot.loss_sum,
        "seconds": snapshot.seconds,
        "plan": position.plan.iterations,
        "patient_since": position.plan.patient_since,
    }
    return {
        "weights.safetensors": pack(snapshot.weights),
        "optimizer.safetensors": pack(snapshot.optimizer),
        "carry.safetensors": pack(snapshot.carry),
        "state.json": to_json(state),
    }
