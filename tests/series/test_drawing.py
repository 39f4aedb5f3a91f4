"""Pictures of a series run: what the parts are called."""

import re
from pathlib import Path

import numpy as np
import pytest

from chargen.runs import Plan, Position
from chargen.series.drawing import draw
from chargen.series.learning import create
from chargen.series.report import Report
from chargen.snapshot import Snapshot


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({}, r"validation part \(also chose this iteration\)"),
        ({"test": 0.2}, "test part"),
        ({"test": 0.2, "protocol": "tutorial", "validation": 0.0}, r"test part \(tutorial protocol: it also chose"),
    ],
)
def test_a_part_that_chose_the_iteration_is_not_called_test(
    options: dict[str, object], part: str, tmp_path: Path
) -> None:
    values = [20 + 10 * float(np.sin(step)) + step % 5 for step in range(80)]
    small = {"window": 6, "horizon": 3, "units": 3, "scaler": "standard", "ridge": 1.0}
    run = create(values, checkpoints=tmp_path, **(small | options))  # type: ignore[arg-type]  # options by name
    weights = run.folder.initial()
    assert weights is not None
    line = Report(1, 0.5, 0.25, 4.0, 0.001, 2.0, 100.0, best=True).history()
    with run.folder.writing():
        run.folder.save_iteration(Position(Snapshot(weights), 1, Plan(1), (line,)), {"history": line, "samples": []})
    draw(run, "forecasts", tmp_path / "a.svg")
    drawn = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert re.search(rf"<!--  → {part}", drawn)
