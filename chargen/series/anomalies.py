"""Values that a run did not expect: alarms from the errors of its forecasts, with a stated rate of false ones."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chargen.config import is_number, require
from chargen.errors import OptionError, RunError, SeriesError
from chargen.series.backtest import NAIVE
from chargen.series.contestant import Contestant
from chargen.series.model import back
from chargen.series.naive import Naive
from chargen.series.run import SeriesRun, same_columns
from chargen.series.scoring import Origins
from chargen.series.series import Panel, PanelLike, Series, show_row
from chargen.series.settings import require_whole
from chargen.types import Floats

FALSE_ALARMS = 0.01


@dataclass(frozen=True, eq=False)
class Scores:
    """What one who forecasts makes of each value.

    Args:
        name: Who.
        forecast: Of the step itself, in the series' units, float64 (k, targets).
        p: The share of errors, this one counted, that are as large or larger, float64 (k, targets).
        radius: The largest error that raises no alarm, of each target, float64 (targets,).
        score: The error in units of `radius`, above 1 for alarms, NaN where that is 0; float64 (k, targets).
        alarm: bool (k, targets).
    """

    name: str
    forecast: Floats
    p: Floats
    radius: Floats
    score: Floats
    alarm: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Anomalies:
    """Values scored one step ahead by a run and, beside it, by the naive forecast.

    Args:
        panel: What was scored, targets alone; its rows, series after series, are those of the scores.
        scores: The run's, then the naive forecast's.
        part: Where the values come from, in words.
        calibrated: Errors of the validation part that each target is measured by.
        false_alarms: The rate that was asked for.
        rate: The rate that is expected where errors are like those of the validation part: the largest share of
            calibrated + 1 that is not above `false_alarms`.
    """

    panel: Panel
    scores: tuple[Scores, Scores]
    part: str
    calibrated: int
    false_alarms: float
    rate: float

    def summary(self) -> list[dict[str, Any]]:
        """Count the alarms: a row for each who forecasts and each target.

        Returns:
            `model`, `target`, `scored` values, `alarms`, how many are expected `by_chance`, the `radius`.
        """
        return [
            {
                "model": scores.name,
                "target": target,
                "scored": len(scores.p),
                "alarms": int(scores.alarm[:, place].sum()),
                "by_chance": self.rate * len(scores.p),
                "radius": float(scores.radius[place]),
            }
            for scores in self.scores
            for place, target in enumerate(self.panel.columns)
        ]

    def alarms(self) -> list[dict[str, Any]]:
        """List the run's alarms: a row each, in the order of time, series after series.

        Returns:
            `series`, `target`, `date`, `value`, `forecast`, `score` (None where the radius is 0), `p`, and whether the
            `naive` forecast raises the alarm too.
        """
        ours, naive = self.scores
        dates = [
            (one.name, date, values) for one in self.panel for date, values in zip(one.index, one.values, strict=True)
        ]
        return [
            {
                "series": dates[row][0],
                "target": self.panel.columns[place],
                "date": show_row(dates[row][1]),
                "value": float(dates[row][2][place]),
                "forecast": float(ours.forecast[row, place]),
                "score": float(ours.score[row, place]) if ours.radius[place] else None,
                "p": float(ours.p[row, place]),
                "naive": "alarm" if naive.alarm[row, place] else "",
            }
            for row, place in np.argwhere(ours.alarm).tolist()
        ]

    def to_panel(self) -> Panel:
        """Make a table of every value, which `to_csv` writes.

        Returns:
            For each series and target the columns value, forecast, score, p, alarm (1 or 0), and those of the naive
            forecast: naive, naive_score, naive_p, naive_alarm.
        """
        made, start = [], 0
        keys = ("forecast", "score", "p", "alarm")
        columns = ("value", *keys, NAIVE, *(f"{NAIVE}_{key}" for key in keys[1:]))
        for series in self.panel:
            rows = slice(start, start := start + len(series))
            for place, target in enumerate(self.panel.columns):
                parts = [getattr(scores, key)[rows, place] for scores in self.scores for key in keys]
                values = np.stack([series.values[:, place], *parts], axis=1)
                names = [series.name] * (len(self.panel) > 1) + [target] * (len(self.panel.columns) > 1)
                name = " ".join(names) or series.name
                made.append(Series(values, series.index, columns, series.frequency, name))
        return Panel(tuple(made), self.panel.name)


def anomalies(
    run: SeriesRun,
    data: "PanelLike | None" = None,
    false_alarms: float = FALSE_ALARMS,
    iteration: int | str = "best",
) -> Anomalies:
    """Score values by the error of a forecast one step before, and raise an alarm where hardly any error is as large.

    Inductive conformal anomaly detection (Laxhammar & Falkman 2014, Annals of Mathematics and Artificial Intelligence
    74): among n errors of the validation part, that of a value has p = (1 + #{as large or larger}) / (n + 1). Where all
    n + 1 are exchangeable, P(p <= e) <= e for every e (Vovk, Gammerman & Shafer 2005, Algorithmic Learning in a Random
    World, section 2.2), so that `p <= false_alarms` has a false-alarm rate of `false_alarms` at most. A series that
    changes its ways breaks that, and so does, a little, that the validation part also chose the iteration.

    Args:
        run: Its validation part calibrates and is never scored.
        data: Newer values of the same columns. Those that go on from the run's, by their dates, are forecast from them
            too; rows that the run learnt or was calibrated by are left out: by their dates up to the validation part's
            end, numbered rows by their values. The run's test part when left out.
        false_alarms: The rate of false alarms, above 0 and below 1.
        iteration: Whose network forecasts: `best`, `last` or a number.

    Returns:
        The scores of every value.

    Raises:
        OptionError: No such rate, or a lower one than so few errors can tell.
        RunError: The run has no validation part, or nothing new to score.
        SeriesError: The data has other columns, is too short, misses values, or has nothing new.
    """
    require(
        is_number(false_alarms) and 0 < false_alarms < 1, "--false-alarms", false_alarms, "a number between 0 and 1"
    )
    config, parts = run.settings.forecast, run.parts
    if not parts.validation:
        raise RunError(
            f"run {run.name!r} has no validation part, which tells how large errors are; train one that has: "
            "'chargen forecast train SERIES --validation 0.1'"
        )
    require_whole(run.panel, "alarms take whole series, and ")
    needed, targets = back(config, run.scaler), config.targets
    series, places, told = _scored(run, data, needed)
    known = Origins.of(parts.validation, needed, 1)
    scored = Origins(places, 1)
    truth = known.truth(run.values, targets)[:, 0], scored.truth([one.values for one in series], targets)[:, 0]
    count = len(truth[0])
    ranks = np.arange(1, count + 2) / (count + 1)
    rank = int(np.searchsorted(ranks, false_alarms, side="right"))
    if not rank:
        raise OptionError(
            f"--false-alarms is {false_alarms:g}, and {count} errors of the validation part tell no rate below "
            f"{1 / (count + 1):.3g}; give a higher one, or train with a larger --validation"
        )
    made = []
    contestants: list[Contestant] = [run.forecaster(iteration), Naive(range(targets))]
    for contestant in contestants:
        before = np.abs(truth[0] - known.forecast(contestant, run.values)[:, 0])
        forecast = scored.forecast(contestant, [one.values for one in series])[:, 0]
        errors = np.abs(truth[1] - forecast)
        radius = np.sort(before, axis=0)[count - rank]
        p = np.stack([p_values(before[:, place], errors[:, place]) for place in range(targets)], axis=1)
        score = np.divide(errors, radius, out=np.full_like(errors, np.nan), where=radius > 0)
        made.append(Scores(contestant.name, forecast, p, radius, score, p <= false_alarms))
    rows = [one[int(where[0]) : int(where[-1]) + 1] for one, where in zip(series, places, strict=True)]
    panel = Panel(tuple(one.select(config.columns[:targets]) for one in rows), run.panel.name)
    return Anomalies(panel, (made[0], made[1]), told, count, false_alarms, float(ranks[rank - 1]))


def p_values(calibration: Floats, errors: Floats) -> Floats:
    """Tell how rare errors are among those that calibrate: (1 + #{as large or larger}) / (n + 1).

    Args:
        calibration: float64 (n,).
        errors: float64 (k,).

    Returns:
        float64 (k,), from 1 / (n + 1) to 1.
    """
    smaller = np.searchsorted(np.sort(calibration), errors, side="left")
    values: Floats = (1 + len(calibration) - smaller) / (len(calibration) + 1)
    return values


def _scored(
    run: SeriesRun, data: "PanelLike | None", needed: int
) -> tuple[list[Series], tuple[NDArray[np.int64], ...], str]:
    """Find what is scored: series, the places in each, and where they come from."""
    parts = run.parts
    if data is None:
        if not parts.test or run.settings.forecast.protocol == "tutorial":
            raise RunError(
                f"run {run.name!r} has nothing new to score: its validation part calibrates"
                + (", and it has no test part" if not parts.test else ", and is its test part (--protocol tutorial)")
                + f"; give newer values: 'chargen forecast anomalies {run.name} --data FILE', or hold a part out: "
                "'chargen forecast train SERIES --test 0.2'"
            )
        found = [(one, parts.test.origins(place, needed, 1)) for place, one in enumerate(run.panel)]
        told = "test part"
    else:
        panel = same_columns(data, run.panel, run.name)
        newer = [_continued(run, one, len(panel)) for one in panel]
        found = [(one, np.arange(max(first, needed), len(one))) for one, first in newer]
        told = f"new values of {panel.name}"
        if not any(len(places) for _, places in found):
            why = "the run learnt or was calibrated by all of them"
            if any(first < len(one) for one, first in newer):
                why = f"a forecast looks back {needed} values"
            raise SeriesError(f"{panel.name} has nothing to score, as {why}; give newer values with --data")
    found = [(one, places) for one, places in found if len(places)]
    return [one for one, _ in found], tuple(places for _, places in found), told


def _continued(run: SeriesRun, newer: Series, count: int) -> tuple[Series, int]:
    """Put what the run knows before newer values, where their dates go on from it.

    Args:
        run: The run.
        newer: One of the new series.
        count: How many there are.

    Returns:
        The series, and its first row that the run neither learnt nor was calibrated by.
    """
    parts = run.parts
    ends = [max(both) for both in zip(parts.training.end, parts.validation.end, strict=True)]
    known = list(zip(run.panel, ends, strict=True))
    same = [pair for pair in known if pair[0].name == newer.name] or (known if len(known) == count == 1 else [])
    if not isinstance(newer.index, pd.DatetimeIndex) or run.panel.frequency is None:
        return newer, max(_overlap(newer.values, one.values, end) for one, end in same or known)
    # The step after the last one seen: ends and beginnings of the same month are two dates.
    after = [one[:end].future(1)[0] for one, end in same or known if end]
    first = newer.index[0]
    if same:
        before = same[0][0]
        before = before[: int(before.index.searchsorted(first))]
        if len(before) and before.future(1)[0] == first:
            index: Any = before.index.append(newer.index)
            values = np.concatenate([before.values, newer.values])
            newer = Series(values, index, newer.columns, newer.frequency, newer.name)
    return newer, int(newer.index.searchsorted(max([first, *after])))


def _overlap(newer: Floats, known: Floats, end: int) -> int:
    """Count the first rows of newer values that are known ones before `end`, where the two overlap."""
    for start in np.flatnonzero((known[:end] == newer[0]).all(axis=1)).tolist():
        both = min(len(known) - start, len(newer))
        if np.array_equal(known[start : start + both], newer[:both]):
            return min(end - int(start), len(newer))
    return 0
