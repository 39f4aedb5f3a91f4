"""Runs opened as what they are: the only place where a command meets both kinds."""

from chargen.errors import DamagedRunError
from chargen.learning import LearningRun
from chargen.runs import RunFolder
from chargen.text.run import Run


def open_run(folder: RunFolder) -> LearningRun:
    """Open a run of any kind.

    Args:
        folder: Its folder.

    Returns:
        A text run or a series run.

    Raises:
        RunError: The folder is damaged, newer than this chargen, or of a kind that nobody knows.
    """
    kind = folder.header()["kind"]
    if kind == Run.kind:
        return Run(folder)
    if kind == "series":
        from chargen.series.run import SeriesRun  # pandas takes a second to load

        return SeriesRun(folder)
    raise DamagedRunError(f"{folder.path / 'run.json'} is of the kind {kind!r}; restore it from a copy")
