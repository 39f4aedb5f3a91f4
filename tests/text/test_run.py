"""A trained run: opened, sampled, damage told."""

import itertools
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chargen
from chargen import Run
from chargen.errors import DamagedRunError, DamageWarning, OptionError, RunError, SeedError
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
    small: dict[str, Any] = {"units": 3, "seqlen": 10, "iterations": 1, "checkpoints": folder / "runs"}
    chargen.train(folder / "book.txt", ascii="drop", name="ascii", **small)
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


def test_an_empty_seed_is_a_random_place_of_the_training_text(run: Run) -> None:
    assert run.sample("", length=1, random_seed=1) == run.sample(length=1, random_seed=1)
    assert run.vocabulary.decode(run.parts.training.tail()).count(run.sample("", length=1, random_seed=1)[:10]) > 0


def test_a_seed_of_which_nothing_is_left(trained: Path) -> None:
    with pytest.raises(SeedError, match=r"nothing is left of the seed text '爱丽丝'"):
        chargen.load("ascii", trained).sample("爱丽丝")


def test_unknown_characters_are_read_as_the_nearest(run: Run) -> None:
    told: list[str] = []
    text = run.sample("Álice SEEṣ\u00a0", unknown="nearest", on_notice=told.append, length=2)
    assert text[:-2] == "Alice sees "
    assert len(told) == 1
    assert "'Á' read as 'A'" in told[0]
    with pytest.raises(SeedError, match=r"U\+1F642"):
        run.sample("🙂", unknown="nearest")


def test_a_seed_of_a_megabyte(run: Run) -> None:
    characters = run.vocabulary.characters
    seed = "".join(characters[place] for place in np.random.default_rng(0).integers(0, len(characters), 1_000_000))
    how: dict[str, Any] = {"length": 40, "temperature": 1.0, "random_seed": 1}
    assert run.sample(seed, **how)[-40:] == run.sample(seed[-5000:], **how)[-40:]


def test_the_recipe_decides_the_context_unless_told(trained: Path, run: Run) -> None:
    assert run.window() is None
    assert run.window("window") == 10
    lower = chargen.load("lower", trained)
    assert lower.window() == 10
    assert lower.window("state") is None
    long, short = "The queen sees Alice!\nAlice sees ", "lice sees "
    options: dict[str, Any] = {"context": "window", "temperature": 1.0, "random_seed": 1, "length": 60}
    assert run.sample(long, **options)[len(long) :] == run.sample(short, **options)[len(short) :]


def test_scores_of_a_text(run: Run) -> None:
    scores = chargen.score(run, "Alice sees the queen.")
    assert scores.shape == (21,)
    assert np.isnan(scores[0])
    assert np.all(scores[1:] < 0)
    after = run.score("sees", after="Alice ")
    np.testing.assert_allclose(after, scores[6:10], atol=1e-6)
    with pytest.raises(SeedError, match=r"score: .* lacks: .*'Ü'"):
        run.score("Ünknown")
    with pytest.raises(SeedError, match="score: nothing is left of ''"):
        run.score("")
    with pytest.raises(OptionError, match="run is 5"):
        chargen.score(5, "abc")  # type: ignore[arg-type]


def test_the_context_decides_scores_as_it_does_samples(run: Run) -> None:
    (written,) = run.samples(1, "Alice sees ", context="window", random_seed=2, length=30)
    scores = run.score(written.text, after="Alice sees ", context="window")
    np.testing.assert_allclose(scores, -written.nats, atol=1e-6)
    assert not np.allclose(scores, run.score(written.text, after="Alice sees "), atol=1e-3)


def test_texts_to_stop_at_are_prepared_as_the_text_was(trained: Path) -> None:
    text = chargen.load("lower", trained).sample("alice ", stop="S", random_seed=1, temperature=0.2, length=400)
    assert "s" not in text
    assert len(text) < 406


def test_what_can_be_read_as_the_nearest_is_offered(run: Run) -> None:
    with pytest.raises(SeedError, match=r"or let '--unknown nearest' do so$"):
        run.sample("É")
    with pytest.raises(SeedError, match=r"'e' for 'é'$"):
        run.sample("é🙂")


def test_scores_are_what_samples_tell(run: Run, trained: Path) -> None:
    for each in (run, chargen.load("lower", trained)):
        (written,) = each.samples(1, "alice sees ", unknown="nearest", random_seed=2, length=30)
        np.testing.assert_allclose(each.score(written.text, after=written.seed), -written.nats, atol=1e-6)


def test_beams(run: Run) -> None:
    texts = run.samples(2, "Alice ", beams=3, length=10)
    assert run.sample("Alice ", beams=3, length=10) == str(texts[0])
    assert texts[0].nats.mean() <= texts[1].nats.mean()
    with pytest.raises(OptionError, match=r"--beams is 1; it takes a whole number from --samples up: 2"):
        run.samples(2, beams=1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"length": 0}, "--length is 0"),
        ({"context": "wide"}, "--context is 'wide'"),
        ({"unknown": "ignore", "seed": "A"}, "--unknown is 'ignore'"),
        ({"random_seed": -1}, "--random-seed is -1"),
        ({"random_seed": 1.0}, "--random-seed is 1.0"),
        ({"index": -1}, "index is -1"),
        ({"beams": 0}, "--beams is 0"),
        ({"seed": 3}, "--seed is 3"),
        ({"seed": 0}, "--seed is 0"),
        ({"seed": b""}, "--seed is b''"),
        ({"stop": None}, "--stop is None"),
        ({"stop": ["A", 5]}, "--stop is 5"),
        ({"iteration": True}, "--iteration is True"),
        ({"temperature": 10**400}, "--temperature is 1000"),
        ({"beams": 2, "temperature": 1.0}, "'temperature' and 'beams' do not go together"),
        ({"beams": 2, "index": 3}, "'index' and 'beams' do not go together"),
    ],
)
def test_options_that_make_no_sense(run: Run, options: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=re.escape(message)):
        run.sample(**options)


def test_a_text_without_lines_has_no_paragraphs(trained: Path) -> None:
    with pytest.raises(OptionError, match=r"--until is 'paragraph', and this run's text has no lines"):
        chargen.load("lower", trained).sample("alice", until="paragraph")


@pytest.mark.parametrize("temperature", [-1, float("nan"), float("inf")])
def test_a_temperature_that_makes_no_sense(run: Run, temperature: float) -> None:
    with pytest.raises(OptionError, match=r"--temperature is"):
        run.stream("A", temperature=temperature)


def test_iterations_by_name_and_number(run: Run) -> None:
    texts = {iteration: run.sample("The", random_seed=1, iteration=iteration) for iteration in (1, 2, "last", "best")}
    assert texts["last"] == texts[2]
    assert texts["best"] in (texts[1], texts[2])
    with pytest.raises(RunError, match=r"has no weights of iteration 7; --iteration takes best, last or 1 to 2"):
        run.sample("The", iteration=7)


def test_a_copied_folder_is_all_that_is_needed(run: Run, tmp_path: Path) -> None:
    shutil.copytree(run.folder.path, tmp_path / "elsewhere" / "renamed")
    copy = chargen.load("renamed", tmp_path / "elsewhere")
    assert copy.sample("The", random_seed=1) == run.sample("The", random_seed=1)
    copy.resume(iterations=1)
    assert copy.folder.iterations() == [1, 2, 3]


@pytest.mark.parametrize("name", ["run.json", "vocabulary.json", "manifest.json"])
def test_a_half_copied_folder_is_made_whole(run: Run, name: str) -> None:
    before = run.sample("The", random_seed=1)
    (run.folder.path / name).unlink()
    notices: list[str] = []
    again = chargen.load("mine", run.folder.path.parent, notices.append)
    assert again.sample("The", random_seed=1) == before
    assert name in notices[0]
    assert "its spare copy is used" in notices[0]
    again.resume(1)
    assert (run.folder.path / name).is_file()
    assert chargen.load("mine", run.folder.path.parent).done == 3  # and nothing is told


def test_the_next_best_stands_in_for_a_damaged_iteration_and_says_so(run: Run) -> None:
    best, other = (1, 2) if run.folder.best() == 1 else (2, 1)
    (run.folder.path / f"iterations/000{best}/weights.safetensors").unlink()
    notices: list[str] = []
    again = chargen.load("mine", run.folder.path.parent, notices.append)
    assert again.sample("The", random_seed=1) == run.sample("The", random_seed=1, iteration=other)
    assert f"000{best}/weights.safetensors is missing; iteration {best} is skipped" in notices[0]
    with pytest.raises(DamagedRunError, match=r"weights.safetensors is missing"):
        again.sample("The", iteration=best)
    (run.folder.path / f"iterations/000{other}/weights.safetensors").unlink()
    with pytest.raises(DamagedRunError, match=rf"000{other}/weights.safetensors is missing"):
        again.sample("The")


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
    shutil.rmtree(run.folder.path / "spare")
    forge(run, "run.json", content)
    with pytest.raises(DamagedRunError, match=r"run.json"):
        chargen.load("mine", run.folder.path.parent)


@pytest.mark.parametrize("key", ["loss", "validation_loss", "learning_rate"])
def test_a_history_that_lacks_a_figure(run: Run, key: str) -> None:
    for iteration in (1, 2):
        name = f"iterations/{iteration:04d}/state.json"
        state = json.loads((run.folder.path / name).read_text())
        for line in state["history"]:
            del line[key]
        forge(run, name, json.dumps(state))
    again = chargen.load("mine", run.folder.path.parent)
    with pytest.raises(DamagedRunError, match=f"iteration 1 of run 'mine' has no {key}"):
        _ = again.history


def test_settings_that_do_not_fit_the_weights(run: Run) -> None:
    header = run.folder.header()
    header["model"]["units"] = 7
    forge(run, "run.json", json.dumps(header))
    with pytest.raises(DamagedRunError, match=r"the weights do not fit the settings"):
        chargen.load("mine", run.folder.path.parent).sample("The")


def test_a_stream_can_be_left_early(run: Run) -> None:
    assert len(list(itertools.islice(run.stream("The", length=10**9), 5))) == 5


@pytest.mark.parametrize(
    ("section", "key", "value", "message"),
    [
        ("training", "seqlen", 10**6, r"a training part of \d+ characters, less than a window of 1000000"),
        ("training", "validation", 0.999, "a training part of"),
        ("model", "skip", 3, "a network that writes no text"),
        ("model", "encoder", "bidirectional", "a network that writes no text"),
        ("model", "output_activation", "tanh", "a network that writes no text"),
        ("corpus", "documents", [], "another text than its settings say"),
    ],
)
def test_settings_that_do_not_fit_the_text(run: Run, section: str, key: str, value: Any, message: str) -> None:
    header = run.folder.header()
    header[section][key] = value
    forge(run, "run.json", json.dumps(header))
    with pytest.raises(DamagedRunError, match=message):
        chargen.load("mine", run.folder.path.parent).sample()


def test_a_terabyte_of_weights_is_not_read(run: Run) -> None:
    for path in run.folder.path.glob("iterations/*/weights.safetensors"):
        os.truncate(path, 2**40)
    with (
        pytest.warns(DamageWarning, match="larger than 1 MiB"),
        pytest.raises(DamagedRunError, match="larger than 1 MiB"),
    ):
        run.sample()
