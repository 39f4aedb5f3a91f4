"""Where a book is looked for, and in which order."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargen.errors import CorpusError, FetchError, UnknownBookError
from chargen.text import library, offline
from chargen.text.library import books, fetch, load

TEXT = "Call me Ishmael. Some years ago, never mind how long.\n" * 20
Web = Any


@pytest.fixture
def corpora(tmp_path: Path) -> Path:
    return tmp_path / "corpora"


@pytest.fixture
def mirrors(web: Web) -> list[str]:
    return [web.url + "/{number}.txt"]


@pytest.fixture
def dead(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return [f"http://127.0.0.1:{free.getsockname()[1]}/{{number}}"]


def keep(corpora: Path, name: str, text: str = TEXT) -> Path:
    corpora.mkdir(exist_ok=True)
    (corpora / name).write_text(text)
    return corpora / name


def test_a_path_comes_first(tmp_path: Path, corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(corpora, "alice.txt", "the one in the folder")
    monkeypatch.chdir(tmp_path)
    Path("alice.txt").write_text("the one at hand")
    assert load("alice.txt", corpora).text == "the one at hand"
    assert load("alice.txt", corpora).source == "alice.txt"
    assert load("alice", corpora).text == "the one in the folder"


@pytest.mark.parametrize("name", ["moby-dick", "moby-dick.txt", "Moby Dick", "2701", "#2701", "pg2701"])
def test_a_book_in_the_folder_needs_no_network(name: str, corpora: Path, dead: list[str]) -> None:
    path = keep(corpora, "moby-dick.txt")
    corpus = load(name, corpora, mirrors=dead)
    assert (corpus.name, corpus.text, corpus.source) == ("moby-dick", TEXT, str(path))


@pytest.mark.parametrize("name", ["moby-dick", "Moby Dick", "2701", "#2701", "https://www.gutenberg.org/ebooks/2701"])
def test_a_known_book_is_fetched_once_and_kept(name: str, corpora: Path, web: Web, mirrors: list[str]) -> None:
    web.pages["/2701.txt"] = TEXT.encode()
    first = load(name, corpora, mirrors=mirrors)
    second = load(name, corpora, mirrors=mirrors)
    assert first.source == f"{web.url}/2701.txt"
    assert second.source == str(corpora / "moby-dick.txt")
    assert first.name == second.name == "moby-dick"
    assert first.sha256 == second.sha256
    assert web.asked == ["/2701.txt"]


def test_a_number_without_a_known_title(corpora: Path, web: Web, mirrors: list[str]) -> None:
    web.pages["/77777.txt"] = TEXT.encode()
    assert load("77777", corpora, mirrors=mirrors).name == "pg77777"
    assert [path.name for path in books(corpora)] == ["pg77777.txt"]


@pytest.mark.parametrize(
    ("path", "file"),
    [
        ("/texts/My%20Book.TXT", "my-book.txt"),
        ("/cache/pg77.txt.utf-8", "pg77.txt"),
        ("/..%2F..%2Fevil?x=1", "evil.txt"),
        ("/", "127.0.0.1.txt"),
        ("/con", "text-con.txt"),
    ],
)
def test_a_url_is_kept_under_its_last_part(path: str, file: str, corpora: Path, web: Web) -> None:
    web.pages[path] = TEXT.encode()
    assert fetch(web.url + path, corpora) == corpora / file
    assert [found.name for found in corpora.iterdir()] == [file]


def test_a_url_whose_name_is_taken_is_not_fetched_and_told(corpora: Path, web: Web) -> None:
    keep(corpora, "book.txt")
    told: list[str] = []
    assert load(f"{web.url}/book.txt", corpora, on_notice=told.append).text == TEXT
    assert fetch(f"{web.url}/book.txt", corpora, on_notice=told.append) == corpora / "book.txt"
    assert ["already there" in line for line in told] == [True, True]
    assert web.asked == []


def test_fetch_makes_no_second_request(corpora: Path, web: Web, mirrors: list[str]) -> None:
    web.pages["/11.txt"] = TEXT.encode()
    told: list[str] = []
    progress: list[int] = []
    for _ in range(2):
        path = fetch("alice", corpora, told.append, lambda done, _: progress.append(done), mirrors)
        assert path == corpora / "alice.txt"
    assert progress == [len(TEXT)]
    assert told == [f"{corpora / 'alice.txt'} is already there: nothing fetched"]


def test_an_excerpt_stands_in_announced_and_never_kept(corpora: Path, dead: list[str]) -> None:
    told: list[str] = []
    corpus = load("alice", corpora, on_notice=told.append, mirrors=dead)
    assert (corpus.name, corpus.excerpt) == ("alice-excerpt", True)
    assert len(told) == 1
    assert "only an excerpt" in told[0]
    assert "chapters I-II" in told[0]
    assert "\n" not in told[0]
    assert books(corpora) == []


def test_a_whole_book_stands_in_too(corpora: Path, dead: list[str]) -> None:
    told: list[str] = []
    corpus = load("The Time Machine", corpora, on_notice=told.append, mirrors=dead)
    assert (corpus.name, corpus.excerpt) == ("time-machine", False)
    assert told == ["The Time Machine could not be fetched: reading the copy in word-text-counter 0.3.0"]


def test_the_excerpt_answers_to_its_own_name(corpora: Path, dead: list[str]) -> None:
    told: list[str] = []
    assert load("alice-excerpt", corpora, on_notice=told.append, mirrors=dead).excerpt
    assert "only an excerpt" in told[0]


def test_without_network_the_error_lists_what_is_there(corpora: Path, dead: list[str]) -> None:
    with pytest.raises(FetchError, match=r"Moby Dick.* cannot be reached.*time-machine, flatland, lost-world"):
        load("moby-dick", corpora, mirrors=dead)


def test_without_the_extra_the_error_says_how_to_get_it(
    corpora: Path, dead: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offline, "OFFLINE", ())
    with pytest.raises(FetchError, match=r"pip install 'chargen\[books\]' brings three"):
        load("alice", corpora, mirrors=dead)


def test_an_unknown_name_gets_the_nearest_offered(corpora: Path) -> None:
    keep(corpora, "mybook.txt")
    for call in (load, fetch):
        with pytest.raises(UnknownBookError, match=r"'alcie' \(did you mean 'alice'.*chargen corpus search"):
            call("alcie", corpora)
    with pytest.raises(UnknownBookError, match=r"did you mean 'mybook\.txt'"):
        load("mybok.txt", corpora)


@pytest.mark.parametrize(
    "name",
    [
        "../secret",
        "../secret.txt",
        "./alice",
        "sub/alice.txt",
        "..",
        "/nowhere/x",
        "x" * 300,
        "a\0b",
        "",
        "\udcff",
        "CON",
    ],
)
def test_names_cannot_leave_the_folder(name: str, corpora: Path, tmp_path: Path) -> None:
    keep(corpora, "x.txt")
    (tmp_path / "secret.txt").write_text(TEXT)
    with pytest.raises(CorpusError) as caught:
        load(name, corpora)
    assert len(str(caught.value)) < 600
    str(caught.value).encode()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(alphabet="./\\~*:\0 x#-", max_size=8))
def test_strange_names_are_one_clear_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError):
        load(name, tmp_path / "corpora")


def test_links_out_of_the_folder_are_not_followed(corpora: Path, tmp_path: Path, dead: list[str]) -> None:
    (tmp_path / "outside.txt").write_text(TEXT)
    keep(corpora, "real.txt")
    (corpora / "alice.txt").symlink_to(tmp_path / "outside.txt")
    (corpora / "inside.txt").symlink_to("real.txt")
    (corpora / "loop.txt").symlink_to("loop.txt")
    assert [path.name for path in books(corpora)] == ["inside.txt", "real.txt"]
    with pytest.raises(CorpusError, match="link that leads out"):
        load("alice", corpora, mirrors=dead)
    assert (corpora / "alice.txt").is_symlink()


def test_a_folder_is_no_text(tmp_path: Path, corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CorpusError, match="is a folder"):
        load(str(tmp_path), corpora)
    monkeypatch.chdir(tmp_path)
    Path("mine").mkdir()
    with pytest.raises(CorpusError, match="mine is a folder"):
        load("mine", corpora)


def test_a_folder_of_a_books_name_does_not_hide_the_book(
    tmp_path: Path, corpora: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("alice").mkdir()
    keep(corpora, "alice.txt")
    assert load("alice", corpora).text == TEXT


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_told(tmp_path: Path, corpora: Path) -> None:
    path = tmp_path / "locked.txt"
    path.write_text(TEXT)
    path.chmod(0)
    with pytest.raises(CorpusError, match=r"cannot read .*locked\.txt: Permission denied"):
        load(str(path), corpora)


def test_a_vanishing_file_is_told(corpora: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = keep(corpora, "x.txt")
    listed = [path]
    path.unlink()
    monkeypatch.setattr(library, "_files", lambda corpora: listed)
    with pytest.raises(CorpusError, match=r"cannot read .*x\.txt: No such file"):
        load("x", corpora)


def test_a_pipe_is_read(corpora: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, TEXT.encode())
    os.close(writing)
    assert load(f"/dev/fd/{reading}", corpora).text == TEXT
    os.close(reading)


def test_books_are_files_that_show(corpora: Path) -> None:
    assert books(corpora) == []
    keep(corpora, "b.txt")
    keep(corpora, "a.txt")
    keep(corpora, ".a.txt.part")
    (corpora / "folder").mkdir()
    assert [path.name for path in books(corpora)] == ["a.txt", "b.txt"]


def test_a_corpora_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "corpora").write_text("oops")
    with pytest.raises(CorpusError, match=r"cannot list .*corpora.*--corpora"):
        books(tmp_path / "corpora")


def test_the_page_about_the_folder_is_no_book(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("What this folder is for.")
    (tmp_path / "letters.txt").write_text("Dear Alice")
    assert [path.name for path in books(tmp_path)] == ["letters.txt"]
