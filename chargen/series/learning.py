"""Series training: a run is made, learns iteration by iteration; each is scored, saved and reported."""

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from chargen.errors import OptionError, UsageError
from chargen.learning import OnProgress
from chargen.learning import learn as learn_on
from chargen.network import Network
from chargen.runs import INITIAL, Store, pack
from chargen.series.fitting import fit_scaler, loss_on, mean_loss
from chargen.series.metrics import rmse
from chargen.series.model import Model, back
from chargen.series.report import Report
from chargen.series.run import SCALER, SeriesRun
from chargen.series.scaling import Scaler
from chargen.series.scoring import Origins
from chargen.series.series import Panel, PanelLike
from chargen.series.settings import Settings, require_known, settle
from chargen.series.splitting import training_parts
from chargen.series.storing import write_panel
from chargen.series.task import Task
from chargen.snapshot import Snapshot
from chargen.trainer import Trainer
from chargen.types import Weights
from chargen.windows import Examples

OnReport = Callable[[Report], None]
# Forecasts that an iteration's RMSE is measured on, at most.
_MOST_SCORED = 1000


def create(
    data: PanelLike,
    *,
    targets: int = 1,
    name: str | None = None,
    checkpoints: str | Path = "checkpoints",
    on_notice: Callable[[str], None] | None = None,
    **options: Any,
) -> SeriesRun:
    """Make a run that is ready to train.

    Args:
        data: The series, the columns to be forecast first.
        targets: How many columns are forecast.
        name: The run's name; series-cell, numbered if taken, when left out.
        checkpoints: The folder of runs.
        on_notice: Told what is damaged in the run and what is used instead.
        **options: The options of `chargen forecast train`, `_` for `-`.

    Returns:
        The run, without iterations.

    Raises:
        ChargenError: An option or a series cannot be used, or the run cannot be written.
    """
    panel = require_known(Panel.of(data))
    settings = settle(options, panel, targets)
    held = settings.cut([len(series) for series in panel]).validation
    if settings.training.patience and not held and options.get("patience"):
        raise UsageError(
            f"--patience {settings.training.patience} waits for a better validation loss, and nothing is held out; "
            "give --validation 0.1, or leave --patience out"
        )
    return make_run(panel, settings, name, checkpoints, on_notice)


def make_run(
    panel: Panel,
    settings: Settings,
    name: str | None,
    checkpoints: str | Path,
    on_notice: Callable[[str], None] | None = None,
    fitted: tuple[Scaler, Weights] | None = None,
) -> SeriesRun:
    """Write a run that is ready to train.

    Args:
        panel: The series, NaN where values are missing.
        settings: What is learnt, and how.
        name: The run's name; series-cell, numbered if taken, when left out.
        checkpoints: The folder of runs.
        on_notice: Told what is damaged in the run and what is used instead.
        fitted: Scaler and weights of a network that is to be saved in it; the weights that never change, those of a
            frozen linear part, are kept. Both are fitted to the training part when left out.

    Returns:
        The run.
    """
    values = [series.values for series in panel]
    scaler, weights = fitted or (fit_scaler(values, settings), {})
    task = Task(values, settings.cut([len(series) for series in panel]), settings.forecast, scaler)
    start = task.start(settings.model, settings.training.random_seed)
    start |= {key: np.asarray(weights[key]) for key in settings.training.frozen if key in weights}
    header = settings.sections() | {
        "series": {
            "name": panel.name,
            "series": len(panel),
            "steps": sum(len(series) for series in panel),
            "frequency": panel.frequency,
        }
    }
    files = write_panel(panel) | {SCALER: scaler.to_json().encode(), INITIAL: pack(start)}
    stem = "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in panel.name)[:40].strip("-_.")
    folder = Store(Path(checkpoints), on_notice).create(
        SeriesRun.kind, header, files, name, f"{stem or 'series'}-{settings.model.cell}"
    )
    return SeriesRun(folder)


def learn(
    run: SeriesRun, iterations: int | None = None, on_progress: OnProgress | None = None, **options: Any
) -> Generator[Report, None, None]:
    """Train a run on from where it stands; see `chargen.learning.learn`.

    Args:
        run: The run.
        iterations: So many more; up to the end of the plan when left out.
        on_progress: Called several times a second.
        **options: `checkpoint_every` and `keep`, for this time; other settings have to be the run's.

    Returns:
        An iterator over the iterations' reports.

    Raises:
        OptionError: A setting differs from the run's.
        RunError: All planned iterations are done already, the run is damaged, or it is being trained elsewhere.
    """
    saving = {key: value for key in ("checkpoint_every", "keep") if (value := options.pop(key, None)) is not None}
    _refuse_changes(run, options)

    def examples() -> Examples:
        config = run.settings.forecast
        # What a frozen linear part leaves is learnt from: of the run's own, whatever it was fitted to.
        frozen = run.folder.initial() if (config.strategy, config.linear) == ("seq2seq", "residual") else None
        return run.task.examples(run.training_config.batch_size, weights=frozen)

    return learn_on(run, examples, partial(_report, run), iterations, on_progress, saving)


def _refuse_changes(run: SeriesRun, options: Mapping[str, Any]) -> None:
    settings = run.settings
    saved: dict[str, Any] = {"split": settings.by}
    for section in (settings.model, settings.training, settings.forecast, settings.scaling):
        saved |= asdict(section)
    for key, value in options.items():
        if key not in saved:
            raise OptionError(f"--{key.replace('_', '-')} is no option of series run {run.name!r}; leave it out")
        if value != saved[key]:
            raise OptionError(
                f"run {run.name!r} is trained with --{key.replace('_', '-')} {saved[key]}, not {value}; "
                "leave that out, or train a new run with 'chargen forecast train'"
            )


def _report(run: SeriesRun, iteration: int, snapshot: Snapshot, trainer: Trainer, losses: Sequence[float]) -> Report:
    network = Network(run.model, snapshot.weights)
    loss = error = None
    if run.parts.validation:
        loss = loss_on(run.task.windows(run.parts.validation), network)
        config = run.settings.forecast
        origins = Origins.of(run.parts.validation, back(config, run.scaler), config.horizon, _MOST_SCORED)
        model = Model(run.name, config, run.scaler, network, training_parts(run.values, run.parts))
        error = rmse(origins.truth(run.values, config.targets), origins.forecast(model, run.values))
    return Report(
        iteration=iteration,
        loss=mean_loss(snapshot, trainer.examples),
        validation_loss=loss,
        validation_rmse=error,
        learning_rate=trainer.learning_rate(iteration, losses),
        seconds=round(snapshot.seconds, 3),
        windows_per_second=round(trainer.targets * run.training_config.epochs / max(snapshot.seconds, 1e-9)),
        best=loss is None or loss < min(losses, default=math.inf),
    )
