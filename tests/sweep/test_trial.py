"""Trials by setting."""

import csv

import pytest

from chargen.sweep.trial import Trial, rows, to_csv


def trial(number: int, cell: str, figure: float | None, **more: object) -> Trial:
    return Trial(number, f"s-{number}", {"cell": cell}, (number - 1) % 2, 1, figure, **more)  # type: ignore[arg-type]


def test_means_and_deviations_the_whole_ones_first() -> None:
    trials = [
        trial(1, "rnn", 3.0, test=2.0, seconds=1.0, parameters=7),
        trial(2, "rnn", 4.0, test=4.0, seconds=3.0, parameters=7),
        trial(3, "gru", 1.0),
        trial(4, "gru", None, failure="nan"),
        trial(5, "lstm", None, failure="nan"),
        trial(6, "lstm", None, failure="nan"),
        trial(7, "jordan", 2.0),
    ]
    made = rows(trials, 2)
    assert [row.options["cell"] for row in made] == ["rnn", "gru", "jordan", "lstm"]
    best = made[0]
    # By hand: the deviation of two numbers is their distance by the root of two.
    assert [best.figure, best.sd, best.test, best.test_sd] == pytest.approx([3.5, 0.5**0.5, 3.0, 2**0.5])
    assert (best.seconds, best.parameters) == (2.0, 7)
    assert (made[1].figure, made[1].sd, made[3].figure) == (1.0, None, None)


def test_a_table_of_trials() -> None:
    failed = trial(2, "a, b", None, failure='the "loss" is nan')
    lines = list(csv.DictReader(to_csv([trial(1, "rnn", 2.5, test=2.25), failed], ["cell"], "rmse").splitlines()))
    assert lines[0] == {
        "trial": "1",
        "run": "s-1",
        "cell": "rnn",
        "random_seed": "0",
        "iteration": "1",
        "validation_rmse": "2.5",
        "test_rmse": "2.25",
        "parameters": "",
        "seconds": "",
        "failure": "",
    }
    assert (lines[1]["cell"], lines[1]["failure"]) == ("a, b", 'the "loss" is nan')
