"""A trained run: opened, sampled, damage told."""

import itertools
import json
import shutil
from pathlib import Path

import pytest

import chargen
from chargen import Run
from chargen.errors import DamagedRunError, OptionError, RunError, SeedError
from chargen.runs.files import MANIFEST, digest


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    (folder / "book.txt").write_text("Alice sees the queen.\nThe queen sees Alice!\n" * 30, encoding="utf-8")
    chargen.train(folder / "book.txt", units=6, seqlen=10, iterations=2, checkpoints=folder / "runs", name="mine")
    chargen.train(
        folder / "book.txt",
        units=6,
        seqlen=10,
        iterations=1,
        recipe="classic",
        lowercase=True,
        join_lines=True,
        checkpoints=folder / "runs",
        name="lower",
    )
    return folder / "runs"


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Run:
    shutil.copytree(trained, tmp_path / "runs")
    return chargen.load("mine", tmp_path / "runs")


def test_the_same_random_seed_writes_the_same_text(run: Run) -> None:
    first = run.sample("Alice ", random_seed=3, length=50)
    assert first == run.sample("Alice ", random_seed=3, length=50)
    assert first.startswith("Alice ")
    assert len(first) == 56
    assert first != run.sample("Alice ", random_seed=4, length=50)
    assert first != run.sample("Alice ", random_seed=3, length=50, index=1)


def test_without_a_random_seed_each_text_is_new(run: Run) -> None:
    assert len({run.sample("A", length=60, temperature=1.5) for _ in range(3)}) > 1


def test_streamed_or_not_the_text_is_the_same(run: Run) -> None:
    pieces = list(run.stream("The", random_seed=1, length=30))
    assert len(pieces) == 31
    assert "".join(pieces) == run.sample("The", random_seed=1, length=30)


def test_greedy_needs_no_chance(run: Run) -> None:
    assert run.sample("The", temperature=0, random_seed=1) == run.sample("The", temperature=0, random_seed=2)


def test_without_a_seed_the_text_starts_inside_the_book(run: Run) -> None:
    assert run.sample(length=1)[:10] in run.text


def test_a_seed_longer_than_the_window(run: Run) -> None:
    seed = "The queen sees Alice!\n" * 50
    assert run.sample(seed, length=3)[:-3] == seed


def test_a_seed_passes_through_the_normalising_of_its_run(trained: Path) -> None:
    lower = chargen.load("lower", trained)
    assert lower.sample("Alice\nSEES ", length=5).startswith("alice sees ")


@pytest.mark.parametrize("seed", ["Ünknown", "爱丽丝", "🙂", "\udc80", "\0"])
def test_unknown_characters_are_named(run: Run, seed: str) -> None:
    with pytest.raises(SeedError, match=rf"U\+{ord(seed[0]):04X}"):
        run.sample(seed)


def test_an_empty_seed(run: Run) -> None:
    with pytest.raises(SeedError, match=r"empty"):
        run.sample("")


@pytest.mark.parametrize("temperature", [-1, float("nan"), float("inf")])
def test_a_temperature_that_makes_no_sense(run: Run, temperature: float) -> None:
    with pytest.raises(OptionError, match=r"--temperature is"):
        run.stream("A", temperature=temperature)


def test_iterations_by_name_and_number(run: Run) -> None:
    texts = {iteration: run.sample("The", random_seed=1, iteration=iteration) for iteration in (1, 2, "last", "best")}
    assert texts["last"] == texts[2]
    assert texts["best"] in (texts[1], texts[2])
    with pytest.raises(RunError, match=r"has no iteration 7; --iteration takes best, last or 1 to 2"):
        run.sample("The", iteration=7)


def test_a_copied_folder_is_all_that_is_needed(run: Run, tmp_path: Path) -> None:
    shutil.copytree(run.folder.path, tmp_path / "elsewhere" / "renamed")
    copy = chargen.load("renamed", tmp_path / "elsewhere")
    assert copy.sample("The", random_seed=1) == run.sample("The", random_seed=1)
    copy.resume(iterations=1)
    assert copy.folder.iterations() == [1, 2, 3]


@pytest.mark.parametrize(
    "name", ["run.json", "vocabulary.json", "manifest.json", "iterations/0002/weights.safetensors"]
)
def test_a_half_copied_folder_names_the_file(run: Run, name: str) -> None:
    (run.folder.path / name).unlink()
    with pytest.raises(DamagedRunError, match=Path(name).name):
        chargen.load("mine", run.folder.path.parent).sample("The", iteration=2)


def test_a_run_without_iterations(run: Run) -> None:
    shutil.rmtree(run.folder.path / "iterations")
    with pytest.raises(RunError, match=r"no finished iteration yet; go on with 'chargen resume mine'"):
        run.sample("The")


def forge(run: Run, name: str, content: str) -> None:
    """Change a file and its checksum, as somebody with an editor might."""
    path = run.folder.path / name
    path.write_text(content)
    manifest = json.loads(path.with_name(MANIFEST).read_text())
    path.with_name(MANIFEST).write_text(json.dumps(manifest | {path.name: digest(content.encode())}))


def test_an_unknown_setting_is_named(run: Run) -> None:
    header = run.folder.header()
    header["model"]["unit"] = 3
    forge(run, "run.json", json.dumps(header))
    with pytest.raises(DamagedRunError, match=r"unknown setting 'unit' \(did you mean 'units'"):
        chargen.load("mine", run.folder.path.parent)


def test_an_older_file_takes_the_defaults_of_newer_settings(run: Run) -> None:
    header = run.folder.header()
    del header["training"]["momentum"]
    forge(run, "run.json", json.dumps(header))
    assert chargen.load("mine", run.folder.path.parent).training_config == run.training_config


@pytest.mark.parametrize(
    "content", ["[]", "{}", '{"schema": 1, "kind": "text"}', '{"schema": 1, "kind": "text", "model": 3}']
)
def test_a_header_that_lacks_its_sections(run: Run, content: str) -> None:
    forge(run, "run.json", content)
    with pytest.raises(DamagedRunError, match=r"run.json"):
        chargen.load("mine", run.folder.path.parent)


def test_settings_that_do_not_fit_the_weights(run: Run) -> None:
    header = run.folder.header()
    header["model"]["units"] = 7
    forge(run, "run.json", json.dumps(header))
    with pytest.raises(DamagedRunError, match=r"the weights do not fit the settings"):
        chargen.load("mine", run.folder.path.parent).sample("The")


def test_a_stream_can_be_left_early(run: Run) -> None:
    assert len(list(itertools.islice(run.stream("The", length=10**9), 5))) == 5
