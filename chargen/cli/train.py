"""`chargen train`."""

import os
from functools import partial
from pathlib import Path
from typing import Any

import click

from chargen.cli.app import App, pass_app
from chargen.cli.learning import watch
from chargen.cli.options import given, option, settings
from chargen.cli.workers import OnPrepared, follow_along, lead, worker_options
from chargen.cluster import find_cluster
from chargen.text.run import Run, load
from chargen.text.settings import PRESETS
from chargen.trainer import TrainConfig


@click.command()
@click.argument("corpus", nargs=-1, required=True)
@option("-n", "--iterations", type=int, about="Iterations; each ends with a sample and a checkpoint.")
@settings(defaults=True)
@click.option("--name", help="The run's name.  [default: corpus-cell]")
@click.option("--from", "from_run", metavar="RUN", help="Start with the network of RUN, trained on other texts.")
@click.option("--preset", type=click.Choice(list(PRESETS)), help="Settings that go together; given options win.")
@worker_options
@pass_app
def train(
    app: App,
    /,
    corpus: tuple[str, ...],
    name: str | None,
    from_run: str | None,
    preset: str | None,
    workers: str | None,
    worker: int | None,
    **options: Any,
) -> None:
    """Train a network on CORPUS: a file, a title, a Gutenberg number or URL, a folder, a pattern, -, or several.

    After each iteration comes a row of figures, a sample and a checkpoint. --from starts with the network of another
    run instead of a random one: in smaller steps, up to 5 iterations without a better validation loss.

    \b
    Examples:
      chargen train alice.txt --seqlen 30
      chargen train letters.txt --cell lstm --units 128 -n 10
      chargen train time-machine lost-world --name wells-and-doyle
      chargen train books/ 'more/**/*.txt.gz' --boundary ␃
      zcat dump.gz | chargen train - --max-vocabulary 200 --name dump
      chargen train alice.txt --preset textbook -t 0 -t 0.5
      chargen train alice.txt --from wells-and-doyle
      chargen train alice.txt --workers node1:3400,node2:3400
    """
    from chargen.text.learning import create  # training needs more than --help does

    cluster = find_cluster(workers, worker, os.environ)
    if cluster is not None:
        options["towers"] = cluster.towers(TrainConfig().towers)

    def make(checkpoints: Path, on_prepared: OnPrepared | None = None) -> Run:
        with app.ui.bars() as bar:
            return create(
                corpus,
                name=name,
                from_run=load(from_run, app.checkpoints, app.ui.notice) if from_run is not None else None,
                preset=preset,
                corpora=app.corpora,
                checkpoints=checkpoints,
                on_notice=app.ui.notice,
                on_download=bar("fetching"),
                on_encode=bar("reading"),
                on_prepared=on_prepared,
                **given(options),
            )

    if cluster is None:
        watch(app, make(app.checkpoints))
    elif cluster.index == 0:
        lead(app, cluster, partial(make, app.checkpoints))
    else:
        follow_along(app, cluster, make)
