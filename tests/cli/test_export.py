"""`chargen export`: a file, its name on stdout, how to load it on stderr."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from chargen import Run
from tests.cli.conftest import Command


def test_a_file_and_how_to_load_it(chargen: Command, untrained: Callable[..., Run]) -> None:
    untrained()
    result = chargen("export", "--format", "safetensors")
    assert (result.exit_code, result.stdout) == (0, "garden-gru.safetensors\n")
    assert "safe_open('garden-gru.safetensors'" in result.stderr
    result = chargen("-q", "export", "garden-gru", "--format", "onnx", "-o", "step.onnx")
    assert (result.stdout, result.stderr) == ("step.onnx\n", "")
    assert b"next_layers_0_h" in Path("step.onnx").read_bytes()


@pytest.mark.usefixtures("months")
def test_a_series_run(chargen: Command) -> None:
    result = chargen("export", "months-gru", "--format", "onnx")
    assert result.exit_code == 1
    assert "run 'months-gru' is a series run, this command takes a text run" in result.stderr


def test_errors(chargen: Command, trained: Callable[..., Run]) -> None:
    assert "no text run in checkpoints/ yet" in chargen("export", "--format", "keras").stderr
    run = trained()
    assert "Missing option '--format'" in chargen("export").stderr
    result = chargen("export", "--format", "tensorflow-lite")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "--format is 'tensorflow-lite'" in result.stderr
    assert "no weights of iteration 9" in chargen("export", "--format", "safetensors", "--iteration", 9).stderr
    shutil.rmtree(run.folder.path / "iterations")
    result = chargen("export", "--format", "safetensors")
    assert (
        result.stderr
        == "error: run 'garden-gru' has no finished iteration yet; go on with 'chargen resume garden-gru'\n"
    )
