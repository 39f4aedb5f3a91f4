"""Training on several machines: the chief's side and a follower's of `train` and `resume`."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any, TypeAlias, TypeVar

import click

from chargen.cli.app import App
from chargen.cli.learning import load_collective, watch
from chargen.cluster import Cluster, Link, Team, join, meet
from chargen.errors import WorkerError
from chargen.text.run import Run
from chargen.text.together import facts, follow
from chargen.trainer.crew import require_rows

Function = TypeVar("Function", bound=Callable[..., Any])
# What a maker of runs tells of a run before it writes anything: the sections of run.json.
OnPrepared: TypeAlias = Callable[[Mapping[str, Any]], None]


def worker_options(command: Function) -> Function:
    """Give a command the options that name several machines.

    Args:
        command: The command.

    Returns:
        The command with them.
    """
    command = click.option(
        "--worker",
        type=int,
        metavar="N",
        help="Which of --workers this process is, from 0.  [default: the one whose host is this machine]",
    )(command)
    return click.option(
        "--workers",
        metavar="HOST:PORT,…",
        help="Train on several machines: the same command on each, the chief first. Without it TF_CONFIG says so. "
        "Only within a network that you trust: whoever reaches the ports can run anything.",
    )(command)


def lead(
    app: App, cluster: Cluster, make: Callable[[OnPrepared], Run], iterations: int | None = None, **options: Any
) -> None:
    """Train as the chief; in the end the followers are told why, and dismissed.

    Args:
        app: The terminal and the folders.
        cluster: Who takes part.
        make: Makes or opens the run, and tells the sections of its run.json before it writes anything.
        iterations: As for `watch`.
        **options: As for `watch`.
    """
    with _sure_end(app), ExitStack() as stack:
        teams: list[Team] = []

        def gather(header: Mapping[str, Any]) -> None:
            asked, towers = header["training"]["batch_size"], header["training"]["towers"]
            require_rows(cluster, asked, asked)
            parts = cluster.towers(towers)
            teams.append(stack.enter_context(meet(cluster, facts(header), parts, app.ui.notice)))
            changed = "" if parts == towers else f", in {parts} parts instead of {towers}: the last digits will differ"
            app.ui.notice(f"all {cluster.size} workers are here and share each batch{changed}")

        run = make(gather)
        watch(app, run, iterations, *teams, **options)


def follow_along(app: App, cluster: Cluster, make: Callable[[Path], Run]) -> None:
    """Train as a follower until the chief dismisses this worker.

    Args:
        app: The terminal.
        cluster: Who takes part.
        make: Opens the run, or makes one like it in a folder that is removed in the end; a follower keeps nothing.
    """
    me = f"worker {cluster.index} of {cluster.size}"
    with _sure_end(app), TemporaryDirectory() as folder:
        run = make(Path(folder))
        chief, towers = join(cluster, facts(run.folder.header()), app.ui.notice)
        try:
            with _asking(chief):
                collective = load_collective(cluster, chief, towers // cluster.size)
                farewell = follow(run, chief, collective, towers)
        finally:
            chief.close()
    interrupted = bool(farewell.facts.get("interrupted"))
    app.ui.notice(f"{me}: {'the chief was interrupted and has saved the run' if interrupted else 'done'}")
    if interrupted:
        sys.exit(130)


@contextmanager
def _asking(chief: Link) -> Iterator[None]:
    """Let Ctrl-C, and whoever asks the process to end, ask the chief to save and stop; a second one ends at once."""

    def ask(number: int, frame: FrameType | None) -> None:
        if chief.stop:
            raise KeyboardInterrupt
        chief.stop = True

    ours = (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))
    before = {number: signal.signal(number, ask) for number in ours}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _sure_end(app: App) -> Iterator[None]:
    """End the process where a worker is lost: TensorFlow's threads may wait for it, and the interpreter for them."""
    try:
        yield
    except WorkerError as error:
        app.ui.error(str(error))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)
