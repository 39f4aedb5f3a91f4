"""Settings: frozen dataclasses that check themselves, saved as JSON."""

import math
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

from chargen.errors import DamagedRunError, OptionError, did_you_mean

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Config = TypeVar("Config", bound=DataclassInstance)


def require(condition: bool, option: str, value: object, right: str) -> None:
    """Refuse an option's value that makes no sense.

    Args:
        condition: What must hold.
        option: The option as it is typed, such as `--units`.
        value: The value given.
        right: What would be right.

    Raises:
        OptionError: The condition does not hold.
    """
    if not condition:
        raise OptionError(f"{option} is {value!r}; it takes {right}")


def is_number(value: object) -> bool:
    """Tell whether a value is a finite number; True and False are none."""
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # a whole number that no float can hold
        return False


def is_whole(value: object) -> bool:
    """Tell whether a value is a whole number from 0 up; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_count(value: object) -> bool:
    """Tell whether a value is a whole number from 1 up."""
    return is_whole(value) and value != 0


def from_json(kind: "type[Config]", values: object, where: str) -> "Config":
    """Make a settings object from what was saved; settings added since take their defaults.

    Args:
        kind: The dataclass.
        values: What json.loads returned.
        where: File and key, for the error message.

    Returns:
        The settings, validated.

    Raises:
        DamagedRunError: No mapping, a key the dataclass does not know, or a value it refuses.
    """
    if not isinstance(values, dict):
        raise DamagedRunError(f"{where} holds {type(values).__name__} where settings belong; restore it from a copy")
    known = [field.name for field in fields(kind)]
    for key in values:
        if key not in known:
            raise DamagedRunError(
                f"{where} has an unknown setting {key!r}{did_you_mean(key, known)}; "
                "a newer chargen may have written it: pip install --upgrade chargen"
            )
    settled: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    try:
        return kind(**settled)
    except (OptionError, TypeError) as error:
        raise DamagedRunError(f"{where} cannot be used: {error}; restore it from a copy") from error
