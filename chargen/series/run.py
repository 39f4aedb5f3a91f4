"""A series run: what it learnt from, and what it forecasts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from chargen.config import from_json, is_count, require
from chargen.errors import DamagedRunError, OptionError, RunError, SeriesError
from chargen.learning import LearningRun, require_history
from chargen.runs import Line, Store
from chargen.series.baselines import baseline
from chargen.series.config import ForecastConfig
from chargen.series.contestant import Contestant
from chargen.series.intervals import Calibration
from chargen.series.masks import has_gaps
from chargen.series.model import Model, back
from chargen.series.report import Report
from chargen.series.scaling import Scaler, ScalingConfig
from chargen.series.scoring import Origins
from chargen.series.seasons import seasons
from chargen.series.series import Panel, PanelLike, Series
from chargen.series.settings import Settings, decided_training, known_options, network_of, require_known, require_whole
from chargen.series.splitting import BY, Split, training_parts
from chargen.series.storing import ABOUT, VALUES, read_panel
from chargen.series.task import Task

SCALER = "scaler.json"


def load(
    name: str | None = None,
    checkpoints: str | Path = "checkpoints",
    on_notice: Callable[[str], None] | None = None,
) -> "SeriesRun":
    """Open a series run; no TensorFlow is needed to forecast with it.

    Args:
        name: Its name; the most recently trained when left out.
        checkpoints: The folder of runs.
        on_notice: Told what is damaged in the run and what is used instead; a DamageWarning when left out.

    Returns:
        The run.

    Raises:
        RunError: There is no such series run, or it is damaged beyond use.
    """
    return SeriesRun(Store(Path(checkpoints), on_notice).open(name, SeriesRun.kind))


class SeriesRun(LearningRun):
    """A network, the series that it learns from, and what it can do with it.

    Args:
        folder: The run's folder.

    Raises:
        RunError: The folder is damaged, newer than this chargen, or no series run.
    """

    kind = "series"
    usage = "forecast with 'chargen forecast predict {name}'"

    def _read_header(self, header: Mapping[str, Any], where: str) -> None:
        self.settings = Settings(
            self.model,
            self.training_config,
            from_json(ForecastConfig, header["forecast"], f"{where}, forecast"),
            from_json(ScalingConfig, header["scaling"], f"{where}, scaling"),
            self.save_config,
            header["by"],
            tuple(header["chosen"]),
        )
        config, model, training = self.settings.forecast, self.model, asdict(self.training_config)
        own = known_options()["model"]
        try:
            fits = network_of(config, {name: getattr(model, name) for name in own}) == model
        except OptionError:
            fits = False
        # `settings.settle` decides these: no other is trained.
        fits = fits and training.items() >= decided_training(config, model).items()
        fits = fits and (config.learning == "batches" or training["batch_size"] == 1)
        if self.settings.by not in BY or not fits:
            raise DamagedRunError(f"{where} has a network and a forecast that do not fit; restore it from a copy")

    def complete(self, history: Sequence[Line]) -> list[Line]:
        """Refuse lines of history that lack a figure of a series' report."""
        return require_history(history, self.name, Report)

    @cached_property
    def panel(self) -> Panel:
        """The series that it learns from."""
        panel = read_panel(self.folder.read(VALUES), self.folder.read(ABOUT), str(self.folder.path))
        if panel.columns != self.settings.forecast.columns:
            raise DamagedRunError(f"run {self.name!r} keeps other columns than it forecasts; restore it from a copy")
        if self.settings.forecast.learning == "online" and len(panel) > 1:
            raise DamagedRunError(f"run {self.name!r} learns one series online and keeps more; restore it from a copy")
        return require_known(panel)

    @property
    def values(self) -> list[Any]:
        """The values of each series, float64 (n, features)."""
        return [series.values for series in self.panel]

    @cached_property
    def parts(self) -> Split:
        """The training, validation and test parts."""
        return self.settings.cut([len(series) for series in self.panel])

    @cached_property
    def scaler(self) -> Scaler:
        """The scaler, fitted to the training part."""
        where = str(self.folder.path / SCALER)
        scaler = Scaler.from_json(self.folder.read(SCALER).decode(errors="replace"), where)
        if scaler.columns != self.settings.forecast.columns or scaler.config != self.settings.scaling:
            raise DamagedRunError(f"{where} scales something else; restore it from a copy")
        return scaler

    @cached_property
    def task(self) -> Task:
        """What the network learns."""
        return Task(self.values, self.parts, self.settings.forecast, self.scaler)

    def forecaster(self, iteration: int | str = "best") -> Model:
        """Load what forecasts, as it was after an iteration.

        Args:
            iteration: `best`, `last` or a number.

        Returns:
            The model, in NumPy.

        Raises:
            RunError: The run has no such iteration.
        """
        parts = training_parts(self.values, self.parts)
        return Model(self.name, self.settings.forecast, self.scaler, self.network(iteration), parts)

    def predict(
        self,
        horizon: int | None = None,
        data: "PanelLike | None" = None,
        iteration: int | str = "best",
        interval: float | None = None,
    ) -> Panel:
        """Forecast what comes after the end.

        Args:
            horizon: Steps; as many as it learnt when left out.
            data: Newer values of the same columns; those that the run learnt from when left out.
            iteration: Whose network forecasts: `best`, `last` or a number.
            interval: The share of truths that an interval is to cover; no intervals when left out.

        Returns:
            A series of forecasts for each series, its index going on from the end; with intervals their ends in columns
            of their own, called such as `sunspots_low` and `sunspots_high`.

        Raises:
            SeriesError: The data has other columns, is too short, or misses values; or the validation part is too short
                for the interval.
            OptionError: The horizon is longer than what was learnt at once, or the interval is no share.
            RunError: The run has no such iteration, or no validation part for an interval.
        """
        model, steps = self.forecaster(iteration), self._steps(horizon)
        calibration = None if interval is None else self.calibration(model, steps)
        config = self.settings.forecast
        return predict(model, self._known(data), steps, config.targets, config.minimum, calibration, interval)

    def calibration(self, model: Contestant, steps: int, needed: int = 1) -> Calibration:
        """Measure a model's errors on the validation part.

        Args:
            model: What has learnt the training part alone.
            steps: Steps ahead.
            needed: Steps that the model needs before an origin, if more than the network.

        Returns:
            What intervals are made from.

        Raises:
            RunError: The run has no validation part.
        """
        config, parts = self.settings.forecast, self.parts
        if not parts.validation:
            raise RunError(
                f"run {self.name!r} held nothing out, so nothing says how wide an --interval has to be; leave it out, "
                "or train a run with 'chargen forecast train --validation 0.1'"
            )
        span = back(config, self.scaler)
        origins = Origins.of(parts.validation, max(span, needed), steps)
        return Calibration.of(model, self.values, origins, config.targets, span, config.minimum)

    def predict_with(
        self,
        model: str,
        horizon: int | None = None,
        data: "PanelLike | None" = None,
        interval: float | None = None,
    ) -> Panel:
        """Let a baseline forecast in the network's stead; it learns from everything that is known.

        Args:
            model: A name from `chargen.series.baselines.BASELINES`.
            horizon: Steps; as many as the network learnt when left out.
            data: As for `predict`.
            interval: As for `predict`; the errors are those of the baseline when it has learnt the training part alone.

        Returns:
            As from `predict`.

        Raises:
            OptionError: No baseline has that name, or the interval is no share.
            SeriesError: As for `predict`, or the baseline cannot be fitted.
            RunError: The run has no validation part for an interval.
        """
        known, steps, config = self._known(data), self._steps(horizon), self.settings.forecast
        season = min(seasons(known), default=None)
        chosen = baseline(model, targets=tuple(range(config.targets)), season=season, lags=config.window)
        calibration = None
        if interval is not None:
            chosen.fit(training_parts(self.values, self.parts), steps)
            calibration = self.calibration(chosen, steps, max(2, season or 0))
        fitted = chosen.fit([series.values for series in known], steps)
        return predict(fitted, known, steps, config.targets, config.minimum, calibration, interval)

    def _known(self, data: "PanelLike | None") -> Panel:
        return self.panel if data is None else same_columns(data, self.panel, self.name)

    def _steps(self, horizon: int | None) -> int:
        steps = self.settings.forecast.horizon if horizon is None else horizon
        require(is_count(steps), "--horizon", steps, "a whole number from 1 up")
        return steps


def predict(
    contestant: Contestant,
    panel: Panel,
    horizon: int,
    targets: int,
    minimum: float | None = None,
    calibration: Calibration | None = None,
    interval: float | None = None,
) -> Panel:
    """Forecast what comes after the end of series.

    Args:
        contestant: What forecasts.
        panel: The series.
        horizon: Steps.
        targets: How many columns are forecast.
        minimum: Forecasts below it are lifted to it.
        calibration: What intervals are made from, of at least as many steps.
        interval: The share of truths that they are to cover; no intervals when left out.

    Returns:
        A series of forecasts for each series, its index going on from the end; with intervals the targets first, and
        then the two ends for each.

    Raises:
        SeriesError: A series is too short, a forecast grows beyond all numbers, or too few errors are known for the
            interval.
        OptionError: The horizon is longer than what was learnt at once.
    """
    values, columns = [series.values for series in panel], panel.columns[:targets]
    dates = [series.future(horizon) for series in panel]
    origins = Origins(tuple(np.array([len(series)]) for series in panel), horizon)
    with np.errstate(over="ignore", invalid="ignore"):  # what grows beyond all numbers is refused
        made = np.asarray(origins.forecast(contestant, values, minimum), np.float64)
        if calibration is not None and interval is not None:
            calibration.require(interval)
            ends = calibration.bounds(made, values, origins, interval, minimum)
            made = np.concatenate([made, np.stack(ends, axis=-1).reshape(len(made), horizon, -1)], axis=-1)
            columns += tuple(_free(f"{name}_{end}", panel.columns) for name in columns for end in ("low", "high"))
    for series, forecast in zip(panel, made, strict=True):
        if not np.isfinite(forecast).all():
            raise SeriesError(
                f"{contestant.name} forecasts numbers without end for {series.name}, --horizon {horizon}; ask for "
                "fewer steps, or train one with --scaler standard and --strategy direct"
            )
    following = zip(panel, made, dates, strict=True)
    return Panel(
        tuple(Series(forecast, index, columns, panel.frequency, series.name) for series, forecast, index in following),
        panel.name,
    )


def _free(name: str, taken: Sequence[str]) -> str:
    """Lengthen a name until no column of the series has it."""
    while name in taken:
        name += "_"
    return name


def _step(panel: Panel) -> str:
    """Tell the step, whether its dates stand at the start or the end of a month, a quarter or a year."""
    unit = str(panel.frequency)
    return unit[0] if unit[:2] in ("MS", "ME", "QS", "QE", "YS", "YE") else unit


def same_columns(data: PanelLike, known: Panel, name: str) -> Panel:
    """Refuse series that a run cannot forecast: others in their columns or their step.

    Args:
        data: The series.
        known: Those that it learnt from.
        name: The run's name.

    Returns:
        The series, columns in the run's order.

    Raises:
        SeriesError: A column is missing, the step is another one, or values are missing where none was so far.
    """
    panel = Panel.of(data)
    if len(known.columns) == len(panel.columns) == 1 and panel.columns != known.columns:
        # A list has no names, and a newer file may call its one column otherwise.
        panel = Panel(tuple(series.renamed_columns(known.columns) for series in panel), panel.name)
    lacking = [column for column in known.columns if column not in panel.columns]
    if lacking:
        raise SeriesError(
            f"run {name!r} forecasts from {', '.join(known.columns)}; {panel.name} has no {', '.join(lacking)}, only "
            f"{', '.join(panel.columns)}: choose its columns with --target and --column, or train a run on it"
        )
    if None not in (known.frequency, panel.frequency) and _step(known) != _step(panel):
        raise SeriesError(
            f"run {name!r} learnt steps of {known.frequency}, {panel.name} has {panel.frequency}; give data of the "
            "same step, or train a run on it"
        )
    panel = Panel(tuple(series.select(known.columns) for series in panel), panel.name)
    if has_gaps([series.values for series in known]):
        return require_known(panel)
    return require_whole(panel, f"{name} learnt without gaps, and ")
