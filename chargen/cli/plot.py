"""`chargen plot`."""

from pathlib import Path

import click

from chargen.cli.app import App, pass_app


@click.command()
@click.argument("run", required=False)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The picture: .png, .svg or .pdf.  [default: RUN.png]",
)
@pass_app
def plot(app: App, /, run: str | None, output: Path | None) -> None:
    """Draw the learning curves of RUN; of the most recent run when left out.

    \b
    Examples:
      chargen plot
      chargen plot alice-gru -o alice.svg
    """
    from chargen.text.plot import plot_learning
    from chargen.text.run import load

    opened = load(run, app.checkpoints, app.ui.warn)
    path = output or Path(f"{opened.name}.png")
    plot_learning(opened, path)
    app.ui.result(str(path))
