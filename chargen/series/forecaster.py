"""Forecasting from Python: an estimator that is fitted in memory."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from chargen.config import is_count, require
from chargen.errors import OptionError
from chargen.runs import Plan, Position
from chargen.series.backtest import Result
from chargen.series.contest import contest
from chargen.series.fitting import Fitted, OnProgress, Trainers, as_model, fit, update
from chargen.series.impute import SHARED, impute
from chargen.series.intervals import Calibration
from chargen.series.learning import make_run
from chargen.series.model import back
from chargen.series.report import Report
from chargen.series.run import SeriesRun, predict, same_columns
from chargen.series.scoring import Origins
from chargen.series.series import Panel, PanelLike, Series
from chargen.series.settings import require_known, settle


class Forecaster:
    """A recurrent network that forecasts series.

    Args:
        targets: How many columns are forecast, the first ones.
        on_progress: Called several times a second while it learns.
        trainers: Where what is compiled is kept between fits, of several forecasters if they share it; not for threads.
        **options: The options of `chargen forecast train`, `_` for `-`: cell, window, horizon and so on.
    """

    def __init__(
        self,
        *,
        targets: int = 1,
        on_progress: OnProgress | None = None,
        trainers: Trainers | None = None,
        **options: Any,
    ) -> None:
        self.options = options
        self.targets = targets
        self._on_progress = on_progress
        self._trainers = Trainers() if trainers is None else trainers
        self._known: Panel | None = None
        self._fitted: Fitted | None = None
        self._learnt: list[int] = []
        self._updated = False

    def fit(self, data: PanelLike, refit: bool = True) -> Self:
        """Learn a series, or several.

        The end of it chooses the number of iterations (`validation`); then everything is learnt anew for as many.

        Args:
            data: A Series, a pandas Series or DataFrame, a list of numbers, or several of these.
            refit: Whether what chose the number of iterations is learnt from in the end.

        Returns:
            Itself.

        Raises:
            ChargenError: An option or a series cannot be used.
        """
        panel = require_known(Panel.of(data))
        if self.options.get("test"):
            raise OptionError(
                f"test is {self.options['test']}, and fit learns everything; 'backtest' holds a part back"
            )
        settings = settle(self.options | {"test": 0.0}, panel, self.targets)
        values = [series.values for series in panel]
        self._fitted = fit(values, settings, self._on_progress, refit, self._trainers)
        self._known, self._updated, self._learnt = panel, False, [len(series) for series in values]
        if settings.forecast.learning == "online":
            # The state that is carried on is that of the end of what was learnt.
            self._learnt = list(self._fitted.settings.cut(self._learnt).training.end)
        return self

    def update(self, data: PanelLike) -> Self:
        """Learn new values, which go on where those that it knows end: a step of learning for each.

        Online nothing can be passed over: with `refit=False` the validation part is learnt first.

        Args:
            data: The new values of each series: numbers, or a series whose index goes on.

        Returns:
            Itself; it forecasts what comes after them.

        Raises:
            OptionError: It is not fitted.
            SeriesError: The values do not go on where the known ones end, or cannot be used.
        """
        known, fitted = self._require()
        newer = same_columns(Panel.of(data, frequency=known.frequency), known, "forecaster")
        panel = known.extended(newer)
        self._fitted = update(fitted, [series.values for series in panel], self._learnt, self._trainers)
        self._known, self._updated, self._learnt = panel, True, [len(series) for series in panel]
        return self

    @property
    def history(self) -> list[dict[str, Any]]:
        """Loss and validation loss of the iterations that led to the choice of their number."""
        return [dict(line) for line in self._require()[1].history]

    def predict(
        self, horizon: int | None = None, data: "PanelLike | None" = None, interval: float | None = None
    ) -> Series | Panel:
        """Forecast what comes after the end.

        Args:
            horizon: Steps; as many as it learnt when left out.
            data: Newer values of the same columns; those that it learnt from when left out.
            interval: The share of truths that an interval is to cover, such as 0.9; no intervals when left out.

        Returns:
            The forecasts: a Series, or a Panel where several series were given. Both have `to_csv`. With intervals
            their ends are columns of their own, called such as `sunspots_low` and `sunspots_high`.

        Raises:
            OptionError: It is not fitted, the horizon is longer than what it learnt at once, or nothing was held out to
                tell how wide an interval has to be.
            SeriesError: The data has other columns, is too short, or misses values; or too little was held out.
        """
        known, fitted = self._require()
        panel = known if data is None else same_columns(data, known, "forecaster")
        model = as_model("forecaster", fitted, [series.values for series in known])
        config = model.config
        steps = config.horizon if horizon is None else horizon
        require(is_count(steps), "--horizon", steps, "a whole number from 1 up")
        calibration = None if interval is None else self._calibration(steps)
        forecasts = predict(model, panel, steps, self.targets, config.minimum, calibration, interval)
        return forecasts if len(forecasts) > 1 else forecasts.series[0]

    def backtest(self, data: "PanelLike | None" = None, **options: Any) -> list[Result]:
        """Learn anew from a series' beginning and forecast its end from every origin, beside baselines.

        Args:
            data: The series; what it was fitted to when left out.
            **options: `horizons`, `baselines`, `seeds`, `test`, `season`, `refit_every` and so on: see
                `chargen.series.contest.contest`.

        Returns:
            A result for each horizon and contestant.

        Raises:
            ChargenError: An option or a series cannot be used.
        """
        panel = self._require()[0] if data is None else require_known(Panel.of(data))
        return contest(panel, self.options, targets=self.targets, on_progress=self._on_progress, **options)

    def impute(self, data: "PanelLike | None" = None, **options: Any) -> Series | Panel:
        """Fill the gaps of series with a network of the same cell that reads them from both ends.

        It learns from these series alone; what was fitted to forecast plays no part.

        Args:
            data: The series, NaN where missing; what it was fitted to when left out.
            **options: `method`, `block`, `season`, `window` and so on: see `chargen.series.impute.impute`, which also
                tells how well such gaps are filled.

        Returns:
            The series, known values as they were: a Series, or a Panel where several were given.

        Raises:
            ChargenError: An option makes no sense, or too little is known.
        """
        panel = self._require()[0] if data is None else Panel.of(data)
        own = {key: self.options[key] for key in SHARED if key in self.options}
        filled = impute(panel, on_progress=self._on_progress, **own | options).filled
        return filled if len(filled) > 1 else filled.series[0]

    def save(self, name: str, checkpoints: str | Path = "checkpoints") -> SeriesRun:
        """Save what was learnt as a run.

        What has learnt new values since holds nothing out: its run cannot be judged, only go on and forecast.

        Args:
            name: The run's name.
            checkpoints: The folder of runs.

        Returns:
            The run, which `chargen.series.run.load` opens again.

        Raises:
            RunError: The name is taken, or the run cannot be written.
            OptionError: It is not fitted.
        """
        known, fitted = self._require()
        iteration = fitted.line["iteration"]
        training = replace(fitted.settings.training, iterations=iteration)
        if self._updated:
            training = replace(training, validation=0.0, patience=0)
        # How long it trained was found on the end of the series: no backtest may take it over.
        found = ("iterations", "schedule_iterations", "validation", "patience")
        settings = replace(fitted.settings, training=training, chosen=(*fitted.settings.chosen, *found))
        run = make_run(known, settings, name, checkpoints, fitted=(fitted.scaler, fitted.snapshot.weights))
        examples, seconds = run.task.examples(training.batch_size), fitted.snapshot.seconds
        # An iteration's end, as the run counts: updates came in between, and an epoch of what is known now is longer.
        snapshot = replace(fitted.snapshot, batches=iteration * training.epochs * examples.batches)
        report = Report(
            **fitted.line,
            validation_rmse=None,
            seconds=round(seconds, 3),
            windows_per_second=round(examples.batches * examples.batch * training.epochs / max(seconds, 1e-9)),
            best=True,
        )
        line = report.history()
        position = Position(snapshot, iteration, Plan(iteration), (line,))
        with run.folder.writing():
            run.folder.save_iteration(position, {"history": line, "samples": []}, run.save_config.keep)
        return run

    def _require(self) -> tuple[Panel, Fitted]:
        if self._known is None or self._fitted is None:
            raise OptionError("the forecaster has learnt nothing yet; call its fit(series) first")
        return self._known, self._fitted

    def _calibration(self, steps: int) -> Calibration:
        """Measure the errors on the validation part of the network that chose the number of iterations."""
        known, fitted = self._require()
        if fitted.before is None:
            raise OptionError("interval takes a validation part, and validation is 0; give Forecaster(validation=0.1)")
        values = [series.values for series in known]
        settings, span = fitted.before.settings, back(fitted.settings.forecast, fitted.scaler)
        origins = Origins.of(settings.cut([len(series) for series in values]).validation, span, steps)
        model = as_model("forecaster", fitted.before, values)
        return Calibration.of(model, values, origins, self.targets, span, settings.forecast.minimum)
