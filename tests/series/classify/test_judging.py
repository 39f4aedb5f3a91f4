"""The comparison: who learns from what, what is told of it, and what cannot be compared."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chargen.errors import ChargenError, OptionError, SaveError, SeriesError
from chargen.series.classify import Sequences, contest
from chargen.series.classify.judging import Contest, Result, _result
from chargen.series.classify.scores import wilson
from tests.series.classify.sines import SMALL, sines


@pytest.fixture(scope="module")
def found() -> Contest:
    return contest(sines(51, classes=3), SMALL, seeds=2)


def test_everybody_is_scored_on_the_same_sequences(found: Contest) -> None:
    assert [result.row.model for result in found.results] == ["rnn", "majority", "nearest neighbour"]
    assert found.classes == ("quick", "slow", "wild")
    assert len(found.test) == 9
    assert sorted((*found.training.names, *found.test.names), key=int) == [str(number) for number in range(1, 52)]
    for result in found.results:
        row = result.row
        assert row.sequences == np.sum(row.confusion) == 9
        right = np.mean(np.array(result.told) == np.array(found.test.labels))
        assert np.trace(row.confusion) == 9 * right
        assert (row.accuracy_low, row.accuracy_high) == wilson(row.accuracy, 9)
        assert row.figures()["f1"] == row.f1
        if row.model != "rnn":
            assert (row.accuracy, row.accuracy_sd, result.probabilities) == (right, None, None)
    ours = found.results[0]
    assert ours.row.accuracy_sd is not None
    assert ours.row.accuracy == pytest.approx(ours.right.mean())
    assert ours.probabilities is not None
    assert ours.told == tuple(found.classes[place] for place in ours.probabilities.argmax(axis=1))


def test_the_random_seed_draws_the_test_part(found: Contest) -> None:
    again = contest(sines(51, classes=3), SMALL)
    assert again.test.names == found.test.names
    assert again.results[0].told == found.results[0].told
    np.testing.assert_array_equal(again.results[0].probabilities, found.results[0].probabilities)
    other = contest(sines(51, classes=3), SMALL | {"random_seed": 1, "iterations": 1})
    assert other.test.names != found.test.names


def test_who_learns_from_what(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    class Spy:
        """Notes what it is given."""

        def __init__(self, name: str = "spy", **options: Any) -> None:
            self.name, self.options, self.held = name, options, 0

        def fit(self, data: Sequences, held: Sequences | None = None) -> "Spy":
            seen[self.name] = data.values, held, self.options
            return self

        def predict(self, values: Any) -> tuple[str, ...]:
            return ("slow",) * len(values)

        def probabilities(self, values: Any) -> Any:
            return np.tile([0.2, 0.8], (len(values), 1))

    module = "chargen.series.classify.judging"
    monkeypatch.setattr(f"{module}.Classifier", Spy)
    monkeypatch.setattr(f"{module}.Majority", lambda: Spy("majority"))
    monkeypatch.setattr(f"{module}.NearestNeighbour", lambda: Spy("near"))
    data, held, asked = sines(12), sines(4, seed=1), sines(6, seed=2)
    told = contest(data, {}, test=asked, validation=held, name="net")
    assert seen["net"][:2] == (data.values, held)
    assert seen["near"][0] == seen["majority"][0] == data.values + held.values
    assert told.test is asked
    assert [result.row.accuracy for result in told.results] == [0.5] * 3
    contest(data, {"units": 3}, validation=0.3, name="net")
    assert seen["net"][2]["validation"] == 0.3
    assert seen["net"][2]["units"] == 3
    assert len(seen["near"][0]) == 10


def results(*right: list[int]) -> Contest:
    data = Sequences.of([[1.0]] * len(right[0]), "a" * len(right[0]))
    made = [
        _result(name, [tuple("ba"[hit] for hit in hits)], data, ("a", "b"), None)
        for name, hits in zip(("gru", "majority", "nearest neighbour"), right, strict=False)
    ]
    return Contest(("a", "b"), data, None, data, 0, tuple(made))


def test_verdicts() -> None:
    assert results([1] * 9 + [0], [0] * 10, [0] * 9 + [1]).verdict() == (
        "gru is better than nearest neighbour: accuracy 0.900 beside 0.100; of the 10 test sequences on which they "
        "differ it does better on 9 (sign test: p = 0.021)"
    )
    assert results([0] * 10, [1] * 10, [0] * 10).verdict().startswith("majority is better than gru: accuracy 1.000")
    doubtful = results([1, 1, 0], [0, 0, 0], [1, 0, 0]).verdict()
    assert doubtful.startswith("gru is ahead of nearest neighbour")
    assert doubtful.endswith("p = 1), which may be chance: more test sequences would tell")
    assert results([1, 0], [0, 1], [0, 0]).verdict() == "gru and majority are equally good: accuracy 0.500 beside 0.500"


def test_a_seed_that_fails_proves_nothing_of_the_others() -> None:
    contest = results([1] * 20, [0] * 20, [1] * 20)
    seeds = [("a",) * 20] * 4 + [("b",) * 20]
    ours = _result("gru", seeds, contest.test, ("a", "b"), None)
    assert replace(contest, results=(ours, *contest.results[1:])).verdict() == (
        "nearest neighbour is ahead of gru: accuracy 1.000 beside 0.800; of the 4 test sequences on which they differ "
        "it does better on 4, means over 5 seeds (sign test: twice the median p = 1), which may be chance: more test "
        "sequences would tell"
    )
    ours = _result("gru", seeds[::-1] + seeds[4:] * 5, contest.test, ("a", "b"), None)
    assert "is better than gru: accuracy 1.000 beside 0.400" in (
        replace(contest, results=(ours, *contest.results[1:])).verdict()
    )


def test_a_table_of_what_was_told(found: Contest, tmp_path: Path) -> None:
    found.to_csv(tmp_path / "told.csv")
    with (tmp_path / "told.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["sequence", "label", "told", "p(quick)", "p(slow)", "p(wild)"]
    ours: Result = found.results[0]
    assert [tuple(row[:3]) for row in rows] == list(zip(found.test.names, found.test.labels, ours.told, strict=True))
    np.testing.assert_array_equal([[float(cell) for cell in row[3:]] for row in rows], ours.probabilities)
    with pytest.raises(SaveError, match="--output"):
        found.to_csv(tmp_path / "nowhere" / "told.csv")


@pytest.mark.parametrize(
    ("data", "options", "told"),
    [
        (sines(), {"seeds": 0}, "--seeds is 0"),
        (sines(), {"test": 0.0}, "--test is 0.0; it takes a share above 0 and below 1, or a file"),
        (sines(), {"test": 1.0}, "--test is 1.0"),
        (sines(), {"validation": 1.5}, "--validation is 1.5"),
        (sines(), {"test": Sequences.of([[1]], ["wild"])}, "label 'wild'"),
        (Sequences.of([[1], [2], [3]], "aab"), {}, "one sequence of class 'b', and 2 are needed, one to be learnt"),
        (Sequences.of([[1], [2]], "aa"), {}, "one class"),
        (Sequences.of([[1], [2]], "aa"), {"test": sines()}, "one class"),
    ],
)
def test_what_cannot_be_compared(data: Sequences, options: dict[str, Any], told: str) -> None:
    with pytest.raises((OptionError, SeriesError), match=told):
        contest(data, SMALL, **options)


def test_random_seeds_that_are_none() -> None:
    with pytest.raises(ChargenError, match="--random-seed is -1"):
        contest(sines(), SMALL | {"random_seed": -1})
