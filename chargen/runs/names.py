"""Names of runs: one folder each, on every system, and never outside the checkpoints folder."""

import re

from chargen.errors import RunError

_NAME = re.compile(r"\w[\w.+-]{0,99}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def is_name(name: str) -> bool:
    """Tell whether a run may have this name."""
    return bool(_NAME.fullmatch(name)) and not _RESERVED.fullmatch(name) and not name.endswith(".")


def require_name(name: str) -> str:
    """Refuse what cannot be the name of a run.

    Args:
        name: What the user typed.

    Returns:
        The same name.

    Raises:
        RunError: It has other characters than letters, digits, `_.+-`, is too long or reserved on Windows.
    """
    if not is_name(name):
        shown = name if len(name) <= 60 else name[:57] + "..."
        raise RunError(
            f"a run cannot be called {shown!r}: take up to 100 letters, digits, '_', '.', '+' or '-', "
            "starting with a letter, a digit or '_'; list the runs with 'chargen runs list'"
        )
    return name
