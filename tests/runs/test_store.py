"""Runs found by name, never overwritten, renamed and removed."""

import os
from pathlib import Path

import pytest

from chargen.errors import DamagedRunError, RunError, SaveError, UnknownRunError
from chargen.runs import RunFolder, Store
from tests.runs.conftest import save


def test_a_new_run(store: Store, run: RunFolder) -> None:
    assert run.name == "alice-gru"
    assert run.header()["model"] == {"units": 3}
    assert run.header()["kind"] == "text"
    assert run.header()["schema"] == 2
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


def test_a_foreign_folder_hides_no_run(store: Store, run: RunFolder) -> None:
    (store.path / "zz").mkdir()
    assert store.open(None, "text").name == run.name


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
    save(other, 2.0)
    save(run, 2.0)
    assert store.open(None, "text").name == run.name
    assert store.open(None, "series").name == "sunspots"


def test_a_removed_run_is_gone(store: Store, run: RunFolder) -> None:
    store.remove("alice-gru")
    assert list(store.path.iterdir()) == []
    with pytest.raises(UnknownRunError):
        store.remove("alice-gru")


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_damage_of_the_header_is_named(store: Store, run: RunFolder, damage: str) -> None:
    path = run.path / "run.json"
    path.write_text('{"schema": 1}') if damage == "changed" else path.unlink()
    with pytest.raises(DamagedRunError, match=r"run.json"):
        store.open("alice-gru", "text")


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SaveError, match=r"a file is in the way"):
        Store(tmp_path / "file").create("text", {}, {}, None, "x")


def test_a_run_in_training_is_neither_removed_nor_renamed(store: Store, run: RunFolder) -> None:
    with run.writing():
        with pytest.raises(RunError, match="is being trained"):
            store.remove(run.name)
        with pytest.raises(RunError, match="is being trained"):
            store.rename(run.name, "other")
    store.rename(run.name, "other")
    store.remove("other")


def test_a_renamed_run_keeps_everything(store: Store, run: RunFolder) -> None:
    save(run, 2.0)
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
    save(run, 2.0)
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
