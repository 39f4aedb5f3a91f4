"""`chargen forecast plot`."""

from pathlib import Path

import click

from chargen.cli.app import App, pass_app


@click.command()
@click.argument("run", required=False)
@click.option(
    "--kind",
    type=click.Choice(["all", "forecasts", "learning", "errors", "hits", "ahead"]),
    default="all",
    show_default=True,
    help="Real against predicted; learning curves; error by step; hit rate by margin; what comes after the end.",
)
@click.option("--step", type=int, help="Which step ahead is drawn beside what came.  [default: the last]")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The picture: .png, .svg or .pdf.  [default: RUN.png]",
)
@pass_app
def plot(app: App, /, run: str | None, kind: str, step: int | None, output: Path | None) -> None:
    """Draw the forecasts of RUN beside what came and beside baselines; of the most recent series run when left out.

    \b
    Examples:
      chargen forecast plot
      chargen forecast plot sunspots-gru --kind errors -o errors.svg
    """
    from chargen.series.drawing import draw
    from chargen.series.run import load

    opened = load(run, app.checkpoints, app.ui.warn)
    path = output or Path(f"{opened.name}.png")
    draw(opened, kind, path, step)
    app.ui.result(str(path))
