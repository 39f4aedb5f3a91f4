"""What a run's folder holds, as far as it must not depend on faults."""

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.numpy import load_file

from chargen.runs import RunFolder
from chargen.runs.files import MANIFEST, TEMPORARY

# How long something took is not the same twice.
CLOCK = ("seconds", "characters_per_second")


@dataclass
class State:
    """A run as it must be after any fault.

    Args:
        weights: Digest of each tensor by iteration and key.
        newest: Digest of each tensor of the newest iteration's optimizer and carry, and where it stands.
        history: The line of history of each iteration, without times.
        samples: Every iteration's samples.
        logs: history.jsonl and samples.jsonl, by line, without times.
    """

    weights: dict[str, str] = field(default_factory=dict)
    newest: dict[str, Any] = field(default_factory=dict)
    history: dict[str, Any] = field(default_factory=dict)
    samples: dict[str, Any] = field(default_factory=dict)
    logs: dict[str, Any] = field(default_factory=dict)


def state(run: Path, forgiving: bool = False) -> State:
    """Read a run's folder, independently of chargen but for the list of iterations.

    Args:
        run: The folder.
        forgiving: Whether files of older iterations that are not whole are left out, and the logs.

    Returns:
        What it holds.
    """
    found = State()
    folders = [run / "iterations" / f"{number:04d}" for number in RunFolder(run).iterations()]
    thinned = [folder for folder in folders if not (folder / "weights.safetensors").exists()]
    for folder in folders:
        number = str(int(folder.name))
        if is_whole(folder / "weights.safetensors") or not (forgiving or folder in thinned):
            found.weights |= _tensors(folder / "weights.safetensors", number)
        if not forgiving or is_whole(folder / "report.json"):
            report = json.loads((folder / "report.json").read_bytes())
            found.history[number], found.samples[number] = _timeless(report["history"]), report["samples"]
    for folder in folders[-1:]:
        for name in ("optimizer", "carry"):
            found.newest |= _tensors(folder / f"{name}.safetensors", f"{int(folder.name)} {name}")
        found.newest["state"] = _timeless(json.loads((folder / "state.json").read_bytes()))
    for name in () if forgiving else ("history.jsonl", "samples.jsonl"):
        path = run / name
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        found.logs |= {f"{name} {number}": _timeless(json.loads(line)) for number, line in enumerate(lines)}
    return found


def differences(reference: Path, run: Path, forgiving: bool = False) -> list[str]:
    """Compare a run with an uninterrupted one.

    Weights that only the other run still has are no difference: a kill may come before older iterations are thinned.

    Args:
        reference: The uninterrupted run's folder.
        run: The other's.
        forgiving: Whether files of older iterations may be damaged, and the logs, which only people read.

    Returns:
        A line for each section that differs; nothing where all is the same.
    """
    try:
        wanted, found = state(reference), state(run, forgiving)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        return [f"{run} cannot be compared: {type(error).__name__}: {error}"]
    lines = []
    for section, values in vars(wanted).items():
        other = vars(found)[section]
        keys = {**values, **other}
        if forgiving and section != "newest":
            keys = other
        elif section == "weights":
            keys = values
        differing = [key for key in keys if values.get(key) != other.get(key)]
        if differing:
            lines.append(f"{run}: {len(differing)} of {len(values)} {section} differ, first {differing[0]}")
    return lines


def finished(run: Path) -> dict[int, str]:
    """List the finished iterations, each with what tells whether its weights were ever touched again."""
    marks = {}
    for number in RunFolder(run).iterations():
        path = run / "iterations" / f"{number:04d}" / "weights.safetensors"
        with suppress(FileNotFoundError):  # thinned, perhaps just now
            marks[number] = f"{_digest(path)} {path.stat().st_ino} {path.stat().st_mtime_ns}"
    return marks


def vanished(before: dict[int, str], run: Path) -> list[str]:
    """Tell which finished iterations were lost.

    Args:
        before: What `finished` found.
        run: The run's folder, later.

    Returns:
        A line for each that is gone or has other weights; older ones may have been thinned, as the end will show.
    """
    after, left = finished(run), RunFolder(run).iterations()
    changed = [number for number in before if number not in left or after.get(number, before[number]) != before[number]]
    return [f"{run}: iteration {number} was lost or changed" for number in changed]


def harmed(run: Path) -> list[str]:
    """Compare every file with its folder's manifest, but for what was being written when a process died.

    Args:
        run: The run's folder.

    Returns:
        A line for each file that is not what was saved. A file that a manifest names may be missing: older
        iterations keep no optimizer.
    """
    manifests = [path for path in run.rglob(MANIFEST) if TEMPORARY not in str(path.relative_to(run))]
    files = [manifest.with_name(name) for manifest in manifests for name in json.loads(manifest.read_bytes())]
    return [f"{path} is not what was saved" for path in files if path.exists() and not is_whole(path)]


def is_whole(path: Path) -> bool:
    """Tell whether a file is there and what its folder's manifest says."""
    try:
        manifest = json.loads(path.with_name(MANIFEST).read_bytes())
        return bool(manifest[path.name] == _digest(path))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def contents(folder: Path) -> dict[str, str]:
    """Digest every file of a folder, by its path within."""
    return {
        str(path.relative_to(folder)): _digest(path) if path.is_file() else "folder"
        for path in sorted(folder.rglob("*"))
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _tensors(path: Path, start: str) -> dict[str, str]:
    return {
        f"{start} {key}": f"{tensor.dtype} {tensor.shape} {hashlib.sha256(tensor.tobytes()).hexdigest()}"
        for key, tensor in load_file(path).items()
    }


def _timeless(value: Any) -> Any:
    if isinstance(value, list):
        return [_timeless(item) for item in value]
    if isinstance(value, dict):
        return {key: _timeless(item) for key, item in value.items() if key not in CLOCK}
    return value
