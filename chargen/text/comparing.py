"""Text runs side by side: how well each predicts its text, and whether the texts are the same."""

from collections.abc import Sequence
from typing import Any

from chargen.learning.comparing import Comparison, best_line, figures_of, settings_of, side_by_side
from chargen.text.run import Run
from chargen.text.scoring import bits


def compare(runs: Sequence[Run]) -> Comparison:
    """Put text runs side by side.

    Args:
        runs: Two or more.

    Returns:
        What differs.

    Raises:
        DamagedRunError: A run cannot be read.
    """
    return side_by_side(
        {run.name: _settings(run) for run in runs}, {run.name: _figures(run) for run in runs}, cautions(runs)
    )


def _settings(run: Run) -> dict[str, Any]:
    """What a run is: each document by its name and content, wherever it came from."""
    documents = {
        f"corpus.documents.{number}": f"{document.name} ({document.part}, sha256 {document.sha256[:12]})"
        for number, document in enumerate(run.documents, start=1)
    }
    return settings_of(run) | documents


def _figures(run: Run) -> dict[str, Any]:
    best = best_line(run)
    test = best.get("test_loss")
    scores = {
        "bits per character, validation (also chose this iteration)": best.get("bits_per_character"),
        "bits per character, test": None if test is None else bits(test),
        "training loss, nats": best.get("loss"),
    }
    return figures_of(run, scores, "characters_per_second")


def cautions(runs: Sequence[Run]) -> list[str]:
    """Tell what makes the held-out figures of runs hard to compare: that they are of different texts."""
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
