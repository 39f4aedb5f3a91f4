"""The command line: each command reads options, calls the library and prints."""

import shlex
from pathlib import Path

import click
from click.core import ParameterSource

from chargen import __version__
from chargen.cli.app import App, LazyGroup
from chargen.cli.ui import Ui, speak_utf8

COMMANDS = {
    "train": "chargen.cli.train",
    "resume": "chargen.cli.resume",
    "sample": "chargen.cli.sample",
    "plot": "chargen.cli.plot",
    "evaluate": "chargen.cli.evaluate",
    "report": "chargen.cli.report",
    "export": "chargen.cli.export",
    "explain": "chargen.cli.explain",
    "corpus": "chargen.cli.corpus",
    "runs": "chargen.cli.runs",
    "sweep": "chargen.cli.sweep",
    "forecast": "chargen.cli.forecast",
}


@click.group(cls=LazyGroup, modules=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--corpora",
    type=click.Path(path_type=Path, file_okay=False),
    default="corpora",
    envvar="CHARGEN_CORPORA",
    show_default=True,
    show_envvar=True,
    help="Folder of books.",
)
@click.option(
    "--checkpoints",
    type=click.Path(path_type=Path, file_okay=False),
    default="checkpoints",
    envvar="CHARGEN_CHECKPOINTS",
    show_default=True,
    show_envvar=True,
    help="Folder of runs.",
)
@click.option("-q", "--quiet", is_flag=True, help="No progress, no notices: results and errors only.")
@click.version_option(__version__, prog_name="chargen")
@click.pass_context
def main(ctx: click.Context, corpora: Path, checkpoints: Path, quiet: bool) -> None:
    """Train a character-level recurrent network on a book, and write in its manner.

    \b
    Examples:
      chargen train alice.txt --seqlen 30
      chargen sample --seed "alice"
    """
    typed = ctx.get_parameter_source("checkpoints") is ParameterSource.COMMANDLINE
    program = f"chargen --checkpoints {shlex.quote(str(checkpoints))}" if typed else "chargen"
    speak_utf8()
    ctx.obj = App(corpora=corpora, checkpoints=checkpoints, ui=Ui(quiet), program=program)
