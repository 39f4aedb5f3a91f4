"""`chargen report`: a page, its name on stdout; where a browser is installed, the page as it shows it."""

import importlib.util
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from chargen import Run
from chargen.series.run import SeriesRun
from tests.cli.conftest import Command
from tests.pages.conftest import series_run, text_run  # noqa: F401 (fixtures)
from tests.pages.html import read

SCRIPT = Path(__file__).parents[2] / "scripts" / "check_report.py"


def test_pages_of_both_kinds(
    chargen: Command,
    text_run: Callable[..., Run],  # noqa: F811
    series_run: Callable[..., SeriesRun],  # noqa: F811
) -> None:
    text_run()
    series_run()
    assert chargen("report", "hare").stdout == "hare.html\n"
    assert "bits per character" in read(Path("hare.html")).text
    result = chargen("report", "-o", "page.html")  # of the newest
    assert (result.exit_code, result.stdout) == (0, "page.html\n")
    assert "waves" in read(Path("page.html")).text


@pytest.mark.skipif(importlib.util.find_spec("playwright") is None, reason="the browser extra is not installed")
@pytest.mark.skipif(shutil.which("chromium") is None, reason="there is no Chromium")
def test_in_a_browser(
    chargen: Command,
    text_run: Callable[..., Run],  # noqa: F811
    series_run: Callable[..., SeriesRun],  # noqa: F811
) -> None:
    for run in (text_run(), series_run()):
        chargen("report", run.name)
    Path("broken.html").write_text('<img src="no.png"><p style="width: 3000px">wide', encoding="utf-8")
    check = [sys.executable, str(SCRIPT), "hare.html", "waves.html", "broken.html"]
    told = subprocess.run(check, capture_output=True, check=False, text=True).stdout.splitlines()
    assert [line for line in told if not line.startswith("broken.html")] == ["3 checked, 8 problems"]
    assert sum("the page is" in line or "request: file" in line for line in told) == 4


def test_errors(chargen: Command, text_run: Callable[..., Run]) -> None:  # noqa: F811
    assert "no run in checkpoints/ yet" in chargen("report").stderr
    run = text_run()
    Path("mine.html").write_text("<p>mine", encoding="utf-8")
    assert "--output is 'mine.html'; it takes a new name" in chargen("report", "-o", "mine.html").stderr
    assert "did you mean 'hare'" in chargen("report", "hares").stderr
    (run.folder.path / "corpus.txt").write_text("another text", encoding="utf-8")
    result = chargen("report")
    assert result.exit_code == 1
    assert "corpus.txt" in result.stderr
    assert not Path("hare.html").exists()
