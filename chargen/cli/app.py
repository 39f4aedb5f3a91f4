"""What every command shares: the folders, the terminal, commands that load when called, errors as exit codes."""

import importlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from chargen.cli.ui import Ui
from chargen.errors import ChargenError, UsageError


@dataclass(frozen=True)
class App:
    """The global options, ready for a command to use.

    Args:
        corpora: The folder of books.
        checkpoints: The folder of runs.
        ui: The terminal.
        program: How to call chargen again for the same runs.
    """

    corpora: Path
    checkpoints: Path
    ui: Ui
    program: str = "chargen"


pass_app = click.make_pass_decorator(App)


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called: `--help` and `sample` start at once.

    Args:
        modules: Module that defines a click command of the same name, by command name.
    """

    def __init__(self, *args: Any, modules: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.modules:
            return None
        command = getattr(importlib.import_module(self.modules[cmd_name]), cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101 (narrows the type)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except UsageError as error:
            raise click.UsageError(str(error), ctx) from error
        except ChargenError as error:
            Ui().error(str(error))
            ctx.exit(1)
        except MemoryError:
            Ui().error("the memory is full; close other programs, or take fewer --units, a smaller --batch-size")
            ctx.exit(1)
        except BrokenPipeError:
            # The reader of a pipe left (`| head`); the interpreter's last flush must not complain either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
