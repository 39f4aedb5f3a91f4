"""What a sweep is going to do, settled before its first trial."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from chargen.config import is_count, is_whole, require
from chargen.sweep.space import Choices, Scalar, offers, read_choices

# What a run is made with besides its options.
ARGUMENTS = ("corpus", "data", "targets", "name", "corpora", "checkpoints", "on_notice", "on_download")
# Optuna's database keeps a number as a float.
LARGEST_SEED = 2**52


@dataclass(frozen=True)
class Plan:
    """What a sweep tries, in which order.

    Args:
        kind: `text` or `series`.
        grid: What is tried of each option: a list, or a mapping with `low`, `high` and `log`.
        options: The options that are the same in all trials.
        settings: The values of the swept options, setting by setting.
        random_seed: Of the first trial of each setting; the following ones count on.
        seeds: Trials of each setting.
        targets: How many columns of a series are forecast.
        comparable: Whether all settings are scored on the same.
    """

    kind: str
    grid: Mapping[str, Any]
    options: Mapping[str, Any]
    settings: Sequence[Mapping[str, Scalar]]
    random_seed: int = 0
    seeds: int = 1
    targets: int = 1
    comparable: bool = True

    def __post_init__(self) -> None:
        for name in ("grid", "options"):
            value = getattr(self, name)
            right = isinstance(value, Mapping) and not set(ARGUMENTS) & set(value)
            require(right, name, value, "values by option of training")
        right = isinstance(self.settings, Sequence) and all(isinstance(one, Mapping) for one in self.settings)
        require(right and all(set(one) == set(self.grid) for one in self.settings), "settings", "others", "the grid's")
        for name in ("seeds", "targets"):
            value = getattr(self, name)
            require(is_count(value), name, value, "a whole number from 1 up")
        right = is_whole(self.random_seed) and self.random_seed <= LARGEST_SEED
        require(right, "random_seed", self.random_seed, f"a whole number from 0 to {LARGEST_SEED:,}")
        for setting in self.settings:
            for option, value in setting.items():
                require(offers(self.choices[option], value), f"settings, {option}", value, "one of the grid's")

    @cached_property
    def choices(self) -> dict[str, Choices]:
        """What is tried of each option, as it is drawn from."""
        return {option: read_choices(option, given) for option, given in self.grid.items()}

    @property
    def count(self) -> int:
        """The number of trials."""
        return len(self.settings) * self.seeds

    def trials(self) -> Iterator[tuple[int, dict[str, Scalar]]]:
        """List the trials: the number of each from 1, and its own options."""
        for place, setting in enumerate(self.settings):
            for seed in range(self.seeds):
                yield place * self.seeds + seed + 1, {**setting, "random_seed": self.random_seed + seed}

    def whole(self, own: Mapping[str, Scalar]) -> dict[str, Any]:
        """Put a trial's own options beside those that all have; lists, as JSON has them, are tuples again."""
        together = {**self.options, **own}
        return {key: tuple(value) if isinstance(value, list) else value for key, value in together.items()}
