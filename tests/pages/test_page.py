"""Pages are written whole, and take the place of older pages alone."""

from pathlib import Path

import pytest

from chargen.errors import OptionError, SaveError
from chargen.pages.page import MARK, write

PAGE = f'<!DOCTYPE html>\n{MARK} 0.1.0">é'


def test_an_older_page_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    write(PAGE, path)
    write(f"{PAGE}!", path)
    assert path.read_text(encoding="utf-8") == f"{PAGE}!"
    assert list(tmp_path.iterdir()) == [path]


def test_nothing_else_is(tmp_path: Path) -> None:
    (tmp_path / "mine.html").write_text("<p>mine", encoding="utf-8")
    (tmp_path / "folder.html").mkdir()
    (tmp_path / "gone.html").symlink_to(tmp_path / "elsewhere")
    for name in ("mine.html", "folder.html", "gone.html"):
        with pytest.raises(OptionError, match=rf"--output is '.*{name}'; it takes a new name"):
            write(PAGE, tmp_path / name)
    assert (tmp_path / "mine.html").read_text(encoding="utf-8") == "<p>mine"
    with pytest.raises(OptionError, match=r"it takes a name that ends in \.html"):
        write(PAGE, tmp_path / "a.pdf")
    with pytest.raises(SaveError, match=r"there is no folder .*missing; make it"):
        write(PAGE, tmp_path / "missing" / "a.html")


def test_what_the_file_system_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("chargen.runs.files._write_through", full)
    with pytest.raises(SaveError, match=r"a\.html cannot be written \(No space left on device\); .*--output"):
        write(PAGE, tmp_path / "a.html")
    assert list(tmp_path.iterdir()) == []
