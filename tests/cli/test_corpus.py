"""`chargen corpus`, as a user runs it."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from chargen.cli import main
from chargen.cli.corpus import corpus

TEXT = "Call me Ishmael.\nSome years ago, never mind how long.\n" * 20


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a web server that has one text."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/moby.txt" else 404)
            self.end_headers()
            self.wfile.write(TEXT.encode())

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def run(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--corpora", str(folder), "corpus", *arguments])


def test_an_empty_folder_says_what_to_do_next(tmp_path: Path) -> None:
    done = run(tmp_path / "none", "list")
    assert done.exit_code == 0
    assert done.stdout == ""
    assert "chargen corpus fetch alice" in done.stderr
    assert "time-machine" in done.stderr


def test_list(tmp_path: Path) -> None:
    (tmp_path / "alice.txt").write_text("a" * 1234)
    (tmp_path / "silso.csv").write_text("1749;01;1749.042;  96.7")  # a series, no book
    done = run(tmp_path, "list")
    assert "alice.txt" in done.stdout
    assert "1,234" in done.stdout
    assert json.loads(run(tmp_path, "list", "--json").stdout) == [{"file": "alice.txt", "bytes": 1234}]


def test_search(tmp_path: Path) -> None:
    done = run(tmp_path, "search", "marianela", "galdós")
    assert "17340" in done.stdout
    (book,) = json.loads(run(tmp_path, "search", "marianela", "--json").stdout)
    assert book == {
        "number": 17340,
        "name": "marianela",
        "title": "Marianela",
        "author": "Benito Pérez Galdós",
        "language": "Spanish",
    }


def test_a_search_in_vain_names_the_way_out(tmp_path: Path) -> None:
    done = run(tmp_path, "search", "zzz")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "by its number" in done.stderr
    assert json.loads(run(tmp_path, "search", "zzz", "--json").stdout) == []


def test_fetch_prints_the_path_and_fetches_once(tmp_path: Path, url: str) -> None:
    first = run(tmp_path, "fetch", f"{url}/moby.txt")
    assert (first.exit_code, first.stderr) == (0, "")
    assert first.stdout == f"{tmp_path / 'moby.txt'}\n"
    again = run(tmp_path, "fetch", f"{url}/moby.txt")
    assert again.stdout == first.stdout
    assert "already there" in again.stderr


def test_a_fetch_that_fails_is_one_message(tmp_path: Path, url: str) -> None:
    done = run(tmp_path, "fetch", f"{url}/nothing.txt")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("error: cannot fetch ")
    assert list(tmp_path.iterdir()) == []


def test_show(tmp_path: Path) -> None:
    (tmp_path / "moby.txt").write_text(f"*** START OF THIS PROJECT GUTENBERG EBOOK X ***\n\n{TEXT}\n")
    done = run(tmp_path, "show", "moby")
    assert "Call me Ishmael." in done.stdout
    facts = json.loads(run(tmp_path, "show", "moby", "--json").stdout)
    assert facts["name"] == "moby"
    assert facts["source"] == str(tmp_path / "moby.txt")
    assert facts["characters"] == len(TEXT.strip())
    assert facts["distinct"] == len(set(TEXT))
    assert facts["excerpt"] is False
    assert facts["first_lines"][0] == "Call me Ishmael."
    assert len(facts["sha256"]) == 64


def test_show_says_that_it_is_an_excerpt(tmp_path: Path) -> None:
    done = run(tmp_path, "show", "alice-excerpt")
    assert done.exit_code == 0
    assert "only an excerpt" in done.stderr
    assert "yes" in done.stdout


@pytest.mark.parametrize("name", ["alcie", "../x", "a{c}", ""])
def test_an_unknown_book_is_one_message(tmp_path: Path, name: str) -> None:
    done = run(tmp_path, "show", name)
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.startswith("error: no text ")
    assert "chargen corpus search" in done.stderr


def test_fetch_needs_a_book(tmp_path: Path) -> None:
    assert run(tmp_path, "fetch").exit_code == 2


@pytest.mark.parametrize("name", sorted(corpus.commands))
def test_each_command_has_examples(name: str) -> None:
    command = corpus.commands[name]
    assert isinstance(command, click.Command)
    assert "Examples:" in (command.help or "")


def test_a_folder_and_a_pattern_are_shown_as_they_are_trained_on(tmp_path: Path) -> None:
    texts = tmp_path / "texts"
    texts.mkdir()
    for name, text in (("a.txt", "Call me.\n\nNow."), ("b.txt", "Ishmael."), ("c.txt", "Ishmael."), ("d.bin", "\0")):
        (texts / name).write_text(text, encoding="utf-8")
    result = run(tmp_path / "corpora", "show", str(texts))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "texts       2",
        f"source      {texts}",
        "characters  22",
        "distinct    14",
        "begins",
        "  Call me.",
        "  Now.",
        "  Ishmael.",
    ]
    assert "1 of 4 files" in result.stderr
    assert "exact copies" in result.stderr
    shown = json.loads(run(tmp_path / "corpora", "show", str(texts / "[ab].txt"), "--json").stdout)
    assert shown["texts"] == 2
    assert shown["characters"] == 22
    assert run(tmp_path, "show", "a[/b]{c}").stderr.startswith("error: nothing is called like 'a[/b]{c}'")
