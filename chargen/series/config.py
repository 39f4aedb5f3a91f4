"""The settings of forecasting."""

from dataclasses import dataclass

from chargen.config import is_count, is_number, require
from chargen.errors import OptionError

STRATEGIES = ("direct", "recursive", "seq2seq", "encoder-decoder", "vector")
LEARNING = ("batches", "sequence", "online")
LINEAR = ("residual", "skip", "none")
PROTOCOLS = ("honest", "tutorial")
MOST_STEPS = 10**6


@dataclass(frozen=True)
class ForecastConfig:
    """What is forecast from what.

    Args:
        columns: Names of the features, those that are forecast first.
        targets: How many of them are forecast.
        window: Steps that a forecast looks back.
        horizon: Steps ahead that are learnt, and forecast unless asked otherwise.
        strategy: `direct` learns all steps of the horizon at once and goes no farther (sequence to vector);
            `recursive` learns one step of every feature and feeds its forecasts back, without end; `seq2seq` learns
            all steps of the horizon from every step of a window; `encoder-decoder` reads the window into a vector, from
            which a second network writes step after step; `vector` is that second network alone, the window itself
            its vector.
        learning: `batches`: an update for a batch of windows in random order; `sequence`: an update for each window,
            the error divided by its length; `online`: an update after every step, in order, the state carried along,
            after training too.
        linear: `residual`: least squares on the window first, the network learns what they leave; `skip`: a linear map
            from the window to the outputs beside the cells, learnt with them from the least squares on; `none`.
        ridge: Penalty of the least squares on the coefficients of standardised inputs.
        minimum: Forecasts below it are lifted to it, where nothing known at their origin is; None for no bound.
        masks: Whether the network also reads which values are known: the training part has missing ones.
        protocol: `honest`: nothing is fitted to what is held out; `tutorial`: the scaler sees all values, windows are
            disjoint, and the test part also chooses the best iteration, as in many tutorials.
    """

    columns: tuple[str, ...]
    targets: int = 1
    window: int = 24
    horizon: int = 12
    strategy: str = "direct"
    learning: str = "batches"
    linear: str = "residual"
    ridge: float = 0.0
    minimum: float | None = None
    masks: bool = False
    protocol: str = "honest"

    def __post_init__(self) -> None:
        names = self.columns
        right = isinstance(names, tuple) and len(names) > 0 and all(isinstance(name, str) for name in names)
        require(right and len(set(names)) == len(names), "columns", names, "names that are all different")
        right = is_count(self.targets) and self.targets <= len(names)
        require(right, "targets", self.targets, f"a whole number from 1 to {len(names)}")
        for option, value in (("--window", self.window), ("--horizon", self.horizon)):
            right = is_count(value) and value <= MOST_STEPS
            require(right, option, value, f"a whole number from 1 to {MOST_STEPS:,}")
        require(self.strategy in STRATEGIES, "--strategy", self.strategy, ", ".join(STRATEGIES))
        require(self.learning in LEARNING, "--learning", self.learning, ", ".join(LEARNING))
        require(self.linear in LINEAR, "--linear", self.linear, ", ".join(LINEAR))
        if self.strategy == "seq2seq" and self.linear == "skip":
            raise OptionError(
                "--strategy seq2seq does not go with --linear skip, which knows whole windows alone; take --linear "
                "residual or none"
            )
        if self.learning == "online" and self.strategy not in ("direct", "recursive"):
            raise OptionError(
                f"--learning online does not go with --strategy {self.strategy}; take direct or recursive, or "
                "--learning sequence"
            )
        if self.learning == "online" and self.protocol == "tutorial":
            raise OptionError(
                "--learning online does not go with --protocol tutorial, whose windows are a whole window apart; leave "
                "--protocol out, or take --learning sequence"
            )
        require(is_number(self.ridge) and self.ridge >= 0, "--ridge", self.ridge, "a number from 0 up")
        right = self.minimum is None or is_number(self.minimum)
        require(right, "minimum", self.minimum, "a number, or nothing")
        require(isinstance(self.masks, bool), "masks", self.masks, "true or false")
        require(self.protocol in PROTOCOLS, "--protocol", self.protocol, " or ".join(PROTOCOLS))

    @property
    def steps(self) -> int:
        """Steps that the network itself forecasts."""
        return 1 if self.strategy == "recursive" else self.horizon

    @property
    def forecast(self) -> int:
        """Features that the network itself forecasts, the first ones: fed back, it needs all of them."""
        return len(self.columns) if self.strategy == "recursive" else self.targets

    @property
    def inputs(self) -> int:
        """Inputs of the network at a step: the features, and with masks which of them are known."""
        return len(self.columns) * (2 if self.masks else 1)

    @property
    def outputs(self) -> int:
        """Outputs of the network: steps times features."""
        return self.steps * self.forecast
