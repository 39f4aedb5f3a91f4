"""A series, its values in time; and a panel, many series of the same kind."""

import numbers
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from chargen.config import is_count, require
from chargen.errors import SeriesError, did_you_mean
from chargen.series.dates import Rows, arrange, show_date

Index: TypeAlias = pd.DatetimeIndex | pd.RangeIndex
SeriesLike: TypeAlias = "Series | pd.Series[Any] | pd.DataFrame | Sequence[float | None] | NDArray[Any]"
PanelLike: TypeAlias = "Panel | SeriesLike | Sequence[SeriesLike] | Mapping[str, SeriesLike]"

# What a column of values is called that has no name of its own.
VALUE = "value"
# Dates that do not tell their step: one has none, and Monday to Friday may be days or business days.
_FEW = 5


@dataclass(frozen=True, eq=False)
class Series:
    """Values in the order of time, one row a step.

    Args:
        values: float64 (n, features), NaN where missing; kept read-only.
        index: The date of each row, or its number.
        columns: Names of the features.
        frequency: The step as pandas abbreviates it, such as `MS`, `D`, `B`, `W-SUN`; None where rows are numbered.
        name: A short name, which runs are called after.

    Raises:
        SeriesError: The parts do not fit each other, or a value is infinite.
    """

    values: NDArray[np.float64]
    index: Index
    columns: tuple[str, ...]
    frequency: str | None
    name: str

    def __post_init__(self) -> None:
        values = np.asarray(self.values, np.float64)
        if values.flags.writeable:
            values = values.copy()
            values.setflags(write=False)
        object.__setattr__(self, "values", values)
        if values.shape != (len(self.index), len(self.columns)):
            raise SeriesError(
                f"{self.name} has values of shape {values.shape} for {len(self.index)} rows and "
                f"{len(self.columns)} columns; give one value a row and column"
            )
        if not self.columns or len(set(self.columns)) < len(self.columns):
            raise SeriesError(f"{self.name} has no columns, or two of one name; give each a name of its own")
        if np.isinf(values).any():
            row, column = np.argwhere(np.isinf(values))[0]
            raise SeriesError(
                f"{self.name} has an infinite value in column {self.columns[column]!r} at {self.place(row)}; "
                "leave it empty where it is not known"
            )

    @classmethod
    def of(cls, data: SeriesLike, name: str = "series", frequency: str | None = None) -> "Series":
        """Make a series of what Python programs hold.

        Dates are put in order and their frequency found by the rules of `chargen.series.dates`.

        Args:
            data: A Series (returned as it is), a pandas Series or DataFrame with dates, periods or consecutive
                numbers as its index, a list of numbers, or an array (n,) or (n, features).
            name: What to call it; the name of a pandas Series goes before.
            frequency: The step that the dates are known to have, where they are too few to tell.

        Returns:
            The series.

        Raises:
            SeriesError: No numbers, no rows, irregular dates or any other index.
        """
        if isinstance(data, Series):
            return data
        if isinstance(data, pd.Series):
            name = name if data.name is None else str(data.name)
            data = data.to_frame(VALUE if data.name is None else name)
        if isinstance(data, pd.DataFrame):
            values = np.empty(data.shape)
            for place in range(data.shape[1]):
                values[:, place] = _numbers(data.iloc[:, place], name)
            return cls._indexed(values, data.index, tuple(str(column) for column in data.columns), name, frequency)
        values = _numbers(data, name)
        if values.ndim == 1:
            values = values[:, None]
        if values.ndim != 2:
            raise SeriesError(f"{name} has {values.ndim} dimensions; give (steps,) or (steps, features)")
        columns = (VALUE,) if values.shape[1] == 1 else tuple(f"{VALUE}{place + 1}" for place in range(values.shape[1]))
        return cls._indexed(values, pd.RangeIndex(len(values)), columns, name)

    @classmethod
    def _indexed(
        cls,
        values: NDArray[np.float64],
        index: "pd.Index[Any]",
        columns: tuple[str, ...],
        name: str,
        known: str | None = None,
    ) -> "Series":
        if not len(values):
            raise SeriesError(f"{name} is empty; give it values")
        if isinstance(index, pd.PeriodIndex):
            index = index.to_timestamp()
        if not isinstance(index, pd.DatetimeIndex):
            return cls(values, _numbered(index, name), columns, None, name)
        (rows,), frequency, _ = arrange([Rows(name, _wall_times(index), values)])
        if known is not None and len(index) <= _FEW:
            frequency = known
        if frequency is None:
            raise SeriesError(
                f"{name} has dates without a regular step ({show_date(index[0])} to {show_date(index[-1])}); "
                "resample it with pandas, or number its rows with .reset_index(drop=True)"
            )
        return cls(rows.values, rows.dates, columns, frequency, name)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, rows: slice) -> "Series":
        if rows.step not in (None, 1):
            raise SeriesError(f"rows {rows.start}:{rows.stop}:{rows.step} of {self.name} are not contiguous")
        index: Index = self.index[rows]  # type: ignore[assignment]  # a slice keeps the kind of index
        return Series(self.values[rows], index, self.columns, self.frequency, self.name)

    def select(self, columns: Sequence[str]) -> "Series":
        """Take some of the columns, in the order given.

        Args:
            columns: Their names.

        Returns:
            The series of these columns.

        Raises:
            SeriesError: There is no such column.
        """
        places = [self.columns.index(require_column(column, self.columns, self.name)) for column in columns]
        return Series(self.values[:, places], self.index, tuple(columns), self.frequency, self.name)

    def renamed_columns(self, columns: tuple[str, ...]) -> "Series":
        """Call the columns otherwise, in the same order."""
        return Series(self.values, self.index, columns, self.frequency, self.name)

    def future(self, steps: int) -> Index:
        """Date or number the steps after the end.

        Args:
            steps: How many.

        Returns:
            Their index.

        Raises:
            SeriesError: The calendar ends before, at the year 9999.
            OptionError: No whole number of steps from 1 up.
        """
        require(is_count(steps), "--horizon", steps, "a whole number from 1 up")
        if not isinstance(self.index, pd.DatetimeIndex):
            end = self.index.stop
            return pd.RangeIndex(end, end + steps)
        last = self.index[-1]
        try:
            dates = pd.date_range(last, periods=steps + 2, freq=self.frequency)
            # The first is the last date itself, or later where that is not on the calendar: a Saturday's session.
            dates = dates[dates > last][:steps]
            require(dates[-1].year <= 9999, "--horizon", steps, "steps before the year 10000")
        except (ValueError, OverflowError) as error:
            raise SeriesError(
                f"{self.name} cannot be dated {steps} steps on from {show_date(last)}: {error}"
            ) from error
        return dates

    def extended(self, newer: "Series") -> "Series":
        """Put newer values behind the end.

        Args:
            newer: Their dates, if both have any, are those that come next.

        Returns:
            All of it.

        Raises:
            SeriesError: The dates are others.
        """
        index = self.future(len(newer))
        dated = isinstance(index, pd.DatetimeIndex) and isinstance(newer.index, pd.DatetimeIndex)
        if dated and not index.equals(newer.index):
            raise SeriesError(
                f"{self.name} goes on at {show_row(index[0])}, and the {len(newer)} new values are of "
                f"{show_row(newer.index[0])} to {show_row(newer.index[-1])}; give those that come next, one a step"
            )
        values = np.concatenate([self.values, newer.values])
        whole: Index = self.index.append(index)  # type: ignore[assignment]  # of the same kind
        return Series(values, whole, self.columns, self.frequency, self.name)

    def to_frame(self) -> pd.DataFrame:
        """Make a pandas DataFrame of it, whose index is named `date` or `step`."""
        named = "date" if isinstance(self.index, pd.DatetimeIndex) else "step"
        return pd.DataFrame(self.values.copy(), index=self.index.rename(named), columns=list(self.columns))

    def to_csv(self, path: str | Path) -> None:
        """Write it as a table that `chargen.series.reading.read` reads back.

        Args:
            path: The file; missing values become empty.

        Raises:
            SeriesError: It cannot be written.
        """
        _write(_shown(self), path)

    def place(self, row: int) -> str:
        """Name a row: its date, or its number from 1."""
        return show_row(self.index[row]) if isinstance(self.index, pd.DatetimeIndex) else f"row {row + 1}"


@dataclass(frozen=True, eq=False)
class Panel:
    """Many series of the same columns and frequency; windows never cross from one into the next.

    Args:
        series: The series; their names are their ids.
        name: A short name, which runs are called after.

    Raises:
        SeriesError: None, two of one name, or others columns or another frequency than the first has.
    """

    series: tuple[Series, ...]
    name: str

    def __post_init__(self) -> None:
        if not self.series:
            raise SeriesError(f"{self.name} has no series; give at least one")
        first = self.series[0]
        names = set()
        for one in self.series:
            if one.name in names:
                raise SeriesError(f"{self.name} has two series {one.name!r}; give each a name of its own")
            names.add(one.name)
            if one.columns != first.columns:
                raise SeriesError(
                    f"series {one.name!r} of {self.name} has the columns {', '.join(one.columns)}, {first.name!r} has "
                    f"{', '.join(first.columns)}; give all the same columns"
                )
            if one.frequency != first.frequency:
                raise SeriesError(
                    f"series {one.name!r} of {self.name} has the frequency {one.frequency}, {first.name!r} has "
                    f"{first.frequency}; resample them to the same step"
                )

    @classmethod
    def of(cls, data: PanelLike, name: str = "panel", frequency: str | None = None) -> "Panel":
        """Make a panel of one series or many.

        Args:
            data: A Panel (returned as it is), anything that `Series.of` takes, or a list, tuple or mapping of that.
                A list of numbers is one series. In a list, series keep names that are all different and are
                numbered otherwise.
            name: What to call it.
            frequency: As for `Series.of`.

        Returns:
            The panel.

        Raises:
            SeriesError: What is given is no series, or they do not fit each other.
        """
        if isinstance(data, Panel):
            return data
        if isinstance(data, Mapping):
            made = [_renamed(Series.of(value, frequency=frequency), str(key)) for key, value in data.items()]
            return cls(tuple(made), name)
        if isinstance(data, list | tuple) and data and not any(_is_number(item) for item in data):
            made = [Series.of(item, frequency=frequency) for item in data]
            if len({one.name for one in made}) < len(made):
                made = [_renamed(one, str(place)) for place, one in enumerate(made)]
            return cls(tuple(made), name)
        series = Series.of(data, frequency=frequency)  # type: ignore[arg-type]  # a sequence of numbers
        return cls((series,), series.name)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the features of each series."""
        return self.series[0].columns

    @property
    def frequency(self) -> str | None:
        """The step of each series."""
        return self.series[0].frequency

    def extended(self, newer: "Panel") -> "Panel":
        """Put newer values behind the end of each series.

        Args:
            newer: As many series, in the same order or with the same names.

        Returns:
            All of it.

        Raises:
            SeriesError: There are more or fewer series, or dates that do not come next.
        """
        if len(newer) != len(self):
            raise SeriesError(f"{self.name} has {len(self)} series, and there are new values of {len(newer)}; give all")
        named = {series.name: series for series in newer}
        same = named.keys() == {series.name for series in self}
        ordered = [named[series.name] for series in self] if same else list(newer)
        return Panel(tuple(old.extended(new) for old, new in zip(self, ordered, strict=True)), self.name)

    def to_csv(self, path: str | Path) -> None:
        """Write it as a table that `chargen.series.reading.read` reads back, with the column of ids `series` if needed.

        Args:
            path: The file; missing values become empty.

        Raises:
            SeriesError: It cannot be written.
        """
        frames = [_shown(series) for series in self.series]
        if len(frames) > 1:
            for series, frame in zip(self.series, frames, strict=True):
                frame.insert(0, "series", series.name)
        _write(pd.concat(frames), path)

    def __len__(self) -> int:
        return len(self.series)

    def __iter__(self) -> Iterator[Series]:
        return iter(self.series)


def show_row(row: Any) -> str:
    """Write a row's date, or its number, as people do."""
    return show_date(row) if isinstance(row, pd.Timestamp) else str(row)


def require_column(column: str, columns: Sequence[str], where: str) -> str:
    """Refuse a column that is not there.

    Args:
        column: The one asked for.
        columns: Those that there are.
        where: What has them, for the error message.

    Returns:
        The column.

    Raises:
        SeriesError: There is no such column; the nearest are offered.
    """
    if column not in columns:
        shown = ", ".join(columns[:8]) + (f" and {len(columns) - 8} more" if len(columns) > 8 else "")
        raise SeriesError(f"{where} has no column {column!r}{did_you_mean(column, columns)}; it has {shown}")
    return column


def _shown(series: Series) -> pd.DataFrame:
    frame = series.to_frame()
    if isinstance(series.index, pd.DatetimeIndex):
        frame.index = pd.Index([show_date(date) for date in series.index], name="date")
    return frame


def _write(frame: pd.DataFrame, path: str | Path) -> None:
    try:
        frame.to_csv(path, encoding="utf-8", lineterminator="\n")
    except OSError as error:
        raise SeriesError(
            f"cannot write {path}: {error.strerror or error}; make room or choose another place"
        ) from error


def _renamed(series: Series, name: str) -> Series:
    return Series(series.values, series.index, series.columns, series.frequency, name)


def _is_number(item: object) -> bool:
    return item is None or isinstance(item, numbers.Number)


def _numbers(data: Any, name: str) -> NDArray[np.float64]:
    """Make floats of numbers; text, dates and complex numbers are none."""
    try:
        if isinstance(data, pd.Series):  # its own missing values become NaN
            data = data.to_numpy(np.float64 if data.dtype.kind in "biuf" else object, na_value=np.nan)
        values = np.asarray(data)
        if values.dtype.kind == "O":
            values = np.array([np.nan if item is None else item for item in values.ravel()]).reshape(values.shape)
    except (ValueError, TypeError) as error:
        raise SeriesError(f"{name} is no table of numbers: {error}") from error
    if values.dtype.kind not in "biuf":
        raise SeriesError(f"{name} holds {values.dtype} where numbers belong; select the columns of numbers")
    return values.astype(np.float64)


def _numbered(index: "pd.Index[Any]", name: str) -> pd.RangeIndex:
    if index.dtype.kind in "iu" and (np.diff(index.to_numpy()) == 1).all():
        return pd.RangeIndex(int(index[0]), int(index[0]) + len(index))
    raise SeriesError(
        f"{name} has an index of neither dates nor consecutive numbers; make dates of it with pandas.to_datetime, "
        "or number its rows with .reset_index(drop=True)"
    )


def _wall_times(index: pd.DatetimeIndex) -> pd.DatetimeIndex:
    """Drop a time zone: the clock on the wall, or UTC where the clock was put back."""
    if index.tz is None:
        return index
    wall = index.tz_localize(None)
    return wall if wall.is_unique or not index.is_unique else index.tz_convert(None)
