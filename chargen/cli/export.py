"""`chargen export`."""

from pathlib import Path

import click

from chargen.cli.app import App, pass_app
from chargen.cli.learning import load_tensorflow
from chargen.cli.options import Iteration


@click.command()
@click.argument("run", required=False)
@click.option(
    "--format",
    required=True,
    metavar="FORMAT",
    help="keras, savedmodel, tflite, onnx: a step of the network; keras-window: whole windows, to train on in Keras; "
    "safetensors: the weights.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="A new file; nothing is overwritten.  [default: RUN.keras, RUN.onnx, …]",
)
@click.option(
    "--iteration", type=Iteration(), default="best", show_default=True, help="Whose network: best, last or N."
)
@pass_app
def export(app: App, /, run: str | None, format: str, output: Path | None, iteration: int | str) -> None:  # noqa: A002 (the option's name)
    """Write RUN's network for other programs; that of the most recent text run when left out.

    A step takes a character's number and the states, which start as zeros; it gives logits and probabilities of the
    next character, and the states to go on from. Vocabulary and settings are in the file; how to load it is told.

    \b
    Examples:
      chargen export --format onnx
      chargen export alice-gru --format tflite -o app/alice.tflite
    """
    from chargen.export import export as write
    from chargen.export import format_of, place
    from chargen.text.run import load

    opened, form = load(run, app.checkpoints, app.ui.warn), format_of(format)
    path = place(opened, form, output)
    if form.tensorflow:
        load_tensorflow(1)
    made = write(opened, format, path, iteration)
    app.ui.notice(f"iteration {made.iteration}, {made.size:,} bytes; load it with:\n\n{made.loads}")
    app.ui.result(str(made.path))
