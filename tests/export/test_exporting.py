"""Exports: each format's own runtime says what the run's network says; nothing is overwritten, nothing half there."""

import errno
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from threading import Event
from typing import Any, cast
from zipfile import ZipFile

import numpy as np
import pytest

from chargen import Run
from chargen.cells import CELLS
from chargen.errors import ChargenError, OptionError, SaveError
from chargen.export import FORMATS, export
from chargen.network import Network
from chargen.types import Floats, Ids

TOLERANCE = 1e-4
BATCH, STEPS = 3, 24
STEP_FORMATS = [name for name in FORMATS if name not in ("keras-window", "safetensors")]
# Every cell once, with one layer or two by turns; of what is made at once, both.
CASES = [(cell, 1 + index % 2, form) for form in STEP_FORMATS for index, cell in enumerate(CELLS)]
CASES += [(cell, 2 - index % 2, "keras") for index, cell in enumerate(CELLS)]

Step = Callable[..., Mapping[str, Any]]


def probabilities(network: Network, ids: Ids) -> Floats:
    """What comes after each character, by NumPy alone."""
    outputs, _ = network(ids)
    odds = np.exp(outputs - outputs.max(axis=-1, keepdims=True))
    result: Floats = odds / odds.sum(axis=-1, keepdims=True)
    return result


def load(lines: str) -> dict[str, Any]:
    """Run the lines that an export tells its user."""
    names: dict[str, Any] = {}
    exec(lines, names)  # noqa: S102 (they are what is tested)
    return names


def stepper(form: str, names: Mapping[str, Any]) -> Step:
    """Call what those lines loaded once more."""

    def onnx(**given: Any) -> Mapping[str, Any]:
        session = names["session"]
        return dict(zip([output.name for output in session.get_outputs()], session.run(None, given), strict=True))

    def savedmodel(**given: Any) -> Mapping[str, Any]:
        import tensorflow as tf

        tensors = {name: tf.constant(value) for name, value in given.items()}
        found: Mapping[str, Any] = names["loaded"].signatures["serving_default"](**tensors)
        return found

    def keras(**given: Any) -> Mapping[str, Any]:
        found: Mapping[str, Any] = names["model"](given)
        return found

    runtimes: dict[str, Step] = {"onnx": onnx, "savedmodel": savedmodel, "keras": keras}
    return runtimes.get(form) or cast(Step, names["step"])


@pytest.fixture
def small(untrained: Callable[..., Run], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """Make a run with drawn weights, in the test's own folder."""
    monkeypatch.chdir(tmp_path)
    return untrained


@pytest.mark.parametrize(("cell", "layers", "form"), CASES)
def test_a_step_in_its_own_runtime(cell: str, layers: int, form: str, small: Callable[..., Run]) -> None:
    run = small(cell=cell, layers=layers, recurrent_dropout=0.1)
    network, size = run.network(), len(run.vocabulary)
    made = export(run, form)
    names = load(made.loads)
    about = names["about"]
    assert about["vocabulary"] == list(run.vocabulary.characters)
    assert (about["iteration"], about["recipe"], about["seqlen"], about["model"]["cell"]) == (1, "stream", 5, cell)
    ids = np.random.default_rng(0).integers(0, size, (BATCH, STEPS)).astype(np.int32)
    ids[0, 0] = 0  # as in the lines
    expected = probabilities(network, ids)
    np.testing.assert_allclose(names["said"]["probabilities"], expected[:1, 0], atol=TOLERANCE)
    step = stepper(form, names)
    states = {name: np.zeros((BATCH, network.config.units), np.float32) for name in about["states"]}
    for position in range(STEPS):
        said = {name: np.asarray(value) for name, value in step(character=ids[:, position], **states).items()}
        np.testing.assert_allclose(said["probabilities"], expected[:, position], atol=TOLERANCE)
        odds = np.exp(said["logits"])
        np.testing.assert_allclose(odds / odds.sum(axis=1, keepdims=True), said["probabilities"], atol=1e-6)
        states = {name: said[after] for name, after in about["states"].items()}
    assert len(states) == layers * len(CELLS[cell].states)


@pytest.mark.parametrize("cell", CELLS)
def test_a_step_is_of_keras_own_layers(cell: str, small: Callable[..., Run]) -> None:
    with ZipFile(export(small(cell=cell), "keras").path) as archive:
        assert b"FollowedCell" not in archive.read("config.json")


@pytest.mark.parametrize("recipe", ["stream", "classic"])
@pytest.mark.parametrize("cell", CELLS)
def test_whole_windows(cell: str, recipe: str, small: Callable[..., Run]) -> None:
    run = small(cell=cell, layers=2, recipe=recipe, recurrent_dropout=0.1)
    made = export(run, "keras-window")
    assert made.path.name == f"garden-{cell}-window.keras"
    names = load(made.loads.partition("said")[0])  # `predict` compiles
    ids = np.random.default_rng(0).integers(0, len(run.vocabulary), (BATCH, STEPS)).astype(np.int32)
    expected = probabilities(run.network(), ids)
    found = names["model"](ids).numpy()
    np.testing.assert_allclose(found, expected[:, -1] if recipe == "classic" else expected, atol=TOLERANCE)


def test_weights_by_their_keys(small: Callable[..., Run]) -> None:
    run = small(layers=2)
    names = load(export(run, "safetensors").loads)
    assert names["weights"].keys() == run.model.shapes().keys()
    assert names["about"]["normalising"] == asdict(run.normalising)
    ids = np.array([[0]])
    np.testing.assert_array_equal(names["said"], run.network()(ids)[0])


def test_the_unknown_character_is_told(small: Callable[..., Run]) -> None:
    assert load(export(small(), "safetensors").loads)["about"]["unknown"] is None
    few = load(export(small(name="few", max_vocabulary=6), "safetensors").loads)["about"]
    assert few["unknown"] == "\ufffd"
    assert few["unknown"] in few["vocabulary"]


def test_nothing_is_overwritten(small: Callable[..., Run]) -> None:
    run = small()
    made = export(run, "safetensors")
    assert (made.path, made.size) == (Path("garden-gru.safetensors"), made.path.stat().st_size)
    before = made.path.read_bytes()
    with pytest.raises(OptionError, match=r"--output is 'garden-gru.safetensors'; it takes a new name"):
        export(run, "safetensors")
    Path("dangling.onnx").symlink_to("nowhere")
    with pytest.raises(OptionError, match="a new name"):
        export(run, "onnx", "dangling.onnx")
    assert made.path.read_bytes() == before


def test_names_and_formats(small: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> None:
    run = small()
    with pytest.raises(OptionError, match=r"--format is 'onx' \(did you mean 'onnx'\?\); it takes keras, keras-"):
        export(run, "onx")
    with pytest.raises(OptionError, match=r"--format is 'ONNX' \(did you mean 'onnx'\?\)"):
        export(run, "ONNX")
    with pytest.raises(OptionError, match=r"--format is \['onnx'\] "):
        export(run, cast(str, ["onnx"]))
    for output in (5, "a\0.keras", "\udcff.keras"):
        with pytest.raises(OptionError, match=r"--output is .*; it takes a name in UTF-8"):
            export(run, "keras", cast(str, output))
    with pytest.raises(OptionError, match=r"'a.h5'; it takes a name that ends in .keras with --format keras"):
        export(run, "keras", "a.h5")
    with pytest.raises(OptionError, match="run is 'garden'; it takes a text run"):
        export(cast(Run, "garden"), "keras")
    with pytest.raises(SaveError, match=r"cannot be written \(File name too long\)"):
        export(run, "keras", "a" * 300 + ".keras")
    with pytest.raises(SaveError, match="there is no folder there"):
        export(run, "keras", Path("there") / "a.keras")
    monkeypatch.setattr("chargen.export.exporting.find_spec", lambda name: None)
    with pytest.raises(ChargenError, match=r"needs tf2onnx, which is not installed; .* 'chargen\[export\]'"):
        export(run, "onnx")


@pytest.mark.parametrize("form", ["safetensors", "savedmodel"])
def test_a_full_disk(form: str, small: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> None:
    import keras
    import tensorflow as tf

    def refuse(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def refuse_too(*_: Any, **__: Any) -> None:
        raise tf.errors.ResourceExhaustedError(None, None, "{{node}} a/variables; No space left on device [Op:SaveV2]")

    run = small()
    monkeypatch.setattr(Path, "write_bytes", refuse)
    monkeypatch.setattr(keras.Model, "export", refuse_too)
    before = sorted(Path().iterdir())
    with pytest.raises(SaveError, match=r"cannot be written \(No space left on device\); choose another place"):
        export(run, form)
    assert sorted(Path().iterdir()) == before


def test_room_is_taken_where_the_file_goes(small: Callable[..., Run], monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []

    def refuse(_: Any, path: Path) -> None:
        taken.append(path)
        raise OSError(errno.ENOSPC, "No space left on device")

    run = small()
    monkeypatch.setattr("chargen.export.models.save_graph", refuse)
    with pytest.raises(SaveError, match="cannot be written"):
        export(run, "tflite")
    assert [path.resolve().is_relative_to(Path.cwd()) for path in taken] == [True]
    assert not taken[0].exists()


def test_threads_leave_the_filters_of_warnings_alone(tmp_path: Path) -> None:
    from chargen.export.models import save

    class Model:
        def __init__(self, inside: Event, meanwhile: Event) -> None:
            self.inside, self.meanwhile = inside, meanwhile

        def save(self, _: Path) -> None:
            self.inside.set()
            self.meanwhile.wait(0.2)

    before = list(warnings.filters)
    first, second = Event(), Event()
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(save, Model(first, second), tmp_path)
        first.wait()
        other = pool.submit(save, Model(second, Event()), tmp_path)  # leaves last what the first had set
        one.result()
        other.result()
    assert warnings.filters == before
