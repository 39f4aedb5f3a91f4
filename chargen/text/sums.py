"""The sha256 of large files, remembered so that a second start need not read them."""

import json
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from chargen.config import is_whole
from chargen.errors import DamagedRunError, SaveError
from chargen.runs import files

FILE = "sums.json"
# Bytes from which on a file is remembered, and files remembered at the most, the newest.
LEAST, MOST = 2**20, 10_000
# A file that changes again within a tick of the file system's clock would look the same.
_TICK_NS = 2 * 10**9


@dataclass(frozen=True)
class Stamp:
    """What tells that a file is the one it was.

    Args:
        size: Its bytes on disk.
        modified: When it was written, nanoseconds.
        inode: Its number in the file system.
    """

    size: int
    modified: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> "Stamp":
        """Look at a file.

        Args:
            path: The file.

        Returns:
            Its stamp.

        Raises:
            OSError: It cannot be looked at.
        """
        status = path.stat()
        return cls(status.st_size, status.st_mtime_ns, status.st_ino)


@dataclass(frozen=True)
class Content:
    """What a file was found to hold.

    Args:
        sha256: Of its bytes, unpacked, in hexadecimal.
        size: Their number.
        encoding: The text's encoding, by its name in Python.
    """

    sha256: str
    size: int
    encoding: str


class Sums:
    """What is remembered of large files.

    Args:
        folder: Where the list of them is kept; it need not exist. A damaged list is as good as none.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._known = self._read()
        self._changed = False

    def find(self, path: Path, stamp: Stamp) -> Content | None:
        """Recall a file.

        Args:
            path: The file.
            stamp: What it looks like now.

        Returns:
            What it holds; None when it is new or has changed.
        """
        entry = self._known.get(str(path.absolute()))
        return entry[1] if entry and entry[0] == stamp else None

    def keep(self, path: Path, stamp: Stamp, content: Content) -> None:
        """Remember a file, if it is large and not just being written.

        Args:
            path: The file.
            stamp: What it looked like before it was read.
            content: What it holds.
        """
        if stamp.size >= LEAST and time.time_ns() - stamp.modified >= _TICK_NS:
            self._known[str(path.absolute())] = (stamp, content)
            self._changed = True

    def save(self) -> None:
        """Write the list, where that can be done: without it, files are read again."""
        if not self._changed:
            return
        newest = list(self._known.items())[-MOST:]
        entries = {path: asdict(stamp) | {"content": asdict(content)} for path, (stamp, content) in newest}
        with suppress(SaveError, OSError, UnicodeEncodeError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            files.write_file(self._path, files.to_json(entries, indent=None))
        self._changed = False

    def _read(self) -> dict[str, tuple[Stamp, Content]]:
        try:
            entries = json.loads(files.read_file(self._path))
            return {str(path): _entry(**entry) for path, entry in entries.items()}
        except (DamagedRunError, ValueError, TypeError, AttributeError, RecursionError):
            return {}


def _entry(size: int, modified: int, inode: int, content: dict[str, object]) -> tuple[Stamp, Content]:
    found = Content(**content)  # type: ignore[arg-type]  # checked below
    whole = all(map(is_whole, (size, modified, inode, found.size)))
    if not (whole and isinstance(found.sha256, str) and isinstance(found.encoding, str)):
        raise ValueError("not what was saved")
    return Stamp(size, modified, inode), found
