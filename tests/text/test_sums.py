"""What is remembered of large files."""

import os
from pathlib import Path
from typing import Any

import pytest

from chargen.text import sums
from chargen.text.sums import FILE, Content, Stamp, Sums

CONTENT = Content("ab" * 32, 12, "utf-8")


@pytest.fixture
def book(tmp_path: Path) -> Path:
    path = tmp_path / "book.txt"
    path.write_bytes(b"a" * sums.LEAST)
    os.utime(path, (1e9, 1e9))
    return path


def remember(book: Path, folder: Path) -> None:
    index = Sums(folder)
    index.keep(book, Stamp.of(book), CONTENT)
    index.save()


def test_a_file_is_known_until_it_changes(book: Path, tmp_path: Path) -> None:
    remember(book, tmp_path / "new" / "folder")
    assert Sums(tmp_path / "new" / "folder").find(book, Stamp.of(book)) == CONTENT
    for change in (lambda: os.utime(book, (1e9, 1e9 + 1)), lambda: book.write_bytes(b"a"), lambda: swap(book)):
        change()
        assert Sums(tmp_path / "new" / "folder").find(book, Stamp.of(book)) is None


def swap(book: Path) -> None:
    other = book.with_name("other")
    other.write_bytes(book.read_bytes())
    os.utime(other, ns=(book.stat().st_atime_ns, book.stat().st_mtime_ns))
    other.replace(book)


def test_small_files_and_those_being_written_are_not_remembered(book: Path, tmp_path: Path) -> None:
    book.write_bytes(b"a" * sums.LEAST)
    remember(book, tmp_path)
    small = tmp_path / "small"
    small.write_bytes(b"a")
    os.utime(small, (1e9, 1e9))
    remember(small, tmp_path)
    assert not (tmp_path / FILE).exists()


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b"\xff", b'{"a": 1}', b'{"a": {}}', b"[" * 10**5, b'{"a": {"size": -1}}']
)
def test_a_damaged_list_is_as_good_as_none(damage: bytes, book: Path, tmp_path: Path) -> None:
    remember(book, tmp_path)
    (tmp_path / FILE).write_bytes(damage)
    assert Sums(tmp_path).find(book, Stamp.of(book)) is None
    remember(book, tmp_path)
    assert Sums(tmp_path).find(book, Stamp.of(book)) == CONTENT


@pytest.mark.parametrize("value", [("sha256", 5), ("size", "x"), ("encoding", None), ("more", 1)])
def test_values_of_other_types_are_damage(value: tuple[str, Any], book: Path, tmp_path: Path) -> None:
    import json

    remember(book, tmp_path)
    entries = json.loads((tmp_path / FILE).read_text())
    entries[str(book)]["content"][value[0]] = value[1]
    (tmp_path / FILE).write_text(json.dumps(entries))
    assert Sums(tmp_path).find(book, Stamp.of(book)) is None


def test_a_list_that_cannot_be_written_is_left(book: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    remember(book, tmp_path / "file")


def test_only_the_newest_are_kept(book: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "MOST", 2)
    index = Sums(tmp_path)
    for name in "abc":
        index.keep(tmp_path / name, Stamp.of(book), CONTENT)
    index.save()
    assert [Sums(tmp_path).find(tmp_path / name, Stamp.of(book)) is None for name in "abc"] == [True, False, False]
