"""Evaluations: the same figure as training printed, and what stands beside it."""

from collections.abc import Callable

import pytest

from chargen import Run
from chargen.text.evaluating import evaluate
from chargen.text.scoring import bits

Trained = Callable[..., Run]


@pytest.mark.parametrize("options", [{}, {"recipe": "classic"}, {"test": 0.2}], ids=["stream", "classic", "test"])
def test_the_figure_is_the_one_that_training_printed(trained: Trained, options: dict[str, object]) -> None:
    run = trained(**options)
    for iteration in ("best", 1):
        found = evaluate(run, iteration=iteration)
        line = run.history[found.iteration - 1]
        if options.get("test"):
            assert (found.part, found.bits) == ("test", bits(line["test_loss"]))
        else:
            assert found.bits == line["bits_per_character"]
            chose = "this" if found.iteration == run.folder.best() else "the best"
            assert found.part == f"validation (also chose {chose} iteration)"
    assert found.perplexity == pytest.approx(2**found.bits)
