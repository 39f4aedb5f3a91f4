"""Reproductions: what they read of the published figures, whose runs they take up again, what they tell their user."""

import importlib
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from chargen.errors import DamagedRunError, RunError, SaveError, UnknownRunError

SCRIPTS = Path(__file__).parents[1] / "scripts" / "reproduce"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(SCRIPTS)

    def load(name: str) -> ModuleType:
        return importlib.import_module(name)

    return load


def test_every_trial_of_alice_has_a_published_loss(script: Any) -> None:
    alice = script("alice")
    found = {trial["trial"]: (trial["iterations"], *alice.last_published(trial)) for trial in alice.TRIALS}
    assert len(found) == 10
    assert found[5] == (40, 40, 1.2051)
    assert found.pop(9) == (25, 20, 1.2695)  # the source has no loss of its last iterations
    assert all(iterations == last for iterations, last, _ in found.values())


def test_months_of_the_tutorial(script: Any) -> None:
    sunspots = script("sunspots")
    # Of 2,820 months: windows of 12 leave 187 to learn from and 46 to test.
    learnt, held = (sunspots.months(part, 12).places[0] for part in ((0, 2256), (2256, 2820)))
    assert (len(learnt), len(held), learnt[0], held[0]) == (187, 46, 12, 2268)
    assert [sunspots.verdict(0.1, ours) for ours in ([0.09, 0.1], [0.02, 0.03], [0.02])] == [
        "yes",
        "not reproduced",
        "—",
    ]


def test_what_is_taken_up_again(script: Any) -> None:
    trained = script("reproducing").trained
    run = SimpleNamespace(name="mine", done=1, plan=SimpleNamespace(iterations=1))

    def fail(error: Exception) -> Any:
        raise error

    assert trained(lambda: fail(UnknownRunError("none")), lambda: run, iter, lambda _: True) is run
    with pytest.raises(DamagedRunError):  # not made anew, under a name that is taken
        trained(lambda: fail(DamagedRunError("damaged")), lambda: run, iter, lambda _: True)
    with pytest.raises(RunError, match="run 'mine' of an earlier call learns from another file"):
        trained(lambda: run, lambda: run, iter, lambda _: False)


def test_what_a_user_may_get_wrong(script: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reproducing = script("reproducing")
    parser = reproducing.options("What it does.", 3)
    for seeds in ("0", "-1", "two"):
        with pytest.raises(SystemExit, match="2"):
            parser.parse_args(["--seeds", seeds])
        assert f"'{seeds}' is not a whole number from 1 up" in capsys.readouterr().err
    given = parser.parse_args(["--quick", "-o", str(tmp_path / "all")])
    assert reproducing.folder_of(given, "ibm") == tmp_path / "all" / "ibm-quick"
    (tmp_path / "file").write_text("")
    given.output = tmp_path / "file"

    def main() -> None:
        reproducing.folder_of(given, "ibm")

    with pytest.raises(SaveError, match="ibm-quick cannot be made"):
        main()
    with pytest.raises(SystemExit, match=r"error: .*choose another place with --output"):
        reproducing.start(main)


def test_tables(script: Any) -> None:
    reproducing = script("reproducing")
    assert reproducing.spread([1.0, 3.0], 2) == f"2.00 ± {np.sqrt(2):.2f}"
    assert reproducing.spread([1.0], 2) == "1.00"
    assert reproducing.markdown(["a", "b"], [[1, "x"]]) == "| a | b |\n| --- | --- |\n| 1 | x |"
