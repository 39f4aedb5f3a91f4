"""Training as `train` and `resume` show it."""

import math
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chargen.cli.app import App
from chargen.cluster import Cluster, Team
from chargen.errors import TrainingError
from chargen.learning import LearningRun
from chargen.text.learning import learn
from chargen.text.run import Run
from chargen.text.scoring import bits
from chargen.text.split import Document
from chargen.trainer import Crew
from chargen.trainer.config import LEARNING_RATES

if TYPE_CHECKING:
    from chargen.cluster.collective import Collective, Others

HEADS = (
    ("iteration", ""),
    ("training", "nats"),
    ("validation", "nats"),
    ("bits per", "character"),
    ("characters", "per second"),
    ("time", "s"),
)


# Texts of a run that are told one by one.
LISTED = 10


def watch(app: App, run: Run, iterations: int | None = None, team: Team | None = None, **options: Any) -> None:
    """Train a text run on and show it; after an interrupt, tell how to go on.

    Args:
        app: The terminal and the folders.
        run: The run.
        iterations: So many more; up to the end of the plan when left out.
        team: The followers that train along, when there are any.
        **options: As for `learn`.
    """
    crew = partial(_assemble, run, team) if team else None
    with resumable(app, run, iterations):
        with one_interrupt(), app.ui.training(run.name, goal(run, iterations), HEADS) as view:
            reports = learn(run, iterations, view.progress, crew, **options)
            app.ui.notice(describe(run))
            if team is None:
                load_tensorflow(run.training_config.towers)
            for report in reports:
                cells = (
                    str(report.iteration),
                    f"{report.loss:.4f}",
                    shown(report.validation_loss, ".4f"),
                    shown(report.bits_per_character, ".3f"),
                    f"{report.characters_per_second:,}",
                    f"{report.seconds:.1f}",
                )
                view.row(cells, report.best and report.validation_loss is not None, report.samples)
        tell_patience(app, run)
        app.ui.notice(outcome(app, run))
        temperature = run.sample_config.temperature[0]
        app.ui.result(run.sample(temperature=temperature, random_seed=run.training_config.random_seed))


@contextmanager
def resumable(app: App, run: LearningRun, iterations: int | None) -> Iterator[None]:
    """Tell how to go on if the block is interrupted, and end the program.

    Args:
        app: The terminal.
        run: The run that it trains.
        iterations: So many more; up to the end of the plan when left out.
    """
    before = run.done
    try:
        yield
    except KeyboardInterrupt:
        # A plan of more iterations is known to the run once something of them is saved.
        done, plan = run.done, run.plan.iterations
        rest = before + iterations - done if iterations else plan - done
        more = "" if done + rest == plan else f" -n {rest}"
        saved = f"{done} iterations are saved" + (", and the one in progress too" if run.folder.has_partial() else "")
        app.ui.error(f"interrupted; {saved}. Go on with: {app.program} resume {run.name}{more}")
        sys.exit(130)


def goal(run: LearningRun, iterations: int | None) -> int:
    """Tell the last iteration that will be trained: so many more, or the last one planned."""
    return run.done + iterations if iterations else run.plan.iterations


def tell_patience(app: App, run: LearningRun) -> None:
    """Tell that training ended before its plan did, if it did.

    Args:
        app: The terminal.
        run: The run.
    """
    if run.stopped_early():
        app.ui.notice(
            f"stopped early (--patience {run.training_config.patience}): no better validation loss since iteration "
            f"{run.folder.best()}, which is kept. Train on: {app.program} resume {run.name} -n 10"
        )


def shown(figure: float | None, form: str) -> str:
    """Write a figure that may be unknown."""
    return "—" if figure is None else format(figure, form)


@contextmanager
def one_interrupt() -> Iterator[None]:
    """Let Ctrl-C interrupt the block once; a second one must not interrupt the saving that follows the first.

    So does whoever asks the process to end: a shut-down, a cluster's scheduler, a terminal that is closed.
    """
    # What somebody else has chosen stays: `nohup` ignores SIGHUP.
    defaults = (signal.default_int_handler, signal.SIG_DFL)
    ours = [
        number
        for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM))
        if signal.getsignal(number) in defaults
    ]
    if threading.current_thread() is not threading.main_thread():  # Python lets no other thread choose
        ours = []
    before = {number: signal.getsignal(number) for number in ours}

    def interrupt(*_: object) -> None:
        for number in ours:
            signal.signal(number, lambda *_: None)
        raise KeyboardInterrupt

    for number in ours:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            # After an interrupt the process only has to end, and Python's end would let a signal kill it.
            signal.signal(number, handler if signal.getsignal(number) is interrupt else signal.SIG_IGN)


def _assemble(run: Run, team: Team) -> Crew:
    cluster = team.cluster
    own = cluster.towers(run.training_config.towers) // cluster.size
    return Crew(team, load_collective(cluster, team, own))


def load_collective(cluster: Cluster, others: "Others", towers: int) -> "Collective":
    """Load TensorFlow and connect it with the other workers'.

    Args:
        cluster: Who takes part.
        others: Tells who is gone.
        towers: Parts of a batch that this worker computes.

    Returns:
        What adds up over all workers.

    Raises:
        WorkerError: Somebody is gone.
    """

    def start() -> "Collective":
        from chargen.cluster.collective import Collective

        return Collective(cluster, others)

    # The start ends the process where another worker dies within it, and nothing of Python can say so then.
    words = f"error: the workers did not start together: one of {', '.join(cluster.addresses)} is gone; try again\n"
    code = "import sys; sys.stdin.read(1) or sys.stderr.write(sys.argv[1])"
    with subprocess.Popen([sys.executable, "-c", code, words], stdin=subprocess.PIPE) as last_words:  # noqa: S603 (ours)
        try:
            collective: Collective = load_tensorflow(towers, start)
        finally:
            last_words.communicate(b".")
    return collective


def load_tensorflow(towers: int, start: Callable[[], Any] | None = None) -> Any:
    """Load TensorFlow with a thread for each tower, and without its start-up messages on drivers and processors.

    It writes them to the process' standard error before its own log level applies, so the file is swapped. Errors are
    still raised. Threads of its own inside an operation would only get in the towers' way.

    Args:
        towers: Parts of a batch that are computed side by side.
        start: What starts the devices; they are only listed when left out.

    Returns:
        What `start` returns.

    Raises:
        TrainingError: The file system refuses what TensorFlow needs.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        try:
            import tensorflow as tf
        except OSError as error:
            raise TrainingError(
                f"TensorFlow cannot be loaded ({error.strerror or error}); make room on the disk, or let TMPDIR name a "
                "folder that you may write"
            ) from error
        # Refused where something else has started TensorFlow in this process: the same bits then, only slower.
        with suppress(RuntimeError):
            tf.config.threading.set_intra_op_parallelism_threads(1 if towers > 1 else 0)
            tf.config.threading.set_inter_op_parallelism_threads(towers)
        return (start or tf.config.list_logical_devices)()  # starts the devices, which speak too
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def describe(run: Run) -> str:
    """Tell what will be trained on what.

    Args:
        run: The run.

    Returns:
        A line for each fact.
    """
    model, config, parts = run.model, run.training_config, run.parts
    layers = "1 layer" if model.layers == 1 else f"{model.layers} layers"
    parameters = sum(math.prod(shape) for shape in model.shapes().values())
    held = [
        f"{len(part.ids):,} {name}"
        for name, part in (("validation", parts.validation), ("test", parts.test))
        if len(part.ids)
    ]
    return "\n".join(
        [
            f"run {run.name}: {model.cell}, {layers} of {model.units} units, {parameters:,} parameters",
            *_parentage(run),
            *_texts(run.documents),
            f"parts: {' + '.join([f'{len(parts.training):,} training', *held])} characters, "
            f"{run.folder.header()['corpus']['distinct']} distinct in the whole text",
            f"recipe {config.recipe}: windows of {config.seqlen}, {config.optimizer} {config.learning_rate:g} "
            f"{config.schedule}, {config.epochs} epoch{'s' if config.epochs > 1 else ''} an iteration",
        ]
    )


def _texts(documents: Sequence[Document]) -> list[str]:
    lines = [f"text {text.name}: {text.characters:,} characters, {text.source}" for text in documents[:LISTED]]
    more = documents[LISTED:]
    rest = f"{len(more):,} more texts: {sum(text.characters for text in more):,} characters"
    whole = sum(text.part in ("validation", "test") for text in documents)
    held = f"; {whole:,} of all are held out whole" if whole else ""
    return [*lines, rest + held] if more else lines


def _parentage(run: Run) -> list[str]:
    """Tell what a warm start starts from."""
    parent, config = run.parent, run.training_config
    if parent is None or parent.how != "warm start":
        return []
    known = len(run.vocabulary) - len(parent.new)
    new = f", {len(parent.new)} new: {parent.new[:20]!r}{'…' * (len(parent.new) > 20)}" if parent.new else ""
    share = config.learning_rate / LEARNING_RATES[config.optimizer]
    patience = f"patience {config.patience}" if config.patience else "no patience"
    return [
        f"from run {parent.run}, iteration {parent.iteration}: {known} characters known{new}; "
        f"{share:.3g} of the usual step size, {patience}"
    ]


def outcome(app: App, run: Run) -> str:
    """Tell how good the best iteration is, and what to type next.

    Args:
        app: The folders.
        run: The run.

    Returns:
        Two lines.
    """
    best = next(line for line in run.history if line["iteration"] == run.folder.best())
    if best["validation_loss"] is None:
        figure = f"training loss {best['loss']:.4f} nats (nothing was held out: --validation 0)"
    elif best["test_loss"] is None:
        figure = f"{best['bits_per_character']:.3f} bits per character, validation (also chose this iteration)"
    else:
        figure = f"{bits(best['test_loss']):.3f} bits per character on the test part"
    # A word of the book: whatever its alphabet, the network knows its characters.
    opening = run.vocabulary.decode(run.parts.training.read(0, min(10_000, len(run.parts.training))))
    word = next(iter(re.findall(r"\w{4,}", opening)), opening[:1])
    return f'best iteration {best["iteration"]}: {figure}\nwrite more: {app.program} sample {run.name} --seed "{word}"'
