"""`chargen resume`."""

import click

from chargen.cli.app import App, pass_app
from chargen.cli.learning import watch


@click.command()
@click.argument("run", required=False)
@click.option("-n", "--iterations", type=int, help="So many more iterations.  [default: what is left of the plan]")
@pass_app
def resume(app: App, /, run: str | None, iterations: int | None) -> None:
    """Train RUN on, exactly where it stopped; the most recent run when left out.

    \b
    Examples:
      chargen resume
      chargen resume alice-gru -n 10
    """
    from chargen.text.run import load

    watch(app, load(run, app.checkpoints), iterations)
