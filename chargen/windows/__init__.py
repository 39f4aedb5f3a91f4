"""Sequences cut into windows and batches: ids and floats alike, memory proportional to the sequence."""

from chargen.windows.cutting import cut, one_hot_windows, segments
from chargen.windows.examples import Examples, NextValues, WholeSequences
from chargen.windows.orders import ShuffledWindows, Streams
from chargen.windows.series import EveryStep, NextSteps, SeriesWindows

__all__ = [
    "EveryStep",
    "Examples",
    "NextSteps",
    "NextValues",
    "SeriesWindows",
    "ShuffledWindows",
    "Streams",
    "WholeSequences",
    "cut",
    "one_hot_windows",
    "segments",
]
