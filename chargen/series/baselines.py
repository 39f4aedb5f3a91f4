"""The baselines by name; each is used as a network is."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from chargen.config import is_count, is_number, is_whole, require
from chargen.errors import OptionError, did_you_mean
from chargen.series.contestant import Contestant
from chargen.series.linear import Linear, LinearRecursive
from chargen.series.masks import Filled
from chargen.series.naive import Drift, Naive, SeasonalNaive


@dataclass(frozen=True)
class BaselineConfig:
    """What the baselines are made of; each takes what concerns it.

    Args:
        targets: Columns that are forecast.
        season: Steps in a season, for seasonal-naive and ets.
        lags: Values of each feature that linear, linear-recursive and dense look at.
        ridge: Penalty of linear and linear-recursive on the coefficients of standardised inputs.
        random_seed: The seed of dense.
    """

    targets: tuple[int, ...] = (0,)
    season: int | None = None
    lags: int = 24
    ridge: float = 0.0
    random_seed: int = 0

    def __post_init__(self) -> None:
        right = bool(self.targets) and all(is_whole(target) for target in self.targets)
        require(right, "--target", self.targets, "columns of the series")
        right = self.season is None or is_count(self.season)
        require(right, "--season", self.season, "the steps in a season, a whole number from 1 up")
        require(is_count(self.lags), "--window", self.lags, "a whole number from 1 up")
        require(is_number(self.ridge) and self.ridge >= 0, "--ridge", self.ridge, "a number from 0 up")
        require(is_whole(self.random_seed), "--random-seed", self.random_seed, "a whole number from 0 up")


def _seasonal_naive(config: BaselineConfig) -> Contestant:
    if config.season is None:
        raise OptionError("seasonal-naive needs the steps in a season; give --season, such as 12 for months of a year")
    return SeasonalNaive(config.season, config.targets)


def _dense(config: BaselineConfig) -> Contestant:
    from chargen.series.dense import Dense

    return Dense(config.lags, config.targets, config.random_seed)


def _ets(config: BaselineConfig) -> Contestant:
    from chargen.series.ets import ETS  # statsmodels takes a second to load

    return ETS(config.season, config.targets)


def _arima(config: BaselineConfig) -> Contestant:
    from chargen.series.arima import ARIMA

    return ARIMA(config.targets)


BASELINES: Mapping[str, Callable[[BaselineConfig], Contestant]] = MappingProxyType(
    {
        "naive": lambda config: Naive(config.targets),
        "seasonal-naive": _seasonal_naive,
        "drift": lambda config: Drift(config.targets),
        "linear": lambda config: Linear(config.lags, config.targets, config.ridge),
        "linear-recursive": lambda config: LinearRecursive(config.lags, config.targets, config.ridge),
        "dense": _dense,
        "ets": _ets,
        "arima": _arima,
    }
)


def baseline(
    name: str,
    *,
    targets: tuple[int, ...] = (0,),
    season: int | None = None,
    lags: int = 24,
    ridge: float = 0.0,
    random_seed: int = 0,
) -> Contestant:
    """Make a baseline.

    Args:
        name: A key of BASELINES; seasonal-naive may name its season, such as seasonal-naive-12, as tables do.
        targets: Columns that are forecast.
        season: Steps in a season, for seasonal-naive, which needs it, and ets.
        lags: Values of each feature that linear, linear-recursive and dense look at.
        ridge: Penalty of linear and linear-recursive on the coefficients of standardised inputs.
        random_seed: The seed of dense.

    Returns:
        The baseline, not yet fitted; where values are missing it reads the last known ones.

    Raises:
        OptionError: No baseline has that name, or a setting makes no sense.
    """
    if named := re.fullmatch(r"(seasonal-naive)-([0-9]{1,9})", name):
        name, season = named[1], int(named[2])
    if name not in BASELINES:
        raise OptionError(f"no baseline {name!r}{did_you_mean(name, BASELINES)}; choose from {', '.join(BASELINES)}")
    return Filled(BASELINES[name](BaselineConfig(targets, season, lags, ridge, random_seed)))
