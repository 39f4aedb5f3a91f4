"""What has to be known about a network to use it elsewhere: the same JSON in every format."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypeAlias

from chargen import __version__
from chargen.cells import CELLS
from chargen.network import ModelConfig
from chargen.text.run import Run

About: TypeAlias = Mapping[str, Any]

# Where the JSON is: a file of a folder or archive, or a text under a key.
FILE = "chargen.json"
KEY = "chargen"


def state_names(model: ModelConfig) -> dict[str, str]:
    """Name the states of a single step, in letters that every format takes.

    Args:
        model: The network's settings.

    Returns:
        For each layer and state the name of the input, and that of the output that goes back into it.
    """
    names = [f"layers_{index}_{state}" for index in range(model.layers) for state in CELLS[model.cell].states]
    return {name: f"next_{name}" for name in names}


def about(run: Run, iteration: int) -> About:
    """Tell what has to be known about a run's network.

    Args:
        run: The run.
        iteration: Whose network.

    Returns:
        What a JSON object can hold.
    """
    return {
        "chargen": __version__,
        "run": run.name,
        "iteration": iteration,
        "vocabulary": list(run.vocabulary.characters),
        "unknown": run.vocabulary.unknown,
        "states": state_names(run.model),
        "model": asdict(run.model),
        "recipe": run.training_config.recipe,
        "seqlen": run.training_config.seqlen,
        "normalising": asdict(run.normalising),
    }


def to_text(known: About) -> str:
    """Write it as JSON, in ASCII, which every format can keep."""
    return json.dumps(known, indent=1)
