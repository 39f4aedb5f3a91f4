"""Runs side by side: what differs in their settings, and what came of it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from chargen.runs import Line, best_iteration
from chargen.text.run import Run
from chargen.text.scoring import bits

# Where a run was made and how it is saved, not what it is.
_CIRCUMSTANCES = ("schema", "created", "versions", "saving")


@dataclass(frozen=True)
class Comparison:
    """Runs side by side.

    Args:
        settings: A row for each setting that differs: its name, and the value by run.
        figures: A row for each figure: its name, and the value by run.
        cautions: What makes the figures hard to compare; empty where nothing does.
    """

    settings: list[dict[str, Any]]
    figures: list[dict[str, Any]]
    cautions: list[str]


def compare(runs: Sequence[Run]) -> Comparison:
    """Put runs side by side.

    Args:
        runs: Two or more.

    Returns:
        What differs.

    Raises:
        DamagedRunError: A run cannot be read.
    """
    settings = {run.name: _settings(run) for run in runs}
    names = dict.fromkeys(name for values in settings.values() for name in values)
    rows = [{"setting": name} | {run: values.get(name) for run, values in settings.items()} for name in names]
    figures = {run.name: _figures(run) for run in runs}
    kinds = dict.fromkeys(kind for values in figures.values() for kind in values)
    return Comparison(
        [row for row in rows if len({repr(value) for key, value in row.items() if key != "setting"}) > 1],
        [{"figure": kind} | {run: values[kind] for run, values in figures.items()} for kind in kinds],
        _cautions(runs),
    )


def flatten(header: Mapping[str, Any]) -> dict[str, Any]:
    """Write the settings of run.json as one row each.

    Args:
        header: The settings by section.

    Returns:
        Values by `section.setting`; each document of the corpus has a row.
    """
    flat: dict[str, Any] = {}
    for section, values in header.items():
        for key, value in values.items() if isinstance(values, Mapping) else [("", values)]:
            name = f"{section}.{key}" if key else section
            if key == "documents" and isinstance(value, list):
                flat |= {f"{name}.{number}": item for number, item in enumerate(value, start=1)}
            else:
                flat[name] = value
    return flat


def _settings(run: Run) -> dict[str, Any]:
    """What a run is: each document by its name and content, wherever it came from."""
    header = {section: values for section, values in run.folder.header().items() if section not in _CIRCUMSTANCES}
    documents = {
        f"corpus.documents.{number}": f"{document.name} ({document.part}, sha256 {document.sha256[:12]})"
        for number, document in enumerate(run.documents, start=1)
    }
    return flatten(header) | documents


def _figures(run: Run) -> dict[str, Any]:
    history = run.history
    best: Line = next((line for line in history if line["iteration"] == best_iteration(history)), {})
    seconds = sum(line["seconds"] for line in history)
    test = best.get("test_loss")
    return {
        "iterations": len(history),
        "best iteration": best.get("iteration"),
        "bits per character, validation (also chose this iteration)": best.get("bits_per_character"),
        "bits per character, test": None if test is None else bits(test),
        "training loss, nats": best.get("loss"),
        "parameters": sum(math.prod(shape) for shape in run.model.shapes().values()),
        "seconds of training": round(seconds, 1),
        "characters per second": round(median(line["characters_per_second"] for line in history)) if history else None,
    }


def _cautions(runs: Sequence[Run]) -> list[str]:
    cautions = []
    for part in ("validation", "test"):
        texts = {run.name: run.vocabulary.decode(getattr(run.parts, part).ids) for run in runs}
        held = {name: text for name, text in texts.items() if text}
        if len(set(held.values())) > 1:
            lengths = ", ".join(f"{name} {len(text):,} characters" for name, text in held.items())
            cautions.append(
                f"the {part} figures are of different texts ({lengths}): another book, other shares held out or "
                "another way of normalising; they do not tell which network is better"
            )
    return cautions
