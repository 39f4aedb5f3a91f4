"""A run from a stranger, whose manifests vouch for whatever its files hold, is read or refused."""

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import DamagedRunError, RunError
from chargen.runs import Plan, Position, RunFolder, Store
from chargen.runs.files import MANIFEST, digest, to_json
from chargen.snapshot import Snapshot

# What is done without is told; here it may be anything.
pytestmark = pytest.mark.filterwarnings("ignore::chargen.errors.DamageWarning")
VALUES = st.recursive(
    st.none() | st.booleans() | st.sampled_from([-1, 0, 3, 10**18, 10**400]) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)
FILES = ["run.json", "iterations/0001/report.json", "iterations/0002/report.json", "iterations/0002/state.json"]
FILES += ["partial/0001/state.json"]


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = Store(tmp_path_factory.mktemp("honest"))
    run = store.create("text", {"model": {"units": 3}}, {"corpus.txt": b"text"}, "mine", "x")
    for iteration in (1, 2):
        value = {"w": np.ones((2, 3), np.float32)}
        line = {"iteration": iteration, "loss": 1.0, "validation_loss": 2.0, "bits_per_character": 3.0}
        position = Position(Snapshot(value, value, value, 10 * iteration, 0.1, 2.5), iteration, Plan(5, 2))
        run.save_iteration(position, {"history": line, "samples": []})
    run.save_partial(Position(Snapshot(value, value, value, 25, 0.1, 2.5), 2, Plan(5, 2)))
    return run.path


@pytest.fixture
def stranger(honest: Path, tmp_path: Path) -> RunFolder:
    return RunFolder(Path(shutil.copytree(honest, tmp_path / "checkpoints" / "mine")))


def replace(path: Path, content: bytes) -> None:
    """Write a file and make the manifest fit."""
    path.write_bytes(content)
    manifest = path.with_name(MANIFEST)
    manifest.write_bytes(to_json({**json.loads(manifest.read_bytes()), path.name: digest(content)}))


def giant(path: Path) -> None:
    """Make a file of a terabyte that takes no room on the disk."""
    path.touch()
    os.truncate(path, 2**40)


class TooLongError(BaseException):
    """Not an Exception: nothing may take it for an answer."""


@pytest.fixture
def at_once() -> Iterator[None]:
    """Stop a test that is still waiting, or reading without end, after two seconds."""

    def stop(*_: object) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 2)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def readers(run: RunFolder) -> list[Callable[[], object]]:
    store = Store(run.path.parent)
    return [
        run.header,
        run.history,
        run.best,
        run.plan,
        run.position,
        lambda: store.open("mine", "text"),
        lambda: store.open(None, "text"),
    ]


def read_all(run: RunFolder) -> None:
    for reader in readers(run):
        try:
            reader()
        except RunError:
            continue


@given(data=st.data())
def test_any_value_in_a_file_is_read_or_refused(honest: Path, data: st.DataObject) -> None:
    run, file = RunFolder(honest), honest / data.draw(st.sampled_from(FILES))
    manifest = file.with_name(MANIFEST)
    before = file.read_bytes(), manifest.read_bytes()
    document = json.loads(before[0])
    places = [(document, key) for key in document]
    places += [(value, key) for value in document.values() if isinstance(value, dict) for key in value]
    container, key = data.draw(st.sampled_from(places))
    if data.draw(st.booleans()):
        del container[key]
    else:
        container[key] = data.draw(VALUES)
    try:
        replace(file, json.dumps(document).encode())
        read_all(run)
    finally:
        file.write_bytes(before[0])
        manifest.write_bytes(before[1])


@pytest.mark.parametrize("name", ["9" * 20, "9" * 250, "0000", "00001", "٠٠٠٣"])
def test_folders_that_are_no_iterations(stranger: RunFolder, name: str) -> None:
    (stranger.path / "iterations" / name).mkdir()
    read_all(stranger)


@pytest.mark.parametrize("file", [*FILES, "corpus.txt", MANIFEST, "iterations/0002/weights.safetensors"])
@pytest.mark.parametrize("odd", ["pipe", "endless", "folder", "link to itself", "giant"])
@pytest.mark.skipif(os.name == "nt", reason="pipes and devices in the file system")
def test_what_is_no_file_is_refused_at_once(stranger: RunFolder, at_once: None, file: str, odd: str) -> None:
    path = stranger.path / file
    path.unlink()
    makers: dict[str, Callable[[], Any]] = {
        "pipe": lambda: os.mkfifo(path),
        "endless": lambda: path.symlink_to("/dev/zero"),
        "folder": path.mkdir,
        "link to itself": lambda: path.symlink_to(path),
        "giant": lambda: giant(path),
    }
    makers[odd]()
    read_all(stranger)
    with pytest.raises(DamagedRunError):
        stranger.read(file)


@pytest.mark.parametrize("place", ["iterations", "partial", ".lock"])
def test_links_to_elsewhere_are_not_followed(stranger: RunFolder, place: str, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / ".unfinished-mine").mkdir(parents=True)
    (tmp_path / "private.txt").write_text("mine")
    shutil.rmtree(stranger.path / place, ignore_errors=True)
    (stranger.path / place).symlink_to(tmp_path / "private.txt" if place == ".lock" else elsewhere)
    try:
        with stranger.writing():
            read_all(stranger)
    except RunError:
        pass
    stranger.is_training()
    assert (elsewhere / ".unfinished-mine").is_dir()
    assert (tmp_path / "private.txt").read_text() == "mine"


@pytest.mark.parametrize("sample", ['{"text": NaN}', '{"text": "\\ud800"}'])
def test_samples_that_cannot_be_written_again(sample: str, stranger: RunFolder) -> None:
    path = stranger.path / "iterations" / "0001" / "report.json"
    replace(path, b'{"history": {"iteration": 1}, "samples": [' + sample.encode() + b"]}")
    (stranger.path / "samples.jsonl").write_text(f'{{"iteration": 1, "sample": {sample}}}')
    with pytest.raises(DamagedRunError, match="has samples that are no text"):
        stranger.report(1)
    with stranger.writing():
        assert [report["history"]["iteration"] for report in stranger.reports()] == [2]


@pytest.mark.parametrize("name", ["run.json", "iterations/0002/state.json", "iterations/0002/weights.safetensors"])
def test_a_link_in_place_of_a_file_is_not_followed(name: str, stranger: RunFolder, tmp_path: Path) -> None:
    path = stranger.path / name
    (tmp_path / "private").write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(tmp_path / "private")
    assert any(f"{path} cannot be read" in str(fault) for fault in stranger.faults())


@pytest.mark.parametrize("name", ["iterations", "partial", "iterations/0002"])
def test_a_link_in_place_of_a_folder_is_not_followed(name: str, stranger: RunFolder, tmp_path: Path) -> None:
    path = stranger.path / name
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    if name == "iterations/0002":
        assert stranger.iterations() == [1]
    else:
        with pytest.raises(DamagedRunError, match="is a link that leads out of the run"):
            stranger.history()


def test_a_giant_of_tensors_is_not_read(stranger: RunFolder) -> None:
    stranger.largest = 2**20
    giant(stranger.path / "iterations" / "0002" / "weights.safetensors")
    with pytest.raises(DamagedRunError, match=r"weights.safetensors is larger than 1 MiB"):
        stranger.weights(2)


def test_a_pipe_in_place_of_what_is_removed(stranger: RunFolder) -> None:
    shutil.rmtree(stranger.path / "partial")
    os.mkfifo(stranger.path / "partial")
    state = stranger.position()
    assert state is not None
    line = {"iteration": 3, "loss": 1.0, "validation_loss": 2.0}
    stranger.save_iteration(
        Position(state.snapshot, 3, Plan(5, 2), (*state.history, line)), {"history": line, "samples": []}
    )
    assert not (stranger.path / "partial").exists()


@pytest.mark.parametrize("name", ["history.jsonl", "samples.jsonl"])
def test_a_log_that_is_no_log_is_written_anew(name: str, stranger: RunFolder) -> None:
    report = to_json({"history": {"iteration": 1}, "samples": [{"text": "a"}]})
    replace(stranger.path / "iterations" / "0001" / "report.json", report)
    with stranger.writing():
        before = (stranger.path / name).read_bytes()
    for make in (giant, os.mkfifo):
        (stranger.path / name).unlink()
        make(stranger.path / name)
        with stranger.writing():
            assert (stranger.path / name).read_bytes() == before
