"""What runs of both kinds have in common: a history that is whole, and iterations that can be picked."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chargen.errors import DamagedRunError, OptionError, RunError
from chargen.learning import LearningRun, require_history
from chargen.network import ModelConfig
from chargen.runs import Line, Plan, Position, SaveConfig, Store
from chargen.series.report import Report
from chargen.snapshot import Snapshot
from chargen.trainer import TrainConfig

MODEL = ModelConfig(inputs=1, outputs=1, cell="rnn", units=2)


class Plain(LearningRun):
    kind = "series"
    usage = "use it with 'chargen forecast predict {name}'"

    def _read_header(self, header: Mapping[str, Any], where: str) -> None:
        self.extra = header["extra"]

    def complete(self, history: Sequence[Line]) -> list[Line]:
        return list(history)


def made(path: Path, losses: Sequence[float | None], **header: Any) -> Plain:
    """A run whose weights are all the iteration's number."""
    sections = {"model": asdict(MODEL), "training": asdict(TrainConfig(iterations=9, patience=2)), "extra": 1}
    folder = Store(path).create("series", sections | {"saving": asdict(SaveConfig())} | header, {}, "mine", "mine")
    lines: list[Line] = []
    for iteration, loss in enumerate(losses, start=1):
        lines.append({"iteration": iteration, "loss": 1.0, "validation_loss": loss})
        weights = {key: np.full(shape, iteration, np.float32) for key, shape in MODEL.shapes().items()}
        position = Position(Snapshot(weights, batches=iteration), iteration, Plan(9), tuple(lines))
        folder.save_iteration(position, {"history": lines[-1], "samples": []})
    return Plain(folder)


@pytest.mark.parametrize(
    ("losses", "iteration", "expected"),
    [
        ([3.0, 1.0, 2.0], "best", 2),
        ([3.0, 1.0, 2.0], "last", 3),
        ([3.0, 1.0, 2.0], 1, 1),
        ([None, None], "best", 2),
        ([None, 5.0, None], "best", 2),
    ],
)
def test_picking(losses: Sequence[float | None], iteration: int | str, expected: int, tmp_path: Path) -> None:
    number, network = made(tmp_path, losses).pick(iteration)
    assert number == expected
    assert float(network.weights["readout.bias"][0]) == expected


def test_the_next_best_stands_in_for_damaged_weights(tmp_path: Path) -> None:
    run = made(tmp_path, [3.0, 1.0, 2.0])
    notices: list[str] = []
    run.folder.on_notice = notices.append
    for iteration in (2, 3):
        (run.folder.path / "iterations" / f"{iteration:04d}" / "weights.safetensors").write_bytes(b"")
    assert run.pick("best")[0] == run.pick("last")[0] == 1
    assert [f"iteration {number} is skipped" in notices[place] for place, number in enumerate((2, 3))] == [True, True]
    with pytest.raises(DamagedRunError):
        run.pick(2)


@pytest.mark.parametrize("iteration", ["newest", 0, -1, 1.5, None])
def test_iterations_that_make_no_sense(iteration: Any, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"--iteration is .*; it takes best, last or 1 to 2"):
        made(tmp_path, [1.0, 2.0]).pick(iteration)
    with pytest.raises(RunError, match="has no weights of iteration 7"):
        Plain(Store(tmp_path).open("mine")).pick(7)


def test_patience(tmp_path: Path) -> None:
    assert made(tmp_path / "a", [1.0, 2.0, 3.0]).stopped_early()
    assert not made(tmp_path / "b", [1.0, 2.0]).stopped_early()
    assert not made(tmp_path / "c", []).out_of_patience()


@pytest.mark.parametrize("lacking", ["model", "training", "extra"])
def test_a_header_without_a_section(lacking: str, tmp_path: Path) -> None:
    sections = {"model": asdict(MODEL), "training": asdict(TrainConfig()), "saving": {}, "extra": 1}
    del sections[lacking]
    folder = Store(tmp_path).create("series", sections, {}, "mine", "mine")
    with pytest.raises(DamagedRunError, match=f"run.json lacks '{lacking}'; restore it from a copy"):
        Plain(folder)


def test_a_history_has_every_figure_of_the_report() -> None:
    line = Report(1, 0.5, None, None, 0.1, 1.0, 9, True).history()
    assert require_history([line], "mine", Report) == [line]
    assert require_history([], "mine", Report) == []
    for key in line.keys() - {"iteration"}:
        shorter = {other: value for other, value in line.items() if other != key}
        with pytest.raises(DamagedRunError, match=f"iteration 1 of run 'mine' has no {key}; restore it from a copy"):
            require_history([shorter], "mine", Report)
    with pytest.raises(DamagedRunError, match="has no loss"):
        require_history([line | {"loss": None}], "mine", Report)
