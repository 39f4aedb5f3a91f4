"""Every error that a user can meet.

ChargenError
├── OptionError          an option's value makes no sense
│   └── UsageError       options that contradict each other (exit code 2)
├── CorpusError          a text cannot be used
│   ├── NoTextError      a file holds no plain text
│   ├── UnknownBookError no such file, title, number or URL
│   └── FetchError       a book or a series could not be downloaded
├── SeriesError          a series cannot be used
├── SeedError            a seed text cannot be continued
├── SamplingError        a network cannot go on writing
├── TrainingError        training cannot go on
│   └── WorkerError      a machine that trains along is gone, or differs
└── RunError             a run's folder cannot be used
    ├── UnknownRunError  no run of that name
    ├── DamagedRunError  a file of the run is missing, changed or unreadable
    └── SaveError        a run could not be written

A DamageWarning is told where chargen goes on without what is damaged.

A message says what is wrong, names the value, what would be right, and the next command to type.
"""

from collections.abc import Iterable


class ChargenError(Exception):
    """Anything that chargen tells its user instead of going on."""


class OptionError(ChargenError):
    """An option has a value that makes no sense."""


class UsageError(OptionError):
    """Options contradict each other."""


class CorpusError(ChargenError):
    """A text cannot be used."""


class NoTextError(CorpusError):
    """A file holds no plain text."""


class UnknownBookError(CorpusError):
    """No file, title, number or URL answers to the given name."""


class FetchError(CorpusError):
    """A book or a series could not be downloaded."""


class SeriesError(ChargenError):
    """A series cannot be used."""


class SeedError(ChargenError):
    """A seed text cannot be continued."""


class SamplingError(ChargenError):
    """A network cannot go on writing."""


class TrainingError(ChargenError):
    """Training cannot go on."""


class WorkerError(TrainingError):
    """A machine that trains along is gone, does not come, or differs from the others."""


class RunError(ChargenError):
    """A run's folder cannot be used."""


class UnknownRunError(RunError):
    """No run has the given name."""


class DamagedRunError(RunError):
    """A file of a run is missing, changed or unreadable."""


class SaveError(RunError):
    """A run could not be written."""


class DamageWarning(UserWarning):
    """A file of a run is damaged, and something else is used instead."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Offer the known names nearest to an unknown one.

    Args:
        name: What the user typed.
        known: The names that exist.

    Returns:
        A parenthesis to append to an error message, with a leading space; empty when nothing is near.
    """
    from difflib import get_close_matches  # errors are rare: nothing to load at start

    near = get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f" (did you mean {' or '.join(repr(candidate) for candidate in near)}?)" if near else ""
