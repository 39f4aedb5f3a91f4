"""From names to texts: folders, patterns, standard input."""

import gc
import gzip
import io
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from chargen.errors import ChargenError, CorpusError, SaveError, UnknownBookError
from chargen.text import decode, library, sources, stored
from chargen.text.corpus import Corpus
from chargen.text.normalise import Normalising
from chargen.text.sources import distinct, load_all
from chargen.text.stored import StoredText

SPANISH = "¿Qué gigantes? dijo Sancho. ¡Válame Dios! Aquel año, el señor volvió.\n" * 9
PLAIN = Normalising()


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def small_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (decode, library, stored, sources):
        monkeypatch.setattr(module, "LIMIT", 100)


def write(files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def names(name: str, told: list[str] | None = None) -> list[str]:
    return [text.source for text in load_all(name, Path("corpora"), None if told is None else told.append)]


def text_of(found: Any) -> str:
    return "".join(found.pieces(PLAIN, lambda _: None))


def test_a_folders_texts_in_the_order_of_their_paths(at_home: Path) -> None:
    packed = gzip.compress(b"packed")
    write({"d/b.txt": "two", "d/a/z.txt": "one", "d/b/x": "three", "d/.hidden": "no", "d/.git/x": "no"})
    write({"d/c.txt.gz": packed, "d.txt": "no"})
    told: list[str] = []
    found = load_all("d", Path("corpora"), told.append)
    assert [(text.source, text.name) for text in found] == [
        (os.path.join(*path), name)  # noqa: PTH118
        for path, name in (
            (("d", "a", "z.txt"), "z"),
            (("d", "b", "x"), "x"),
            (("d", "b.txt"), "b"),
            (("d", "c.txt.gz"), "c"),
        )
    ]
    assert list(map(text_of, found)) == ["one", "three", "two", "packed"]
    assert told == []
    assert names("d/") == names("./d") == [text.source for text in found]


def test_what_is_no_text_is_left_out_and_counted(at_home: Path) -> None:
    write({"d/a.txt": "text", "d/b.png": b"\x89PNG\r\n\x1a\n\0\0", "d/c.pdf": b"%PDF-1", "d/d.txt": "", "d/e": b"\0"})
    told: list[str] = []
    assert names("d", told) == ["d/a.txt"]
    assert told == ["left out as no plain text: 4 of 5 files: d/b.png, d/c.pdf, d/d.txt and 1 more"]


@pytest.mark.parametrize("files", [{"d/a.png": b"\0"}, {"d/.hidden": "text"}])
def test_a_folder_without_text_is_an_error(files: dict[str, str | bytes], at_home: Path) -> None:
    write(files)
    with pytest.raises(CorpusError, match=r"no text in d: .*give a folder of plain text files"):
        names("d")


def test_links_that_lead_out_are_not_followed(at_home: Path) -> None:
    write({"d/a.txt": "text", "secret.txt": "secret", "other/x.txt": "secret"})
    for link, target in {"d/out.txt": "../secret.txt", "d/in.txt": "a.txt", "d/other": "../other"}.items():
        Path(link).symlink_to(target)
    Path("d/loop").symlink_to(".")
    Path("d/nowhere").symlink_to("missing")
    Path("d/self").symlink_to("self")
    assert names("d") == ["d/a.txt", "d/in.txt"]


@pytest.mark.parametrize("name", ["d", "d/*", "?"])
def test_pipes_among_files_are_not_waited_for(name: str, at_home: Path) -> None:
    write({"d/a.txt": "text"})
    os.mkfifo("d/pipe")
    assert names(name) == ["d/a.txt"]


def test_the_corpora_folder_has_books_and_other_things(at_home: Path) -> None:
    write({"corpora/README.md": "page", "corpora/t.csv": "1,2", "corpora/a.txt": "text", "corpora/more/t.csv": "1,2"})
    assert names("corpora") == ["corpora/a.txt", "corpora/more/t.csv"]


def test_a_pattern(at_home: Path) -> None:
    write({"d/a.txt": "one", "d/b.md": "two", "d/e/c.txt": "three", "f/g.txt": "four", "f/.h.txt": "no"})
    assert names("d/*.txt") == ["d/a.txt"]
    assert names("**/*.txt") == ["d/a.txt", "d/e/c.txt", "f/g.txt"]
    assert names("[df]") == ["d/a.txt", "d/b.md", "d/e/c.txt", "f/g.txt"]
    assert names(f"{at_home}/d/?.md") == [f"{at_home}/d/b.md"]
    with pytest.raises(UnknownBookError, match=r"nothing is called like 'd/\*\.tex'"):
        names("d/*.tex")


def test_a_path_is_no_pattern(at_home: Path) -> None:
    write({"[ab].txt": "itself", "a.txt": "other"})
    assert names("[ab].txt") == ["[ab].txt"]


def test_a_folder_of_a_books_name_does_not_hide_the_book(at_home: Path) -> None:
    write({"alice/x.txt": "text", "corpora/alice.txt": "book"})
    told: list[str] = []
    assert names("alice", told) == ["corpora/alice.txt"]
    assert told == ["alice is read as the book of that name; for the folder type alice/"]
    assert names("alice/") == ["alice/x.txt"]


def test_other_names_are_the_librarys(at_home: Path) -> None:
    write({"corpora/letters.txt": "text"})
    (found,) = load_all("letters", Path("corpora"))
    assert text_of(found) == "text"
    with pytest.raises(UnknownBookError, match=r"did you mean 'letters\.txt'"):
        names("leters.txt")


@pytest.mark.parametrize("name", ["", "a\0b*", "\udcff*", "x" * 5000 + "*", "**/" * 40 + "x", "[", "~*"])
def test_strange_names_are_one_clear_error(name: str, at_home: Path) -> None:
    with pytest.raises(ChargenError) as caught:
        names(name)
    str(caught.value).encode()


def test_an_encoding_of_its_own_is_told(at_home: Path) -> None:
    write({f"d/{name}.txt": SPANISH for name in "abc"} | {"d/old.txt": SPANISH.encode("cp1252")})
    told: list[str] = []
    found = load_all("d", Path("corpora"), told.append)
    assert text_of(found[3]) == text_of(found[0])
    assert told == ["not UTF-8, and read in the encoding that is declared or likeliest: d/old.txt (cp1252)"]


def test_a_file_of_two_encodings_is_named(at_home: Path) -> None:
    both = SPANISH.encode() + "año\n".encode("cp1252")
    write({"d/a.txt": SPANISH, "d/both.txt": both})
    with pytest.raises(CorpusError, match=rf"d/both\.txt is UTF-8 up to byte {len(both) - 3:,}, and there it is not"):
        names("d")


def test_a_vanished_file_is_named(at_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write({"d/a.txt": "text", "d/b.txt": "gone"})
    found = load_all("d", Path("corpora"))
    Path("d/b.txt").unlink()
    with pytest.raises(CorpusError, match=r"cannot read d/b\.txt: No such file"):
        list(map(text_of, found))
    monkeypatch.setattr(sources, "_inside", lambda folder, corpora: [Path("d/a.txt"), Path("d/b.txt")])
    with pytest.raises(CorpusError, match=r"cannot read d/b\.txt: No such file"):
        names("d")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_what_may_not_be_read_is_named(at_home: Path) -> None:
    write({"d/a.txt": "text", "d/e/b.txt": "text"})
    Path("d/a.txt").chmod(0)
    with pytest.raises(CorpusError, match=r"cannot read d/a\.txt: Permission denied"):
        names("d")
    Path("d/e").chmod(0)
    with pytest.raises(CorpusError, match="cannot list d/e: Permission denied"):
        names("d")
    Path("d/e").chmod(0o700)


def test_copies_are_dropped_and_counted(at_home: Path) -> None:
    write({"d/a.txt": "one", "d/b.txt": "two", "d/c.txt.gz": gzip.compress(b"one"), "d/d.txt": "one"})
    told: list[str] = []
    found = distinct(load_all("d", Path("corpora")), told.append)
    assert [text.source for text in found] == ["d/a.txt", "d/b.txt"]
    assert told == ["left out as exact copies: d/c.txt.gz (of d/a.txt), and 1 more"]
    assert distinct(found, told.append) == found
    assert len(told) == 1


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("large", [False, True])
def test_standard_input(
    packed: bool, large: bool, at_home: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    if large:
        request.getfixturevalue("small_limit")
    data = gzip.compress(SPANISH.encode()) if packed else SPANISH.encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    (found,) = load_all("-", Path("corpora"))
    assert (found.name, found.source, type(found)) == ("stdin", "standard input", StoredText if large else Corpus)
    assert text_of(found) == text_of(found) == SPANISH.rstrip()
    del found
    gc.collect()
    assert [path for path in Path().rglob("*") if path.is_file()] == []


def test_standard_input_that_is_no_text_is_told(at_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for data in (b"", b"\0", gzip.compress(b"\0\0")):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        with pytest.raises(CorpusError, match="standard input is"):
            load_all("-", Path("corpora"))
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(CorpusError, match="no standard input"):
        load_all("-", Path("corpora"))
    assert [path for path in Path().rglob("*") if path.is_file()] == []


def test_a_stream_that_cannot_be_kept_is_told(
    at_home: Path, small_limit: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    write({"corpora": "a file"})
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(SPANISH.encode())))
    with pytest.raises(SaveError, match="a file is in the way: choose another folder with --corpora"):
        load_all("-", Path("corpora"))


def test_a_pipe_of_any_length(at_home: Path, small_limit: None) -> None:
    reading, writing = os.pipe()
    os.write(writing, SPANISH.encode())
    os.close(writing)
    (found,) = load_all(f"/dev/fd/{reading}", Path("corpora"))
    assert text_of(found) == SPANISH.rstrip()
    os.close(reading)


def test_a_large_file_is_not_read_whole(at_home: Path, small_limit: None) -> None:
    write({"a.txt": SPANISH, "b.txt": "short"})
    told: list[Any] = []
    (found,) = load_all("a.txt", Path("corpora"), on_read=lambda *progress: told.append(progress))
    assert isinstance(found, StoredText)
    assert found.large
    assert told[-1] == (len(SPANISH.encode()), None)
