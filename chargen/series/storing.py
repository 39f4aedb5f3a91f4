"""Series on disk as a run keeps them: every value and date as it was."""

import json
from typing import Any

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

from chargen.config import is_count
from chargen.errors import ChargenError, DamagedRunError
from chargen.runs import pack
from chargen.series.series import Index, Panel, Series

VALUES = "values.safetensors"
ABOUT = "series.json"


def write_panel(panel: Panel) -> dict[str, bytes]:
    """Make the files that keep a panel.

    Args:
        panel: The series.

    Returns:
        The content by file name.
    """
    indices = [series.index for series in panel]
    dated = isinstance(indices[0], pd.DatetimeIndex)
    # Microseconds, as tables are read: nanoseconds reach from 1677 to 2262 only.
    places = [
        index.as_unit("us").asi8 if isinstance(index, pd.DatetimeIndex) else np.asarray(index) for index in indices
    ]
    about = {
        "name": panel.name,
        "columns": panel.columns,
        "frequency": panel.frequency,
        "dated": dated,
        "series": [series.name for series in panel],
        "lengths": [len(series) for series in panel],
    }
    tensors: dict[str, Any] = {
        "values": np.concatenate([series.values for series in panel]),
        "index": np.concatenate(places).astype(np.int64),
    }
    return {VALUES: pack(tensors), ABOUT: (json.dumps(about, ensure_ascii=False) + "\n").encode()}


def read_panel(values: bytes, about: bytes, where: str) -> Panel:
    """Read what `write_panel` wrote.

    Args:
        values: Content of VALUES.
        about: Content of ABOUT.
        where: The run's folder, for error messages.

    Returns:
        The series.

    Raises:
        DamagedRunError: It is anything else.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load

    try:
        known, tensors = json.loads(about), load(values)
        lengths, names = known["lengths"], known["series"]
        numbers, places = tensors["values"], tensors["index"]
        if not all(map(is_count, lengths)) or len(lengths) != len(names):
            raise ValueError("its lengths and names do not fit")
        if not all(isinstance(text, str) for text in (known["name"], *names, *known["columns"])):
            raise ValueError("its names are no texts")
        fits = len(numbers) == len(places) == sum(lengths) and places.ndim == 1
        if numbers.dtype != np.float64 or places.dtype != np.int64 or not fits:
            raise ValueError("its values and dates do not fit")
        step = known["frequency"]
        if step is not None and (not isinstance(step, str) or to_offset(step).n < 1):
            raise ValueError(f"its step is {step!r}")
        ends = np.cumsum(lengths)[:-1]
        made = [
            Series(part, _index(place, known["dated"]), tuple(known["columns"]), known["frequency"], name)
            for part, place, name in zip(np.split(numbers, ends), np.split(places, ends), names, strict=True)
        ]
        return Panel(tuple(made), known["name"])
    except (ChargenError, SafetensorError, ValueError, KeyError, TypeError, RecursionError, OverflowError) as error:
        raise DamagedRunError(f"{where} keeps no series that can be read ({error}); restore it from a copy") from error


def _index(places: "np.ndarray[Any, np.dtype[np.int64]]", dated: bool) -> Index:
    if not (places[1:] > places[:-1]).all():
        raise ValueError("its rows are not in the order of time")
    if dated:
        return pd.DatetimeIndex(places.astype("datetime64[us]"))
    start, end = int(places[0]), int(places[-1]) + 1
    if end - start != len(places):
        raise ValueError("its rows are not numbered one by one")
    return pd.RangeIndex(start, end)
