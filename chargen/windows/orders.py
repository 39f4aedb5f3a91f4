"""The order of an epoch's windows, reckoned where it is looked at."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Order(Protocol):
    """Where the windows of an epoch start, batch by batch: an array does, int64 (batches, batch)."""

    def __len__(self) -> int: ...

    def __getitem__(self, batches: slice, /) -> NDArray[np.int64]: ...


@dataclass(frozen=True)
class Reckoned:
    """An order that no memory holds: an epoch of a gigabyte has tens of millions of windows.

    Args:
        batches: Batches in the epoch.
        starts: Tells the starts of the windows, (n, batch), from the numbers of batches, (n,).
    """

    batches: int
    starts: Callable[[NDArray[np.int64]], NDArray[np.int64]]

    def __len__(self) -> int:
        return self.batches

    def __getitem__(self, batches: slice, /) -> NDArray[np.int64]:
        return self.starts(np.arange(*batches.indices(self.batches)))
