"""`chargen runs` with runs of series, and with both kinds side by side."""

import json
import re
import shutil
from pathlib import Path

import pytest

import chargen as library
from chargen.series.run import load
from tests.cli.conftest import Command

pytestmark = pytest.mark.usefixtures("months")


def test_list_has_both_kinds(chargen: Command, book: Path) -> None:
    library.train(book, units=6, seqlen=10, iterations=1, length=5, name="mine")
    assert chargen("runs", "list", "--markdown").stdout.count("RMSE") == 1
    text, series = json.loads(chargen("runs", "list", "--json").stdout)
    run = load("months-gru")
    best = next(line for line in run.history if line["iteration"] == run.folder.best())
    assert (series["name"], series["kind"], series["state"]) == ("months-gru", "series", "finished")
    assert (series["bits_per_character"], series["validation_rmse"]) == (None, best["validation_rmse"])
    assert (text["kind"], text["validation_rmse"]) == ("text", None)
    assert list(series) == list(text)
    head, *rows = chargen("runs", "list").stdout.splitlines()
    assert re.search(r"bits per char\. +RMSE +MiB", head)
    assert [row.split()[:3] for row in rows] == [["mine", "text", "gru"], ["months-gru", "series", "gru"]]
    assert "—" in rows[1]
    assert f"{best['validation_rmse']:.4g}" in rows[1]
    result = chargen("runs", "compare", "months-gru", "mine")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "error: 'mine' is a text run and 'months-gru' a series run, whose figures have nothing in common; compare runs "
        "of one kind: 'chargen runs list' tells which is which\n"
    )


def test_show(chargen: Command) -> None:
    result = chargen("runs", "show", "months-gru", "--samples")
    assert result.exit_code == 0
    assert "forecast.horizon" in result.stdout
    assert "validation rmse" in result.stdout
    assert result.stderr == (
        "months-gru is a series run, which writes no samples; draw its forecasts with "
        "'chargen forecast plot months-gru'\n"
    )
    whole = json.loads(chargen("runs", "show", "--json").stdout)
    assert (whole["kind"], whole["samples"], whole["faults"]) == ("series", [], [])
    assert [line["iteration"] for line in whole["history"]] == [1, 2]


def test_compare(chargen: Command) -> None:
    shutil.copytree("checkpoints/months-gru", "checkpoints/twin")
    result = chargen("runs", "compare", "months-gru", "twin", "-o", "curves.svg")
    assert result.exit_code == 0
    assert re.search(r"^iterations +2 +2 *$", result.stdout, re.MULTILINE)
    assert re.search(r"^RMSE, test +[\d.]+ +[\d.]+ *$", result.stdout, re.MULTILINE)
    assert result.stderr == "curves: curves.svg\n"
    assert Path("curves.svg").read_bytes().startswith(b"<?xml")
    whole = json.loads(chargen("runs", "compare", "months-gru", "twin", "--json").stdout)
    assert list(whole) == ["settings", "figures", "cautions"]
    assert whole["settings"] == whole["cautions"] == []


def test_rename_and_remove(chargen: Command) -> None:
    assert "months-gru is now first" in chargen("runs", "rename", "months-gru", "first").stderr
    assert chargen("forecast", "predict", "first").exit_code == 0
    assert "removed first" in chargen("runs", "remove", "first", "--yes").stderr
    assert chargen("forecast", "predict", "first").exit_code == 1


def test_a_damaged_run_is_shown_as_such(chargen: Command) -> None:
    Path("checkpoints/months-gru/values.safetensors").unlink()
    assert json.loads(chargen("runs", "list", "--json").stdout)[0]["state"] == "damaged"
    assert "values.safetensors is missing" in chargen("runs", "show").stderr
