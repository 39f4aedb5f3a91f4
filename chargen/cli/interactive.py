"""`chargen sample --interactive`: what is typed is continued."""

import shlex
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from chargen.cli.app import App
from chargen.cli.sample import stream
from chargen.errors import ChargenError

if TYPE_CHECKING:
    from chargen.text.run import Run

SETTINGS = (
    *("temperature", "top_k", "top_p", "min_p", "length", "stop", "until"),
    *("context", "unknown", "iteration", "random_seed"),
)
HELP = (
    "type a text to have it continued, nothing to go on with the last one, :quit to leave;\n"
    "settings: :temperature 0.8, and :top-k, :top-p, :min-p, :length, :stop, :until, :context, :unknown,\n"
    ":iteration, :random-seed in the same way; 'off' puts one back to its default, :settings shows all"
)


def converse(app: App, run: "Run", command: click.Command, heat: bool, start: dict[str, Any]) -> None:
    """Continue what the user types until the input ends.

    Args:
        app: The terminal.
        run: Whose network writes.
        command: `sample`, whose options are the settings.
        heat: Whether characters are shaded by how unlikely they were.
        start: The settings to start with, as for `Run.writer`.
    """
    with suppress(ImportError):
        import readline  # noqa: F401 (gives `input` editing and history, where there is one)

    app.ui.notice(f"run {run.name}; {HELP}")
    options, text, turn = start, "", 0
    while (line := app.ui.ask("> ")) is not None:
        name, _, value = line.removeprefix(":").strip().partition(" ")
        try:
            if not line.startswith(":"):
                text = _continue(app, run, line or text, turn, heat, options)
                turn += 1
            elif name in ("quit", "q"):
                return
            elif name == "settings":
                app.ui.notice("\n".join(f":{key.replace('_', '-')} {options[key]}" for key in SETTINGS), asked=True)
            elif name.replace("-", "_") not in SETTINGS or not value:
                app.ui.notice(HELP, asked=True)
            else:
                changed = _changed(command, options, name.replace("-", "_"), value)
                run.writer(**changed)  # a value that makes no sense is told now, and forgotten
                options = changed
        except ChargenError as error:
            app.ui.error(str(error))
        except click.UsageError as error:
            app.ui.error(error.format_message())


def _continue(app: App, run: "Run", seed: str, turn: int, heat: bool, options: dict[str, Any]) -> str:
    """Write one continuation; Ctrl-C ends it."""
    pieces: list[str] = []
    with suppress(KeyboardInterrupt):
        stream(app, run.writer(seed, **options), turn, heat, pieces)
    return "".join(pieces)


def _changed(command: click.Command, options: dict[str, Any], name: str, value: str) -> dict[str, Any]:
    parameter = next(parameter for parameter in command.params if parameter.name == name)
    context = command.make_context(command.name, [])
    try:
        words = shlex.split(value) if parameter.multiple else value
    except ValueError as error:  # a quotation that does not end
        raise click.UsageError(f":{name} {value}: {error}") from error
    chosen = context.params[name] if value == "off" else parameter.type_cast_value(context, words)
    return {**options, name: chosen[-1] if name == "temperature" else chosen}
