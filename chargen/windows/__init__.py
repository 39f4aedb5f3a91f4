"""Sequences cut into windows and batches: ids and floats alike, memory proportional to the sequence."""

from chargen.windows.cutting import cut, one_hot_windows, segments
from chargen.windows.examples import Examples, WholeSequences
from chargen.windows.orders import Order
from chargen.windows.passages import Passages
from chargen.windows.series import EveryStep, NextSteps, SeriesWindows
from chargen.windows.text import SeparateStreams, ShuffledWindows, Streams

__all__ = [
    "EveryStep",
    "Examples",
    "NextSteps",
    "Order",
    "Passages",
    "SeparateStreams",
    "SeriesWindows",
    "ShuffledWindows",
    "Streams",
    "WholeSequences",
    "cut",
    "one_hot_windows",
    "segments",
]
