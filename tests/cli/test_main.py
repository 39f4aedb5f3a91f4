"""The command line's frame: every command has help with examples, and is in README."""

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from chargen import __version__
from chargen.cli import main
from tests.cli.conftest import Command


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


ALL = dict(commands(main))


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_has_help(path: tuple[str, ...], chargen: Command) -> None:
    command = ALL[path]
    result = chargen(*path, "--help")
    assert result.exit_code == 0
    assert command.help
    if not isinstance(command, click.Group):
        assert f"  chargen {' '.join(path)}" in result.stdout
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_command_is_in_readme(path: tuple[str, ...]) -> None:
    readme = Path(__file__).parents[2] / "README.md"
    assert f"chargen {' '.join(path)}" in readme.read_text(encoding="utf-8")


def test_version(chargen: Command) -> None:
    assert chargen("--version").stdout.strip().endswith(__version__)


def test_folders_from_the_environment(chargen: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARGEN_CHECKPOINTS", "elsewhere")
    assert "elsewhere/" in chargen("sample").stderr


def test_a_full_memory_is_told(chargen: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("chargen.text.library.books", full)
    result = chargen("corpus", "list")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: the memory is full")
