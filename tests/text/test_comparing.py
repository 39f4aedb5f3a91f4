"""Runs side by side: what differs, what came of it, what cannot be compared."""

from collections.abc import Callable

import pytest

from chargen import Run
from chargen.text.comparing import compare
from chargen.text.scoring import bits

Trained = Callable[..., Run]


def test_settings_that_differ_and_figures(trained: Trained) -> None:
    first, second = trained("first"), trained("second", units=7, temperature=[0.2, 1.0], test=0.0)
    comparison = compare([first, second])
    assert comparison.settings == [
        {"setting": "model.units", "first": 6, "second": 7},
        {"setting": "samples.temperature", "first": [0.5], "second": [0.2, 1.0]},
    ]
    figures = {row["figure"]: (row["first"], row["second"]) for row in comparison.figures}
    assert figures["iterations"] == (2, 2)
    assert figures["bits per character, test"] == (None, None)
    best = min(line["bits_per_character"] for line in second.history)
    assert figures["bits per character, validation (also chose this iteration)"][1] == best
    assert figures["parameters"][0] == sum(weight.size for weight in first.network().weights.values())
    assert comparison.cautions == []


def test_a_test_part_is_reported(trained: Trained) -> None:
    run = trained("first", test=0.1)
    figures = {row["figure"]: row["first"] for row in compare([run, trained("second", test=0.1)]).figures}
    best = next(line for line in run.history if line["iteration"] == run.folder.best())
    assert figures["bits per character, test"] == pytest.approx(bits(best["test_loss"]))


@pytest.mark.parametrize("options", [{"lowercase": True}, {"validation": 0.3}])
def test_different_texts_are_not_compared_without_saying_so(options: dict[str, object], trained: Trained) -> None:
    comparison = compare([trained("first"), trained("second", **options)])
    assert len(comparison.cautions) == 1
    assert comparison.cautions[0].startswith("the validation figures are of different texts (first ")


def test_nothing_held_out_is_no_different_text(trained: Trained) -> None:
    comparison = compare([trained("first"), trained("second", validation=0.0)])
    assert comparison.cautions == []
    figures = {row["figure"]: row["second"] for row in comparison.figures}
    assert figures["bits per character, validation (also chose this iteration)"] is None


def test_the_same_book_from_elsewhere_is_the_same(trained: Trained, tmp_path: object) -> None:
    first, second = trained("first"), trained("second")
    object.__setattr__(second.documents[0], "source", "elsewhere/garden.txt")
    assert compare([first, second]).settings == []


def test_a_run_without_iterations(trained: Trained) -> None:
    first = trained("first")
    figures = {row["figure"]: row["empty"] for row in compare([first, first.fork("empty")]).figures}
    assert figures["iterations"] == 0
    assert figures["best iteration"] is None
