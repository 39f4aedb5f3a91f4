"""Optuna's part: settings drawn by chance, and trials kept in a database that its own tools can read."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from chargen.config import from_json
from chargen.errors import ChargenError, DamagedRunError, OptionError, RunError
from chargen.runs.files import TEMPORARY, saving
from chargen.sweep.space import Choices, Range, Scalar, count
from chargen.sweep.trial import Trial

if TYPE_CHECKING:
    from optuna import Study
    from optuna.distributions import BaseDistribution

DATABASE = "trials.db"
# Of a trial's user attributes the one that is ours.
_KEPT = "chargen"
# Draws for each setting that is wanted: where ranges are narrow, many draws are the same.
_PATIENCE = 100


def draw(grid: Mapping[str, Choices], trials: int, random_seed: int) -> list[dict[str, Scalar]]:
    """Draw different settings by chance, each option evenly and apart from the others.

    Random search (Bergstra & Bengio 2012) tries more values of each option than a grid of as many settings.

    Args:
        grid: What is drawn of each option.
        trials: How many.
        random_seed: The same seed gives the same settings.

    Returns:
        The settings, each a value by option.

    Raises:
        OptionError: There are not so many.
        ChargenError: Optuna is not installed.
    """
    drawn: dict[str, dict[str, Scalar]] = {}
    if (there := count(grid)) is None or there >= trials:
        with _quietly():
            import optuna

            study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=random_seed))
            distributions = {option: _distribution(choices) for option, choices in grid.items()}
            for _ in range(_PATIENCE * trials):
                params = study.ask(distributions).params
                drawn.setdefault(repr(params), {option: params[option] for option in grid})
                if len(drawn) == trials:
                    break
    if len(drawn) < trials:
        raise OptionError(
            f"--random is {trials}, and there are only {len(drawn) or there} different settings; ask for fewer, or "
            "leave --random out to try all"
        )
    return list(drawn.values())


def require_optuna() -> None:
    """Refuse to sweep where Optuna is not installed, before any work is done.

    Raises:
        ChargenError: It is not.
    """
    with _quietly():
        pass


def kept(folder: Path, grid: Mapping[str, object]) -> list[Trial]:
    """Read the trials that are over.

    Args:
        folder: The sweep's.
        grid: What is tried of each option.

    Returns:
        The trials by number.

    Raises:
        RunError: The database cannot be read, or is of another sweep.
    """
    require_optuna()
    if not (folder / DATABASE).exists():
        return []
    with _opened(folder / DATABASE, folder.name) as study:
        found = [trial.user_attrs.get(_KEPT) for trial in study.get_trials(deepcopy=False)]
    where = str(folder / DATABASE)
    trials = {trial.number: trial for trial in (from_json(Trial, values, where) for values in found)}
    if any(set(trial.options) != set(grid) for trial in trials.values()):
        raise DamagedRunError(
            f"{where} has trials of other options than {', '.join(grid)}; move the file away: what belongs here is "
            "read from the runs again"
        )
    return [trials[number] for number in sorted(trials)]


def keep(folder: Path, trial: Trial, grid: Mapping[str, Choices]) -> None:
    """Keep a trial that is over.

    Args:
        folder: The sweep's.
        trial: The trial.
        grid: What is tried of each option.

    Raises:
        RunError: The database cannot be written.
    """
    if not (folder / DATABASE).exists():
        # Made elsewhere and moved here: who looks meanwhile finds a whole one, or none.
        with saving(folder), TemporaryDirectory(prefix=TEMPORARY, dir=folder) as elsewhere:
            with _opened(Path(elsewhere) / DATABASE, folder.name):
                pass
            (Path(elsewhere) / DATABASE).replace(folder / DATABASE)
    with _opened(folder / DATABASE, folder.name) as study:
        from optuna.distributions import IntDistribution
        from optuna.trial import TrialState, create_trial

        distributions = {option: _distribution(choices) for option, choices in grid.items()}
        seed = {"random_seed": IntDistribution(0, max(trial.random_seed, 2**31))}
        study.add_trial(
            create_trial(
                state=TrialState.FAIL if trial.failure else TrialState.COMPLETE,
                value=None if trial.failure else trial.figure,
                params={**trial.options, "random_seed": trial.random_seed},
                distributions=distributions | seed,
                user_attrs={_KEPT: asdict(trial)},
            )
        )


def _distribution(choices: Choices) -> "BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    if not isinstance(choices, Range):
        return CategoricalDistribution(choices)
    low, high = choices.low, choices.high
    if isinstance(low, int) and isinstance(high, int):
        return IntDistribution(low, high, log=choices.log)
    return FloatDistribution(low, high, log=choices.log)


@contextmanager
def _opened(path: Path, name: str) -> "Iterator[Study]":
    """Open the database of the sweep of a name, made if need be, and let go of it."""
    with _quietly():
        import optuna
        from sqlalchemy import URL
        from sqlalchemy.exc import SQLAlchemyError

        try:
            address = URL.create("sqlite", database=str(path)).render_as_string()
            storage = optuna.storages.RDBStorage(address)
            try:
                yield optuna.create_study(storage=storage, study_name=name, load_if_exists=True)
            finally:
                storage.remove_session()
                storage.engine.dispose()
        except (SQLAlchemyError, optuna.exceptions.OptunaError, RuntimeError) as error:
            reason = str(error).partition("\n")[0]
            raise RunError(
                f"{path} cannot be used ({reason}); make room on the disk, or move the file away: what it kept is "
                "read from the runs again"
            ) from error


@contextmanager
def _quietly() -> Iterator[None]:
    """Load Optuna, and let neither it nor what it is built on speak while the block runs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from optuna import logging
        except ImportError as error:
            raise ChargenError(
                "a sweep needs Optuna, which is not installed; get it with: pip install 'chargen[lab]'"
            ) from error
        before = logging.get_verbosity()
        logging.set_verbosity(logging.ERROR)
        try:
            yield
        finally:
            logging.set_verbosity(before)
