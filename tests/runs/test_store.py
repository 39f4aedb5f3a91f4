"""Runs in their folder: saved whole, found by name, never overwritten, damage named."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chargen.errors import DamagedRunError, RunError, SaveError, UnknownRunError
from chargen.runs import Plan, Position, RunFolder, Store
from chargen.runs.files import write_folder
from chargen.snapshot import Snapshot


def position(iteration: int, batches: int | None = None, plan: int = 5) -> Position:
    value = np.full((2, 3), iteration, np.float32)
    count = 10 * iteration if batches is None else batches
    return Position(
        Snapshot({"w": value}, {"w.m": value + 1}, {"h": value + 2}, count, 0.1, 2.5), iteration, Plan(plan, 2)
    )


def report(iteration: int, validation_loss: float | None) -> dict[str, Any]:
    line = {"iteration": iteration, "loss": 1.0, "validation_loss": validation_loss}
    return {"history": line, "samples": [{"temperature": 0.5, "seed": "a", "text": "b"}]}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "checkpoints")


@pytest.fixture
def run(store: Store) -> RunFolder:
    return store.create("text", {"model": {"units": 3}}, {"corpus.txt": "é".encode()}, None, "alice-gru")


def test_a_new_run(store: Store, run: RunFolder) -> None:
    assert run.name == "alice-gru"
    assert run.header()["model"] == {"units": 3}
    assert run.header()["kind"] == "text"
    assert run.header()["schema"] == 1
    assert run.read("corpus.txt").decode() == "é"
    assert run.iterations() == []
    assert run.best() is None
    assert run.position() is None
    assert store.names() == ["alice-gru"]


def test_a_taken_default_name_gets_a_number(store: Store, run: RunFolder) -> None:
    assert [store.create("text", {}, {}, None, "alice-gru").name for _ in range(2)] == ["alice-gru-2", "alice-gru-3"]


def test_a_taken_name_is_refused_and_nothing_overwritten(store: Store, run: RunFolder) -> None:
    with pytest.raises(RunError, match=r"'alice-gru' exists .* 'chargen resume alice-gru'"):
        store.create("text", {}, {}, "alice-gru", "other")
    assert run.header()["model"] == {"units": 3}
    assert store.names() == ["alice-gru"]


@pytest.mark.parametrize("name", ["../escape", "/etc/x", "a/b", "", "con"])
def test_a_name_that_is_none(store: Store, name: str, tmp_path: Path) -> None:
    with pytest.raises(RunError):
        store.create("text", {}, {}, name or ".", "x")
    assert not (tmp_path / "escape").exists()
    with pytest.raises(UnknownRunError):
        store.open(name)


def test_iterations_come_back(run: RunFolder) -> None:
    run.save_iteration(position(1), report(1, 2.0))
    run.save_iteration(position(2), report(2, 1.0))
    assert run.iterations() == [1, 2]
    assert np.array_equal(run.weights(1)["w"], position(1).snapshot.weights["w"])
    found = run.position()
    assert found is not None
    assert (found.iteration, found.plan) == (2, Plan(5, 2))
    assert (found.snapshot.batches, found.snapshot.loss_sum, found.snapshot.seconds) == (20, 0.1, 2.5)
    for name in ("weights", "optimizer", "carry"):
        ours, theirs = getattr(found.snapshot, name), getattr(position(2).snapshot, name)
        assert ours.keys() == theirs.keys()
        assert all(np.array_equal(ours[key], theirs[key]) for key in ours)


def test_the_best_is_the_lowest_validation_loss(run: RunFolder) -> None:
    for iteration, loss in enumerate([2.0, 1.0, 1.5], start=1):
        run.save_iteration(position(iteration), report(iteration, loss))
    assert run.best() == 2


def test_without_validation_the_newest_is_the_best(run: RunFolder) -> None:
    for iteration in (1, 2):
        run.save_iteration(position(iteration), report(iteration, None))
    assert run.best() == 2


def test_newest_and_best_keep_all_others_what_sampling_needs(run: RunFolder) -> None:
    for iteration, loss in enumerate([2.0, 1.0, 1.5, 1.6], start=1):
        run.save_iteration(position(iteration), report(iteration, loss))
    kept = {path.parent.name for path in run.path.glob("iterations/*/optimizer.safetensors")}
    assert kept == {"0002", "0004"}
    assert len(run.weights(1)) == len(run.weights(3)) == 1


def test_a_newer_partial_save_wins_and_goes_with_its_iteration(run: RunFolder) -> None:
    run.save_iteration(position(1), report(1, 2.0))
    run.save_partial(position(1, batches=13))
    run.save_partial(position(1, batches=14))
    found = run.position()
    assert found is not None
    assert (found.snapshot.batches, found.iteration) == (14, 1)
    run.save_iteration(position(2), report(2, 1.0))
    assert not (run.path / "partial").exists()


def test_a_partial_save_that_fails_leaves_the_one_before(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    run.save_iteration(position(1), report(1, 2.0))
    run.save_partial(position(1, batches=13))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("chargen.runs.files.os.fsync", full)
    with pytest.raises(SaveError):
        run.save_partial(position(1, batches=14))
    monkeypatch.undo()
    found = run.position()
    assert found is not None
    assert found.snapshot.batches == 13


def test_a_partial_save_whose_iteration_is_gone_is_ignored(run: RunFolder) -> None:
    run.save_iteration(position(1), report(1, 2.0))
    run.save_iteration(position(2), report(2, 3.0))
    run.save_partial(position(2, batches=23))
    shutil.rmtree(run.path / "iterations" / "0002")
    found = run.position()
    assert found is not None
    assert (found.iteration, found.snapshot.batches) == (1, 10)


def test_an_iteration_that_another_process_saved_is_not_overwritten(run: RunFolder) -> None:
    run.save_iteration(position(1), report(1, 2.0))
    with pytest.raises(SaveError, match=r"iteration 1 of run 'alice-gru' is there already"):
        run.save_iteration(position(1), report(1, 1.0))
    assert run.history()[0]["validation_loss"] == 2.0


def test_a_foreign_folder_hides_no_run(store: Store, run: RunFolder) -> None:
    (store.path / "zz").mkdir()
    assert store.open(None, "text").name == run.name


def test_an_older_partial_save_is_ignored(run: RunFolder) -> None:
    run.save_iteration(position(1), report(1, 2.0))
    run.save_partial(position(0, batches=3))
    found = run.position()
    assert found is not None
    assert found.snapshot.batches == 10


def test_logs_say_what_the_reports_say(run: RunFolder) -> None:
    run.save_iteration(position(1), report(1, 2.0))
    (run.path / "history.jsonl").write_text("garbage")
    run.save_iteration(position(2), report(2, 1.0))
    lines = [json.loads(line) for line in (run.path / "history.jsonl").read_text().splitlines()]
    assert lines == [report(1, 2.0)["history"], report(2, 1.0)["history"]]
    samples = [json.loads(line) for line in (run.path / "samples.jsonl").read_text().splitlines()]
    assert [sample["iteration"] for sample in samples] == [1, 2]


def test_an_unknown_run_is_answered_with_the_nearest(store: Store, run: RunFolder) -> None:
    with pytest.raises(UnknownRunError, match=r"no run 'alcie-gru' in .*/ \(did you mean 'alice-gru'\?\); list"):
        store.open("alcie-gru")


def test_no_run_at_all(store: Store) -> None:
    with pytest.raises(UnknownRunError, match=r"make one with 'chargen train"):
        store.open(None, "text")


def test_a_run_of_the_wrong_kind(store: Store, run: RunFolder) -> None:
    with pytest.raises(RunError, match=r"is a text run, this command takes a series run"):
        store.open("alice-gru", "series")


def test_the_most_recently_trained_run_of_the_kind(store: Store, run: RunFolder) -> None:
    other = store.create("text", {}, {}, "other", "x")
    store.create("series", {}, {}, "sunspots", "x")
    assert store.open(None, "text").name == other.name
    other.save_iteration(position(1), report(1, 2.0))
    run.save_iteration(position(1), report(1, 2.0))
    assert store.open(None, "text").name == run.name
    assert store.open(None, "series").name == "sunspots"


def test_a_removed_run_is_gone(store: Store, run: RunFolder) -> None:
    store.remove("alice-gru")
    assert list(store.path.iterdir()) == []
    with pytest.raises(UnknownRunError):
        store.remove("alice-gru")


@pytest.mark.parametrize(
    "name", ["weights.safetensors", "optimizer.safetensors", "carry.safetensors", "state.json", "manifest.json"]
)
@pytest.mark.parametrize("damage", ["changed", "missing", "empty"])
def test_damage_in_an_iteration_is_named(run: RunFolder, name: str, damage: str) -> None:
    run.save_iteration(position(1), report(1, 2.0))
    path = run.path / "iterations" / "0001" / name
    if damage == "missing":
        path.unlink()
    else:
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content if damage == "changed" else b"")
    with pytest.raises(DamagedRunError, match=r"iterations/0001/"):
        run.position()


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_damage_of_the_header_is_named(store: Store, run: RunFolder, damage: str) -> None:
    path = run.path / "run.json"
    path.write_text('{"schema": 1}') if damage == "changed" else path.unlink()
    with pytest.raises(DamagedRunError, match=r"run.json"):
        store.open("alice-gru", "text")


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path / "new", {"run.json": b'{"schema": 2, "kind": "text"}'})
    with pytest.raises(DamagedRunError, match=r"schema 2.*upgrade"):
        RunFolder(tmp_path / "new").header()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SaveError, match=r"a file is in the way"):
        Store(tmp_path / "file").create("text", {}, {}, None, "x")


def test_a_save_that_fails_leaves_nothing_behind(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    run.save_iteration(position(1), report(1, 2.0))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("chargen.runs.files.os.fsync", full)
    with pytest.raises(SaveError, match=r"the disk is full.*intact"):
        run.save_iteration(position(2), report(2, 1.0))
    monkeypatch.undo()
    assert run.iterations() == [1]
    assert {path.name for path in (run.path / "iterations").iterdir()} == {"0001"}
    found = run.position()
    assert found is not None
    assert found.iteration == 1


def test_one_writer_and_any_reader(run: RunFolder) -> None:
    assert not run.is_training()
    with run.writing():
        assert run.is_training()
        assert RunFolder(run.path).header()["kind"] == "text"
        with (
            pytest.raises(RunError, match=r"run 'alice-gru' is being trained elsewhere"),
            RunFolder(run.path).writing(),
        ):
            pass
    assert not run.is_training()
    with run.writing():
        pass


def test_a_writer_that_is_killed_lets_go(run: RunFolder) -> None:
    code = "import sys, os; from pathlib import Path; from chargen.runs import RunFolder\n"
    code += "with RunFolder(Path(sys.argv[1])).writing(): print('in', flush=True); sys.stdin.read()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(run.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "in\n"
    assert run.is_training()
    process.kill()
    process.communicate()
    assert not run.is_training()


def test_a_run_in_training_is_neither_removed_nor_renamed(store: Store, run: RunFolder) -> None:
    with run.writing():
        with pytest.raises(RunError, match="is being trained"):
            store.remove(run.name)
        with pytest.raises(RunError, match="is being trained"):
            store.rename(run.name, "other")
    store.rename(run.name, "other")
    store.remove("other")


def test_a_renamed_run_keeps_everything(store: Store, run: RunFolder) -> None:
    run.save_iteration(position(1), report(1, 2.0))
    store.rename("alice-gru", "first")
    assert store.names() == ["first"]
    assert store.open("first").position() is not None
    for name in ("../out", "con", "a/b", ""):
        with pytest.raises(RunError, match="cannot be called"):
            store.rename("first", name)
    store.create("text", {}, {}, "second", "x")
    with pytest.raises(RunError, match="a run 'second' exists"):
        store.rename("first", "second")


def test_what_a_killed_writer_left_is_tidied_up(store: Store, run: RunFolder) -> None:
    run.save_iteration(position(1), report(1, 2.0))
    left = [run.path / ".unfinished-partial-1", run.path / "iterations" / ".unfinished-0002-1"]
    new, old = store.path / ".unfinished-new-1", store.path / ".unfinished-old-1"
    for folder in (*left, new, old):
        folder.mkdir()
        (folder / "weights.safetensors").write_bytes(b"half")
    (run.path / ".unfinished-history.jsonl-1").write_bytes(b"half")
    os.utime(old, (0, 0))
    with run.writing():
        assert not list(run.path.rglob(".unfinished-*"))
    store.create("text", {}, {}, None, "other")
    assert not old.exists()
    assert new.exists()  # somebody may be making it
    assert run.iterations() == [1]
