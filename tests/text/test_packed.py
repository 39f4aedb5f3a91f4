"""Packed files are read as what they hold."""

import gzip
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chargen.errors import CorpusError
from chargen.text.library import load
from chargen.text.packed import opened, plain_name

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

TEXT = b"Call me Ishmael. Some years ago, never mind how long.\n" * 99
PACKERS: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".zst": zstd.compress}


@pytest.mark.parametrize("ending", PACKERS)
@pytest.mark.parametrize("times", [1, 2])
def test_packed_files_are_unpacked(ending: str, times: int, tmp_path: Path) -> None:
    path = tmp_path / f"whale.txt{ending}"
    path.write_bytes(PACKERS[ending](TEXT) * times)  # archives one after the other are one
    with opened(path) as file:
        assert file.read() == TEXT * times
    corpus = load(str(path), tmp_path / "corpora")
    assert (corpus.name, corpus.text) == ("whale", (TEXT * times).decode())


def test_a_plain_file_may_have_any_name(tmp_path: Path) -> None:
    path = tmp_path / "whale.gz"  # browsers unpack what they fetch, and keep the name
    path.write_bytes(TEXT)
    assert load(str(path), tmp_path).text == TEXT.decode()


@pytest.mark.parametrize("ending", PACKERS)
@pytest.mark.parametrize("spoil", [lambda data: data[:-20], lambda data: data[:9] + b"\x55" * 60 + data[69:]])
def test_a_damaged_archive_is_told(ending: str, spoil: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / f"whale{ending}"
    path.write_bytes(spoil(PACKERS[ending](TEXT)))
    with pytest.raises(CorpusError, match=r"whale.* cannot be unpacked: "):
        load(str(path), tmp_path)


def test_an_archive_in_an_archive_is_told(tmp_path: Path) -> None:
    path = tmp_path / "whale.gz"
    path.write_bytes(gzip.compress(gzip.compress(TEXT)))
    with pytest.raises(CorpusError, match="is a gzip archive"):
        load(str(path), tmp_path)


@pytest.mark.parametrize(
    ("file", "name"), [("a.txt", "a"), ("a.b.txt.GZ", "a.b"), ("a.zst", "a"), ("a.gz.txt", "a.gz"), (".gz", ".gz")]
)
def test_names(file: str, name: str) -> None:
    assert plain_name(Path("folder", file)) == name
