"""Sweeps that run: what is kept, gone on with, refused."""

import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chargen import Corpus, Run
from chargen.errors import ChargenError, CorpusError, TrainingError, UsageError
from chargen.runs import Store
from chargen.runs.files import to_json, write_folder
from chargen.series.judging import judge
from chargen.series.run import load as load_series
from chargen.series.series import Panel
from chargen.sweep import create, kinds, load, study, sweep
from chargen.sweep.trial import Trial
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
    # A ridge, which without a linear part comes to nothing, in a run that is still the sweep's.
    small = {**CHOSEN, "ridge": None, "linear": "none"}
    (row,) = sweep(series=series(), grid={"ridge": [1.0]}, test=0.2, **small, **folders)
    run = load_series("waves-sweep-1", folders["checkpoints"])
    best = run.history[(row.trials[0].iteration or 0) - 1]
    assert row.figure == best["validation_rmse"]
    assert row.test == judge(run).results[0].row.rmse
    swept = load("waves-sweep", folders["checkpoints"])
    assert [row] == swept.rows()
    (swept.path / "trials.db").unlink()
    assert tuple(load("waves-sweep", folders["checkpoints"]).run()) == row.trials
    (swept.path / "trials.db").unlink()
    swept.kind = kinds.SeriesTrials(Panel.of(series(seed=1)), 1)
    with pytest.raises(ChargenError, match="run 'waves-sweep-1' is none of sweep"):
        next(swept.run())


def test_a_sweep_over_a_folder(book: Path, folders: dict[str, Any], tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    for number in range(3):
        (texts / f"{number}.txt").write_text(book.read_text()[100 * number :], encoding="utf-8")
    swept = create(texts, grid={"cell": ["gru"]}, **SMALL, **folders)
    assert swept.name == "0+1-sweep"
    kind = load("0+1-sweep", folders["checkpoints"]).kind
    assert isinstance(kind, kinds.TextTrials)
    assert [text.name for text in kind.books] == ["0", "1", "2"]
    with pytest.raises(UsageError, match="--validation has 3 texts, and a sweep holds out one"):
        create(book, grid={"cell": ["gru"]}, validation=texts, **SMALL, **folders)
    with pytest.raises(CorpusError, match="the texts have 65 MiB altogether, and a sweep keeps a copy of up to 64"):
        create([Corpus("long", "abcd" * (65 << 18), "here", "")], grid={"cell": ["gru"]}, **SMALL, **folders)


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
    create_text(book, name="garden-sweep-3-1", **small)
    with pytest.raises(ChargenError, match=r"sweep 'garden-sweep-3' exists .*--resume garden-sweep-3'"):
        create(book, name="garden-sweep-3", **options)


def test_a_run_that_came_into_a_trials_place_is_neither_trained_on_nor_counted(
    book: Path, folders: dict[str, Any], trained: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trained()  # has nothing left to train
    swept = create(book, grid={"cell": ["gru"]}, **SMALL, **folders)
    shutil.copytree(whole.folder.path, folders["checkpoints"] / "garden-sweep-1")
    with monkeypatch.context() as patch:
        patch.setattr(swept.kind, "books", [replace(swept.kind.books[0], sha256="another")])  # type: ignore[attr-defined]
        with pytest.raises(ChargenError, match=r"is none of sweep 'garden-sweep', .* rename garden-sweep-1"):
            next(swept.run())
    for changed in ({"options": {**swept.plan.options, "seqlen": 6}}, {"random_seed": 1}):
        swept.plan = replace(plan := swept.plan, **changed)
        with pytest.raises(ChargenError, match="is none of sweep"):
            next(swept.run())
        swept.plan = plan
    assert next(swept.run()).iteration == 1 + int(np.argmin([line["bits_per_character"] for line in whole.history]))


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
        ({"grid": {"units": [3]}, "preset": 1}, "--preset is 1"),
        ({"grid": {"units": [3]}, "random": 0}, "--random is 0"),
        ({"grid": {"units": [3]}, "random_seed": -1}, "--random-seed is -1"),
        ({"grid": {"units": [3]}, "random_seed": 10**30}, "--random-seed is 1000"),
        ({"grid": {"corpus": ["a"]}}, "--grid is 'corpus'; it takes options of training"),
        ({"grid": {"validation": ["a.txt"]}}, "--grid validation is 'a.txt'; it takes shares"),
        ({"grid": [3]}, r"grid is \[3\]; it takes what to try"),
        ({"grid": {"units": [3, 4]}, "validation": 0.0}, "nothing is held out"),
        ({"grid": {"units": [3]}, "name": "../x"}, r"cannot be called '\.\./x'"),
        ({"grid": {"units": [3]}, "series": "sunspots"}, "a sweep learns one thing"),
        ({"grid": {"units": [*range(1, 102)]}, "seeds": 100}, "10,100 trials"),
        ({"grid": {option: range(10**4) for option in ("units", "layers", "seqlen")}}, "1,000,000,000,000 trials"),
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
        {"settings": [{"cell": "gru"}]},
        {"seeds": 0},
        {"kind": "nosuch"},
        {"grids": {}},
        {"options": 1},
        {"options": {"corpus": "a"}},
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


def test_who_looks_while_a_database_is_made_finds_it_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from optuna import create_study

    seen = []

    def look(**options: Any) -> object:
        seen.append((tmp_path / "trials.db").exists())
        return create_study(**options)

    monkeypatch.setattr("optuna.create_study", look)
    trial = Trial(1, "a-1", {"cell": "gru"}, 0, 1, 2.5)
    study.keep(tmp_path, trial, {"cell": ("gru",)})
    assert seen == [False, True]
    assert study.kept(tmp_path, {"cell": ["gru"]}) == [trial]
    assert [path.name for path in tmp_path.iterdir()] == ["trials.db"]
    with pytest.raises(ChargenError, match="has trials of other options than units; move the file away"):
        study.kept(tmp_path, {"units": [3]})
