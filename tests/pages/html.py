"""A strict reader of pages: what HTML5 forgives is an error here."""

from html.parser import HTMLParser
from pathlib import Path

VOID = {"meta", "link", "path", "rect", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """A page that was read; each rule that it breaks is an AssertionError.

    Args:
        html: The page.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        assert html.lstrip().startswith("<!DOCTYPE html>")
        self.feed(html)
        self.close()
        assert self.open == []
        assert self.headings[0] == 1
        assert self.headings.count(1) == 1
        steps = zip(self.headings, self.headings[1:], strict=False)
        assert all(after <= before + 1 for before, after in steps), self.headings
        assert len(set(self.ids)) == len(self.ids)
        assert {link[1:] for link in self.links} <= set(self.ids)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(tag)
        assert tag not in ("script", "iframe", "img", "object")
        assert not any(name.startswith("on") or name == "src" for name in values)
        if tag == "a":
            assert (values["href"] or "").startswith("#")
            self.links.append(values["href"] or "")
        if tag == "link":
            assert values["href"] == "data:,"
        if tag == "html":
            assert values["lang"] == "en"
        if values.get("role") in ("img", "region"):
            assert values["aria-label"]
        if tag[0] == "h" and tag[1:].isdigit():
            self.headings.append(int(tag[1:]))
        if "id" in values:
            self.ids.append(values["id"] or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] != "style":
            self.text += data


def read(path: Path) -> Page:
    """Read a page from a file."""
    return Page(path.read_text(encoding="utf-8"))
