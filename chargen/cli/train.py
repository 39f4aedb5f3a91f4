"""`chargen train`."""

from typing import Any

import click

from chargen.cli.app import App, pass_app
from chargen.cli.learning import watch
from chargen.cli.options import given, option, settings
from chargen.text.settings import PRESETS


@click.command()
@click.argument("corpus", nargs=-1, required=True)
@option("-n", "--iterations", type=int, about="Iterations; each ends with a sample and a checkpoint.")
@settings(defaults=True)
@click.option("--name", help="The run's name.  [default: corpus-cell]")
@click.option("--from", "from_run", metavar="RUN", help="Start with the network of RUN, trained on other texts.")
@click.option("--preset", type=click.Choice(list(PRESETS)), help="Settings that go together; given options win.")
@pass_app
def train(
    app: App,
    /,
    corpus: tuple[str, ...],
    name: str | None,
    from_run: str | None,
    preset: str | None,
    **options: Any,
) -> None:
    """Train a network on CORPUS: a file, a title, a Gutenberg number or URL, or several.

    After each iteration comes a row of figures, a sample and a checkpoint. --from starts with the network of another
    run instead of a random one: in smaller steps, up to 5 iterations without a better validation loss.

    \b
    Examples:
      chargen train alice.txt --seqlen 30
      chargen train letters.txt --cell lstm --units 128 -n 10
      chargen train time-machine lost-world --name wells-and-doyle
      chargen train alice.txt --preset textbook -t 0 -t 0.5
      chargen train alice.txt --from wells-and-doyle
    """
    from chargen.text.learning import create  # training needs more than --help does

    with app.ui.download_bar("fetching") as on_download:
        run = create(
            corpus,
            name=name,
            from_run=from_run,
            preset=preset,
            corpora=app.corpora,
            checkpoints=app.checkpoints,
            on_notice=app.ui.notice,
            on_download=on_download,
            **given(options),
        )
    watch(app, run)
