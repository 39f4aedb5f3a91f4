"""The folder of one run: settings, texts, iterations."""

import os
import re
import secrets
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from chargen.config import from_json
from chargen.errors import DamagedRunError, DamageWarning, SaveError
from chargen.runs.files import (
    LARGEST,
    MANIFEST,
    check,
    faults,
    list_folder,
    read_checked,
    read_json,
    read_manifest,
    remove_folder,
    saving,
    tidy,
    to_json,
    to_manifest,
    write_file,
    write_folder,
)
from chargen.runs.lock import LOCK, is_locked, locked
from chargen.runs.logs import write_logs
from chargen.runs.position import Line, Plan, Position, State, best_iteration, require_line
from chargen.runs.schema import upgrade
from chargen.runs.tensors import pack, read_tensors
from chargen.snapshot import Snapshot
from chargen.types import Tensors

SPARE = "spare"
INITIAL = "initial.safetensors"
STATE = ("state.json", "optimizer.safetensors", "carry.safetensors")
WEIGHTS = "weights.safetensors"
# Iterations that training could go on from if the newest were damaged; the best is kept beside them.
STATES_KEPT = 2
# What the manifest of an iteration lists, thinned or not, and that of a save within one.
LISTED = (
    {"report.json"},
    {"report.json", WEIGHTS},
    {"report.json", WEIGHTS, *STATE},
    {WEIGHTS, *STATE},
)
Content = TypeVar("Content")


class RunFolder:
    """A run's folder.

    Whatever in it is damaged is told once and done without where something else serves: the spare copy of a file, an
    older state of training.

    Attributes:
        largest: Bytes that a file of tensors may have; whoever knows the network knows better.

    Args:
        path: The folder.
        on_notice: Told what is damaged and what is used instead; a DamageWarning when left out.
    """

    def __init__(self, path: Path, on_notice: Callable[[str], None] | None = None) -> None:
        self.path = path
        self.name = path.name
        self.on_notice = on_notice or _warn
        self.largest = LARGEST
        self._told: set[str] = set()
        self._reports: dict[int, dict[str, Any]] = {}

    def tell(self, damage: DamagedRunError, instead: str) -> None:
        """Tell what is damaged, once.

        Args:
            damage: What was found.
            instead: What is done about it.
        """
        message = f"{str(damage).rpartition(';')[0] or damage}; {instead}"
        if message not in self._told:
            self._told.add(message)
            self.on_notice(message)

    def header(self) -> dict[str, Any]:
        """Read run.json: kind, settings, corpus, versions.

        Returns:
            The settings by section, as the newest schema has them.

        Raises:
            DamagedRunError: It is missing, changed, or of a newer schema.
        """
        return self._read("run.json", lambda path: upgrade(read_json(path), path))

    def read(self, name: str) -> bytes:
        """Read one of the files written when the run was made, checked by its sha256.

        Args:
            name: `corpus.txt` and the like.

        Returns:
            Its content.

        Raises:
            DamagedRunError: It is missing or changed.
        """
        return self._read(name, read_checked)

    def initial(self) -> Tensors | None:
        """Read the weights that the run starts from; None where chance makes them.

        Raises:
            DamagedRunError: The file is missing or changed.
        """
        listed = self._read(MANIFEST, lambda path: read_manifest(path.parent))
        return self._read(INITIAL, self._tensors) if INITIAL in listed else None

    def iterations(self) -> list[int]:
        """List the finished iterations, from the oldest."""
        return _numbers(self.path / "iterations")

    def report(self, iteration: int) -> dict[str, Any]:
        """Read an iteration's report: its line of history, its samples.

        Args:
            iteration: Its number.

        Returns:
            {"history": {...}, "samples": [...]}.

        Raises:
            DamagedRunError: It is missing or changed.
        """
        if iteration not in self._reports:
            path = self._iteration(iteration) / "report.json"
            report = read_json(path)
            samples = report.get("samples") if isinstance(report, dict) else None
            if not isinstance(samples, list) or not all(isinstance(sample, dict) for sample in samples):
                raise DamagedRunError(f"{path} has no samples; restore it from a copy")
            require_line(report.get("history"), str(path))
            try:
                to_json(samples)
            except (ValueError, RecursionError) as error:
                raise DamagedRunError(
                    f"{path} has samples that are no text ({error}); restore it from a copy"
                ) from error
            self._reports[iteration] = report
        return self._reports[iteration]

    def reports(self) -> list[dict[str, Any]]:
        """Read the reports of all iterations, from the oldest; damaged ones are told and left out."""
        reports = []
        for iteration in self.iterations():
            try:
                reports.append(self.report(iteration))
            except DamagedRunError as damage:
                self.tell(damage, f"the samples of iteration {iteration} are lost")
        return reports

    def history(self) -> list[Line]:
        """Read the line of history of each iteration, from the oldest."""
        lines: dict[int, Line] = {}
        for _, state in self._states()[:1]:
            lines = {line["iteration"]: line for line in state.history}
        for iteration in self.iterations():
            if iteration not in lines:
                try:
                    lines[iteration] = self.report(iteration)["history"]
                except DamagedRunError as damage:
                    self.tell(damage, f"the figures of iteration {iteration} are lost")
        for iteration in sorted(lines.keys() - set(self.iterations())):
            self.tell(DamagedRunError(f"{self._iteration(iteration)} is missing"), f"iteration {iteration} is skipped")
        return [lines[iteration] for iteration in sorted(lines)]

    def best(self) -> int | None:
        """Find the iteration of the lowest validation loss; without validation the newest; None without any."""
        return best_iteration(self.history())

    def with_weights(self) -> list[int]:
        """List the iterations whose weights are kept, from the oldest."""
        kept = []
        for iteration in self.iterations():
            try:
                if WEIGHTS in _listed(self._iteration(iteration)):
                    kept.append(iteration)
            except DamagedRunError as damage:
                self.tell(damage, f"iteration {iteration} is skipped")
        return kept

    def weights(self, iteration: int) -> Mapping[str, Any]:
        """Read the weights of an iteration.

        Args:
            iteration: Its number.

        Returns:
            Arrays by key.

        Raises:
            DamagedRunError: The file is missing or changed.
        """
        return self._tensors(self._iteration(iteration) / WEIGHTS)

    def position(self) -> Position | None:
        """Read where training stands: the newest state that is whole, within an iteration or at the end of one.

        Returns:
            The state of training; None when nothing is saved yet, or so little that it is soon trained again.

        Raises:
            DamagedRunError: None is whole of so many states that only the user can tell what to do.
        """
        for folder, state in self._states():
            try:
                return self._position(folder, state)
            except DamagedRunError as damage:
                self._skip(folder, damage)
        if self.iterations() or self.has_partial():
            nothing = DamagedRunError(
                f"no state of run {self.name!r} is whole, so training cannot go on from it; restore it from a copy, or "
                f"start from its weights with 'chargen resume {self.name} --fork NEW-NAME'"
            )
            if len(self.iterations()) > STATES_KEPT:
                raise nothing
            self.tell(nothing, "it begins anew")
        return None

    def has_partial(self) -> bool:
        """Tell whether a state within an iteration is saved."""
        return bool(_numbers(self.path / "partial"))

    def plan(self) -> Plan | None:
        """Read how long the run is to train; None when nothing is saved yet."""
        for _, state in self._states():
            return Plan(state.plan, state.patient_since)
        return None

    def size(self) -> int:
        """Add up the bytes of all files."""
        total = 0
        for folder, _, names in os.walk(self.path):
            for name in names:
                with suppress(OSError):  # a writer may just have removed it
                    total += os.lstat(Path(folder, name)).st_size
        return total

    def trained(self) -> datetime:
        """Tell when the run was last saved, or made: when something last came into its folders."""
        times = [0.0]
        for path in (self.path, self.path / "iterations", self.path / "partial"):
            with suppress(OSError):  # a writer may just have removed it
                times.append(path.stat().st_mtime)
        return datetime.fromtimestamp(max(times), UTC)

    def faults(self, contents: bool = True) -> list[DamagedRunError]:
        """Check every file of the run.

        Args:
            contents: Whether the files are read, or only looked for.

        Returns:
            What is wrong, file by file; empty when all is whole.
        """
        folders = [folder for folder in (self.path, self.path / SPARE) if folder.is_dir()]
        for name in ("iterations", "partial"):
            folders += [self.path / name / f"{number:04d}" for number in _numbers(self.path / name)]
        found = {folder: faults(folder, self.largest, contents, self._unlisted()) for folder in folders}
        return [damage for folder, damages in found.items() if folder.exists() for damage in damages]

    def _unlisted(self) -> tuple[str, ...]:
        """Tell which files may be missing although a manifest lists them: schema 1 thinned without telling it."""
        with suppress(DamagedRunError):
            header = self._read("run.json", read_json)
            return STATE if isinstance(header, dict) and header.get("schema") == 1 else ()
        return ()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the run's only writer while the block runs; readers are never kept waiting.

        What an earlier writer left unfinished is removed, and a damaged file that has a spare copy is made whole. A
        process that dies lets go by itself.

        Raises:
            RunError: Another process, or another training in this one, writes the run.
            DamagedRunError: A folder of the run leads out of it.
            SaveError: The file system refuses.
        """
        for name in (LOCK, SPARE, "iterations", "partial"):
            if (self.path / name).is_symlink():
                raise DamagedRunError(f"{self.path / name} is a link that leads out of the run; replace it by a copy")
        with locked(self.path):
            for folder in (self.path, self.path / "iterations", self.path / "partial"):
                tidy(folder)
            self._mend()
            if self.iterations():
                write_logs(self.path, self.history(), self.reports())  # a process may have died before it did
            yield

    def is_training(self) -> bool:
        """Tell whether somebody writes the run just now."""
        return is_locked(self.path)

    def set_aside(self, after: int) -> None:
        """Move iterations that training cannot go on from out of the way of those that follow; nothing is removed.

        Args:
            after: The iteration from which training goes on.

        Raises:
            SaveError: The file system refuses.
        """
        for iteration in self.iterations():
            if iteration > after:
                path = self._iteration(iteration)
                aside = path.with_name(f"aside-{path.name}-{secrets.token_hex(4)}")
                with saving(path):
                    path.rename(aside)
                self.on_notice(f"iteration {iteration} is trained again; the old one is kept as {aside}")
                self._reports.pop(iteration, None)

    def save_iteration(self, position: Position, report: Mapping[str, Any], keep: int = 0) -> None:
        """Save a finished iteration, then thin older ones.

        The newest two and the best keep all that training needs; the newest `keep` and the best keep their weights;
        every iteration keeps its report.

        Args:
            position: The state of training at its end.
            report: {"history": {...}, "samples": [...]}.
            keep: Iterations whose weights are kept; 0 for all.

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
        self._reports[position.iteration] = dict(report)
        remove_folder(self.path / "partial")
        iterations, best = self.iterations(), best_iteration(position.history)
        self._thin([number for number in iterations[:-STATES_KEPT] if number != best], STATE)
        if keep:
            self._thin([number for number in iterations[:-keep] if number != best], (*STATE, WEIGHTS))
        write_logs(self.path, position.history, self.reports())

    def save_partial(self, position: Position) -> None:
        """Save the state within an iteration, then remove the one before.

        Args:
            position: The state of training.

        Raises:
            SaveError: The file system refuses; what was saved before is intact.
        """
        folder = self.path / "partial"
        older = _numbers(folder)
        write_folder(folder / f"{max(older, default=0) + 1:04d}", _position_files(position))
        for number in older:
            remove_folder(folder / f"{number:04d}")

    def _thin(self, iterations: list[int], names: tuple[str, ...]) -> None:
        """Remove files of iterations, from the manifest first: what it does not list was not lost by accident."""
        for iteration in iterations:
            folder = self._iteration(iteration)
            if not any((folder / name).exists() for name in names):
                continue
            with suppress(DamagedRunError):  # what is damaged is left as it is
                manifest = read_manifest(folder)
                write_file(folder / MANIFEST, to_json({key: manifest[key] for key in manifest if key not in names}))
                with saving(folder):
                    for name in names:
                        (folder / name).unlink(missing_ok=True)

    def _mend(self) -> None:
        """Make the files of the run's making and their spare copies whole from one another."""
        spare = self.path / SPARE
        broken = [folder for folder in (self.path, spare) if faults(folder, self.largest)]
        if broken == [self.path]:
            files = {name: read_checked(spare / name) for name in read_manifest(spare)}
            for name, content in {**files, MANIFEST: to_manifest(files)}.items():
                write_file(self.path / name, content)
        elif broken == [spare]:
            remove_folder(spare)
            write_folder(spare, {name: read_checked(self.path / name) for name in read_manifest(self.path)})

    def _read(self, name: str, reader: Callable[[Path], Content]) -> Content:
        try:
            return reader(self.path / name)
        except DamagedRunError as damage:
            if (self.path / SPARE).is_symlink():
                raise
            try:
                content = reader(self.path / SPARE / name)
            except DamagedRunError:
                raise damage from None
            self.tell(damage, "its spare copy is used")
            return content

    def _states(self) -> list[tuple[Path, State]]:
        """Read the states of training that are saved, from the newest; damaged ones are told and left out."""
        found = []
        for name in ("partial", "iterations"):
            for number in reversed(_numbers(self.path / name)):
                folder = self.path / name / f"{number:04d}"
                try:
                    if "state.json" in _listed(folder):
                        path = folder / "state.json"
                        found.append((folder, from_json(State, read_json(path), str(path))))
                except DamagedRunError as damage:
                    self._skip(folder, damage)
        # At the same batch a finished iteration is newer than what led to it; a save that follows it is newer still.
        return sorted(found, key=lambda save: (save[1].batches, save[1].iteration), reverse=True)

    def _skip(self, folder: Path, damage: DamagedRunError) -> None:
        # A writer may just have removed or thinned it.
        with suppress(DamagedRunError):
            if not folder.exists() or "state.json" not in _listed(folder):
                return
        self.tell(damage, f"the state of training in {folder.relative_to(self.path)} is skipped")

    def _position(self, folder: Path, state: State) -> Position:
        weights, optimizer, carry = (
            self._tensors(folder / f"{name}.safetensors") for name in ("weights", "optimizer", "carry")
        )
        snapshot = Snapshot(weights, optimizer, carry, state.batches, state.loss_sum, state.seconds)
        history = state.history
        if len(history) < state.iteration:  # schema 1
            history = tuple(line for line in self.history() if line["iteration"] <= state.iteration)
        return Position(snapshot, state.iteration, Plan(state.plan, state.patient_since), history)

    def _tensors(self, path: Path) -> Tensors:
        check(path, self.largest)
        return read_tensors(path)

    def _iteration(self, iteration: int) -> Path:
        return self.path / "iterations" / f"{iteration:04d}"


def _numbers(folder: Path) -> list[int]:
    """List the numbered folders in a folder, in order."""
    if folder.is_symlink():
        raise DamagedRunError(f"{folder} is a link that leads out of the run; replace it by a copy")
    names = [
        path.name
        for path in list_folder(folder)
        if re.fullmatch(r"\d{4,18}", path.name, re.ASCII) and path.is_dir() and not path.is_symlink()
    ]
    return sorted(int(name) for name in names if name == f"{int(name):04d}" and int(name))


def _listed(folder: Path) -> set[str]:
    """Read which files an iteration has; a name that was changed must not pass for one that was thinned."""
    names = set(read_manifest(folder))
    if names not in LISTED:
        raise DamagedRunError(f"{folder / MANIFEST} lists other files than were saved; restore it from a copy")
    return names


def _position_files(position: Position) -> dict[str, bytes]:
    snapshot = position.snapshot
    return {
        WEIGHTS: pack(snapshot.weights),
        "optimizer.safetensors": pack(snapshot.optimizer),
        "carry.safetensors": pack(snapshot.carry),
        "state.json": to_json(asdict(State.of(position))),
    }


def _warn(message: str) -> None:
    warnings.warn(message, DamageWarning, stacklevel=2)
