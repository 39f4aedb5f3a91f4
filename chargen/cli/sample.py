"""`chargen sample`."""

from typing import Any

import click

from chargen.cli.app import App, pass_app


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


@click.command()
@click.argument("run", required=False)
@click.option("--seed", help="Text to continue.  [default: a random place of the book]")
@click.option(
    "-t",
    "--temperature",
    type=float,
    default=0.5,
    show_default=True,
    help="Below 1 safer, above 1 wilder, 0 greedy.",
)
@click.option("-l", "--length", type=int, default=400, show_default=True, help="New characters.")
@click.option("--samples", type=click.IntRange(min=1), default=1, show_default=True, help="Number of samples.")
@click.option(
    "--iteration",
    type=Iteration(),
    default="best",
    show_default=True,
    help="Whose network writes: best, last or N.",
)
@click.option("--random-seed", type=click.IntRange(min=0), help="Makes the same text again.")
@pass_app
def sample(app: App, /, run: str | None, samples: int, random_seed: int | None, **options: Any) -> None:
    """Write new text with RUN; the most recent run when left out.

    \b
    Examples:
      chargen sample --seed "alice"
      chargen sample alice-gru --seed "The Queen" -t 0.8 -l 1000
      chargen sample --samples 3 --random-seed 7
    """
    from chargen.text.run import load

    opened = load(run, app.checkpoints)
    for index in range(samples):
        if index:
            app.ui.result("\n" + "─" * 20)
        for piece in opened.stream(index=index, random_seed=random_seed, **options):
            app.ui.result(piece, end="")
        app.ui.result("")
