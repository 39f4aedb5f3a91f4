"""Texts encoded once: what is in the ids, what is found again, what damage and a full disk do."""

import errno
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate, count, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargen.errors import CorpusError, DamagedRunError, OptionError, SaveError
from chargen.runs import files
from chargen.text import encoded, ids
from chargen.text.corpus import Corpus
from chargen.text.encoded import Encoded, encode, open_encoded
from chargen.text.limit import limit_vocabulary
from chargen.text.normalise import Normalising
from chargen.text.vocabulary import Vocabulary

PLAIN = Normalising()


@dataclass
class Pieces:
    """A text that is already cut."""

    texts: list[str]
    sha256: str = "5a"
    name: str = "made-up"
    source: str = "made-up.txt"
    size: int = 100

    def pieces(self, normalising: Normalising, on_bytes: Callable[[int], object]) -> Iterator[str]:
        yield from self.texts
        on_bytes(self.size)


class Unread(Pieces):
    def pieces(self, normalising: Normalising, on_bytes: Callable[[int], object]) -> Iterator[str]:
        raise AssertionError("read again")


def written(folder: Path, *texts: str, **options: object) -> Encoded:
    return encode([Pieces([text], text) for text in texts], replace(PLAIN, **options), folder=folder)  # type: ignore[arg-type]


def spans(found: Encoded, between: int = 0) -> list[tuple[int, int]]:
    """Where each document's ids start and end, boundaries left out."""
    starts = accumulate((document.characters + between for document in found.documents), initial=between)
    return [(start, following - between) for start, following in pairwise(starts)]


def test_ids_are_the_vocabularys(tmp_path: Path) -> None:
    texts = ["a hare\n", "", "sees a rose"]
    found = written(tmp_path / "corpora" / ".encoded", *texts)
    whole = "".join(texts)
    assert found.vocabulary == Vocabulary.of(whole)
    assert found.dtype == np.uint8
    assert np.array_equal(found.ids(), found.vocabulary.encode(whole))
    assert not found.ids().flags.writeable
    assert [document.characters for document in found.documents] == list(map(len, texts))
    assert [whole[start:end] for start, end in spans(found)] == texts
    assert [path.name for path in found.folder.parent.iterdir()] == [found.key]
    assert sorted(path.name for path in found.folder.iterdir()) == [
        "documents.json",
        "ids.bin",
        "manifest.json",
        "vocabulary.json",
    ]
    found.verify()


FOLDERS = count()


@settings(max_examples=25)  # each is flushed to disk
@given(
    texts=st.lists(st.text("aab\nc\u0394中中😀\ufffd", max_size=9), min_size=1).filter(any),
    most=st.integers(3, 9),
    boundary=st.sampled_from(["", "|"]),
)
def test_both_ways_give_the_same_ids(
    texts: list[str], most: int, boundary: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.getbasetemp() / f"both{next(FOLDERS)}"
    found = encode([Pieces(texts)], replace(PLAIN, max_vocabulary=most, boundary=boundary or None), folder=folder)
    whole = limit_vocabulary(boundary + "".join(texts) + boundary, most, boundary)
    assert found.vocabulary == Vocabulary.of(whole)
    assert found.vocabulary.decode(found.ids()) == whole
    shutil.rmtree(folder)


@pytest.mark.parametrize(("letters", "dtype"), [(256, np.uint8), (257, np.uint16), (70_000, np.uint32)])
def test_the_smallest_type_holds_the_ids(
    letters: int, dtype: type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ids, "_BLOCK", 100)  # the draft goes through all types
    text = "".join(map(chr, range(0x10000, 0x10000 + letters)))[::-1]
    found = written(tmp_path, text)
    assert found.dtype == dtype
    assert found.vocabulary.decode(found.ids()) == text
    reopened = open_encoded(tmp_path, found.key)
    assert reopened == found


def test_a_boundary_stands_between_texts(tmp_path: Path) -> None:
    found = written(tmp_path, "one", "two", "", boundary="\x03")
    assert found.vocabulary.decode(found.ids()) == "\x03one\x03two\x03\x03"
    assert spans(found, 1) == [(1, 4), (5, 8), (9, 9)]
    assert [document.characters for document in found.documents] == [3, 3, 0]
    assert written(tmp_path, "one", "two", "").key != found.key


def test_a_boundary_is_in_no_text(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"made-up\.txt has the boundary '\|' \(U\+007C\) in it"):
        written(tmp_path, "text", "a|b", boundary="|")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("options", [{"max_vocabulary": 1}, {"max_vocabulary": 2, "boundary": "|"}])
def test_a_vocabulary_that_is_too_small_is_refused(options: dict[str, object], tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="--max-vocabulary"):
        written(tmp_path, "text", **options)


def test_nothing_left_is_told(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"nothing is left of made-up\.txt, made-up\.txt after normalising"):
        written(tmp_path, "", "", boundary="|")
    assert list(tmp_path.iterdir()) == []


def test_the_second_time_nothing_is_read(tmp_path: Path) -> None:
    first = encode([Pieces(["text"])], PLAIN, folder=tmp_path)
    again = encode([Unread([], name="other", source="elsewhere")], PLAIN, folder=tmp_path)
    assert (again.key, again.documents[0].name, again.documents[0].source) == (first.key, "other", "elsewhere")
    assert again.documents[0].characters == 4


@pytest.mark.parametrize(
    ("sha256", "size", "normalising", "known"),
    [
        ("5b", 100, PLAIN, ""),
        ("5a", 101, PLAIN, ""),
        ("5a", 100, Normalising(lowercase=True), ""),
        ("5a", 100, Normalising(max_vocabulary=9), ""),
        ("5a", 100, Normalising(boundary="|"), ""),
        ("5a", 100, PLAIN, "z"),
    ],
)
def test_what_decides_the_ids_decides_the_key(
    sha256: str, size: int, normalising: Normalising, known: str, tmp_path: Path
) -> None:
    keys = {encode([Pieces(["text"])], PLAIN, folder=tmp_path).key}
    keys.add(encode([Pieces(["text"], sha256, size=size)], normalising, folder=tmp_path, known=known).key)
    assert len(keys) == 2


def test_known_characters_have_places_though_no_text_has_them(tmp_path: Path) -> None:
    found = encode([Pieces(["text"])], PLAIN, folder=tmp_path, known="at")
    assert (found.vocabulary.characters, found.distinct) == ("aetx", 3)
    assert found.ids().tolist() == [2, 1, 3, 2]


def test_a_corpus_counts_by_its_text(tmp_path: Path) -> None:
    one, other = (encode([Corpus("x", text, "x", "")], PLAIN, folder=tmp_path) for text in ("text", "tent"))
    assert one.key != other.key


def damage_size(folder: Path) -> None:
    with (folder / "ids.bin").open("ab") as file:
        file.write(b"x")


def damage_documents(folder: Path) -> None:
    """Whole by the manifest, but not what was written."""
    content = files.to_json({"boundary": "", "documents": [{"name": 5}]})
    (folder / "documents.json").write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_bytes(files.to_json(manifest | {"documents.json": files.digest(content)}))


def damage_folder(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.write_text("a file")


@pytest.mark.parametrize(
    "damage",
    [
        damage_size,
        damage_documents,
        lambda folder: (folder / "ids.bin").unlink(),
        lambda folder: (folder / "manifest.json").write_text("{"),
        lambda folder: (folder / "manifest.json").write_text("{}"),
        lambda folder: (folder / "vocabulary.json").write_text('["a"]'),
        lambda folder: (folder / "documents.json").unlink(),
        damage_folder,
    ],
)
def test_a_damaged_entry_is_made_anew(damage: Callable[[Path], object], tmp_path: Path) -> None:
    first = written(tmp_path, "text")
    damage(first.folder)
    assert open_encoded(tmp_path, first.key) is None
    assert list(tmp_path.iterdir()) == []
    assert written(tmp_path, "text") == first
    first.verify()


def test_changed_ids_are_found_when_asked(tmp_path: Path) -> None:
    found = written(tmp_path, "text")
    (found.folder / "ids.bin").write_bytes(b"\0\0\0\0")
    assert open_encoded(tmp_path, found.key) == found
    with pytest.raises(DamagedRunError, match=r"is not what was written; remove .* and train again"):
        found.verify()
    shutil.rmtree(found.folder)
    with pytest.raises(DamagedRunError, match=r"cannot be read.*train again"):
        found.ids()


@pytest.mark.parametrize("key", ["0" * 64, "../secret", "", "x" * 64, "0" * 63])
def test_a_key_cannot_leave_the_folder(key: str, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "folder").mkdir()
    assert open_encoded(tmp_path / "folder", key) is None
    assert (tmp_path / "secret").exists()


@pytest.mark.parametrize("at", ["add", "finish"])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_nothing_half_stays(at: str, error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise error

    monkeypatch.setattr(ids.Writer, at, fail)
    with pytest.raises((SaveError, KeyboardInterrupt), match=r"^$|the disk is full: make room"):
        written(tmp_path, "text")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "corpora").write_text("a file")
    with pytest.raises(SaveError, match="--corpora"):
        written(tmp_path / "corpora" / ".encoded", "text")


def test_another_process_may_be_faster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = encoded._write

    def slow(*arguments: object) -> None:
        monkeypatch.setattr(encoded, "_write", inner)
        written(tmp_path, "text")
        inner(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(encoded, "_write", slow)
    found = written(tmp_path, "text")
    assert [path.name for path in tmp_path.iterdir()] == [found.key]
    assert found.vocabulary.decode(found.ids()) == "text"


def test_progress_reaches_its_end(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    texts = [Pieces(["text"], "a"), Pieces(["more"], "b", size=50)]
    encode(texts, PLAIN, folder=tmp_path, on_progress=lambda *progress: told.append(progress))
    assert told == sorted(told)
    assert told[-1] == (300, 300)
