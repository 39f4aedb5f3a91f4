"""`chargen corpus`: the books at hand and Project Gutenberg."""

import json
from typing import Any

import click

from chargen.cli.app import App, pass_app

_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Write JSON instead.")


@click.group()
def corpus() -> None:
    """Look after the folder of books, and find more.

    \b
    Examples:
      chargen corpus search galdos
      chargen corpus fetch marianela
    """


@corpus.command("list")
@_AS_JSON
@pass_app
def list_(app: App, as_json: bool) -> None:
    """List the books in the corpora folder.

    \b
    Examples:
      chargen corpus list
      chargen --corpora ~/books corpus list --json
    """
    from chargen.text import offline
    from chargen.text.library import books

    rows = [{"file": path.name, "bytes": path.stat().st_size} for path in books(app.corpora)]
    if as_json:
        _json(app, rows)
    elif rows:
        app.ui.table({"file": "file", "bytes": "bytes"}, [{**row, "bytes": f"{row['bytes']:,}"} for row in rows])
    else:
        app.ui.notice(f"no books in {app.corpora}; fetch one with 'chargen corpus fetch alice'")
    if names := offline.names():
        app.ui.notice(f"without a network: {', '.join(names)}")


@corpus.command()
@click.argument("words", nargs=-1)
@_AS_JSON
@pass_app
def search(app: App, words: tuple[str, ...], as_json: bool) -> None:
    """Search the titles, authors and languages that chargen knows; without WORDS, show them all.

    Any other text of Project Gutenberg is fetched by its number or URL.

    \b
    Examples:
      chargen corpus search verne
      chargen corpus search spanish --json
    """
    from chargen.text import catalogue

    heads = {"number": "number", "name": "name", "title": "title", "author": "author", "language": "language"}
    rows = [
        {"number": b.number, "name": b.slug, "title": b.title, "author": b.author, "language": b.language}
        for b in catalogue.search(" ".join(words))
    ]
    if as_json:
        _json(app, rows)
    elif rows:
        app.ui.table(heads, rows)
    else:
        app.ui.notice(
            f"chargen knows no title with {' '.join(words)!r}; any book of Project Gutenberg is fetched by its number: "
            "'chargen corpus fetch 2701'"
        )


@corpus.command()
@click.argument("books", nargs=-1, required=True, metavar="BOOK...")
@pass_app
def fetch(app: App, books: tuple[str, ...]) -> None:
    """Fetch books into the corpora folder, once: a BOOK is a title, a Project Gutenberg number or a URL.

    \b
    Examples:
      chargen corpus fetch alice quijote
      chargen corpus fetch 2701
      chargen corpus fetch https://www.gutenberg.org/ebooks/2701
    """
    from chargen.text import library

    for book in books:
        with app.ui.bars() as bar:
            path = library.fetch(book, app.corpora, on_notice=app.ui.notice, on_progress=bar(book))
        app.ui.result(str(path))


@corpus.command()
@click.argument("book")
@_AS_JSON
@pass_app
def show(app: App, book: str, as_json: bool) -> None:
    """Show what `chargen train BOOK` would read; characters are counted without Project Gutenberg's licence.

    \b
    Examples:
      chargen corpus show alice
      chargen corpus show my-notes.txt --json
      chargen corpus show 'letters/**/*.txt'
    """
    from chargen.text.normalise import Normalising
    from chargen.text.sources import distinct, load_all

    lines: list[str] = []
    characters, different = 0, set[str]()
    with app.ui.bars() as bar:
        texts = distinct(load_all(book, app.corpora, app.ui.notice, bar(book), bar("reading")), app.ui.notice)
        for text in texts:
            for piece in text.pieces(Normalising()):
                characters += len(piece)
                different.update(piece)
                if len(lines) < 5:
                    lines += [line.strip() for line in piece.splitlines() if line.strip()][: 5 - len(lines)]
    first, *others = texts
    facts: dict[str, Any] = {"name": first.name, "source": first.source, "sha256": first.sha256}
    facts = {"texts": len(texts), "source": book} if others else facts | {"excerpt": first.excerpt}
    counts = {"characters": characters, "distinct": len(different)}
    if as_json:
        _json(app, {**facts, **counts, "first_lines": lines})
        return
    for name, fact in {**facts, **counts}.items():
        shown = ("yes" if fact else "no") if name == "excerpt" else f"{fact:,}" if isinstance(fact, int) else fact
        app.ui.result(f"{name:<10}  {shown}")
    app.ui.result("begins")
    for line in lines:
        app.ui.result(f"  {line[:100]}")


def _json(app: App, value: Any) -> None:
    app.ui.result(json.dumps(value, ensure_ascii=False, indent=2))
