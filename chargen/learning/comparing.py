"""Runs side by side: what differs in their settings, and what came of it."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from chargen.learning.run import LearningRun
from chargen.runs import Line, best_iteration

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


def side_by_side(
    settings: Mapping[str, Mapping[str, Any]], figures: Mapping[str, Mapping[str, Any]], cautions: Sequence[str]
) -> Comparison:
    """Put runs side by side.

    Args:
        settings: The settings of each run, by its name.
        figures: Its figures, the same ones for each run.
        cautions: What makes them hard to compare.

    Returns:
        The settings that differ, and all figures.
    """
    names = dict.fromkeys(name for values in settings.values() for name in values)
    rows = [{"setting": name} | {run: values.get(name) for run, values in settings.items()} for name in names]
    kinds = dict.fromkeys(kind for values in figures.values() for kind in values)
    return Comparison(
        [row for row in rows if len({repr(value) for key, value in row.items() if key != "setting"}) > 1],
        [{"figure": kind} | {run: values[kind] for run, values in figures.items()} for kind in kinds],
        list(cautions),
    )


def settings_of(run: LearningRun) -> dict[str, Any]:
    """Tell what a run is, but not where it was made or how it is saved.

    Args:
        run: The run.

    Returns:
        Values by `section.setting`.
    """
    return flatten(
        {section: values for section, values in run.folder.header().items() if section not in _CIRCUMSTANCES}
    )


def best_line(run: LearningRun) -> Line:
    """Find the line of history of a run's best iteration; empty without iterations."""
    history = run.history
    best = best_iteration(history)
    return next((line for line in history if line["iteration"] == best), {})


def figures_of(run: LearningRun, scores: Mapping[str, Any], speed: str) -> dict[str, Any]:
    """Tell what came of a run of any kind.

    Args:
        run: The run.
        scores: How good it is, as its kind measures that.
        speed: The key of history that tells how fast it learnt.

    Returns:
        Figures by name.
    """
    history = run.history
    return {
        "iterations": len(history),
        "best iteration": best_line(run).get("iteration"),
        **scores,
        "parameters": sum(math.prod(shape) for shape in run.model.shapes().values()),
        "seconds of training": round(sum(line["seconds"] for line in history), 1),
        speed.replace("_", " "): round(median(line[speed] for line in history)) if history else None,
    }


def flatten(header: Mapping[str, Any]) -> dict[str, Any]:
    """Write the settings of run.json as one row each.

    Args:
        header: The settings by section.

    Returns:
        Values by `section.setting`; each document of a corpus has a row.
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
