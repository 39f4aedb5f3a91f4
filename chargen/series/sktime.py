"""The estimator for programs that use sktime; it takes the `sktime` extra."""

import threading
from collections.abc import Mapping
from typing import Any, Self

import pandas as pd
from sktime.datatypes import update_data
from sktime.forecasting.base import BaseForecaster, ForecastingHorizon

from chargen.series.config import ForecastConfig
from chargen.series.fitting import Trainers
from chargen.series.forecaster import Forecaster
from chargen.series.seasons import window
from chargen.series.series import Panel, Series
from chargen.series.settings import require_whole
from chargen.series.splitting import split

# sktime clones a forecaster for each series of a panel and forgets it when it is fitted anew: what is compiled is kept
# here, for each thread its own.
_THREAD = threading.local()
_MOST_TRAINERS = 16
# Parameters that are options of the same name, whatever the series.
_AS_GIVEN = (
    *("cell", "units", "layers", "strategy", "linear", "scaler", "ridge"),
    *("iterations", "batch_size", "learning_rate"),
)


class ChargenForecaster(BaseForecaster):
    """A recurrent network that forecasts series, as sktime has its forecasters.

    Columns of X are features whose past is looked at; their future, the X of `predict`, is not. Panels are forecast by
    a network for each series, several columns of y by one network. `update` learns anew from all that it has seen;
    without new parameters it only looks at what is new. Defaults are those of `chargen forecast train`.

    Args:
        cell: rnn, lstm, gru, jordan or lnrnn.
        units: Size of each layer's state.
        layers: Recurrent layers, one on the other.
        window: Steps that a forecast looks back; chosen by season and length where it is left out, or where the series
            is too short for it.
        horizon: Steps ahead that are learnt; as far as `fh` goes in `fit` where it is left out.
        strategy: `direct` learns all steps at once, `recursive` one that it feeds back without end.
        linear: The linear part beside the cells: `residual`, `skip` or `none`.
        scaler: How values are scaled; `auto` chooses.
        ridge: Penalty of the linear part; `auto` chooses.
        iterations: Iterations at most.
        patience: Iterations without a better validation loss after which training stops; 0 for never.
        validation: Share of the series, from its end, that chooses the number of iterations before all is learnt anew;
            none, and all iterations, where the share is shorter than the horizon.
        batch_size: Windows in a batch; 32, or 1 where an update follows each window, where it is left out.
        learning_rate: The optimizer's step size; 0.003 with adam, the default of any other, where it is left out.
        random_state: Where all chance comes from, a whole number.
        options: Further options of `chargen forecast train`, `_` for `-`.

    Attributes:
        forecaster_: The `chargen.Forecaster` that was fitted.

    Examples:
        >>> from sktime.datasets import load_airline
        >>> from chargen.series.sktime import ChargenForecaster
        >>> forecaster = ChargenForecaster(units=8, iterations=3)
        >>> forecaster.fit(load_airline(), fh=[1, 2, 12]).predict().index.strftime("%Y-%m").tolist()
        ['1961-01', '1961-02', '1961-12']
    """

    _tags = {  # noqa: RUF012 (sktime reads and never changes it)
        "authors": "chargen",
        "maintainers": "chargen",
        "capability:multivariate": True,
        "capability:exogenous": True,
        # The first window of a series has no forecast, and the rest was learnt from.
        "capability:insample": False,
        "capability:missing_values": False,
        "capability:categorical_in_X": False,
        "capability:pred_int": False,
        "capability:update": True,
        "capability:random_state": True,
        "requires-fh-in-fit": True,
        "y_inner_mtype": "pd.DataFrame",
        "X_inner_mtype": "pd.DataFrame",
    }
    _config = {"remember_data": False}  # noqa: RUF012 (likewise) (what it looks back at it keeps itself)
    _y = _X = None  # sktime expects them all the same

    def __init__(
        self,
        cell: str = "gru",
        units: int = 64,
        layers: int = 1,
        window: int | None = None,
        horizon: int | None = None,
        strategy: str = "direct",
        linear: str = "residual",
        scaler: str = "auto",
        ridge: float | str = "auto",
        iterations: int = 25,
        patience: int = 5,
        validation: float = 0.1,
        batch_size: int | None = None,
        learning_rate: float | None = None,
        random_state: int = 0,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.cell = cell
        self.units = units
        self.layers = layers
        self.window = window
        self.horizon = horizon
        self.strategy = strategy
        self.linear = linear
        self.scaler = scaler
        self.ridge = ridge
        self.iterations = iterations
        self.patience = patience
        self.validation = validation
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.random_state = random_state
        self.options = options
        super().__init__()

    def __dynamic_tags__(self) -> None:
        if self.horizon is not None or self.strategy == "recursive":
            self.set_tags(**{"requires-fh-in-fit": False})

    def _fit(self, y: pd.DataFrame, X: pd.DataFrame | None, fh: ForecastingHorizon | None) -> Self:  # noqa: N803
        self._columns = y.columns
        self._seen = _joined(y, X)
        farthest = None if fh is None else int(fh.to_indexer(self.cutoff).max()) + 1
        self._learn(self.horizon or farthest)
        return self

    def _update(self, y: pd.DataFrame, X: pd.DataFrame | None = None, update_params: bool = True) -> Self:  # noqa: N803
        self._seen = update_data(self._seen, _joined(y, X))
        if update_params:
            self._learn(self.forecaster_.options["horizon"])
        return self

    def _predict(self, fh: ForecastingHorizon, X: pd.DataFrame | None) -> pd.DataFrame:  # noqa: N803
        steps = fh.to_indexer(self.cutoff)
        known = self._seen.loc[: self.cutoff[0]]  # a backtest may have set the cutoff back
        forecast = self.forecaster_.predict(int(steps.max()) + 1, known)
        assert isinstance(forecast, Series)  # noqa: S101 (sktime hands over a series at a time)
        return pd.DataFrame(forecast.values[steps], index=fh.to_absolute_index(self.cutoff), columns=self._columns)

    def _learn(self, horizon: int | None) -> None:
        options = self._settled(horizon)
        forecaster = Forecaster(targets=len(self._columns), trainers=_trainers(), **options)
        # sktime cannot count steps where a date is absent.
        self.forecaster_ = forecaster.fit(require_whole(Panel.of(self._seen)))

    def _settled(self, horizon: int | None) -> dict[str, Any]:
        """Turn parameters into options that the series has room for."""
        steps = len(self._seen)
        horizon = horizon or ForecastConfig.horizon
        if self.strategy == "recursive":  # it goes on as far as it is asked to, whatever it learnt
            horizon = max(1, min(horizon, steps // 4))
        end = split([steps], self.validation, 0.0).training.end[0]
        validated = steps - end >= horizon
        # Without a validation part, scaler and penalty are chosen on the end of the training part.
        longest = (end if validated else min(steps * 9 // 10, steps - horizon)) - horizon
        looked_back = self.window
        if looked_back is None or looked_back > longest:
            looked_back = max(1, min(window(Panel.of(self._seen), horizon), longest))
        settled = {
            "horizon": horizon,
            "window": looked_back,
            "validation": self.validation if validated else 0.0,
            "patience": self.patience if validated else 0,
            "random_seed": int(self.random_state),
        }
        return {name: getattr(self, name) for name in _AS_GIVEN} | settled | dict(self.options or {})

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:
        """Give sktime's tests parameters that learn at once.

        Args:
            parameter_set: There is one set.

        Returns:
            Parameters of two forecasters.
        """
        small = {"units": 2, "window": 3, "scaler": "standard", "ridge": 0.0, "batch_size": 4, "options": {"towers": 1}}
        return [
            small | {"cell": "rnn", "iterations": 1},
            small | {"cell": "gru", "iterations": 1, "strategy": "recursive", "linear": "none", "validation": 0.0},
        ]


def _trainers() -> Trainers:
    if not hasattr(_THREAD, "trainers"):
        _THREAD.trainers = Trainers(_MOST_TRAINERS)
    trainers: Trainers = _THREAD.trainers
    return trainers


def _joined(y: pd.DataFrame, features: pd.DataFrame | None) -> pd.DataFrame:
    """Put what is forecast first, and beside it what is only looked at: what is not known of it is missing."""
    if features is None:
        return y
    return y.join(features.reindex(y.index).add_prefix("X."))
