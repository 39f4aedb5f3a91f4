"""`chargen evaluate`: a table, a verdict, JSON, a picture."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from chargen import Run
from tests.cli.conftest import Command

SHORT = "Alice sees a rose.\nA queen paints me.\n"


@pytest.fixture
def run(trained: Callable[..., Run]) -> Run:
    return trained(test=0.1)


def test_a_table_and_a_verdict(chargen: Command, run: Run) -> None:
    result = chargen("evaluate", "-o", "sure.svg")
    assert (result.exit_code, result.stderr) == (0, "written: sure.svg\n")
    assert Path("sure.svg").read_text().count("<svg") == 1
    lines = result.stdout.splitlines()
    assert lines[0] == f"garden-gru, iteration 2: {len(run.parts.test.ids):,} characters, test"
    assert " ".join(lines[1].split()) == "model bits per character perplexity more bits than the network"
    assert [line.split("  ")[0] for line in lines[2:5]] == ["garden-gru", "unigram", "bigram"]
    assert lines[13].startswith("garden-gru is ")
    assert sum(line.startswith(("hardest", "easiest")) for line in lines) == 6


def test_json_of_another_text_with_dynamic_evaluation(chargen: Command, run: Run) -> None:
    Path("short.txt").write_text(SHORT)
    result = chargen("evaluate", "garden-gru", "--text", "short.txt", "--iteration", 1, "--dynamic", "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    found = json.loads(result.stdout)
    assert (found["run"], found["iteration"], found["part"]) == ("garden-gru", 1, "text")
    assert found["characters"] == len(SHORT) - 1
    # Only what comes after the first segment profits.
    assert found["dynamic_bits"] == pytest.approx(found["bits"], rel=0.1)
    assert [baseline["name"] for baseline in found["baselines"]][-1] == "bz2"


def test_errors(chargen: Command, run: Run) -> None:
    Path("binary.txt").write_bytes(bytes(range(256)) * 9)
    Path("greek.txt").write_text("Αλίκη")
    for options, told in {
        ("elsewhere",): "no run 'elsewhere'",
        ("--text", "gone.txt"): "no text 'gone.txt'",
        ("--text", "binary.txt"): "binary.txt",
        ("--text", "greek.txt"): "characters that the vocabulary lacks",
        ("-o", "sure.xyz"): "--output is 'sure.xyz'",
        ("-o", "gone/sure.png"): "gone/sure.png cannot be written",
        ("--iteration", 7): "no weights of iteration 7",
    }.items():
        result = chargen("evaluate", *options)
        assert result.exit_code == 1, options
        assert told in result.stderr
        assert result.stderr.count("\n") == 1
