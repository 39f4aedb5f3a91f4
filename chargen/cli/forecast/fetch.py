"""`chargen forecast fetch`."""

import click

from chargen.cli.app import App, pass_app


@click.command()
@click.argument("name")
@pass_app
def fetch(app: App, /, name: str) -> None:
    """Fetch a series into the corpora folder: silso, the monthly sunspot number up to now.

    \b
    Example:
      chargen forecast fetch silso
    """
    from chargen.series.builtin import fetch as fetched

    with app.ui.bars() as bar:
        path = fetched(name, app.corpora, bar(name))
    app.ui.result(str(path))
