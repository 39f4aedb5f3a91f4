"""history.jsonl and samples.jsonl: what was reported, a line each, for people and scripts."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from chargen.errors import DamagedRunError
from chargen.runs.files import read_file, to_json, write_file
from chargen.runs.position import Line


def write_logs(folder: Path, history: Sequence[Line], reports: Sequence[Mapping[str, Any]]) -> None:
    """Make the logs say what was reported; what they have of a lost report stays.

    Args:
        folder: The run's folder.
        history: The line of history of each iteration.
        reports: The reports that are whole.

    Raises:
        SaveError: The file system refuses.
    """
    samples = {
        report["history"]["iteration"]: [
            {"iteration": report["history"]["iteration"], **sample} for sample in report["samples"]
        ]
        for report in reports
    }
    if any(line["iteration"] not in samples for line in history):
        samples = _logged_samples(folder) | samples
    logs = {
        "history.jsonl": history,
        "samples.jsonl": [sample for line in history for sample in samples.get(line["iteration"], [])],
    }
    for name, lines in logs.items():
        content = b"".join(to_json(line, indent=None) for line in lines)
        if _read(folder / name) != content:
            write_file(folder / name, content)


def _logged_samples(folder: Path) -> dict[int, list[Any]]:
    samples: dict[int, list[Any]] = {}
    for line in _read(folder / "samples.jsonl").splitlines():
        with suppress(ValueError, RecursionError, TypeError, KeyError):
            sample = json.loads(line)
            to_json(sample)
            samples.setdefault(int(sample["iteration"]), []).append(sample)
    return samples


def _read(path: Path) -> bytes:
    try:
        return read_file(path)
    except DamagedRunError:
        return b""
