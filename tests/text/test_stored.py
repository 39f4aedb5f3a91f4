"""Texts in files, read when they are asked for."""

import gzip
import hashlib
import os
import tracemalloc
from pathlib import Path

import pytest

from chargen.errors import CorpusError, NoTextError
from chargen.text import decode, library, stored
from chargen.text.encoded import encode
from chargen.text.normalise import Normalising, normalise
from chargen.text.stored import StoredText
from chargen.text.sums import Sums

TEXT = "Call me Ishmael. Some years ago, never mind how long…\r\n" * 20
PLAIN = Normalising()


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (decode, library, stored):
        monkeypatch.setattr(module, "LIMIT", 100)


def keep(folder: Path, data: bytes = TEXT.encode(), name: str = "whale.txt") -> Path:
    (folder / name).write_bytes(data)
    return folder / name


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("large", [False, True])
def test_a_text_of_any_size(packed: bool, large: bool, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if large:
        request.getfixturevalue("small_limit")
    data = TEXT.encode()
    path = keep(tmp_path, gzip.compress(data) if packed else data)
    told: list[int] = []
    text = StoredText.of(path, "the whale", Sums(tmp_path), told.append)
    assert (text.name, text.source, text.size, text.large) == ("whale", "the whale", len(data), large)
    assert text.sha256 == hashlib.sha256(data).hexdigest()
    assert "".join(text.pieces(PLAIN, told.append)) == normalise(TEXT.replace("\r\n", "\n"), PLAIN)
    assert sum(told) == 2 * len(data)


def test_a_licence_stays_in_a_large_text(small_limit: None, tmp_path: Path) -> None:
    book = "*** START OF THE PROJECT GUTENBERG EBOOK X ***\n" + TEXT
    text = StoredText.of(keep(tmp_path, book.encode()), "x", Sums(tmp_path))
    assert "".join(text.pieces(PLAIN)).startswith("*** START")


@pytest.mark.parametrize("large", [False, True])
def test_a_text_that_changes_is_told(large: bool, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if large:
        request.getfixturevalue("small_limit")
    path = keep(tmp_path)
    text = StoredText.of(path, str(path), Sums(tmp_path))
    os.utime(path, (1e9, 1e9))
    with pytest.raises(CorpusError, match=r"whale\.txt changed while it was read"):
        list(text.pieces(PLAIN))
    path.unlink()
    with pytest.raises(CorpusError, match=r"cannot read .*whale\.txt: No such file"):
        list(text.pieces(PLAIN))


def test_a_large_file_is_not_read_again(small_limit: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chargen.text.sums.LEAST", 1)
    path = keep(tmp_path)
    os.utime(path, (1e9, 1e9))
    sums = Sums(tmp_path)
    first = StoredText.of(path, "x", sums)
    sums.save()
    monkeypatch.setattr(stored, "_look", None)
    assert StoredText.of(path, "x", Sums(tmp_path)) == first


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"%PDF-1.7" + b"x" * 200, "PDF"),
        (b"\0" * 200, "binary"),
        (b"\x01\x02" * 200, "control"),
        (b"\xef\xbb\xbf" + b"a\xff" * 200, "mark of UTF-8"),
    ],
)
def test_a_large_file_that_is_no_text_is_refused(data: bytes, message: str, small_limit: None, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=message):
        StoredText.of(keep(tmp_path, data), "x", Sums(tmp_path))


def test_a_large_file_is_decoded_by_its_beginning(
    small_limit: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "PIECE", 101)  # cuts a character in two
    for encoding in ("cp1252", "utf-8"):
        spanish = "¿Qué gigantes? dijo Sancho. ¡Válame Dios! Aquel año, el señor volvió.\n" * 9
        text = StoredText.of(keep(tmp_path, spanish.encode(encoding)), "x", Sums(tmp_path))
        assert text.content.encoding == encoding
        assert "".join(text.pieces(PLAIN)) == spanish.rstrip()
    path = keep(tmp_path, b"plain\n" * 100 + b"caf\xe9\n")
    with pytest.raises(CorpusError, match="up to byte 603, and there it is not"):
        list(StoredText.of(path, "x", Sums(tmp_path)).pieces(PLAIN))


def test_only_white_space_is_no_text(small_limit: None, tmp_path: Path) -> None:
    with pytest.raises(NoTextError, match="x is empty"):
        list(StoredText.of(keep(tmp_path, b" \n" * 100), "x", Sums(tmp_path)).pieces(PLAIN))


def test_a_large_text_is_never_whole_in_memory(small_limit: None, tmp_path: Path) -> None:
    line = b"All happy families are alike; every unhappy family is unhappy in its own way.\r\n"
    path = keep(tmp_path, line * 600_000)
    tracemalloc.start()
    text = StoredText.of(path, "x", Sums(tmp_path))
    found = encode([text], PLAIN, folder=tmp_path / ".encoded")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.characters == 600_000 * (len(line) - 1) - 1
    assert peak < path.stat().st_size
