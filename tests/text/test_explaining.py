"""What is told of a text, against the network's own scores and states."""

import json
import math
from collections.abc import Callable

import numpy as np
import pytest

from chargen import Run
from chargen.errors import ChargenError
from chargen.text.explaining import LONGEST, explain

TEXT = "Alice sees a rose."


def test_bits_and_likeliest_are_those_of_the_score(untrained: Callable[..., Run]) -> None:
    run = untrained()
    found = explain(run, TEXT)
    assert "".join(step.character for step in found.steps) == TEXT
    assert found.steps[0].bits is None
    scores = run.score(TEXT)[1:] / -math.log(2)
    np.testing.assert_allclose([step.bits or 0 for step in found.steps[1:]], scores, rtol=1e-4)
    for step, following in zip(found.steps, found.steps[1:], strict=False):
        chances = [chance for _, chance in step.likeliest]
        assert len(chances) == 3
        assert chances == sorted(chances, reverse=True)
        right = dict(step.likeliest).get(following.character)
        assert right is None or right == pytest.approx(2 ** -(following.bits or 0), rel=1e-4)


def test_a_network_of_windows_is_shown_as_it_reads(untrained: Callable[..., Run]) -> None:
    run = untrained(recipe="classic")
    found = explain(run, TEXT, unit=2)
    scores = run.score(TEXT)[1:] / -math.log(2)
    np.testing.assert_allclose([step.bits or 0 for step in found.steps[1:]], scores, rtol=1e-4)
    alone = explain(run, TEXT[-run.training_config.seqlen :], unit=2)  # what stood before is not seen any more
    assert found.steps[-1].activation == pytest.approx(alone.steps[-1].activation, rel=1e-5)
    assert found.steps[-1].gates == pytest.approx(alone.steps[-1].gates, rel=1e-5)


def test_units_and_gates(untrained: Callable[..., Run]) -> None:
    run = untrained(cell="lstm")
    each = [explain(run, TEXT, unit=unit) for unit in range(run.model.units)]
    means = explain(run, TEXT)
    held = np.array([[step.activation for step in one.steps] for one in each])
    assert means.unit == held.std(axis=1).argmax()
    assert not means.chosen
    assert means.activation == "tanh(c)"
    for place, step in enumerate(means.steps):
        assert step.gates.keys() == {"i", "f", "o"}
        for gate, value in step.gates.items():
            assert value == pytest.approx(np.mean([one.steps[place].gates[gate] for one in each]))
        own = each[means.unit].steps[place]
        assert own.activation == pytest.approx(math.tanh(own.states["c"]))
        assert own.states["h"] == pytest.approx(own.gates["o"] * own.activation, rel=1e-5)
    line = json.loads(json.dumps(means.to_json(), allow_nan=False))
    assert line["steps"][3]["likeliest"][0].keys() == {"character", "probability"}


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("", {}, "--text: nothing is left"),
        ("Ünknown", {}, "'Ü'"),
        ("a" * (LONGEST + 1), {}, "up to 2,000 are explained"),
        (TEXT, {"unit": 6}, "--unit is 6; it takes a whole number from 0 to 5"),
        (TEXT, {"unit": -1}, "--unit is -1"),
        (TEXT, {"layer": 1}, "--layer is 1; it takes a whole number from 0 to 0"),
    ],
)
def test_what_cannot_be_explained(
    untrained: Callable[..., Run], text: str, options: dict[str, int], message: str
) -> None:
    with pytest.raises(ChargenError, match=message):
        explain(untrained(), text, **options)
