"""What is tried of each option: values one by one, or a range to draw from."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from math import prod
from typing import TypeAlias

from chargen.config import is_number, require
from chargen.errors import OptionError

Scalar: TypeAlias = bool | int | float | str


@dataclass(frozen=True)
class Range:
    """Numbers to draw from, whole ones between whole ends.

    Args:
        low: The smallest.
        high: The largest.
        log: Whether the logarithm is drawn evenly.
    """

    low: float
    high: float
    log: bool = False


Choices: TypeAlias = tuple[Scalar, ...] | Range


def read_choices(option: str, given: object) -> Choices:
    """Read what is to be tried of an option.

    Args:
        option: Its name, `_` for `-`.
        given: A sequence of values, a Range, or a mapping with its fields.

    Returns:
        The different values in their order, or the range.

    Raises:
        OptionError: It is neither.
    """
    shown = f"--grid {option.replace('_', '-')}"
    if isinstance(given, Range):
        given = asdict(given)
    if isinstance(given, Mapping):
        low, high, log = given.get("low"), given.get("high"), given.get("log", False)
        right = "low and high, numbers, and if you like log, true or false: {low = 0.001, high = 0.01, log = true}"
        known = set(given) <= {"low", "high", "log"} and isinstance(log, bool)
        require(known and is_number(low) and is_number(high), shown, dict(given), right)
        assert isinstance(low, int | float)  # noqa: S101 (narrows the type)
        assert isinstance(high, int | float)  # noqa: S101
        require(low < high and (low > 0 or not log), shown, dict(given), "low below high, and above 0 if log is true")
        return Range(low, high, log)
    right = "single values, such as 64,128; what takes several at once cannot be swept"
    require(isinstance(given, Sequence) and not isinstance(given, str) and len(given) > 0, shown, given, right)
    assert isinstance(given, Sequence)  # noqa: S101 (narrows the type)
    for value in given:
        require(is_number(value) or isinstance(value, bool | str), shown, value, right)
    return tuple({(type(value), value): value for value in given}.values())  # 1 is not True


def offers(choices: Choices, value: object) -> bool:
    """Tell whether a value is one of what is tried of an option."""
    if isinstance(choices, Range):
        return is_number(value) and choices.low <= value <= choices.high  # type: ignore[operator] # it is a number
    return (type(value), value) in [(type(one), one) for one in choices]


def combinations(grid: Mapping[str, Choices]) -> list[dict[str, Scalar]]:
    """List every combination of values, the last option changing fastest.

    Args:
        grid: What is tried of each option.

    Returns:
        Settings, each a value by option.

    Raises:
        OptionError: There is a range, which has no end of values.
    """
    for option, choices in grid.items():
        if isinstance(choices, Range):
            raise OptionError(
                f"{option} is a range, and a grid takes every value: list its values, or draw some settings with "
                "--random 20 (in a plan: method = 'random', trials = 20)"
            )
    return [dict(zip(grid, values, strict=True)) for values in product(*grid.values())]  # type: ignore[arg-type]


def count(grid: Mapping[str, Choices]) -> int | None:
    """Count the combinations; None where a range has no end of them."""
    if any(isinstance(choices, Range) for choices in grid.values()):
        return None
    return prod(len(choices) for choices in grid.values() if isinstance(choices, tuple))
