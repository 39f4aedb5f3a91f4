"""Files as they are on disk: plain, or packed by gzip or Zstandard, which is told by their first bytes."""

import gzip
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from chargen.errors import CorpusError

# Endings of packed files: what they hold is called by the name before.
ENDINGS = (".gz", ".zst")
_GZIP, _ZSTANDARD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file; what is read from it is unpacked.

    Args:
        path: The file.

    Yields:
        The file, at its start.

    Raises:
        CorpusError: The file, or what it is packed in, cannot be read; also while the block reads it.
    """
    try:
        with path.open("rb") as file:
            head = file.peek(4)
            if head.startswith(_GZIP):
                with gzip.GzipFile(fileobj=file) as unpacked:
                    yield cast(BinaryIO, unpacked)
            elif head.startswith(_ZSTANDARD):
                yield from _zstandard(file)
            else:
                yield file
    except IsADirectoryError as error:
        raise CorpusError(f"{shown(path)} is a folder; give a text file in it") from error
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise CorpusError(f"{shown(path)} cannot be unpacked: {error}; pack it again, or fetch it again") from error
    except OSError as error:
        raise CorpusError(
            f"cannot read {shown(path)}: {error.strerror or error}; check the path and its permissions"
        ) from error


def _zstandard(file: BinaryIO) -> Iterator[BinaryIO]:
    if sys.version_info >= (3, 14):
        from compression.zstd import ZstdError, ZstdFile
    else:
        from backports.zstd import ZstdError, ZstdFile

    try:
        with ZstdFile(file) as unpacked:
            yield cast(BinaryIO, unpacked)
    except ZstdError as error:
        raise EOFError(str(error)) from error


def is_packed(head: bytes) -> bool:
    """Tell packed bytes by the first four."""
    return head.startswith((_GZIP, _ZSTANDARD))


def plain_name(path: Path) -> str:
    """Tell what to call the text in a file.

    Args:
        path: The file.

    Returns:
        Its name without the ending, and without the one that tells how it is packed.
    """
    return Path(path.stem).stem if path.suffix.lower() in ENDINGS else path.stem


def shown(path: Path | str) -> str:
    """Write a path as it can be printed: bytes that are no text are replaced."""
    return str(path).encode(errors="replace").decode()
