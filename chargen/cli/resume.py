"""`chargen resume`."""

import os
from typing import Any

import click

from chargen.cli.app import App, pass_app
from chargen.cli.learning import watch
from chargen.cli.opening import open_run
from chargen.cli.options import given, settings
from chargen.cli.workers import OnPrepared, follow_along, lead, worker_options
from chargen.cluster import find_cluster
from chargen.errors import UnknownRunError, UsageError
from chargen.runs import Store
from chargen.text.run import Run


@click.command()
@click.argument("run", required=False)
@click.option("-n", "--iterations", type=int, help="So many more iterations.  [default: what is left of the plan]")
@click.option("--fork", metavar="NEW-NAME", help="Start a new run from RUN's best weights, where settings may change.")
@settings(defaults=False)
@worker_options
@pass_app
def resume(
    app: App,
    /,
    run: str | None,
    iterations: int | None,
    fork: str | None,
    workers: str | None,
    worker: int | None,
    **options: Any,
) -> None:
    """Train RUN on, exactly where it stopped; the most recent run when left out.

    Settings of training are the run's own. --checkpoint-every and --keep may be given anew; any other that differs is
    refused, or belongs to a new run: --fork.

    \b
    Examples:
      chargen resume
      chargen resume alice-gru -n 10
      chargen resume alice-gru --fork alice-slower --learning-rate 0.0005 -n 10
    """
    cluster = find_cluster(workers, worker, os.environ)
    try:
        opened, chosen = open_run(Store(app.checkpoints, app.ui.warn).open(run)), given(options)
    except UnknownRunError as error:
        if cluster is None or cluster.index == 0:
            raise
        raise UnknownRunError(
            f"{error}; a worker needs a copy of the run's folder, or the chief's --checkpoints"
        ) from error
    if isinstance(opened, Run):
        if cluster is not None and fork is not None:
            raise UsageError("--fork makes a new run on one machine; resume that with --workers afterwards")
        text_run = opened

        def tell(on_prepared: OnPrepared) -> Run:
            on_prepared(text_run.folder.header())
            return text_run

        if cluster is not None and cluster.index:
            follow_along(app, cluster, lambda _: text_run)
        elif cluster is not None:
            lead(app, cluster, tell, iterations, **chosen)
        elif fork is not None:
            watch(app, opened.fork(fork, **given({"iterations": iterations}), **chosen))
        else:
            watch(app, opened, iterations, **chosen)
        return
    from chargen.cli.forecast.learning import watch as watch_series  # pandas takes a second to load
    from chargen.series.run import SeriesRun

    assert isinstance(opened, SeriesRun)  # noqa: S101 (narrows the type)
    if fork is not None:
        raise UsageError(
            f"--fork takes a text run, {opened.name!r} is a series run; train another with 'chargen forecast train'"
        )
    watch_series(app, opened, iterations, **chosen)
