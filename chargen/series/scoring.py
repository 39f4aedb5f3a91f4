"""Forecasts beside what came."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chargen.series.contestant import Contestant
from chargen.series.history import lifted
from chargen.series.masks import carried
from chargen.series.splitting import Part
from chargen.types import Floats


@dataclass(frozen=True, eq=False)
class Origins:
    """Where forecasts start, in every series.

    Args:
        places: For each series the first steps that are forecast, int64 (k,).
        horizon: Steps that are forecast from each.
    """

    places: tuple[NDArray[np.int64], ...]
    horizon: int

    @classmethod
    def of(cls, part: Part, back: int, horizon: int, most: int | None = None) -> "Origins":
        """List the origins of a part.

        Args:
            part: The part.
            back: Steps that a forecast needs before it.
            horizon: Steps that are forecast, all of them in the part.
            most: How many at most, evenly chosen from all series together; all when left out.

        Returns:
            The origins.
        """
        places = [part.origins(series, back, horizon) for series in range(len(part.first))]
        ends = np.cumsum([len(origins) for origins in places])
        if most is not None and ends[-1] > most:
            chosen = np.linspace(0, ends[-1] - 1, most).astype(int)
            shares = np.split(chosen, np.searchsorted(chosen, ends[:-1]))
            places = [
                origins[share - end + len(origins)] for origins, share, end in zip(places, shares, ends, strict=True)
            ]
        return cls(tuple(places), horizon)

    def truth(self, values: Sequence[Floats], targets: int) -> Floats:
        """Cut out what came, (origins, steps, targets); NaN where it is missing."""
        ahead = np.arange(self.horizon)
        return np.concatenate(
            [series[origins[:, None] + ahead, :targets] for series, origins in zip(values, self.places, strict=True)]
        )

    def last(self, values: Sequence[Floats], targets: int) -> Floats:
        """Cut out the last value known at each origin, (origins, targets); NaN where none is."""
        return np.concatenate(
            [carried(series[:, :targets])[origins - 1] for series, origins in zip(values, self.places, strict=True)]
        )

    def forecast(self, contestant: Contestant, values: Sequence[Floats], minimum: float | None = None) -> Floats:
        """Let a contestant forecast from all of them, (origins, steps, targets); see `lifted` for the minimum."""
        return np.concatenate(
            [
                lifted(contestant.forecast(series, origins, self.horizon), series, origins, minimum)
                for series, origins in zip(values, self.places, strict=True)
                if len(origins)
            ]
        )
