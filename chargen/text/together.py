"""What the machines that learn a text together have to agree on, and how one follows."""

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from chargen import __version__
from chargen.cluster import Facts, Link, Message
from chargen.text.learning import lessons
from chargen.text.run import Run

if TYPE_CHECKING:
    from chargen.cluster.collective import Collective

# Texts that are named one by one where they differ.
MOST_TEXTS = 1000


def facts(header: Mapping[str, Any]) -> Facts:
    """Gather what has to be the same on every machine.

    Args:
        header: The sections of run.json.

    Returns:
        Texts, options and versions, by what a user calls them.
    """
    found = {f"the version of {package}": version(package) for package in ("tensorflow", "keras", "numpy")}
    found["the version of chargen"] = __version__
    texts = [
        f"sha256 {document['sha256'][:16]}… ({document['characters']:,} characters, {document['part']})"
        for document in header["corpus"]["documents"]
    ]
    found["the number of texts"] = f"{len(texts):,}"
    found |= {f"text {number}": text for number, text in enumerate(texts[:MOST_TEXTS], start=1)}
    found["the texts altogether"] = f"sha256 {sha256(json.dumps(texts).encode()).hexdigest()[:16]}…"
    for section in ("normalising", "model", "training"):
        for key, value in header[section].items():
            if key not in ("towers", "outputs"):  # the chief's cores decide; the same as the inputs
                name = "the number of distinct characters" if key == "inputs" else f"--{key.replace('_', '-')}"
                found[name] = json.dumps(value)
    return found


def follow(run: Run, chief: Link, collective: "Collective", towers: int) -> Message:
    """Train along until the chief dismisses this worker; nothing of the run is written.

    Args:
        run: The run, or one made in the same way.
        chief: The connection to it.
        collective: What adds up over all workers.
        towers: Parts of a batch that all workers compute together.

    Returns:
        The chief's farewell.

    Raises:
        WorkerError: Somebody is gone, or the chief ended with an error.
    """
    from chargen.trainer.following import follow as train_along

    train = replace(run.training_config, towers=towers)
    return train_along(run.model, train, lessons(run), chief, collective)
