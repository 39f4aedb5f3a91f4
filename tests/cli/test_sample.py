"""`chargen sample`: text to stdout, at once, without TensorFlow."""

import json
import math
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import chargen as library
from chargen import Run
from chargen.runs.files import digest
from chargen.runs.tensors import pack
from tests.cli.conftest import Command


@pytest.fixture(autouse=True)
def mine(chargen: Command, trained: Callable[..., Run]) -> Run:
    return trained("mine")


def test_a_continuation(chargen: Command) -> None:
    result = chargen("sample", "--seed", "Alice", "-l", 30, "--random-seed", 1)
    assert result.exit_code == 0
    assert result.stdout.startswith("Alice")
    assert len(result.stdout) == 5 + 30 + 1
    assert result.stderr == ""
    assert result.stdout == chargen("sample", "mine", "--seed", "Alice", "-l", 30, "--random-seed", 1).stdout
    assert result.stdout == library.load("mine").sample("Alice", length=30, random_seed=1) + "\n"


def test_several_samples_each_with_its_own_chance(chargen: Command) -> None:
    result = chargen("sample", "--seed", "A", "-l", 30, "-t", 1.5, "--samples", 3, "--random-seed", 1)
    texts = result.stdout.split("\n" + "─" * 20 + "\n")
    assert len({text.strip() for text in texts}) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--seed", "Ünknown"), "U+00DC"),
        (("--top-k", "0"), "--top-k is 0"),
        (("--top-p", "1.5"), "--top-p is 1.5"),
        (("--min-p", "nan"), "--min-p is nan"),
        (("--stop", ""), "--stop is ''"),
        (("--samples", "0"), "--samples is 0"),
        (("--samples", "3", "--beams", "2"), "--beams is 2"),
        (("-t", "-0.5"), "--temperature is -0.5"),
        (("-l", "-1"), "--length is -1"),
        (("mien",), "no run 'mien' in checkpoints/ (did you mean 'mine'?); list them with 'chargen runs list'"),
        (("../mine",), "no run '../mine'"),
        (("--iteration", "9"), "has no weights of iteration 9"),
        (("-t", "0.5", "-t", "nan"), "--temperature is nan"),
        (("--stop", "Ü"), "--stop: the text has characters that the vocabulary lacks: 'Ü'"),
    ],
)
def test_bad_input_is_one_line_and_exit_1(chargen: Command, arguments: tuple[str, ...], message: str) -> None:
    result = chargen("sample", *arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("error: ")
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("--beams", "2", "-t", "0.5"),
        ("--beams", "2", "--top-k", "3"),
        ("--interactive", "--json"),
        ("--interactive", "--seed", "A"),
        ("--json", "--heat"),
        ("--length", "0", "--samples", "2"),
        ("--length", "0", "--novelty"),
        ("--length", "0", "--json"),
        ("--length", "0", "-t", "0.5", "-t", "1"),
        ("--interactive", "-t", "0.5", "-t", "1"),
    ],
)
def test_options_that_contradict_each_other_exit_2(chargen: Command, arguments: tuple[str, ...]) -> None:
    result = chargen("sample", *arguments)
    assert result.exit_code == 2
    assert "leave one out" in result.stderr


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_seed_from_standard_input_or_a_file(chargen: Command, end: str) -> None:
    expected = chargen("sample", "--seed", "Alice", "--random-seed", 1).stdout
    assert chargen("sample", "--seed", "-", "--random-seed", 1, input="Alice" + end).stdout == expected
    Path("seed.txt").write_bytes(("Alice" + end).encode())
    assert chargen("sample", "--seed-file", "seed.txt", "--random-seed", 1).stdout == expected


def test_a_seed_file_that_is_no_text(chargen: Command) -> None:
    Path("seed.txt").write_bytes(b"Alice \xff")
    result = chargen("sample", "--seed-file", "seed.txt")
    assert result.exit_code == 1
    assert "the seed is not UTF-8 (byte 6)" in result.stderr


def test_standard_input_that_is_closed(chargen: Command) -> None:
    command = [sys.executable, "-m", "chargen", "sample", "--seed", "-"]
    result = subprocess.run(["/bin/sh", "-c", 'exec "$@" <&-', "sh", *command], capture_output=True, check=False)
    assert result.returncode == 1
    assert b"error: standard input is closed" in result.stderr


def test_a_seed_file_that_is_too_long(chargen: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chargen.cli.sample.SEED_BYTES", 2**20)
    Path("seed.txt").write_bytes(b"A" * (2**20 + 1))
    result = chargen("sample", "--seed-file", "seed.txt")
    assert result.exit_code == 1
    assert "longer than 1 MB" in result.stderr


def test_an_empty_seed_starts_from_a_random_place(chargen: Command) -> None:
    empty = chargen("sample", "--seed", "", "--random-seed", 1, "-l", 5)
    assert empty.exit_code == 0
    assert empty.stdout == chargen("sample", "--random-seed", 1, "-l", 5).stdout


def test_unknown_characters_read_as_the_nearest_are_told(chargen: Command) -> None:
    result = chargen("sample", "--seed", "álice", "--unknown", "nearest", "-l", 5)
    assert result.exit_code == 0
    assert result.stdout.startswith("alice")
    assert "seed: 'á' read as 'a'" in result.stderr


def test_endings(chargen: Command) -> None:
    run = library.load("mine")
    result = chargen("sample", "--seed", "Alice ", "--until", "sentence", "-t", 0.3, "--random-seed", 1)
    assert result.stdout == run.sample("Alice ", until="sentence", temperature=0.3, random_seed=1) + "\n"
    result = chargen("sample", "--seed", "Alice ", "--stop", "a", "--stop", "e", "-t", 1, "--random-seed", 1)
    assert not {"a", "e"} & set(result.stdout.removeprefix("Alice "))


def test_json(chargen: Command) -> None:
    options = ("--seed", "Alice ", "-l", 25, "--random-seed", 1, "-t", 0.5, "-t", 1)
    result = chargen("sample", *options, "--samples", 2, "--json", "--novelty")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(line["sample"], line["temperature"]) for line in lines] == [(1, 0.5), (2, 0.5), (1, 1.0), (2, 1.0)]
    run = library.load("mine")
    for line in lines:
        assert line["run"] == "mine"
        assert line["seed"] == "Alice "
        assert line["random_seed"] == 1
        scores = library.score(run, line["text"], after="Alice ")
        np.testing.assert_allclose(line["log_probabilities"], scores, atol=1e-4)
        assert line["bits_per_character"] == pytest.approx(-scores.mean() / math.log(2), abs=1e-4)
        assert line["longest_copy"] in run.text
        assert 0 <= line["copied"] <= 1
        assert 0 <= line["looped"] <= 1
    alone = chargen("sample", "--seed", "Alice ", "-l", 25, "--random-seed", 1, "-t", 1).stdout
    assert alone == "Alice " + lines[2]["text"] + "\n"


def test_novelty_is_a_table_after_the_samples(chargen: Command) -> None:
    result = chargen("sample", "--seed", "Alice ", "-t", 0, "-t", 1, "--novelty", "-l", 200)
    heads, *rows = result.stdout.splitlines()[-3:]
    assert all(head in heads for head in ("sample", "temperature", "copied, share", "in loops, share", "longest copy"))
    assert [row.split()[:2] for row in rows] == [["1", "0"], ["1", "1"]]
    greedy, drawn = (float(row.split()[3]) for row in rows)
    assert greedy > 0.5 > drawn


def test_beams(chargen: Command) -> None:
    result = chargen("sample", "--seed", "Alice ", "--beams", 3, "-l", 12)
    assert result.stdout == library.load("mine").sample("Alice ", beams=3, length=12) + "\n"


def test_heat_is_plain_text_in_a_pipe(chargen: Command) -> None:
    options = ("sample", "--seed", "Alice ", "-l", 25, "--random-seed", 1)
    assert chargen(*options, "--heat").stdout == chargen(*options).stdout
    assert chargen(*options, "--heat", "--samples", 2).stdout == chargen(*options, "--samples", 2).stdout


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process")
@pytest.mark.parametrize(("length", "code"), [("0", 0), ("100000000", 130)])
def test_ctrl_c(length: str, code: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "chargen", "sample", "-l", length],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # A suite that runs in the background ignores the signal, and what it starts would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 (no thread forks here)
    )
    assert process.stdout is not None
    process.stdout.read(300)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (code, b"")


@pytest.mark.parametrize("options", [("--json",), ("--samples", 2), ("--beams", 2)])
def test_ctrl_c_before_anything_is_shown(
    chargen: Command, monkeypatch: pytest.MonkeyPatch, options: tuple[str | int, ...]
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("chargen.text.writing.warm", interrupted)
    assert chargen("sample", *options).exit_code == 130


def test_a_state_that_overflows_is_one_line(chargen: Command, trained: Callable[..., Run]) -> None:
    run = trained("line", cell="lstm", activation="linear", iterations=1)
    weights = {key: np.array(value) for key, value in run.folder.weights(1).items()}
    weights["layers.0.recurrent_kernel"] += 5
    path = run.folder.path / "iterations" / "0001" / "weights.safetensors"
    path.write_bytes(pack(weights))
    manifest = path.with_name("manifest.json")
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {path.name: digest(path.read_bytes())}))
    for more in (("-t", 0), ("--samples", 2), ("--beams", 2), ("--json",), ("--heat",)):
        result = chargen("sample", "line", "--seed", "Alice", "--context", "state", "-l", 3000, *more)
        assert result.exit_code == 1
        assert result.stderr.startswith("error: the network's state overflowed")
        assert len(result.stderr.splitlines()) == 1


def test_a_corrupt_run_names_the_file(chargen: Command) -> None:
    Path("checkpoints/mine/vocabulary.json").write_text("[]")
    result = chargen("-q", "sample", "--seed", "A")
    assert result.exit_code == 0
    assert result.stderr.startswith("warning: checkpoints/mine/vocabulary.json is not what was saved")
    Path("checkpoints/mine/spare/vocabulary.json").unlink()
    result = chargen("sample", "--seed", "A")
    assert result.exit_code == 1
    assert "error: checkpoints/mine/vocabulary.json" in result.stderr


def test_usage_errors_exit_2(chargen: Command) -> None:
    assert chargen("sample", "--iteration", "newest").exit_code == 2
    assert chargen("sample", "--nonsense").exit_code == 2


SAMPLE = """
import sys
from chargen.cli import main
try:
    main(["sample", "--seed", "Alice", "-l", "20"])
except SystemExit as end:
    assert not end.code
sys.exit("tensorflow" in sys.modules or "keras" in sys.modules or "requests" in sys.modules)
"""


def test_tensorflow_is_not_loaded() -> None:
    assert subprocess.run([sys.executable, "-c", SAMPLE], capture_output=True, check=False).returncode == 0


def test_a_reader_that_leaves_ends_it_quietly() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "chargen", "sample", "-l", "1000000"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(100)
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait(timeout=30) == 0
    assert errors == b""


def test_files_and_pipes_get_utf_8_whatever_the_system_prefers() -> None:
    command = [sys.executable, "-m", "chargen", "sample", "--seed", "A", "-l", "5", "--samples", "2"]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    result = subprocess.run(command, capture_output=True, check=False, env=environment)
    assert result.returncode == 0
    assert "─" in result.stdout.decode("utf-8")
