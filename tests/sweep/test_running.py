"""Sweeps that run: what is kept, gone on with, refused."""

import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chargen import Run
from chargen.errors import ChargenError, TrainingError
from chargen.runs import Store
from chargen.runs.files import to_json, write_folder
from chargen.series.judging import judge
from chargen.series.run import load as load_series
from chargen.sweep import create, kinds, load, sweep
from chargen.text.learning import create as create_text
from chargen.text.run import load as load_text
from chargen.trainer import Progress
from tests.conftest import SMALL
from tests.series.small import CHOSEN, series

pytest.importorskip("optuna")


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, Any]:
    return {"corpora": tmp_path / "corpora", "checkpoints": tmp_path / "checkpoints"}


@pytest.fixture
def nothing_learns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every trial fail at once."""

    def fail(run: Run, *_: object, **__: object) -> Iterator[None]:
        raise TrainingError(f"run {run.name!r}: the loss is nan")

    monkeypatch.setattr(kinds, "learn_text", fail)


def test_an_interrupted_sweep_goes_on_and_its_run_is_as_if_nothing_had_been(
    book: Path, folders: dict[str, Any], trained: Callable[..., Run]
) -> None:
    swept = create(book, grid={"cell": ["gru"]}, **SMALL, **folders)

    def interrupt(progress: Progress) -> None:
        if progress.iteration == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(swept.run(on_progress=interrupt))
    assert load_text("garden-sweep-1", folders["checkpoints"]).done == 1
    (folders["checkpoints"].parent / "garden.txt").unlink()  # the sweep keeps what it learns from
    swept = load("garden-sweep", folders["checkpoints"])
    assert (swept.trials, swept.done()) == ([], False)
    (trial,) = swept.run()
    run, whole = load_text("garden-sweep-1", folders["checkpoints"]), trained()
    for key, weights in whole.folder.weights(2).items():
        np.testing.assert_array_equal(weights, run.folder.weights(2)[key], err_msg=key)
    figures = [line["bits_per_character"] for line in whole.history]
    assert (trial.figure, trial.iteration) == (min(figures), 1 + int(np.argmin(figures)))
    assert trial.parameters == sum(np.size(weights) for weights in whole.folder.weights(2).values())
    # Over is over, and without its database it is read from the runs again.
    assert load("garden-sweep", folders["checkpoints"]).trials == [trial]
    (swept.path / "trials.db").unlink()
    assert list(load("garden-sweep", folders["checkpoints"]).run()) == [trial]
    # Optuna's own tools can read it.
    with sqlite3.connect(swept.path / "trials.db") as database:
        assert database.execute("select value from trial_values").fetchall() == [(trial.figure,)]
    database.close()


def test_series(folders: dict[str, Any]) -> None:
    (row,) = sweep(series=series(), grid={"units": [3]}, test=0.2, **{**CHOSEN, "units": None}, **folders)
    run = load_series("waves-sweep-1", folders["checkpoints"])
    best = run.history[(row.trials[0].iteration or 0) - 1]
    assert row.figure == best["validation_rmse"]
    assert row.test == judge(run).results[0].row.rmse
    assert [row] == load("waves-sweep", folders["checkpoints"]).rows()


@pytest.mark.usefixtures("nothing_learns")
def test_what_fails_is_told_and_the_next_one_goes_on(book: Path, folders: dict[str, Any]) -> None:
    told: list[Any] = []
    options = SMALL | folders | {"units": None, "cell": "rnn"}
    rows = sweep(book, grid={"units": [2, 3]}, seeds=2, random_seed=5, on_trial=told.append, **options)
    assert [(trial.run, trial.options, trial.random_seed) for trial in told] == [
        ("garden-sweep-1", {"units": 2}, 5),
        ("garden-sweep-2", {"units": 2}, 6),
        ("garden-sweep-3", {"units": 3}, 5),
        ("garden-sweep-4", {"units": 3}, 6),
    ]
    assert [row.figure for row in rows] == [None, None]
    assert told[3].failure == "run 'garden-sweep-4': the loss is nan"
    swept = load("garden-sweep", folders["checkpoints"])
    assert (swept.trials, swept.done(), list(swept.run())) == (told, True, [])
    assert swept.table.read_text().count("the loss is nan") == 4
    assert Store(folders["checkpoints"]).names() == [trial.run for trial in told]  # the sweep itself is no run
    assert load_text("garden-sweep-4", folders["checkpoints"]).training_config.random_seed == 6


def test_names_are_never_taken_twice(book: Path, folders: dict[str, Any]) -> None:
    options = SMALL | folders | {"cell": None, "grid": {"cell": ["rnn", "gru"]}}
    small = SMALL | folders
    create_text(book, name="garden-sweep-2", **small)
    assert [create(book, **options).name for _ in range(2)] == ["garden-sweep-2", "garden-sweep-3"]
    with pytest.raises(ChargenError, match="run 'garden-sweep-2' exists in"):
        create(book, name="garden-sweep", **options)
    with pytest.raises(ChargenError, match="go on with 'chargen sweep --resume garden-sweep-2'"):
        create(book, name="garden-sweep-2", **options)
    # A run that came into a trial's place is neither trained on nor counted.
    swept = load("garden-sweep-3", folders["checkpoints"])
    create_text(book, name="garden-sweep-3-1", cell="lstm", **small)
    with pytest.raises(ChargenError, match=r"in the way of sweep 'garden-sweep-3': rename it"):
        next(swept.run())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"grid": {}}, "nothing varies"),
        ({"grid": {"unitz": [1]}}, r"no option 'unitz' \(did you mean 'units'"),
        ({"grid": {"units": [3, 0]}}, "--units is 0"),
        ({"grid": {"cell": ["gru", "lstn"]}}, "did you mean 'lstm'"),
        ({"grid": {"random_seed": [1]}}, "--seeds 3"),
        ({"grid": {"seqlen": [5]}, "seqlen": 5}, "--seqlen is given, and swept"),
        ({"grid": {"seqlen": [5, 100_000]}}, "needs? at least"),
        ({"grid": {"units": [3]}, "seeds": 0}, "--seeds is 0"),
        ({"grid": {"units": [3]}, "random": 0}, "--random is 0"),
        ({"grid": {"units": [3]}, "random_seed": -1}, "--random-seed is -1"),
        ({"grid": {"units": [3, 4]}, "validation": 0.0}, "nothing is held out"),
        ({"grid": {"units": [3]}, "name": "../x"}, r"cannot be called '\.\./x'"),
        ({"grid": {"units": [3]}, "series": "sunspots"}, "a sweep learns one thing"),
        ({"grid": {"units": [*range(1, 102)]}, "seeds": 100}, "10,100 trials"),
    ],
)
def test_what_is_refused_before_anything_is_made(
    options: dict[str, Any], message: str, book: Path, folders: dict[str, Any]
) -> None:
    with pytest.raises(ChargenError, match=message):
        create(book, **folders, **options)
    assert not folders["checkpoints"].exists()


def test_what_series_refuse(folders: dict[str, Any]) -> None:
    small = {**CHOSEN, "units": None, "grid": {"units": [3]}, **folders}
    for options, message in (
        ({"protocol": "tutorial", "test": 0.2}, "lets the test part choose"),
        ({"validation": 0.0}, "nothing is held out"),
        ({"target": "a"}, "says how a table is read"),
        ({"temperature": 1}, "no option 'temperature'"),
    ):
        with pytest.raises(ChargenError, match=message):
            create(series=series(), **small | options)


def test_what_is_scored_on_different_texts_is_known(book: Path, folders: dict[str, Any]) -> None:
    small = SMALL | folders
    assert create(book, grid={"cell": ["rnn", "gru"]}, **small).plan.comparable
    assert not create(book, grid={"lowercase": [True, False]}, **small).plan.comparable
    assert not create(book, grid={"validation": [0.1, 0.2]}, **small).plan.comparable
    # A text that is held out is kept too.
    swept = create(book, grid={"cell": ["rnn", "gru"]}, **small | {"validation": Path(__file__)})
    assert isinstance(swept.kind, kinds.TextTrials)
    assert swept.kind.held_out["validation"].text.startswith('"""Sweeps that run')


@pytest.mark.parametrize(
    "garbage",
    [
        {"grid": []},
        {"settings": [{}]},
        {"settings": None},
        {"seeds": 0},
        {"kind": "nosuch"},
        {"grids": {}},
        {"options": 1},
    ],
)
def test_a_strangers_plan(garbage: dict[str, Any], book: Path, folders: dict[str, Any]) -> None:
    swept = create(book, grid={"cell": ["rnn"]}, **SMALL | folders)
    plan = to_json(asdict(swept.plan) | garbage)
    write_folder(swept.path.with_name("strange"), {"plan.json": plan, "books.json": b"[]"})
    with pytest.raises(ChargenError, match=r"plan\.json.*restore it|plan\.json has an unknown setting 'grids'"):
        load("strange", folders["checkpoints"])


def test_a_sweep_that_cannot_be_used(book: Path, folders: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ChargenError, match=r"no sweep '\.\./x' in .*; begin one with 'chargen sweep"):
        load("../x", folders["checkpoints"])
    swept = create(book, grid={"cell": ["rnn"]}, **SMALL | folders)
    with pytest.raises(ChargenError, match=r"no sweep 'garden' in .* \(did you mean 'garden-sweep'\?\)"):
        load("garden", folders["checkpoints"])
    (swept.path / "trials.db").write_bytes(b"no database" * 100)
    with pytest.raises(ChargenError, match=r"trials\.db cannot be used \(.*; make room on the disk, or move the file"):
        load("garden-sweep", folders["checkpoints"])
    (swept.path / "trials.db").unlink()
    (swept.path / "books.json").write_text("[]")
    with pytest.raises(ChargenError, match=r"books\.json is not what was saved"):
        load("garden-sweep", folders["checkpoints"])
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ChargenError, match=r"pip install 'chargen\[lab\]'"):
        create(book, grid={"cell": ["rnn"]}, **SMALL | folders)
