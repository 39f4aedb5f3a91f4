"""A run's folder: saved whole, thinned by rule, made whole again, damage told."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from chargen.errors import DamagedRunError, DamageWarning, RunError, SaveError
from chargen.runs import Plan, RunFolder, pack
from chargen.runs.files import MANIFEST, digest, to_json, write_folder
from tests.runs.conftest import position, report, save

Damage = Callable[[Path], object]


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGES: dict[str, Damage] = {
    "changed": flip,
    "emptied": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "missing": lambda path: path.unlink(),
}
damages = pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)


def opened(run: RunFolder) -> tuple[RunFolder, list[str]]:
    """The run as another process finds it, and what it is told."""
    notices: list[str] = []
    return RunFolder(run.path, notices.append), notices


def test_iterations_come_back(run: RunFolder) -> None:
    save(run, 2.0, 1.0)
    assert run.iterations() == [1, 2]
    assert np.array_equal(run.weights(1)["w"], position(1).snapshot.weights["w"])
    found = run.position()
    assert found is not None
    assert (found.iteration, found.plan) == (2, Plan(5, 2))
    assert (found.snapshot.batches, found.snapshot.loss_sum, found.snapshot.seconds) == (20, 0.1, 2.5)
    assert found.history == (report(1, 2.0)["history"], report(2, 1.0)["history"])
    for name in ("weights", "optimizer", "carry"):
        ours, theirs = getattr(found.snapshot, name), getattr(position(2).snapshot, name)
        assert ours.keys() == theirs.keys()
        assert all(np.array_equal(ours[key], theirs[key]) for key in ours)


def test_the_best_is_the_lowest_validation_loss(run: RunFolder) -> None:
    save(run, 2.0, 1.0, 1.5)
    assert run.best() == 2


def test_without_validation_the_newest_is_the_best(run: RunFolder) -> None:
    save(run, None, None)
    assert run.best() == 2


def test_the_newest_two_and_the_best_keep_all_others_what_sampling_needs(run: RunFolder) -> None:
    save(run, 1.0, 2.0, 1.5, 1.6, 1.7)
    kept = {path.parent.name for path in run.path.glob("iterations/*/optimizer.safetensors")}
    assert kept == {"0001", "0004", "0005"}
    assert run.with_weights() == [1, 2, 3, 4, 5]
    assert all(len(run.weights(iteration)) == 1 for iteration in run.with_weights())
    assert run.faults() == []


def test_keep_thins_the_weights_but_never_the_best_ones_nor_a_report(run: RunFolder) -> None:
    save(run, 2.0, 1.0, 1.5, 1.6, 1.7, 1.8, keep=3)
    assert run.with_weights() == [2, 4, 5, 6]
    assert [line["iteration"] for line in run.history()] == [1, 2, 3, 4, 5, 6]
    assert len(run.reports()) == 6
    assert run.faults() == []


def test_a_best_that_is_beaten_is_thinned(run: RunFolder) -> None:
    save(run, 1.0, 2.0, 3.0, 4.0, 0.5, 0.6, keep=2)
    assert run.with_weights() == [5, 6]


def test_a_newer_save_within_an_iteration_wins_and_goes_with_its_iteration(run: RunFolder) -> None:
    save(run, 2.0)
    run.save_partial(position(1, batches=13))
    run.save_partial(position(1, batches=14))
    found = run.position()
    assert found is not None
    assert (found.snapshot.batches, found.iteration) == (14, 1)
    assert len(list((run.path / "partial").iterdir())) == 1
    run.save_iteration(position(2), report(2))
    assert not run.has_partial()


def test_a_save_within_an_iteration_that_fails_leaves_the_one_before(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(run, 2.0)
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


@damages
def test_a_damaged_save_within_an_iteration_falls_back_to_the_iteration(damage: Damage, run: RunFolder) -> None:
    save(run, 2.0)
    run.save_partial(position(1, batches=13))
    damage(run.path / "partial" / "0001" / "optimizer.safetensors")
    again, notices = opened(run)
    found = again.position()
    assert found is not None
    assert found.snapshot.batches == 10
    assert len(notices) == 1
    assert "partial/0001 is skipped" in notices[0]
    run.save_partial(position(1, batches=12))
    found = opened(run)[0].position()
    assert found is not None
    assert found.snapshot.batches == 12


def test_a_finished_iteration_wins_over_a_save_that_led_to_it(run: RunFolder) -> None:
    save(run, 2.0)
    run.save_partial(position(0, batches=10))
    found = run.position()
    assert found is not None
    assert found.iteration == 1


def test_a_save_before_the_next_batch_wins_over_the_iteration(run: RunFolder) -> None:
    save(run, 2.0)
    run.save_partial(position(1, batches=10))
    shutil.rmtree(run.path / "iterations" / "0001")
    found, notices = opened(run)
    assert found.position() is not None
    assert found.history() == [report(1, 1.0)["history"]]
    assert "iterations/0001 is missing; iteration 1 is skipped" in notices[0]


def test_an_iteration_that_another_process_saved_is_not_overwritten(run: RunFolder) -> None:
    save(run, 2.0)
    with pytest.raises(SaveError, match=r"iteration 1 of run 'alice-gru' is there already"):
        run.save_iteration(position(1), report(1, 1.0))
    assert run.history()[0]["validation_loss"] == 2.0


def test_logs_say_what_was_reported(run: RunFolder) -> None:
    save(run, 2.0)
    (run.path / "history.jsonl").write_text("garbage")
    run.save_iteration(position(2, losses=(2.0, 1.0)), report(2, 1.0))
    lines = [json.loads(line) for line in (run.path / "history.jsonl").read_text().splitlines()]
    assert lines == [report(1, 2.0)["history"], report(2, 1.0)["history"]]
    samples = [json.loads(line) for line in (run.path / "samples.jsonl").read_text().splitlines()]
    assert [sample["iteration"] for sample in samples] == [1, 2]


def test_logs_are_made_whole_again(run: RunFolder) -> None:
    save(run, 2.0, 1.0)
    samples = (run.path / "samples.jsonl").read_bytes()
    (run.path / "history.jsonl").unlink()
    (run.path / "samples.jsonl").write_bytes(samples + b"\xff[not JSON\n{}\n[1]\n" + b"[" * 100_000)
    (run.path / "iterations" / "0001" / "report.json").unlink()
    again, _ = opened(run)
    with again.writing():
        assert (run.path / "samples.jsonl").read_bytes() == samples  # the log's own line of the lost report
    assert len((run.path / "history.jsonl").read_text().splitlines()) == 2


STATE_FILES = ["weights.safetensors", "optimizer.safetensors", "carry.safetensors", "state.json", "manifest.json"]


@pytest.mark.parametrize("name", STATE_FILES)
@damages
def test_training_falls_back_to_the_newest_whole_iteration(damage: Damage, name: str, run: RunFolder) -> None:
    save(run, 2.0, 1.0, 1.5)
    damage(run.path / "iterations" / "0003" / name)
    again, notices = opened(run)
    found = again.position()
    assert found is not None
    assert (found.iteration, found.snapshot.batches, len(found.history)) == (2, 20, 2)
    assert len(notices) == 1
    assert "iterations/0003/" in notices[0]
    assert "the state of training in iterations/0003 is skipped" in notices[0]
    again.set_aside(after=2)
    assert again.iterations() == [1, 2]
    assert len(list(run.path.glob("iterations/aside-0003-*/report.json"))) == 1
    again.save_iteration(position(3, losses=(2.0, 1.0, 0.5)), report(3, 0.5))
    assert opened(run)[0].history()[-1]["validation_loss"] == 0.5
    assert again.faults() == []


def test_older_iterations_need_not_be_whole(run: RunFolder) -> None:
    save(run, 2.0, 1.0, 1.5, 1.4)
    (run.path / "iterations" / "0001" / "report.json").unlink()
    shutil.rmtree(run.path / "iterations" / "0002")
    again, notices = opened(run)
    found = again.position()
    assert found is not None
    assert [line["validation_loss"] for line in found.history] == [2.0, 1.0, 1.5, 1.4]
    assert notices == []
    assert [line["validation_loss"] for line in again.history()] == [2.0, 1.0, 1.5, 1.4]
    assert again.with_weights() == [1, 3, 4]
    assert len(again.reports()) == 2
    assert ["iteration 2 is skipped" in notices[0], "samples of iteration 1 are lost" in notices[1]] == [True, True]


def test_where_no_state_is_whole_nothing_is_overwritten(run: RunFolder) -> None:
    save(run, 2.0, 1.0, 1.5)
    for path in run.path.glob("iterations/*/optimizer.safetensors"):
        path.unlink()
    again, _ = opened(run)
    with pytest.raises(DamagedRunError, match=r"no state of run 'alice-gru' is whole.*--fork NEW-NAME"):
        again.position()
    assert again.iterations() == [1, 2, 3]


def test_a_run_that_has_only_begun_begins_anew(run: RunFolder) -> None:
    save(run, 2.0)
    (run.path / "iterations" / "0001" / MANIFEST).unlink()
    again, notices = opened(run)
    assert again.position() is None
    assert notices[-1].endswith("it begins anew")
    again.set_aside(after=0)
    assert again.iterations() == []
    assert notices[-1].startswith("iteration 1 is trained again; the old one is kept as ")


def test_a_folder_that_is_gone_is_not_made_again(run: RunFolder, tmp_path: Path) -> None:
    save(run, 2.0)
    run.path.rename(tmp_path / "elsewhere")
    with pytest.raises(SaveError, match="its folder is gone: was the run moved or removed"):
        run.save_iteration(position(2), report(2))
    with pytest.raises(SaveError, match="its folder is gone"):
        run.save_partial(position(1, batches=12))
    assert not run.path.exists()


def test_a_damage_is_told_once_and_as_a_warning_where_nobody_listens(run: RunFolder) -> None:
    save(run, 2.0, 1.0)
    flip(run.path / "iterations" / "0002" / "state.json")
    again = RunFolder(run.path)
    with pytest.warns(DamageWarning, match=r"iterations/0002 is skipped") as told:
        assert (len(again.history()), again.plan(), again.position() is None) == (2, Plan(5, 2), False)
    assert len(told) == 1


@pytest.mark.parametrize("name", ["run.json", "corpus.txt", "manifest.json"])
@pytest.mark.parametrize("folder", ["", "spare"])
@damages
def test_files_and_their_spare_copies_mend_each_other(damage: Damage, folder: str, name: str, run: RunFolder) -> None:
    with run.writing():
        assert run.faults() == []
    damage(run.path / folder / name)
    again, notices = opened(run)
    assert again.header()["model"] == {"units": 3}
    assert again.read("corpus.txt") == "é".encode()
    assert bool(notices) == (not folder)
    assert all("its spare copy is used" in notice for notice in notices)
    assert again.faults()
    with again.writing():
        pass
    assert again.faults() == []
    assert opened(run)[0].read("corpus.txt") == "é".encode()


def test_a_file_whose_spare_copy_is_damaged_too_is_named(run: RunFolder) -> None:
    with run.writing():
        pass
    flip(run.path / "run.json")
    flip(run.path / "spare" / "run.json")
    again, _ = opened(run)
    with pytest.raises(DamagedRunError, match=r"alice-gru/run.json is not what was saved"):
        again.header()
    assert again.read("corpus.txt") == "é".encode()
    with again.writing():
        assert again.faults()


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path / "new", {"run.json": b'{"schema": 3, "kind": "text"}'})
    with pytest.raises(DamagedRunError, match=r"schema 3, this chargen reads up to 2.*upgrade"):
        RunFolder(tmp_path / "new").header()


def test_a_run_of_schema_1_goes_on(tmp_path: Path) -> None:
    """Schema 1: no settings of saving, no history in state.json, files thinned but listed, no spare copies."""
    path = tmp_path / "old"
    write_folder(path, {"run.json": b'{"schema": 1, "kind": "text", "model": {}}'})
    for iteration, loss in enumerate([2.0, 1.0, 1.5], start=1):
        snapshot = position(iteration).snapshot
        state = {"iteration": iteration, "batches": 10 * iteration, "loss_sum": 0.1, "seconds": 2.5}
        files = {f"{name}.safetensors": pack(getattr(snapshot, name)) for name in ("weights", "optimizer", "carry")}
        files["state.json"] = to_json(state | {"plan": 5, "patient_since": 0})
        write_folder(
            path / "iterations" / f"{iteration:04d}", files | {"report.json": to_json(report(iteration, loss))}
        )
    for name in ("optimizer", "carry"):
        (path / "iterations" / "0001" / f"{name}.safetensors").unlink()
    again, notices = opened(RunFolder(path))
    assert again.faults() == []
    assert (again.header()["schema"], again.header()["saving"]) == (2, {})
    with again.writing():
        found = again.position()
    assert found is not None
    assert [line["validation_loss"] for line in found.history] == [2.0, 1.0, 1.5]
    assert again.best() == 2
    assert notices == []
    assert again.read("run.json") == (path / "spare" / "run.json").read_bytes()


def test_a_save_that_fails_leaves_nothing_behind(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    save(run, 2.0)

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


@pytest.mark.parametrize("name", [".lock", "spare", "iterations", "partial"])
def test_a_link_that_leads_out_of_the_run_is_not_followed(name: str, run: RunFolder, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    if name == ".lock":
        outside.write_text("precious")
    else:
        outside.mkdir()
        (outside / ".unfinished-x").write_text("precious")
    (run.path / name).symlink_to(outside)
    with pytest.raises(DamagedRunError, match=r"is a link that leads out of the run"), run.writing():
        pass
    assert not run.is_training()
    assert (outside if name == ".lock" else outside / ".unfinished-x").read_text() == "precious"


def test_a_pipe_in_place_of_a_file_is_not_waited_for(run: RunFolder) -> None:
    (run.path / "run.json").unlink()
    os.mkfifo(run.path / "run.json")
    with pytest.raises(DamagedRunError, match=r"run.json is no file"):
        run.header()


def test_a_file_too_large_to_be_ours_is_not_read(run: RunFolder) -> None:
    with (run.path / "run.json").open("r+b") as file:
        file.truncate(2**40)
    with pytest.raises(DamagedRunError, match=r"run.json is larger than 256 MiB"):
        run.header()


@pytest.mark.parametrize("name", ["../run.json", "/etc/passwd", ".lock", "a/b.json", "x" * 300 + ".json"])
def test_a_manifest_names_files_of_its_folder_only(name: str, run: RunFolder) -> None:
    (run.path / MANIFEST).write_text(json.dumps({name: digest(b"")}))
    assert str(run.faults()[0]).endswith("is not a list of files; restore it from a copy")
    with run.writing():
        pass
    assert not (run.path / "spare").exists()


@pytest.mark.parametrize("name", ["12345678901234567890", "00001", "0000", "1", "٠٠٠١", "0001.txt"])
def test_what_is_no_iteration_is_left_alone(name: str, run: RunFolder) -> None:
    save(run, 2.0)
    (run.path / "iterations" / name).mkdir()
    assert run.iterations() == [1]
