"""Command lines as a user types them."""

import shlex
from pathlib import PurePath
from typing import Any


def command(*words: str, **options: Any) -> str:
    """Write a command line.

    Args:
        *words: The command and its arguments.
        **options: By name, `_` for `-`; True is a flag, a list gives the option several times, a tuple several values.

    Returns:
        It, quoted for a shell.
    """
    typed = [*words]
    for key, value in options.items():
        name = f"--{key.replace('_', '-')}"
        if value is True:
            typed.append(name)
        elif isinstance(value, list):
            typed += [part for item in value for part in (name, _value(item))]
        else:
            typed += [name, *(_value(part) for part in (value if isinstance(value, tuple) else (value,)))]
    return shlex.join(typed)


def file_name(source: str) -> str:
    """Name a file as those can who have it elsewhere; a title or an address stays as it is.

    Args:
        source: Where a text came from.

    Returns:
        The last part of an absolute path.
    """
    path = PurePath(source)
    return path.name if path.is_absolute() else source


def _value(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)
