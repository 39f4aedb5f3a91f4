"""The page of a text run: whole, harmless, the same each time."""

import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from chargen import Run
from chargen.cli.train import train
from chargen.errors import DamagedRunError, RunError
from chargen.pages.text import SHOWN, text_page
from chargen.text.evaluating import evaluate
from chargen.text.learning import create
from chargen.text.settings import settle
from tests.pages.conftest import HOSTILE
from tests.pages.html import Page

Make = Callable[..., Run]


def test_what_the_corpus_says_is_text_and_nothing_else(text_run: Make) -> None:
    run = text_run()
    html = text_page(run)
    page = Page(html)  # which refuses scripts, requests and tags that do not close
    assert html == text_page(run)
    assert "\x01" not in html
    assert f"A hare{HOSTILE}\ufffd" in page.text
    assert "<i>book.txt" in page.text
    assert run.vocabulary.decode(run.parts.validation.ids[:SHOWN]) in page.text


def test_figures(text_run: Make) -> None:
    run = text_run()
    text = Page(text_page(run)).text
    assert f"{evaluate(run).bits:.3f}" in text
    assert "validation (also chose this iteration)" in text
    assert "Iteration 2, the best" in text
    assert [f"Iteration {number}" in text for number in (1, 3, 4)] == [True, True, False]


def test_nothing_held_out(text_run: Make) -> None:
    page = Page(text_page(text_run(validation=0.0)))
    assert "nothing was held out" in page.text
    assert "#evaluation" not in page.links


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"cell": "lstm", "optimizer": "sgd", "temperature": (0.2, 0.8), "ascii": True, "join_lines": True},
        {"preset": "textbook", "dropout": 0.25, "schedule": "cosine", "schedule_iterations": 9, "keep": 7},
    ],
)
def test_the_command_makes_the_same_settings(text_run: Make, options: dict[str, object]) -> None:
    run = text_run(**options)
    line = next(line for line in Page(text_page(run)).text.splitlines() if line.startswith("chargen train"))
    given = train.make_context("train", shlex.split(line)[2:]).params
    assert given.pop("corpus") == ("<i>book.txt",)
    assert given.pop("name") == "hare"
    preset = given.pop("preset")
    typed = {key: value for key, value in given.items() if value not in (None, ())}
    made = settle(typed, preset, len(run.text))
    assert made.training == run.training_config
    assert (made.normalising, made.samples, made.saving) == (run.normalising, run.sample_config, run.save_config)
    assert made.model.items() <= vars(run.model).items()


@pytest.mark.parametrize(("count", "books"), [(3, ["0.txt", "1.txt", "2.txt"]), (20, ["BOOKS"])])
def test_the_command_for_many_texts(text_run: Make, tmp_path: Path, count: int, books: list[str]) -> None:
    folders = [tmp_path / "learnt", tmp_path / "tests"]
    for number, folder in enumerate(folders):
        folder.mkdir()
        for name in range(count):
            (folder / f"{name}.txt").write_text(f"{number} and {name} see a hare. " * 50, encoding="utf-8")
    run = text_run(folders[0], validation=0.2, test=folders[1])
    text = Page(text_page(run)).text
    line = next(line for line in text.splitlines() if line.startswith("chargen train"))
    given = train.make_context("train", shlex.split(line)[2:]).params
    assert given["corpus"] == tuple(books)
    assert (given["validation"], given["test"]) == (0.2, "TEST")
    assert f"# TEST: the folder or the pattern of its {count} texts above" in text
    assert ("and 6 more texts, character by character" in text) == (count == 20)


def test_iterations_beyond_the_plan_have_a_command_of_their_own(text_run: Make) -> None:
    assert "\nchargen resume hare --iterations 1\n" in Page(text_page(text_run(iterations=2))).text


def test_a_sample_that_is_none(text_run: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    run = text_run()
    report = {"history": {"iteration": 2}, "samples": [{"seed": "a", "text": 3, "temperature": 0.5}]}
    monkeypatch.setattr(run.folder, "reports", lambda: [report])
    with pytest.raises(DamagedRunError, match="iteration 2 of run 'hare' has a sample that is none; restore it"):
        text_page(run)


def test_nothing_trained(tmp_path: Path, book: Path) -> None:
    with pytest.raises(RunError, match="has no finished iteration yet; go on with 'chargen resume garden-gru'"):
        text_page(create(book, checkpoints=tmp_path / "checkpoints"))
