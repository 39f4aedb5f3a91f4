"""Runs with iterations that nobody trained: pages are made of what is saved, however good it is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chargen import Run
from chargen.runs import Plan, Position
from chargen.series.learning import create as create_series
from chargen.series.run import SeriesRun
from chargen.series.series import Series
from chargen.snapshot import Snapshot
from chargen.text.learning import create as create_text
from tests.series.small import CHOSEN, series

HOSTILE = "</p><script>alert('&amp;')</script>"


def save(run: Any, weights: dict[str, Any], *lines: dict[str, Any], samples: list[dict[str, Any]]) -> None:
    """Save an iteration for each line of history, all with the same weights."""
    for number in range(1, len(lines) + 1):
        position = Position(Snapshot(weights), number, Plan(len(lines)), lines[:number])
        run.folder.save_iteration(position, {"history": lines[number - 1], "samples": samples})


@pytest.fixture
def text_run(tmp_path: Path, random_weights: Callable[..., dict[str, Any]]) -> Callable[..., Run]:
    """Make a text run of three iterations, the second the best; its book and its samples would be HTML."""

    def make(corpus: Path | None = None, **options: Any) -> Run:
        book = tmp_path / "<i>book.txt"
        book.write_text(f"A hare & a queen. {HOSTILE}\n" * 40, encoding="utf-8")
        small: dict[str, Any] = {
            "units": 4,
            "seqlen": 5,
            "iterations": 3,
            "name": "hare",
            "checkpoints": tmp_path / "checkpoints",
        }
        run = create_text(corpus or book, **small | options)
        held = run.training_config.validation > 0
        keys = ("learning_rate", "seconds", "characters_per_second")
        lines = [
            {"iteration": number, "loss": 3.0 / number, "test_loss": None}
            | {"validation_loss": loss if held else None, "bits_per_character": loss * 1.4 if held else None}
            | dict.fromkeys(keys, 1.0)
            for number, loss in enumerate((3.0, 2.0, 2.5), start=1)
        ]
        sample = {"temperature": 0.5, "seed": "A hare", "text": f"{HOSTILE}\x01"}
        save(run, random_weights(run.model.shapes()), *lines, samples=[sample])
        return run

    return make


@pytest.fixture
def series_run(tmp_path: Path, random_weights: Callable[..., dict[str, Any]]) -> Callable[..., SeriesRun]:
    """Make a series run of two iterations, the second the best."""

    def make(data: Series | None = None, **options: Any) -> SeriesRun:
        small = {"test": 0.2, "name": "waves", "checkpoints": tmp_path / "checkpoints"}
        run = create_series(series(160) if data is None else data, **CHOSEN | small | options)
        held = run.training_config.validation > 0
        lines = [
            {"iteration": number, "loss": loss, "learning_rate": 0.003, "seconds": 1.0, "windows_per_second": 9.0}
            | dict.fromkeys(("validation_loss", "validation_rmse"), loss if held else None)
            for number, loss in enumerate((1.0, 0.5), start=1)
        ]
        weights = random_weights(run.model.shapes(), scale=0.05) | dict(run.folder.initial() or {})
        save(run, weights, *lines, samples=[])
        return run

    return make
