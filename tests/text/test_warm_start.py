"""A run that starts with another run's network: characters keep their weights, and nothing held out was learnt."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import chargen
from chargen import Corpus, Run
from chargen.cells import CELLS
from chargen.errors import CorpusError, DamagedRunError, OptionError, RunError, UnknownRunError, UsageError
from chargen.network import ModelConfig, Network, initial_weights
from chargen.randomness import Purpose, generator
from chargen.text import warm_start
from chargen.text.learning import create
from chargen.text.vocabulary import Vocabulary
from chargen.text.warm_start import PATIENCE, RATE, moved
from chargen.trainer.config import LEARNING_RATES
from tests.conftest import SMALL

Make = Callable[..., Run]
# Letters that the small book lacks, and none of its lines.
RIVER = "\n".join(f"Böats {number} go by: {'Fjord' * (number % 4)}, Quay & Zoo!" for number in range(40, 120))


@pytest.fixture
def river(tmp_path: Path) -> Path:
    path = tmp_path / "river.txt"
    path.write_text(RIVER, encoding="utf-8")
    return path


@pytest.fixture
def warm(river: Path, tmp_path: Path) -> Make:
    """Make a run on the other book, from a run or its name."""

    def make(parent: Run | str, corpus: Any = river, **options: Any) -> Run:
        small = {key: value for key, value in SMALL.items() if key != "units"}
        folders = {"corpora": tmp_path / "corpora", "checkpoints": tmp_path / "checkpoints"}
        return create(corpus, from_run=parent, **small | folders | options)

    return make


def first_weights(run: Run) -> Any:
    weights = run.folder.initial()
    assert weights is not None
    return weights


@pytest.mark.parametrize("cell", CELLS)
def test_a_shared_character_keeps_its_weights_by_character(cell: str, untrained: Make, warm: Make) -> None:
    parent = untrained(cell=cell, layers=2)
    child = warm(parent)
    known = parent.vocabulary.characters
    assert set(child.vocabulary.characters) == set(known) | set(RIVER)
    # The oracle: both networks read what both know, and say the same of what both know.
    ours, _ = Network(child.model, first_weights(child))(child.vocabulary.encode(known)[None])
    theirs, _ = parent.pick()[1](parent.vocabulary.encode(known)[None])
    np.testing.assert_allclose(ours[..., child.vocabulary.encode(known)], theirs, atol=1e-6)


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_rows_move_with_their_characters(old: str, new: str) -> None:
    before, after = Vocabulary(old), Vocabulary(old + new)
    weight = np.frombuffer(before.characters.encode("utf-32-le"), "<u4").astype(np.float32)[:, None]
    fresh = np.full((len(after), 1), -1, np.float32)
    found = moved(weight, fresh, after.encode(before.characters))
    assert [chr(int(row[0])) if row[0] >= 0 else None for row in found] == [
        character if character in old else None for character in after.characters
    ]


def test_new_characters_start_from_chance(untrained: Make, warm: Make) -> None:
    parent = untrained()
    child, other = warm(parent), warm(parent, random_seed=1)
    assert child.parent is not None
    assert set(child.parent.new) == set(RIVER) - set(parent.vocabulary.characters) != set()
    new = child.vocabulary.encode(child.parent.new)
    ours, theirs = first_weights(child), first_weights(other)
    drawn = initial_weights(child.model, generator(0, Purpose.WEIGHTS))
    assert np.array_equal(ours["layers.0.kernel"][new], drawn["layers.0.kernel"][new])
    assert np.array_equal(ours["readout.kernel"][:, new], drawn["readout.kernel"][:, new])
    assert not np.isin(ours["layers.0.kernel"][new], theirs["layers.0.kernel"]).any()


def test_it_trains_and_goes_on_to_the_bit(trained: Make, warm: Make) -> None:
    parent = trained()
    whole = warm(parent.name, name="whole", iterations=2).resume()
    parts = warm(parent, name="parts", iterations=1).resume()
    shutil.rmtree(parent.folder.path)  # nothing of it is needed any more
    chargen.load("parts", parts.folder.path.parent).resume(1)
    for key, weight in whole.network("last").weights.items():
        assert np.array_equal(weight, parts.network("last").weights[key]), key
    header = whole.folder.header()["parent"]
    assert (header["run"], header["how"]) == ("garden-gru", "warm start")
    assert list(header["learnt"].values()) == ["garden"]
    assert whole.sample(seed="Böats", random_seed=1)
    assert whole.fork("fork").parent.learnt == header["learnt"]  # type: ignore[union-attr]


def test_the_network_is_the_parents(untrained: Make, warm: Make) -> None:
    parent = untrained(cell="lstm", layers=2, units=7, activation="relu")
    child = warm(parent, preset="best", cell="LSTM", units=7)
    model = child.model
    assert (model.cell, model.layers, model.units, model.activation) == ("lstm", 2, 7, "relu")
    assert child.training_config.schedule == "cosine"  # of the preset what does not decide the network


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"units": 8}, "--units 8 is not what run 'garden-gru' has: 6; its weights fit no other network"),
        ({"cell": "elman"}, "--cell rnn is not what run 'garden-gru' has: gru"),
        ({"layers": 2, "preset": "quick"}, "--layers 2 is not what run 'garden-gru' has: 1"),
    ],
)
def test_another_network_is_refused(options: dict[str, Any], told: str, untrained: Make, warm: Make) -> None:
    parent = untrained()
    with pytest.raises(UsageError) as error:
        warm(parent, **options)
    assert told in str(error.value)
    with pytest.raises(OptionError, match="--units is 'many'"):
        warm(parent, units="many")
    with pytest.raises(OptionError, match=r"--preset is \['best'\]"):
        warm(parent, preset=["best"])
    with pytest.raises(OptionError, match="--optimizer is 'adamw'"):
        warm(parent, optimizer="adamw")


def test_baselines_have_not_learnt_the_parents_text(untrained: Make, warm: Make, book: Path) -> None:
    parent = untrained()
    found = chargen.evaluate(warm(parent))
    assert found.before == ("garden",)
    assert found.verdict().endswith("; it had learnt garden before, the others have not")
    assert chargen.evaluate(warm(parent, book)).before == ()


def test_smaller_steps_and_patience(untrained: Make, warm: Make) -> None:
    parent = untrained()

    def settled(**options: Any) -> tuple[float, int]:
        config = warm(parent, **options).training_config
        return config.learning_rate, config.patience

    assert settled() == (RATE * LEARNING_RATES["adam"], PATIENCE)
    assert settled(optimizer="sgd") == (RATE * LEARNING_RATES["sgd"], PATIENCE)
    assert settled(learning_rate=0.003, patience=0) == (0.003, 0)
    assert settled(validation=0) == (RATE * LEARNING_RATES["adam"], 0)
    assert settled(preset="best")[1] == 10


def test_the_text_is_prepared_as_the_parents_was(untrained: Make, warm: Make) -> None:
    parent = untrained(lowercase=True, ascii=True)
    assert warm(parent).text == RIVER.lower().replace("ö", "o")
    assert warm(parent, lowercase=False, ascii=False).text == RIVER


def test_what_the_parent_learnt_is_not_held_out(untrained: Make, warm: Make, book: Path, tmp_path: Path) -> None:
    parent = untrained()
    same = warm(parent, book)  # the same parts: what is held out was held out before
    assert same.parent is not None
    assert same.vocabulary == parent.vocabulary
    # Another edition: the held-out part has moved into what was learnt.
    edition = tmp_path / "edition.txt"
    lines = [f"_{line.upper()}_" for line in book.read_text().split("\n")]
    edition.write_text("\n".join(lines[60:] + lines[:60]), encoding="utf-8")
    with pytest.raises(CorpusError, match=r"the validation part stands in what run 'garden-gru' has learnt: .*--val"):
        warm(parent, edition)
    assert warm(parent, edition, validation=0)


def test_a_test_part_that_chose_the_parents_iteration(untrained: Make, warm: Make, book: Path) -> None:
    parent = untrained(validation=0.3)
    assert warm(parent, book, validation=0.2)
    with pytest.raises(CorpusError, match="of the test part stands in what run"):
        warm(parent, book, validation=0.1, test=0.2)


def test_a_little_that_was_learnt_is_told(untrained: Make, warm: Make, book: Path, tmp_path: Path) -> None:
    told: list[str] = []
    held_out = tmp_path / "held.txt"
    letters = "".join(map(chr, np.random.default_rng(3).integers(0x61, 0x7B, 9000)))
    held_out.write_text(letters + book.read_text()[:160], encoding="utf-8")
    warm(untrained(), validation=held_out, on_notice=told.append)
    where = "of the validation part stands in what run 'garden-gru' has learnt"
    assert told == [f"about 0.5 % {where}: the figure flatters"]


def test_a_text_of_a_grandparent(untrained: Make, warm: Make, book: Path, tmp_path: Path) -> None:
    grandparent = untrained()
    parent = warm(grandparent)
    with pytest.raises(CorpusError, match=r"garden\.txt was learnt by a run that 'river-gru' started from"):
        warm(parent, book)
    assert warm(parent, book, validation=0)
    held_out = tmp_path / "held.txt"
    held_out.write_text("Nobody has seen this. " * 9, encoding="utf-8")
    assert warm(parent, book, validation=held_out)  # the book itself is not held out
    with pytest.raises(CorpusError, match=r"garden\.txt was learnt by"):
        warm(parent, RIVER_CORPUS, validation=book)
    same = warm(grandparent, book, name="same")
    assert warm(same, book)  # what is held out now was held out all along


def test_texts_that_were_learnt_whole(
    untrained: Make, warm: Make, book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    for number in range(20):
        lines = np.random.default_rng(number).permutation(book.read_text().split("\n"))[:9]
        (texts / f"{number}.txt").write_text("\n".join(lines), encoding="utf-8")
    untrained()
    parent = create([texts, book], **SMALL, checkpoints=tmp_path / "checkpoints", name="many")
    learnt = {text.name for text in parent.documents if text.part == "training"}
    assert "garden" in learnt
    child = warm(parent)
    assert child.parent is not None
    assert set(child.parent.learnt.values()) == learnt
    with pytest.raises(CorpusError, match=r"garden\.txt was learnt by a run that 'river-gru' started from"):
        warm(child, RIVER_CORPUS, validation=book)
    assert warm(parent, [texts, book], name="same")  # what is held out now was held out all along
    # However long the text: what is compared with is its end alone.
    monkeypatch.setattr(warm_start, "LIMIT", 1)
    with pytest.raises(CorpusError, match=r"garden\.txt was learnt by run 'many'"):
        warm(parent, RIVER_CORPUS, validation=book)


def test_no_such_parent(untrained: Make, warm: Make, tmp_path: Path) -> None:
    run = create(RIVER_CORPUS, **SMALL, checkpoints=tmp_path / "checkpoints")
    with pytest.raises(RunError, match=r"has no finished iteration yet; go on with 'chargen resume river-gru'"):
        warm(run)
    with pytest.raises(UnknownRunError, match=r"no run 'rivr-gru' in .*did you mean 'river-gru'"):
        warm("rivr-gru")
    with pytest.raises(UnknownRunError, match=r"no run '../river-gru'"):
        warm("../river-gru")
    with pytest.raises(OptionError, match="--from is 3; it takes a run or its name"):
        warm(3)


def test_from_itself(untrained: Make, warm: Make, book: Path) -> None:
    parent = untrained()
    with pytest.raises(RunError, match="a run 'garden-gru' exists"):
        warm(parent, book, name=parent.name)


RIVER_CORPUS = Corpus("river", RIVER, "river.txt", "1" * 64)


def test_a_damaged_parentage(untrained: Make, warm: Make) -> None:
    child = warm(untrained())
    header = child.folder.header()
    for parent in ("x", {"run": 3, "iteration": 1}, header["parent"] | {"learnt": {"a": 1}}, {"run": "x"}):
        with pytest.raises(DamagedRunError, match="parent"):
            child._read_header({**header, "parent": parent}, "run.json")
    assert json.dumps(header)


def test_a_series_run_writes_no_text(tmp_path: Path, warm: Make) -> None:
    from chargen.runs import Store

    Store(tmp_path / "checkpoints").create("series", {}, {}, "sunspots-gru", "sunspots-gru")
    with pytest.raises(RunError, match="'sunspots-gru' is a series run, this command takes a text run"):
        warm("sunspots-gru")


def test_the_form_of_the_network_is_what_decides_its_shapes() -> None:
    """Whoever adds a setting that shapes depend on has to add it to what a warm start adopts."""
    from dataclasses import fields

    from chargen.text.settings import DECIDED
    from chargen.text.warm_start import NETWORK

    free = {field.name for field in fields(ModelConfig)} - set(DECIDED) - set(NETWORK)
    assert free == {"dropout", "recurrent_dropout"}
