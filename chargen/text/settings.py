"""The options of text training, sorted into the settings that they belong to."""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from types import MappingProxyType
from typing import Any

from chargen.config import require
from chargen.errors import OptionError, did_you_mean
from chargen.network import ModelConfig
from chargen.runs import SaveConfig
from chargen.text.normalise import Normalising
from chargen.text.sampling import SampleConfig
from chargen.trainer import TrainConfig
from chargen.trainer.config import RECIPES

# What only numbers have, or what is read and written decides: no options of text.
DECIDED = ("inputs", "outputs", "output_activation", "skip", "encoder", "window", "decoder", "frozen")
# `textbook` is the published course protocol: no clipping, no dropout, greedy samples, everything in lower case.
# `quick` is for a first look, `best` for an evening.
PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "textbook": MappingProxyType(
            {
                "recipe": "classic",
                "cell": "rnn",
                "units": 128,
                "dropout": 0.0,
                "seqlen": 10,
                "batch_size": 128,
                "optimizer": "rmsprop",
                "learning_rate": 0.001,
                "clip_norm": 0.0,
                "schedule": "constant",
                "warmup": 0,
                "recurrent_dropout": 0.0,
                "weight_decay": 0.0,
                "validation": 0.0,
                "temperature": (0.0,),
                "lowercase": True,
                "ascii": "drop",
                "join_lines": True,
                "keep_licence": True,
            }
        ),
        "quick": MappingProxyType({"units": 128, "iterations": 10, "dropout": 0.1, "recurrent_dropout": 0.0}),
        "best": MappingProxyType(
            {"units": 384, "recurrent_dropout": 0.2, "schedule": "cosine", "iterations": 40, "patience": 10}
        ),
    }
)

# What text starts from where the core has no opinion: each line holds from so many characters of text on. A longer text
# is learnt by heart much later, and has enough to learn in larger batches (scripts/RESULTS.md has the measurements).
DEFAULTS: Mapping[int, Mapping[str, Any]] = MappingProxyType(
    {
        0: MappingProxyType({"units": 256, "dropout": 0.3, "recurrent_dropout": 0.1, "weight_decay": 0.02}),
        600_000: MappingProxyType({"dropout": 0.2, "recurrent_dropout": 0.0}),
        5_000_000: MappingProxyType({"batch_size": 64}),
        # A hundredth of so much is scored after each iteration within seconds, and says as much.
        50_000_000: MappingProxyType({"validation": 0.01}),
    }
)
# Defaults for one setting of another option only. The step sizes of other optimizers would pull the kernels to nothing
# within an epoch; `classic` has batches of its own.
ONLY_WITH: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"weight_decay": ("optimizer", "adam"), "batch_size": ("recipe", "stream")}
)


@dataclass(frozen=True)
class Settings:
    """Everything that decides a run but the text itself.

    Args:
        model: The network; the vocabulary's size is filled in when the text is known.
        training: How it is trained.
        normalising: How the text is prepared.
        samples: The samples shown after each iteration.
        saving: When the run is saved, and how much of it is kept.
    """

    model: Mapping[str, Any]
    training: TrainConfig
    normalising: Normalising
    samples: SampleConfig
    saving: SaveConfig

    def sections(self, model: ModelConfig) -> dict[str, dict[str, Any]]:
        """Sort the settings as run.json has them.

        Args:
            model: The network, the vocabulary's size filled in.

        Returns:
            The settings by section.
        """
        return {
            "model": asdict(model),
            "training": asdict(self.training),
            "normalising": asdict(self.normalising),
            "samples": asdict(self.samples),
            "saving": asdict(self.saving),
        }


def settle(
    options: Mapping[str, Any],
    preset: str | None = None,
    characters: int = 0,
    inherited: Mapping[str, Any] = MappingProxyType({}),
) -> Settings:
    """Sort options into settings: what is given wins over the preset, the preset over what is inherited, then defaults.

    Args:
        options: By the command line's option names, `_` for `-`; None counts as not given.
        preset: A key of PRESETS.
        characters: Length of the text, which chooses among DEFAULTS.
        inherited: What a warm start has instead of the defaults.

    Returns:
        The settings, validated.

    Raises:
        OptionError: An unknown option or preset, or a value that makes no sense.
    """
    require(preset is None or isinstance(preset, str), "--preset", preset, ", ".join(PRESETS))
    if preset is not None and preset not in PRESETS:
        raise OptionError(f"--preset is {preset!r}{did_you_mean(preset, PRESETS)}; it takes {', '.join(PRESETS)}")
    asked = {**(PRESETS[preset] if preset else {}), **spelled(options)}
    chosen: dict[str, Any] = {}
    for start, defaults in DEFAULTS.items():
        if characters >= start:
            chosen |= {option: value for option, value in defaults.items() if _applies(option, asked)}
    chosen |= {**inherited, **asked}
    homes = {
        "model": [field.name for field in fields(ModelConfig) if field.name not in DECIDED],
        "training": [field.name for field in fields(TrainConfig) if field.name not in DECIDED],
        "normalising": [field.name for field in fields(Normalising)],
        "samples": [field.name for field in fields(SampleConfig)],
        "saving": [field.name for field in fields(SaveConfig)],
    }
    known = [name for names in homes.values() for name in names]
    for key in chosen:
        if key not in known:
            raise OptionError(f"no option {key!r}{did_you_mean(key, known)}; see 'chargen train --help'")
    sorted_out = {home: {name: chosen[name] for name in names if name in chosen} for home, names in homes.items()}
    ModelConfig(inputs=1, outputs=1, **sorted_out["model"])  # a wrong value is told before any text is fetched
    training = TrainConfig(**sorted_out["training"])
    require(training.recipe in RECIPES, "--recipe", training.recipe, " or ".join(RECIPES))
    return Settings(
        sorted_out["model"],
        training,
        Normalising(**sorted_out["normalising"]),
        SampleConfig(**sorted_out["samples"]),
        SaveConfig(**sorted_out["saving"]),
    )


def spelled(options: Mapping[str, Any]) -> dict[str, Any]:
    """Write options as the settings have them: `--ascii` as a flag means that the text is transliterated.

    Args:
        options: By name; None counts as not given.

    Returns:
        The given ones.
    """
    words = {("ascii", True): "transliterate", ("ascii", False): "keep"}
    return {
        key: words[key, value] if key == "ascii" and isinstance(value, bool) else value
        for key, value in options.items()
        if value is not None
    }


def default(option: str) -> Any:
    """Tell an option's default for a short text.

    Args:
        option: Its name, `_` for `-`.

    Returns:
        What holds where neither the user nor a preset says otherwise; None without such an option.
    """
    if option in DEFAULTS[0]:
        return DEFAULTS[0][option]
    for home in (ModelConfig, TrainConfig, Normalising, SampleConfig, SaveConfig):
        for field in fields(home):
            if field.name == option and field.default is not MISSING:
                return field.default
    return None


def _applies(option: str, asked: Mapping[str, Any]) -> bool:
    other, value = ONLY_WITH.get(option, (None, None))
    return other is None or asked.get(other, default(other)) == value
