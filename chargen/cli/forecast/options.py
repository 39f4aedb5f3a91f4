"""The options of forecasting: how a table is read, what is learnt from it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from chargen.cells import ACTIVATIONS, CELLS
from chargen.cli.app import App
from chargen.cli.options import given
from chargen.config import require
from chargen.errors import OptionError, SaveError
from chargen.trainer.config import LEARNING_RATES, SCHEDULES

if TYPE_CHECKING:
    from chargen.series.series import Panel

Function = TypeVar("Function", bound=Callable[..., Any])

_READING = (
    click.option("--target", multiple=True, metavar="COLUMN", help="What is forecast; repeatable."),
    click.option("--column", multiple=True, metavar="COLUMN", help="What else is known at each step; repeatable."),
    click.option("--date-column", metavar="COLUMN", help="Where the dates are."),
    click.option("--id-column", metavar="COLUMN", help="What tells many series in one table apart."),
    click.option("--start", metavar="DATE", help="First date to read: 1900, 1900-06 or 1900-06-30."),
    click.option("--end", metavar="DATE", help="Last date to read."),
    click.option("--date-format", metavar="FORMAT", help="How dates are written, such as %d/%m/%Y."),
    click.option("--decimal", type=click.Choice([".", ","]), help="The decimal sign."),
)
READ = ("target", "column", "date_column", "id_column", "start", "end", "date_format", "decimal")


def reading(command: Function) -> Function:
    """Give a command the options that say how a table is read."""
    for option in reversed(_READING):
        command = option(command)
    return command


def writing(listed: str, drawn: str = "them") -> Callable[[Function], Function]:
    """Make the option of the files that a command writes its result to: see `is_table`.

    Args:
        listed: What a table lists.
        drawn: What a picture shows.

    Returns:
        A decorator; the command gets `outputs`.
    """
    return click.option(
        "-o",
        "--output",
        "outputs",
        multiple=True,
        type=click.Path(path_type=Path, dir_okay=False),
        help=f"Write all {listed} as .csv, or draw {drawn} as .png, .svg or .pdf; repeatable.",
    )


def open_panel(app: App, source: str, options: dict[str, Any]) -> "tuple[Panel, int]":
    """Read the series that a command is about; the options of reading are taken out.

    Args:
        app: The folders and the terminal.
        source: A path, a built-in name, or a file in the corpora folder.
        options: The command's.

    Returns:
        The series, targets first, and how many columns are forecast.
    """
    from chargen.series.builtin import open_panel as read_panel

    read = given({key: options.pop(key, None) for key in READ})
    return read_panel(source, app.corpora, on_notice=app.ui.notice, **read)


def reads(options: dict[str, Any]) -> bool:
    """Tell whether an option says how a table is read."""
    return any(options.get(key) for key in READ)


def is_table(output: Path, *read: object) -> bool:
    """Tell whether a file that is to be written is a table, and not a picture; refuse any other before the work starts.

    Args:
        output: The file.
        *read: What the command reads; what is a path of these is never written.

    Returns:
        Whether its name ends in .csv.

    Raises:
        OptionError: It ends in nothing that can be written, or is what is read.
        SaveError: There is no such folder.
    """
    for source in read:
        if isinstance(source, str) and output.exists() and Path(source).exists() and output.samefile(source):
            raise OptionError(f"--output is {str(output)!r}, which is what is read; give the result another name")
    if not output.parent.is_dir():
        raise SaveError(f"cannot write {output}: there is no folder {output.parent}; make it, or choose another place")
    if output.suffix.lower() == ".csv":
        return True
    from chargen.learning.plot import FORMATS  # matplotlib takes a second to load

    right = f"a name that ends in .csv for a table, in {', '.join(FORMATS)} for a picture"
    require(output.suffix.lower() in FORMATS, "--output", str(output), right)
    return False


def _option(*names: str, about: str, **kwargs: Any) -> Callable[[Function], Function]:
    # The defaults are written out: looking them up would load pandas for every `--help`. A test compares them.
    return click.option(*names, default=None, help=about, **kwargs)


_SETTINGS = (
    partial(_option, "--cell", about=f"Recurrent cell: {', '.join(CELLS)}.  [default: gru]"),
    partial(_option, "--units", type=int, about="Size of each layer's state.  [default: 64]"),
    partial(_option, "--layers", type=int, about="Recurrent layers.  [default: 1]"),
    partial(
        _option,
        "--activation",
        type=click.Choice(ACTIVATIONS),
        about="Activation of the cells' new content.  [default: tanh]",
    ),
    partial(
        _option,
        "--output-activation",
        type=click.Choice(ACTIVATIONS),
        about="Activation of the readout.  [default: linear]",
    ),
    partial(_option, "--dropout", type=float, about="Share of each layer's outputs dropped in training."),
    partial(_option, "--recurrent-dropout", type=float, about="The same of its state, for a whole window."),
    partial(
        _option,
        "--window",
        type=int,
        about="Steps looked back.  [default: the longest known season, 24 at least; less for short series]",
    ),
    partial(_option, "--horizon", type=int, about="Steps ahead.  [default: 12]"),
    partial(
        _option,
        "--strategy",
        metavar="NAME",
        about="direct: all steps of the horizon at once; recursive: one step at a time, fed back; seq2seq: all steps "
        "from every step of a window; encoder-decoder: the window into a vector, and that into the steps; vector: "
        "the decoder alone, from the window as it is; backtest also takes all.  [default: direct]",
    ),
    partial(
        _option,
        "--encoder",
        type=click.Choice(["cells", "bidirectional", "conv", "wavenet"]),
        about="What reads the window: layers of the cell; the same from both ends; a convolution of stride 2 before "
        "them; dilated convolutions in their place.  [default: cells]",
    ),
    partial(
        _option,
        "--learning",
        type=click.Choice(["batches", "sequence", "online"]),
        about="An update for each batch of windows, for each window, or after every step in order, the state carried "
        "along, in a backtest too; the last two with smaller steps, 0.0005 for adam.  [default: batches]",
    ),
    partial(
        _option,
        "--linear",
        type=click.Choice(["residual", "skip", "none"]),
        about="Least squares on the window: the network learns what they leave; or both learn together; or no linear "
        "part.  [default: residual]",
    ),
    partial(_option, "--ridge", type=float, about="Penalty of the least squares.  [default: chosen on validation]"),
    partial(
        _option,
        "--scaler",
        type=click.Choice(["auto", "none", "standard", "minmax", "fixed", "sqrt", "log1p"]),
        about="How values are scaled, fitted on the training part.  [default: auto, chosen on validation]",
    ),
    partial(
        _option,
        "--scaler-range",
        type=float,
        nargs=2,
        about="minmax: where values go; fixed: where they come from, such as 0 15.",
    ),
    partial(
        _option,
        "--minimum",
        type=float,
        about="Forecasts are not below it while the series is not.  [default: 0 if the training part is not below 0]",
    ),
    partial(_option, "--difference", type=int, about="Learn differences from so many steps before; 0: values."),
    partial(
        _option,
        "--split",
        type=click.Choice(["time", "series"]),
        about="Hold out the end of each series, or whole series.  [default: time]",
    ),
    partial(
        _option,
        "--protocol",
        type=click.Choice(["honest", "tutorial"]),
        about="tutorial leaks, as many tutorials do: the scaler sees all values, windows are disjoint, the test part "
        "chooses the iteration.  [default: honest]",
    ),
    partial(_option, "--epochs", type=int, about="Passes over the windows in an iteration.  [default: 1]"),
    partial(_option, "--batch-size", type=int, about="Windows in a batch.  [default: 32]"),
    partial(
        _option, "--optimizer", type=click.Choice(list(LEARNING_RATES)), about="Gradient descent.  [default: adam]"
    ),
    partial(
        _option,
        "--learning-rate",
        type=float,
        about="Step size.  [default: 0.003 adam, 0.001 rmsprop, 0.5 sgd, 0.5 nesterov]",
    ),
    partial(
        _option, "--schedule", type=click.Choice(SCHEDULES), about="How the step size changes.  [default: plateau]"
    ),
    partial(
        _option, "--schedule-iterations", type=int, about="cosine: iterations to its end.  [default: --iterations]"
    ),
    partial(
        _option, "--decay", type=float, about="inverse-time: step size / (1 + decay * iterations).  [default: 0.1]"
    ),
    partial(_option, "--warmup", type=int, about="Batches over which the step size grows.  [default: 50]"),
    partial(_option, "--weight-decay", type=float, about="adam: pull of the kernels towards zero."),
    partial(
        _option, "--momentum", type=float, about="sgd, nesterov: share of the last step that is kept.  [default: 0.9]"
    ),
    partial(_option, "--clip-norm", type=float, about="Largest global norm of the gradients.  [default: 1.0]"),
    partial(
        _option,
        "--patience",
        type=int,
        about="Stop after so many iterations without a better validation loss.  [default: 5]",
    ),
    partial(
        _option,
        "--validation",
        type=float,
        about="Share before the test part that chooses the best iteration.  [default: 0.1]",
    ),
    partial(_option, "--random-seed", type=int, about="Where all chance comes from.  [default: 0]"),
)
_SAVING = (
    partial(
        _option,
        "--checkpoint-every",
        type=float,
        metavar="MINUTES",
        about="Save within an iteration too; 0 for never.  [default: 10.0]",
    ),
    partial(
        _option,
        "--keep",
        type=int,
        about="Newest iterations whose weights are kept, beside the best's; 0 for all.  [default: 100]",
    ),
)


# Those that know of no forecast, and start from the same defaults in any task.
_LEARNING = (
    *("--encoder", "--cell", "--units", "--layers", "--activation", "--dropout", "--recurrent-dropout"),
    *("--epochs", "--optimizer", "--learning-rate", "--schedule-iterations", "--decay"),
    *("--warmup", "--weight-decay", "--momentum", "--clip-norm", "--random-seed"),
)


def learning(command: Function) -> Function:
    """Give a command the options of a network and of its training that any task has."""
    for option in reversed(_SETTINGS):
        if option.args[0] in _LEARNING:
            command = option()(command)
    return command


def settings(saving: bool) -> Callable[[Function], Function]:
    """Give a command the options of what is learnt and how.

    Args:
        saving: Whether it makes a run, and takes those of saving too.

    Returns:
        The decorator.
    """

    def add(command: Function) -> Function:
        for option in reversed((*_SETTINGS, *(_SAVING if saving else ()))):
            command = option()(command)
        return command

    return add
