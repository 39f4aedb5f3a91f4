"""`chargen train`."""

import math
from collections.abc import Callable
from typing import Any, TypeVar

import click

from chargen.cells import ACTIVATIONS, CELLS
from chargen.cli.app import App, pass_app
from chargen.cli.learning import watch
from chargen.text.settings import DEFAULTS, PRESETS, default
from chargen.trainer.config import LEARNING_RATES, RECIPES, SCHEDULES


class ShareOrFile(click.ParamType[Any]):
    """A share of the text, or a file that is held out whole."""

    name = "share|file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | str:
        """Read a number as a share, anything else as a file's name."""
        try:
            number = float(value)
        except ValueError:
            return str(value)
        return number if math.isfinite(number) else str(value)


Function = TypeVar("Function", bound=Callable[..., Any])


def option(*names: str, about: str, **kwargs: Any) -> Callable[[Function], Function]:
    """Declare an option that is left to the settings' default unless it is given."""
    key = max(names, key=len).lstrip("-").replace("-", "_")
    shown = default(key)
    if shown not in (None, False, 0):
        value = ", ".join(str(item) for item in shown) if isinstance(shown, tuple) else shown
        longer = [
            f"; {own[key]} from {start:,} characters up" for start, own in DEFAULTS.items() if start and key in own
        ]
        about = f"{about}  [default: {value}{''.join(longer)}]"
    return click.option(*names, default=None, help=about, **kwargs)


@click.command()
@click.argument("corpus", nargs=-1, required=True)
@option("--cell", about=f"Recurrent cell: {', '.join(CELLS)}.")
@option("--units", type=int, about="Size of each layer's state.")
@option("--layers", type=int, about="Recurrent layers.")
@option("--activation", type=click.Choice(ACTIVATIONS), about="Activation of the cells' new content.")
@option("--dropout", type=float, about="Share of each layer's outputs dropped in training.")
@option("--recurrent-dropout", type=float, about="The same of its state, for a whole window; with 0 a GPU uses cuDNN.")
@option(
    "--recipe",
    type=click.Choice(RECIPES),
    about="How windows are fed: states carried on, or shuffled windows.",
)
@option("--seqlen", type=int, about="Characters in a window.")
@option("--step", type=int, about="classic: characters from one window's start to the next's.")
@option("-n", "--iterations", type=int, about="Iterations; each ends with a sample and a checkpoint.")
@option("--epochs", type=int, about="Passes over the text in an iteration.")
@option(
    "--batch-size",
    type=int,
    about="Windows in a batch.  [default: 32 stream, 64 from 5,000,000 characters up, 128 classic]",
)
@option("--optimizer", type=click.Choice(list(LEARNING_RATES)), about="Rule of gradient descent.")
@option(
    "--learning-rate",
    type=float,
    about=f"Step size.  [default: {', '.join(f'{rate} {name}' for name, rate in LEARNING_RATES.items())}]",
)
@option(
    "--schedule",
    type=click.Choice(SCHEDULES),
    about="How the step size changes; plateau: halved without a better validation loss.",
)
@option("--schedule-iterations", type=int, about="cosine: iterations to its end.  [default: --iterations]")
@option("--decay", type=float, about="inverse-time: step size / (1 + decay * iterations).")
@option("--warmup", type=int, about="Batches over which the step size grows from nothing.")
@option("--weight-decay", type=float, about="adam: pull of the kernels towards zero, apart from the gradient.")
@option("--patience", type=int, about="Stop after so many iterations without a better validation loss; 0 for never.")
@option("--momentum", type=float, about="sgd: share of the last step that is kept.")
@option("--clip-norm", type=float, about="Largest global norm of the gradients; 0 for no limit.")
@option(
    "--validation",
    type=ShareOrFile(),
    about="Share of the text, from its end, or a file, to choose the best iteration.",
)
@option(
    "--test",
    type=ShareOrFile(),
    about="Share of the text, after the validation part, or a file, to report only.",
)
@option(
    "-t",
    "--temperature",
    type=float,
    multiple=True,
    about="Samples: below 1 safer, above 1 wilder, 0 greedy; repeatable.",
)
@option("-l", "--length", type=int, about="Samples: new characters.")
@option("--sample-seed", about="Samples: text to continue instead of a random place of the book.")
@option("--lowercase", is_flag=True, about="Turn the text into lower case.")
@option("--ascii", is_flag=True, about="Transliterate the text into ASCII.")
@option("--join-lines", is_flag=True, about="Join all lines by single spaces.")
@option("--keep-licence", is_flag=True, about="Keep Project Gutenberg's header and licence.")
@option("--random-seed", type=int, about="Where all chance comes from.  [default: 0]")
@click.option("--name", help="The run's name.  [default: corpus-cell]")
@click.option("--preset", type=click.Choice(list(PRESETS)), help="Settings that go together; given options win.")
@pass_app
def train(app: App, /, corpus: tuple[str, ...], name: str | None, preset: str | None, **options: Any) -> None:
    """Train a network on CORPUS: a file, a title, a Gutenberg number or URL, or several.

    After each iteration comes a row of figures, a sample and a checkpoint.

    \b
    Examples:
      chargen train alice.txt --seqlen 30
      chargen train letters.txt --cell lstm --units 128 -n 10
      chargen train time-machine lost-world --name wells-and-doyle
      chargen train alice.txt --preset textbook -t 0 -t 0.5
    """
    from chargen.text.learning import create  # training needs more than --help does

    options["temperature"] = options["temperature"] or None
    with app.ui.download_bar("fetching") as on_download:
        run = create(
            corpus,
            name=name,
            preset=preset,
            corpora=app.corpora,
            checkpoints=app.checkpoints,
            on_notice=app.ui.notice,
            on_download=on_download,
            **options,
        )
    watch(app, run)
