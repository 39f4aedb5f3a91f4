"""Learning, iteration by iteration: each is trained, reported on and saved before the next."""

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Protocol, TypeAlias, TypeVar

from chargen.config import is_count, require
from chargen.errors import RunError, TrainingError
from chargen.learning.run import LearningRun
from chargen.runs import Plan, Position, SaveConfig, patience_ended
from chargen.snapshot import Snapshot
from chargen.trainer import Crew, Progress, Trainer
from chargen.windows import Examples

OnProgress: TypeAlias = Callable[[Progress], None]


class Reported(Protocol):
    """What is known after an iteration."""

    def history(self) -> dict[str, Any]:
        """Make its line of history."""

    def shown(self) -> list[dict[str, Any]]:
        """Make what is kept of it beside the figures: samples."""


Report = TypeVar("Report", bound=Reported)
# (iteration, state of training at its end, trainer, validation loss of each iteration before) -> report
Reporter: TypeAlias = Callable[[int, Snapshot, Trainer, Sequence[float]], Report]


def learn(
    run: LearningRun,
    examples: Callable[[], Examples],
    reporter: Reporter[Report],
    iterations: int | None = None,
    on_progress: OnProgress | None = None,
    saving: Mapping[str, Any] | None = None,
    crew: Callable[[], Crew] | None = None,
) -> Generator[Report, None, None]:
    """Train a run on from where it stands, an iteration at a time; each is saved before it is reported.

    With a patience it ends after so many iterations without a better validation loss; if more are asked for then, the
    waiting begins anew.

    An interrupt (KeyboardInterrupt) saves the state within the iteration, so that nothing is lost. What is damaged is
    told, and training goes on from the newest state that is whole.

    Args:
        run: The run.
        examples: Makes what it learns from, when nobody else writes the run.
        reporter: Makes the report of an iteration.
        iterations: So many more; up to the end of the plan when left out.
        on_progress: Called several times a second.
        saving: What differs from the run's `SaveConfig` this time.
        crew: Brings the followers that share each batch, when training starts.

    Returns:
        An iterator over the iterations' reports. It raises TrainingError when the loss is no longer a number, and
        SaveError when the run cannot be written; the iterations before are intact.

    Raises:
        OptionError: A value makes no sense.
        RunError: All planned iterations are done already, the run is damaged, or it is being trained elsewhere.
    """
    config = replace(run.save_config, **(saving or {}))
    with ExitStack() as writing:
        writing.enter_context(run.folder.writing())
        position = run.folder.position()
        done = position.iteration if position else 0
        plan, reached = run.plan, max(done, run.done)  # what is damaged is trained again, and counts as done
        plan = Plan(max(plan.iterations, reached), plan.patient_since)
        last = plan.iterations
        if iterations is not None:
            require(is_count(iterations), "--iterations", iterations, "a whole number from 1 up")
            last = reached + iterations
            plan = Plan(max(plan.iterations, last), reached if run.out_of_patience() else plan.patient_since)
        usage = run.usage.format(name=run.name)
        if done >= plan.iterations:
            raise RunError(
                f"run {run.name!r} has finished its {plan.iterations} iterations; train on with "
                f"'chargen resume {run.name} -n 10', or {usage}"
            )
        if iterations is None and run.stopped_early():
            raise RunError(
                f"run {run.name!r} stopped early after iteration {done} (--patience {run.training_config.patience}): "
                f"no better validation loss since iteration {run.folder.best()}; train on with "
                f"'chargen resume {run.name} -n 10', or {usage}"
            )
        run.folder.set_aside(after=done)
        return _iterations(run, writing.pop_all(), position, plan, last, config, examples, reporter, on_progress, crew)


def _iterations(
    run: LearningRun,
    writing: ExitStack,
    position: Position | None,
    plan: Plan,
    last: int,
    config: SaveConfig,
    examples: Callable[[], Examples],
    reporter: Reporter[Report],
    on_progress: OnProgress | None,
    crew: Callable[[], Crew] | None,
) -> Generator[Report, None, None]:
    with writing:
        shared = crew() if crew else None
        train = shared.settings(run.training_config) if shared else run.training_config
        trainer = Trainer(run.model, train, examples(), _start(run, position), shared)
        history = tuple(run.complete(position.history)) if position else ()
        saved = time.monotonic()

        def progressed(progress: Progress) -> None:
            nonlocal saved
            if config.checkpoint_every and time.monotonic() - saved >= config.checkpoint_every * 60:
                run.folder.save_partial(Position(trainer.snapshot(), progress.iteration - 1, plan, history))
                saved = time.monotonic()
            if on_progress:
                on_progress(progress)

        for iteration in range(position.iteration + 1 if position else 1, last + 1):
            try:
                losses = [line["validation_loss"] for line in history if line["validation_loss"] is not None]
                snapshot = trainer.run(iteration, progressed, losses)
                report = reporter(iteration, snapshot, trainer, losses)
                history = (*history, report.history())
                run.folder.save_iteration(
                    Position(snapshot, iteration, plan, history),
                    {"history": report.history(), "samples": report.shown()},
                    config.keep,
                )
                saved = time.monotonic()
            except KeyboardInterrupt:
                before = tuple(line for line in history if line["iteration"] < iteration)
                run.folder.save_partial(Position(trainer.snapshot(), iteration - 1, plan, before))
                raise
            except TrainingError as error:
                intact = f"iteration {iteration - 1} is intact" if iteration > 1 else "no iteration was finished"
                raise type(error)(f"run {run.name!r}: {error}; {intact}") from error
            yield report
            if patience_ended(run.training_config.patience, history, plan):
                return


def _start(run: LearningRun, position: Position | None) -> Snapshot | None:
    """Where training starts: the position, else the weights that the run was given, else by chance."""
    if position:
        return position.snapshot
    weights = run.folder.initial()
    return None if weights is None else Snapshot(weights)
