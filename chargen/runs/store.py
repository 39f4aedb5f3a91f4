"""The checkpoints folder: runs by name."""

import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chargen import __version__
from chargen.errors import DamagedRunError, RunError, UnknownRunError, did_you_mean
from chargen.runs.files import list_folder, remove_folder, saving, sync_folder, tidy, to_json, write_folder
from chargen.runs.folder import RunFolder
from chargen.runs.names import is_name, require_name
from chargen.runs.schema import SCHEMA

# Seconds after which a folder that is being made is nobody's any more.
ABANDONED = 3600


class Store:
    """The folder of all runs.

    Args:
        path: The folder; made when the first run is.
        on_notice: Told what is damaged in a run and what is used instead; a DamageWarning when left out.
    """

    def __init__(self, path: Path, on_notice: Callable[[str], None] | None = None) -> None:
        self.path = path
        self._on_notice = on_notice

    def names(self) -> list[str]:
        """List the runs' names, sorted."""
        return sorted(path.name for path in list_folder(self.path) if path.is_dir() and is_name(path.name))

    def create(
        self, kind: str, header: Mapping[str, Any], files: Mapping[str, bytes], name: str | None, default: str
    ) -> RunFolder:
        """Make a new run's folder.

        Args:
            kind: `text` or `series`.
            header: Sections of run.json; schema, kind, date and versions are added.
            files: Further files, by name.
            name: The name that the user chose; a taken one is an error.
            default: The name otherwise; a taken one gets the next number.

        Returns:
            The run, without iterations.

        Raises:
            RunError: The name is taken or no name.
            SaveError: The file system refuses.
        """
        whole = {
            "schema": SCHEMA,
            "kind": kind,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            **header,
            "versions": _versions(),
        }
        content = {"run.json": to_json(whole), **files}
        require_name(default if name is None else name)
        with saving(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        tidy(self.path, ABANDONED)
        number = 1
        while True:
            candidate = require_name(name if name is not None else default if number == 1 else f"{default}-{number}")
            number += 1
            try:
                write_folder(self.path / candidate, content)
            except FileExistsError as error:
                if name is not None:
                    raise RunError(
                        f"a run {name!r} exists in {self.path}: choose another name, go on with "
                        f"'chargen resume {name}', or remove it with 'chargen runs remove {name}'"
                    ) from error
            else:
                return RunFolder(self.path / candidate, self._on_notice)

    def open(self, name: str | None, kind: str | None = None) -> RunFolder:
        """Find a run.

        Args:
            name: Its name; the most recently trained of its kind when left out.
            kind: `text` or `series`: the kind that the command can use; any when left out.

        Returns:
            The run.

        Raises:
            UnknownRunError: No such run.
            RunError: The run is of another kind.
            DamagedRunError: Its run.json is missing or changed.
        """
        if name is None:
            return self._latest(kind)
        names = self.names()
        if name not in names:
            near = did_you_mean(name, names)
            raise UnknownRunError(f"no run {name!r} in {self.path}/{near}; list them with 'chargen runs list'")
        run = RunFolder(self.path / name, self._on_notice)
        if kind is not None and run.header()["kind"] != kind:
            raise RunError(
                f"run {name!r} is a {run.header()['kind']} run, this command takes a {kind} run; "
                "list them with 'chargen runs list'"
            )
        return run

    def remove(self, name: str) -> None:
        """Remove a run for good.

        Args:
            name: Its name.

        Raises:
            UnknownRunError: No such run.
            RunError: It is being trained.
            SaveError: The file system refuses.
        """
        remove_folder(self._at_rest(name).path)

    def rename(self, name: str, new: str) -> None:
        """Give a run another name.

        Args:
            name: Its name.
            new: The new one.

        Raises:
            UnknownRunError: No such run.
            RunError: It is being trained, or the new name is taken or no name.
            SaveError: The file system refuses.
        """
        run, target = self._at_rest(name), self.path / require_name(new)
        if target.exists():
            raise RunError(f"a run {new!r} exists in {self.path}; choose another name")
        with saving(target):
            run.path.rename(target)
            sync_folder(self.path)

    def _at_rest(self, name: str) -> RunFolder:
        run = self.open(name)
        if run.is_training():
            raise RunError(f"run {name!r} is being trained; stop that with Ctrl-C there, then try again")
        return run

    def _latest(self, kind: str | None) -> RunFolder:
        runs = [RunFolder(self.path / name, self._on_notice) for name in self.names()]
        for run in sorted(runs, key=RunFolder.trained, reverse=True):
            with suppress(DamagedRunError):  # a folder that is no run, or no more, hides none that is one
                if run.header()["kind"] == kind or kind is None:
                    return run
        command = "chargen train alice.txt" if kind != "series" else "chargen forecast train sunspots"
        raise UnknownRunError(f"no {kind + ' ' if kind else ''}run in {self.path}/ yet; make one with '{command}'")


def _versions() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version  # slow to load, and sampling needs none

    versions = {"chargen": __version__, "python": platform.python_version()}
    for package in ("tensorflow", "keras", "numpy"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "not installed"
    return versions
