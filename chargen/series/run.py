"""A series run: what it learnt from, and what it forecasts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from chargen.config import from_json
from chargen.errors import DamagedRunError, OptionError, SeriesError
from chargen.learning import LearningRun, require_history
from chargen.runs import Line, Store
from chargen.series.baselines import baseline
from chargen.series.config import ForecastConfig
from chargen.series.contestant import Contestant
from chargen.series.history import lifted
from chargen.series.model import Model
from chargen.series.report import Report
from chargen.series.scaling import Scaler, ScalingConfig
from chargen.series.seasons import seasons
from chargen.series.series import Panel, PanelLike, Series
from chargen.series.settings import Settings, decided_training, known_options, network_of, require_whole
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
        return require_whole(panel)

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
        self, horizon: int | None = None, data: "PanelLike | None" = None, iteration: int | str = "best"
    ) -> Panel:
        """Forecast what comes after the end.

        Args:
            horizon: Steps; as many as it learnt when left out.
            data: Newer values of the same columns; those that the run learnt from when left out.
            iteration: Whose network forecasts: `best`, `last` or a number.

        Returns:
            A series of forecasts for each series, its index going on from the end.

        Raises:
            SeriesError: The data has other columns, is too short, or misses values.
            OptionError: The horizon is longer than what was learnt at once.
            RunError: The run has no such iteration.
        """
        model = self.forecaster(iteration)
        return predict(model, self._known(data), self._steps(horizon), self.settings.forecast.targets)

    def predict_with(self, model: str, horizon: int | None = None, data: "PanelLike | None" = None) -> Panel:
        """Let a baseline forecast in the network's stead; it learns from everything that is known.

        Args:
            model: A name from `chargen.series.baselines.BASELINES`.
            horizon: Steps; as many as the network learnt when left out.
            data: As for `predict`.

        Returns:
            As from `predict`.

        Raises:
            OptionError: No baseline has that name.
            SeriesError: As for `predict`, or the baseline cannot be fitted.
        """
        known, steps, config = self._known(data), self._steps(horizon), self.settings.forecast
        season = min(seasons(known), default=None)
        chosen = baseline(model, targets=tuple(range(config.targets)), season=season, lags=config.window)
        fitted = chosen.fit([series.values for series in known], steps)
        return predict(fitted, known, steps, config.targets, config.minimum)

    def _known(self, data: "PanelLike | None") -> Panel:
        return self.panel if data is None else same_columns(data, self.panel, self.name)

    def _steps(self, horizon: int | None) -> int:
        return self.settings.forecast.horizon if horizon is None else horizon


def predict(contestant: Contestant, panel: Panel, horizon: int, targets: int, minimum: float | None = None) -> Panel:
    """Forecast what comes after the end of series.

    Args:
        contestant: What forecasts.
        panel: The series.
        horizon: Steps.
        targets: How many columns are forecast.
        minimum: Forecasts below it are lifted to it.

    Returns:
        A series of forecasts for each series, its index going on from the end.

    Raises:
        SeriesError: A series is too short, or a forecast grows beyond all numbers.
        OptionError: The horizon is longer than what was learnt at once.
    """
    made = []
    for series in panel:
        dates = series.future(horizon)
        with np.errstate(over="ignore", invalid="ignore"):  # what grows beyond all numbers is refused
            end = np.array([len(series)])
            forecast = lifted(contestant.forecast(series.values, end, horizon), series.values, end, minimum)
            values = np.asarray(forecast[0], np.float64)
        if not np.isfinite(values).all():
            raise SeriesError(
                f"{contestant.name} forecasts numbers without end for {series.name}, --horizon {horizon}; ask for "
                "fewer steps, or train one with --scaler standard and --strategy direct"
            )
        made.append(Series(values, dates, panel.columns[:targets], panel.frequency, series.name))
    return Panel(tuple(made), panel.name)


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
        SeriesError: A column is missing, a value is missing, or the step is another one.
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
    return require_whole(Panel(tuple(series.select(known.columns) for series in panel), panel.name))
