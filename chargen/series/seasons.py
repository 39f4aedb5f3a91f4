"""How long a season is where nobody says it."""

from collections.abc import Mapping

from chargen.series.series import Panel

# Months of a year and of the sun's cycle, which takes eleven years on average.
_KNOWN: Mapping[str, tuple[int, ...]] = {"sunspot": (12, 132), "silso": (12, 132)}
# Steps in the next longer unit of the calendar that people live by.
_FREQUENCIES: Mapping[str, int] = {"M": 12, "B": 5, "D": 7, "h": 24, "Q": 4, "W": 52, "min": 60, "s": 60}
LEAST_WINDOW = 24


def seasons(panel: Panel) -> tuple[int, ...]:
    """Tell the seasons that a panel may have: of a known name or column, else of its frequency.

    Args:
        panel: The series.

    Returns:
        Steps in each season, the shortest first; empty where none is known.
    """
    monthly = (panel.frequency or "").startswith("M")
    for name in (panel.name.lower(), panel.columns[0].lower()):
        for known, steps in _KNOWN.items():
            if known in name and monthly:
                return steps
    unit = (panel.frequency or "").split("-")[0]
    for name in (unit, unit[:1]):
        if name in _FREQUENCIES:
            return (_FREQUENCIES[name],)
    return ()


def window(panel: Panel, horizon: int) -> int:
    """Choose how far a forecast looks back: a season, two years of months; less where the series are short.

    Args:
        panel: The series.
        horizon: Steps ahead.

    Returns:
        The longest season or LEAST_WINDOW, whichever is longer, so that the longest series has room for four of them.
    """
    longest = max(len(series) for series in panel)
    return max(1, min(max((*seasons(panel), LEAST_WINDOW)), (longest - horizon) // 4))
