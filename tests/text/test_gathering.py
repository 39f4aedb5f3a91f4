"""Texts gathered for a run: from folders, in memory or on disk, of any size."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import chargen
from chargen.errors import CorpusError, OptionError, SeedError
from chargen.text import encoded, gathering
from chargen.text.corpus import Corpus
from chargen.text.gathering import find, gather
from chargen.text.learning import create
from chargen.text.normalise import UNKNOWN, Normalising
from chargen.text.run import Run

SMALL: dict[str, Any] = {"cell": "rnn", "units": 5, "seqlen": 10, "iterations": 1, "batch_size": 4, "length": 20}
Train = Callable[..., Run]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twenty-four small texts, one of them twice."""
    texts = tmp_path / "texts"
    texts.mkdir()
    for number in range(23):
        lines = [f"Text {number}, line {line}: {'ab' * (number + line)} ends.\n" for line in range(12)]
        (texts / f"{number:02}.txt").write_text("".join(lines), encoding="utf-8")
    shutil.copy(texts / "03.txt", texts / "copy.txt")
    return texts


@pytest.fixture
def train(tmp_path: Path) -> Train:
    def train(corpus: Any, **options: Any) -> Run:
        places = {"corpora": tmp_path / "corpora", "checkpoints": tmp_path / "checkpoints"}
        return chargen.train(corpus, **SMALL | places | options)

    return train


def test_a_folder_is_learnt_text_by_text(folder: Path, train: Train) -> None:
    told: list[str] = []
    run = train(folder, on_notice=told.append)
    assert run.name == "texts-rnn"
    assert len(run.documents) == 23
    assert run.separate
    assert [notice for notice in told if "exact copies" in notice]
    parts = {part: [text.name for text in run.documents if text.part == part] for part in ("training", "validation")}
    assert len(parts["training"]) + len(parts["validation"]) == 23
    held = sum(document.characters for document in run.documents if document.part == "validation")
    assert len(run.parts.validation.ids) == held
    assert 0.05 < held / run.characters < 0.15
    assert len(run.parts.training) == run.characters - held


@pytest.mark.parametrize("options", [{}, {"max_vocabulary": 12, "boundary": "\x03"}, {"lowercase": True}])
def test_a_long_corpus_is_the_same_on_disk_as_in_memory(
    options: dict[str, Any], folder: Path, train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = train(folder, name="kept", **options)
    monkeypatch.setattr(gathering, "LIMIT", 1000)
    run = train(folder, name="encoded", **options)
    assert kept.encoded is None
    assert run.encoded is not None
    assert not (run.folder.path / "corpus.txt").exists()
    assert run.vocabulary == kept.vocabulary
    assert run.characters == kept.characters == len(kept.text)
    assert [document.part for document in run.documents] == [document.part for document in kept.documents]
    np.testing.assert_array_equal(run.parts.training.tail(), kept.parts.training.tail())
    np.testing.assert_array_equal(run.parts.validation.ids, kept.parts.validation.ids)
    assert run.history[0]["loss"] == kept.history[0]["loss"]
    assert run.history[0]["validation_loss"] == kept.history[0]["validation_loss"]
    assert run.sample("Text", length=9, random_seed=1) == kept.sample("Text", length=9, random_seed=1)
    assert run.sample(length=9, random_seed=1) == kept.sample(length=9, random_seed=1)


def test_a_long_corpus_that_changed_is_refused_at_resume(
    folder: Path, train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "LIMIT", 1000)
    run = train(folder)
    assert run.resume(1).done == 2
    assert run.encoded is not None
    shutil.rmtree(run.encoded.folder)
    again = chargen.load(run.name, run.folder.path.parent)
    assert len(again.sample("Text", length=3)) == 7
    assert again.resume(1).done == 3  # encoded again
    ids = Path(run.encoded.folder, run.encoded.key, "ids.bin")
    kept = ids.read_bytes()
    ids.write_bytes(bytes(len(kept)))
    run.restore()
    assert ids.read_bytes() == kept
    (folder / "05.txt").write_text("Another text.")
    with pytest.raises(CorpusError, match=r"05\.txt has changed since run .* began"):
        again.resume(1)
    (folder / "05.txt").unlink()
    assert again.resume(1).done == 4  # what was encoded is still there
    shutil.rmtree(run.encoded.folder)
    with pytest.raises(CorpusError, match=r"05\.txt is gone, and so is what was encoded of it"):
        chargen.load(run.name, run.folder.path.parent).resume(1)


def test_an_encoded_text_that_is_gone_is_made_again_by_what_needs_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "LIMIT", 100)
    files = [folder / "01.txt", folder / "02.txt"]
    files[0].write_text("Él\r\n" * 90, encoding="utf-8")
    run = create(files, **SMALL, corpora=tmp_path / "corpora", checkpoints=tmp_path / "checkpoints")
    assert run.encoded is not None
    before = run.parts.training.tail()
    shutil.rmtree(run.encoded.folder)
    again = chargen.load(run.name, tmp_path / "checkpoints")
    np.testing.assert_array_equal(again.parts.training.tail(), before)
    monkeypatch.setattr(encoded, "FORMAT", 2)  # a later version encodes in another way
    assert chargen.load(run.name, tmp_path / "checkpoints").parts
    shutil.rmtree(run.encoded.folder)
    with pytest.raises(CorpusError, match=r"in another way now; 'chargen sample 01.02-rnn --seed TEXT' can do"):
        _ = chargen.load(run.name, tmp_path / "checkpoints").parts
    files[0].write_text("Another text.")
    with pytest.raises(CorpusError, match=r"01\.txt has changed since"):
        _ = chargen.load(run.name, tmp_path / "checkpoints").parts


def test_a_fork_shares_the_encoded_text(folder: Path, train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gathering, "LIMIT", 1000)
    run = train(folder)
    assert run.fork("slower", learning_rate=0.001, iterations=1).resume().done == 1


def test_the_unknown_character_is_read_but_never_written(book: Path, train: Train) -> None:
    run = train(book, max_vocabulary=8, iterations=2)
    assert len(run.vocabulary) == 8
    assert run.vocabulary.unknown == UNKNOWN
    assert UNKNOWN in run.text
    assert len(run.text) == run.documents[0].characters
    for temperature in (0, 1, 50):
        assert UNKNOWN not in run.sample("zebra", length=300, temperature=temperature, random_seed=1)[5:]
    assert UNKNOWN not in "".join(written.text for written in run.samples(3, length=100, temperature=9))
    assert UNKNOWN not in run.samples(1, "the ", beams=3, length=20)[0].text
    assert np.isfinite(run.score("zebra quick")[1:]).all()
    assert run.vocabulary.decode(run.vocabulary.encode("Ж")) == UNKNOWN


def test_without_a_limit_an_unknown_character_is_refused(book: Path, train: Train) -> None:
    with pytest.raises(SeedError, match=r"'Ж' \(U\+0416\)"):
        train(book).sample("Ж")


def test_a_boundary_stands_between_texts(train: Train) -> None:
    text_a, text_b = "abc " * 29 + "abc", "bcd " * 30
    texts = [Corpus("a", text_a, "a", "a"), Corpus("b", text_b.strip() + "d", "b", "b")]
    text_b = texts[1].text
    run = train(texts, boundary="|", validation=0)
    assert run.text == f"|{text_a}|{text_b}|"
    assert run.parts.training.spans.tolist() == [[0, 121], [120, 242]]
    with pytest.raises(CorpusError, match=r"a has the boundary 'c' \(U\+0063\) in it"):
        train(texts, boundary="c")


@pytest.mark.parametrize(
    "options",
    [{"boundary": "ab"}, {"boundary": ""}, {"boundary": "\ud800"}, {"boundary": UNKNOWN}, {"boundary": 5}]
    + [{"max_vocabulary": value} for value in (1, -1, 2.0, "x")],
)
def test_settings_that_make_no_sense(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match=f"--{next(iter(options)).replace('_', '-')} is "):
        Normalising(**options)


def test_what_is_held_out_by_name_is_not_learnt_from_too(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"03\.txt is trained on"):
        find([folder], {"validation": folder / "03.txt"}, tmp_path)
    empty = tmp_path / "blank.txt"
    empty.write_text(" \n *** \n")
    found = find([folder], {"test": empty}, tmp_path)
    with pytest.raises(CorpusError, match=r"nothing is left of .*give --test another file"):
        gather([*found[:1], (Corpus("x", "爱丽", "x", "x"), "test")], Normalising(ascii="drop"), tmp_path)
