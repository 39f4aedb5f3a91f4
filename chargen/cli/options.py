"""The settings of training as options: what `train` takes and `resume` compares."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

import click

from chargen.cells import ACTIVATIONS, CELLS
from chargen.text.settings import DEFAULTS, default
from chargen.trainer.config import LEARNING_RATES, RECIPES, SCHEDULES

Function = TypeVar("Function", bound=Callable[..., Any])


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


class Iteration(click.ParamType[Any]):
    """`best`, `last` or a number."""

    name = "best|last|N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """Read a number as a number."""
        if value in ("best", "last"):
            return str(value)
        try:
            return int(value)
        except ValueError:
            self.fail(f"{value!r} is not best, last or a number", param, ctx)


def option(*names: str, about: str, defaults: bool = True, **kwargs: Any) -> Callable[[Function], Function]:
    """Declare an option that is left to the settings' default unless it is given.

    Args:
        names: Its spellings.
        about: What it does.
        defaults: Whether the default is told.
        **kwargs: As for `click.option`.

    Returns:
        The decorator.
    """
    key = max(names, key=len).lstrip("-").replace("-", "_")
    shown = default(key)
    if not defaults:
        about = about.partition("  [default")[0]
    elif shown not in (None, False, 0):
        value = ", ".join(str(item) for item in shown) if isinstance(shown, tuple) else shown
        longer = [
            f"; {own[key]} from {start:,} characters up" for start, own in DEFAULTS.items() if start and key in own
        ]
        about = f"{about}  [default: {value}{''.join(longer)}]"
    return click.option(*names, default=None, help=about, **kwargs)


SETTINGS = (
    partial(option, "--cell", about=f"Recurrent cell: {', '.join(CELLS)}."),
    partial(option, "--units", type=int, about="Size of each layer's state."),
    partial(option, "--layers", type=int, about="Recurrent layers."),
    partial(option, "--activation", type=click.Choice(ACTIVATIONS), about="Activation of the cells' new content."),
    partial(option, "--dropout", type=float, about="Share of each layer's outputs dropped in training."),
    partial(
        option,
        "--recurrent-dropout",
        type=float,
        about="The same of its state, for a whole window; with 0 a GPU uses cuDNN.",
    ),
    partial(
        option,
        "--recipe",
        type=click.Choice(RECIPES),
        about="How windows are fed: states carried on, or shuffled windows.",
    ),
    partial(option, "--seqlen", type=int, about="Characters in a window."),
    partial(option, "--step", type=int, about="classic: characters from one window's start to the next's."),
    partial(option, "--epochs", type=int, about="Passes over the text in an iteration."),
    partial(
        option,
        "--batch-size",
        type=int,
        about="Windows in a batch.  [default: 32 stream, 64 from 5,000,000 characters up, 128 classic]",
    ),
    partial(option, "--optimizer", type=click.Choice(list(LEARNING_RATES)), about="Rule of gradient descent."),
    partial(
        option,
        "--learning-rate",
        type=float,
        about=f"Step size.  [default: {', '.join(f'{rate} {name}' for name, rate in LEARNING_RATES.items())}]",
    ),
    partial(
        option,
        "--schedule",
        type=click.Choice(SCHEDULES),
        about="How the step size changes; plateau: halved without a better validation loss.",
    ),
    partial(option, "--schedule-iterations", type=int, about="cosine: iterations to its end.  [default: --iterations]"),
    partial(option, "--decay", type=float, about="inverse-time: step size / (1 + decay * iterations)."),
    partial(option, "--warmup", type=int, about="Batches over which the step size grows from nothing."),
    partial(
        option, "--weight-decay", type=float, about="adam: pull of the kernels towards zero, apart from the gradient."
    ),
    partial(
        option,
        "--patience",
        type=int,
        about="Stop after so many iterations without a better validation loss; 0: never.",
    ),
    partial(option, "--momentum", type=float, about="sgd: share of the last step that is kept."),
    partial(option, "--clip-norm", type=float, about="Largest global norm of the gradients; 0 for no limit."),
    partial(
        option,
        "--validation",
        type=ShareOrFile(),
        about="Share of the text, from its end, or a file, to choose the best iteration.",
    ),
    partial(
        option,
        "--test",
        type=ShareOrFile(),
        about="Share of the text, after the validation part, or a file, to report only.",
    ),
    partial(
        option,
        "-t",
        "--temperature",
        type=float,
        multiple=True,
        about="Samples: below 1 safer, above 1 wilder, 0 greedy; repeatable.",
    ),
    partial(option, "-l", "--length", type=int, about="Samples: new characters."),
    partial(option, "--sample-seed", about="Samples: text to continue instead of a random place of the book."),
    partial(option, "--lowercase", is_flag=True, about="Turn the text into lower case."),
    partial(option, "--ascii", is_flag=True, about="Transliterate the text into ASCII."),
    partial(option, "--join-lines", is_flag=True, about="Join all lines by single spaces."),
    partial(option, "--keep-licence", is_flag=True, about="Keep Project Gutenberg's header and licence."),
    partial(
        option,
        "--max-vocabulary",
        type=int,
        metavar="N",
        about="Tell N characters apart at most: the rarest are read as one, which is never written.",
    ),
    partial(
        option,
        "--boundary",
        metavar="CHARACTER",
        about="Put a character that no text has before the first text and after each, such as ␃.",
    ),
    partial(option, "--random-seed", type=int, about="Where all chance comes from.  [default: 0]"),
    partial(
        option, "--checkpoint-every", type=float, metavar="MINUTES", about="Save within an iteration too; 0 for never."
    ),
    partial(
        option, "--keep", type=int, about="Newest iterations whose weights are kept, beside the best's; 0 for all."
    ),
)


def settings(defaults: bool) -> Callable[[Function], Function]:
    """Give a command every option that is a setting of a run, but `--iterations`.

    Args:
        defaults: Whether their defaults are told.

    Returns:
        The decorator.
    """

    def add(command: Function) -> Function:
        for setting in reversed(SETTINGS):
            command = setting(defaults=defaults)(command)
        return command

    return add


def given(options: dict[str, Any]) -> dict[str, Any]:
    """Leave out the options that were not given: click has them as None, a repeatable one as nothing.

    Args:
        options: By name.

    Returns:
        The given ones.
    """
    return {key: value for key, value in options.items() if value not in (None, ())}
