"""One writer a run: a lock that the kernel releases when its process dies."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from chargen.errors import RunError
from chargen.runs.files import saving

LOCK = ".lock"


@contextmanager
def locked(folder: Path, what: str = "run") -> Iterator[None]:
    """Hold a run's lock while the block runs.

    Args:
        folder: The run's folder.
        what: What to call it: a sweep has a folder too.

    Raises:
        RunError: Another process, or another training in this one, holds it.
        SaveError: The file system refuses.
    """
    from filelock import FileLock, Timeout  # only writers need it

    lock = FileLock(folder / LOCK, thread_local=False)
    with saving(folder):
        try:
            lock.acquire(timeout=1)  # somebody may be looking whether it is held
        except Timeout:
            raise RunError(
                f"{what} {folder.name!r} is being trained elsewhere; wait for that, or stop it with Ctrl-C there"
            ) from None
    try:
        yield
    finally:
        lock.release()


def is_locked(folder: Path) -> bool:
    """Tell whether somebody holds a run's lock just now.

    Args:
        folder: The run's folder.
    """
    from filelock import FileLock, Timeout

    if not (folder / LOCK).exists():
        return False
    try:
        with FileLock(folder / LOCK, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # a folder that cannot be written is not being written
        return False
