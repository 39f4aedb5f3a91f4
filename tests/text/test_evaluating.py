"""Evaluations: the same figure as training printed, and what stands beside it."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from chargen import Run
from chargen.errors import CorpusError, RunError, SeedError
from chargen.text.evaluating import N_GRAMS, evaluate
from chargen.text.scoring import bits
from chargen.text.split import HeldOut

Trained = Callable[..., Run]


# One run of each recipe, the one with a test part, the other without.
STREAM: dict[str, Any] = {"test": 0.1}
CLASSIC: dict[str, Any] = {"recipe": "classic"}


@pytest.mark.parametrize("options", [STREAM, CLASSIC], ids=["stream", "classic"])
def test_the_figure_is_the_one_that_training_printed(trained: Trained, options: dict[str, Any]) -> None:
    run = trained(**options)
    for iteration in ("best", 1):
        found = evaluate(run, iteration=iteration)
        line = run.history[found.iteration - 1]
        if "test" in options:
            assert (found.part, found.bits) == ("test", bits(line["test_loss"]))
        else:
            assert found.bits == line["bits_per_character"]
            chose = "this" if found.iteration == run.folder.best() else "the best"
            assert found.part == f"validation (also chose {chose} iteration)"
    assert found.perplexity == pytest.approx(2**found.bits)


def test_what_is_told_of_the_held_out_part(trained: Trained) -> None:
    run = trained(**STREAM)
    told: list[str] = []
    found = evaluate(run, on_notice=told.append)
    held = run.vocabulary.decode(run.parts.test.ids)
    assert (found.characters, told) == (len(held), [])
    names = [baseline.name for baseline in found.baselines]
    assert names == [*N_GRAMS, "PPMd order 6", "PPMd order 16", "xz", "bz2"]
    assert all(0 <= baseline.bits < 20 for baseline in found.baselines)
    assert found.baselines[0].bits > found.baselines[2].bits
    for passage in (*found.hardest, *found.easiest):
        assert held[passage.start : passage.start + 60] == passage.text
    assert found.hardest[0].bits > found.bits > found.easiest[0].bits
    assert sum(each.count for each in found.calibration) == len(held)
    right = sum(each.count * each.observed for each in found.calibration if each.observed is not None)
    assert right / len(held) == pytest.approx(found.accuracy)
    assert 0 <= found.calibration_error <= 1
    assert all(each.longest in run.vocabulary.decode(run.parts.training.tail()) for each in found.novelty)
    best = min(found.baselines[:6], key=lambda baseline: baseline.bits)
    assert f"{abs(found.bits - best.bits):.3f} bits worse than the best n-gram ({best.name})" in found.verdict()
    again = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert (again["bits"], again["baselines"][0]["name"]) == (found.bits, "unigram")


def test_another_text_is_scored_as_a_held_out_one_would_be(trained: Trained) -> None:
    run = trained(**CLASSIC)
    held = run.vocabulary.decode(run.parts.validation.ids)
    found = evaluate(run, text=held)
    # The book's few sentences come again and again, so that pieces of the held-out part stand in the training part.
    assert found.part.endswith("about 100 % of it chose the best iteration)")
    assert found.bits == evaluate(run).bits
    told: list[str] = []
    read = evaluate(run, text="Alicé sees a rose.", unknown="nearest", on_notice=told.append)
    assert (read.characters, read.part) == (18, "text")
    assert (read.hardest[0].text, told) == ("Alice sees a rose.", ["--text: 'é' read as 'e'"])


def test_a_text_that_was_learnt_is_told(trained: Trained) -> None:
    run = trained(**STREAM)
    told: list[str] = []
    found = evaluate(run, text=run.text, on_notice=told.append)
    assert found.part.startswith("text (about ")
    assert "stands in the training part" in told[0]


def test_errors(trained: Trained) -> None:
    run = trained(**STREAM)
    for text in ("", " \n "):
        with pytest.raises(CorpusError, match=r"--text: nothing is left"):
            evaluate(run, text=text)
    with pytest.raises(SeedError, match=r"--text: .*'é' .*write 'e' for 'é', or let '--unknown nearest' do so"):
        evaluate(run, text="Alicé")
    nothing = HeldOut(run.parts.training.tail(500), run.parts.training.tail(0))
    run.__dict__["parts"] = replace(run.parts, validation=nothing, test=nothing)  # as `--validation 0` has it
    with pytest.raises(RunError, match="'chargen evaluate garden-gru --text FILE'"):
        evaluate(run)
    assert evaluate(run, text="A queen paints me.").part == "text"
