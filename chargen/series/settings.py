"""The options of forecasting, sorted into the settings that they belong to."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from chargen.config import require
from chargen.errors import OptionError, SeriesError, did_you_mean
from chargen.network import ModelConfig
from chargen.runs import SaveConfig
from chargen.series.choosing import RIDGES, SCALERS, choose
from chargen.series.config import ForecastConfig
from chargen.series.masks import has_gaps
from chargen.series.scaling import ScalingConfig
from chargen.series.seasons import window
from chargen.series.series import Panel
from chargen.series.splitting import Split, split, training_parts
from chargen.trainer import TrainConfig
from chargen.types import Floats

# What forecasting starts from where the core has no opinion.
DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {"units": 64, "batch_size": 32, "learning_rate": 0.003, "patience": 5, "warmup": 50, "split": "time"}
)
# A step size of 0.003 is adam's: other rules start from their own. With an update for each window instead of each 32 it
# is smaller by about the root of that.
ONE_WINDOW = 0.0005
ONLY_WITH: Mapping[str, tuple[str, str]] = MappingProxyType({"learning_rate": ("optimizer", "adam")})
AUTO = "auto"
# Squares of more than this cannot be added up.
LARGEST = 1e100
# Settings of training that forecasting decides itself.
_DECIDED = ("recipe", "seqlen", "step", "frozen")
# Settings of the network that follow from what is forecast.
_FOLLOWING = ("inputs", "outputs", "skip", "window", "decoder")
# Settings of the forecast that follow from the series.
_SERIES = ("columns", "targets", "masks")


@dataclass(frozen=True)
class Settings:
    """Everything that decides a run but the series itself.

    Args:
        model: The network.
        training: How it is trained.
        forecast: What is forecast from what.
        scaling: How values are scaled.
        saving: When the run is saved, and how much of it is kept.
        by: Whether `time` or `series` are held out.
        chosen: Options that were chosen on the validation part, not given.
    """

    model: ModelConfig
    training: TrainConfig
    forecast: ForecastConfig
    scaling: ScalingConfig
    saving: SaveConfig
    by: str
    chosen: tuple[str, ...] = ()

    def sections(self) -> dict[str, Any]:
        """Sort the settings as run.json has them."""
        sections = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value if isinstance(value, str | tuple) else asdict(value) for name, value in sections.items()}

    def cut(self, lengths: Sequence[int]) -> Split:
        """Cut series of these lengths."""
        parts = split(lengths, self.training.validation, self.training.test, self.by)
        # In the tutorials the test part is watched during training, and the best iteration taken by it.
        return replace(parts, validation=parts.test) if self.forecast.protocol == "tutorial" else parts


def settle(options: Mapping[str, Any], panel: Panel, targets: int = 1) -> Settings:
    """Sort options into settings, and choose what is left to be chosen from the training and validation parts.

    Args:
        options: By the command line's option names, `_` for `-`; None counts as not given.
        panel: The series, targets first, NaN where values are missing.
        targets: How many columns are forecast.

    Returns:
        The settings, validated, nothing in them left to chance or choice.

    Raises:
        OptionError: An unknown option, or a value that makes no sense.
        SeriesError: The series are too short, or cannot be scaled.
    """
    given = _with_protocol({key: value for key, value in options.items() if value is not None})
    chosen = {key: value for key, value in DEFAULTS.items() if _applies(key, given)} | given
    one_window = chosen.get("learning", ForecastConfig.learning) != "batches"
    if one_window and "learning_rate" in chosen and "learning_rate" not in given:
        chosen["learning_rate"] = ONE_WINDOW
    homes = known_options()
    known = [name for names in homes.values() for name in names]
    for key in chosen:
        if key not in known:
            raise OptionError(f"no option {key!r}{did_you_mean(key, known)}; see 'chargen forecast train --help'")
    sections = {home: {name: chosen[name] for name in names if name in chosen} for home, names in homes.items()}
    horizon = chosen.get("horizon", ForecastConfig.horizon)
    values = [series.values for series in panel]
    if "window" not in chosen:
        require(isinstance(horizon, int), "--horizon", horizon, "a whole number from 1 up")
        sections["forecast"]["window"] = window(panel, horizon)
    ridge = sections["forecast"].pop("ridge", AUTO)
    config = ForecastConfig(panel.columns, targets, ridge=0.0 if ridge == AUTO else ridge, **sections["forecast"])
    model = network_of(config, sections["model"])
    decided = decided_training(config, model)
    if config.learning != "batches":
        if given.get("batch_size", 1) != 1:
            raise OptionError(
                f"--batch-size is {given['batch_size']}, and --learning {config.learning} learns after each window; "
                "leave one of them out"
            )
        sections["training"]["batch_size"] = 1
    if config.learning == "online" and len(values) > 1:
        raise OptionError(
            f"--learning online carries the state through one series, and there are {len(values)}; give one of them, "
            "or take --learning sequence"
        )
    training = TrainConfig(**decided, **sections["training"])
    parts = Settings(model, training, config, ScalingConfig(), SaveConfig(), chosen["split"])
    cut = parts.cut([len(series) for series in panel])
    if has_gaps(training_parts(values, cut)):
        # What is missing in other parts alone must not change what is learnt, nor could masks be learnt from there.
        config = replace(config, masks=True)
        model = network_of(config, sections["model"])
    if "minimum" not in chosen:
        config = replace(config, minimum=_minimum(values, cut, targets))
    _require_learnt(values, cut, config)
    scalers = _scalers(sections["scaling"])
    # Without a linear part nothing is penalised, and one scaler needs no choice.
    ridges = [config.ridge] if ridge != AUTO or (config.linear == "none" and len(scalers) == 1) else list(RIDGES)
    scaling, penalty = choose(values, cut, config, scalers, ridges)
    config = replace(config, ridge=0.0 if config.linear == "none" else penalty)
    penalised = [] if config.linear == "none" else ridges
    picked = tuple(option for option, several in (("scaler", scalers), ("ridge", penalised)) if len(several) > 1)
    picked += () if "minimum" in chosen else ("minimum",)
    saving = SaveConfig(**sections["saving"])
    return replace(parts, model=model, forecast=config, scaling=scaling, saving=saving, chosen=picked)


def known_options() -> dict[str, list[str]]:
    """Tell which options there are, by the section that they belong to."""
    return {
        "model": [field.name for field in fields(ModelConfig) if field.name not in _FOLLOWING],
        "training": [field.name for field in fields(TrainConfig) if field.name not in _DECIDED],
        "forecast": [field.name for field in fields(ForecastConfig) if field.name not in _SERIES],
        "scaling": [field.name for field in fields(ScalingConfig)],
        "saving": [field.name for field in fields(SaveConfig)],
        "by": ["split"],
    }


def default(option: str) -> Any:
    """Tell an option's default.

    Args:
        option: Its name, `_` for `-`.

    Returns:
        What holds where the user says nothing; `auto` where it is chosen; None without such an option.
    """
    if option in ("scaler", "ridge"):
        return AUTO
    if option in DEFAULTS:
        return DEFAULTS[option]
    for home in (ModelConfig, TrainConfig, ForecastConfig, ScalingConfig, SaveConfig):
        for field in fields(home):
            if field.name == option and field.default is not MISSING and option != "window":
                return field.default
    return None


def network_of(config: ForecastConfig, options: Mapping[str, Any]) -> ModelConfig:
    """Make the network that a forecast takes.

    Args:
        config: What is forecast from what.
        options: The settings of ModelConfig that are left open.

    Returns:
        Its settings.

    Raises:
        OptionError: The encoder does not suit the forecast.
    """
    encoder = options.get("encoder", ModelConfig.encoder)
    for reason, needed, suitable in (
        (config.strategy == "seq2seq", "--strategy seq2seq", ("cells", "wavenet")),
        (config.strategy == "vector", "--strategy vector", ("cells", "window")),
        (config.learning == "online", "--learning online", ("cells",)),
    ):
        if reason and encoder not in suitable:
            raise OptionError(
                f"--encoder {encoder} does not go with {needed}; take --encoder {suitable[0]}, or another way with "
                "--strategy direct --learning batches"
            )
    if config.strategy == "vector":
        encoder = "window"
    return ModelConfig(
        inputs=config.inputs,
        outputs=config.outputs,
        skip=0 if config.linear == "none" else config.window,
        window=config.window if encoder in ("wavenet", "window") else 0,
        decoder=config.steps if config.strategy in ("encoder-decoder", "vector") else 0,
        **dict(options) | {"encoder": encoder},
    )


def decided_training(config: ForecastConfig, model: ModelConfig) -> dict[str, Any]:
    """Decide those settings of training that follow from what is forecast.

    Args:
        config: What is forecast from what.
        model: The network.

    Returns:
        Values by field of TrainConfig.
    """
    kept = tuple(key for key in model.shapes() if key.startswith("skip.")) if config.linear == "residual" else ()
    recipe = "online" if config.learning == "online" else "classic"
    return {"recipe": recipe, "seqlen": config.window, "frozen": kept}


def require_known(panel: Panel) -> Panel:
    """Refuse series of which nothing is known, and giants: nothing could be learnt from them.

    Args:
        panel: The series; values may be missing.

    Returns:
        The same.

    Raises:
        SeriesError: All values are missing, or one is beyond LARGEST.
    """
    for place, column in enumerate(require_squares(panel).columns):
        if all(np.isnan(series.values[:, place]).all() for series in panel):
            raise SeriesError(
                f"all values of {column!r} are missing in {panel.name}; choose others with --target and --column"
            )
    return panel


def require_whole(panel: Panel, reason: str = "") -> Panel:
    """Refuse missing values, and giants.

    Args:
        panel: The series.
        reason: Why values are needed, to stand before what is missing.

    Returns:
        The same.

    Raises:
        SeriesError: A value is missing, or beyond LARGEST.
    """
    for series in require_squares(panel):
        missing = np.argwhere(np.isnan(series.values))
        if len(missing):
            column = missing[0, 1]
            shown = ", ".join(series.place(int(place)) for place in dict.fromkeys(missing[:, 0].tolist()[:3]))
            count = f"{len(missing)} value{'s' if len(missing) > 1 else ''}"
            more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
            raise SeriesError(
                f"{reason}{series.name} misses {count}: {series.columns[column]!r} at {shown}{more}; "
                "leave them out with --start and --end, or fill them: chargen forecast impute FILE -o filled.csv"
            )
    return panel


def require_squares(panel: Panel) -> Panel:
    """Refuse giants.

    Args:
        panel: The series.

    Returns:
        The same.

    Raises:
        SeriesError: A value is beyond LARGEST.
    """
    for series in panel:
        for row, column in np.argwhere(np.abs(series.values) > LARGEST)[:1]:
            raise SeriesError(
                f"{series.name} has {series.values[row, column]:g} in column {series.columns[column]!r} at "
                f"{series.place(row)}, whose square is beyond all numbers; correct it, or divide by a power of ten"
            )
    return panel


def _with_protocol(given: dict[str, Any]) -> dict[str, Any]:
    """In the tutorials' protocol the test part, a fifth, does what a validation part would do."""
    if given.get("protocol") != "tutorial":
        return given
    if given.get("validation"):
        raise OptionError(
            f"--validation is {given['validation']}; with --protocol tutorial the test part chooses the iteration: "
            "leave it out, or give --test"
        )
    return {"test": 0.2} | given | {"validation": 0.0}


def _minimum(values: Sequence[Floats], parts: Split, targets: int) -> float | None:
    """Tell the bound of forecasts: 0 where the training part never goes below it."""
    trained = [series[:end, :targets] for series, end in zip(values, parts.training.end, strict=True) if end]
    return None if any((part < 0).any() for part in trained) else 0.0


def _require_learnt(values: Sequence[Floats], parts: Split, config: ForecastConfig) -> None:
    """Refuse columns of which the training part knows nothing."""
    trained = training_parts(values, parts)
    for place, column in enumerate(config.columns):
        if trained and all(np.isnan(part[:, place]).all() for part in trained):
            raise SeriesError(
                f"column {column!r} has no values in the training part; choose others with --target and --column"
            )


def _scalers(options: Mapping[str, Any]) -> list[ScalingConfig]:
    if options.get("scaler", AUTO) != AUTO:
        return [ScalingConfig(**options)]
    rest = {key: value for key, value in options.items() if key != "scaler"}
    return [ScalingConfig(scaler, **rest) for scaler in SCALERS]


def _applies(option: str, given: Mapping[str, Any]) -> bool:
    other, value = ONLY_WITH.get(option, (None, None))
    return other is None or given.get(other, value) == value
