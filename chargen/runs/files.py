"""Files that are there whole or not at all."""

import errno
import hashlib
import json
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import Any

from chargen.errors import DamagedRunError, SaveError

MANIFEST = "manifest.json"
TEMPORARY = ".unfinished-"
# Bytes of the largest file that is read into memory: a text of 64 MiB may take four times as much as UTF-8.
LARGEST = 2**28
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,60}\.[a-z]{1,20}")


def digest(content: bytes) -> str:
    """Compute a content's sha256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def to_json(value: object, indent: int | None = 1) -> bytes:
    """Write a value as JSON, the same bytes for the same value."""
    return (json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False) + "\n").encode()


@contextmanager
def saving(path: Path, option: str = "--checkpoints") -> Iterator[None]:
    """Turn what a file system refuses into an error that a user understands.

    Args:
        path: What is being written.
        option: What chooses another folder.

    Raises:
        SaveError: The block raised an OSError.
    """
    try:
        yield
    except OSError as error:
        reasons = {
            errno.ENOSPC: "the disk is full: make room",
            errno.EDQUOT: "your disk quota is used up: make room",
            errno.EROFS: f"the file system is read-only: choose another folder with {option}",
            errno.EACCES: f"you may not write there: choose another folder with {option}",
            errno.ENOENT: "its folder is gone: was the run moved or removed?",
            errno.ENOTDIR: f"a file is in the way: choose another folder with {option}",
            errno.EEXIST: f"a file is in the way: choose another folder with {option}",
        }
        reason = reasons.get(error.errno or 0, error.strerror or str(error))
        raise SaveError(f"cannot write {path}: {reason}; what was saved before is intact") from error


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Write a folder of files with a manifest: whole under its name, or not at all.

    The files are flushed to disk under a temporary name beside the folder, which is then renamed.

    Args:
        path: The folder.
        files: Content by file name; `manifest.json` is added.

    Raises:
        FileExistsError: Something is there already; it is not replaced.
        SaveError: The file system refuses.
    """
    with new_folder(path) as temporary, saving(path):
        for name, content in {**files, MANIFEST: to_manifest(files)}.items():
            _write_through(temporary / name, content)


@contextmanager
def new_folder(path: Path, option: str = "--checkpoints") -> Iterator[Path]:
    """Make a folder that is whole under its name, or not there at all.

    Args:
        path: The folder.
        option: What chooses where it is made; named in errors.

    Yields:
        A folder beside it to write into, which is given its name when the block ends, and removed when it raises.

    Raises:
        FileExistsError: Something is there already; it is not replaced.
        SaveError: The file system refuses.
    """
    temporary = path.with_name(f"{TEMPORARY}{path.name}-{secrets.token_hex(4)}")
    try:
        with saving(path, option):
            if not path.parent.exists():
                path.parent.mkdir()
                sync_folder(path.parent.parent)
            temporary.mkdir()
        yield temporary
        with saving(path, option):
            sync_folder(temporary)
        _give_name(temporary, path)
        with saving(path, option):
            sync_folder(path.parent)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def to_manifest(files: Mapping[str, bytes]) -> bytes:
    """Write the sha256 of each file as JSON."""
    return to_json({name: digest(content) for name, content in files.items()})


def write_file(path: Path, content: bytes) -> None:
    """Write a file, or leave the one that was there.

    Args:
        path: The file.
        content: What it shall hold.

    Raises:
        SaveError: The file system refuses.
    """
    temporary = path.with_name(f"{TEMPORARY}{path.name}-{secrets.token_hex(4)}")
    try:
        with saving(path):
            _write_through(temporary, content)
            temporary.replace(path)
            sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def read_file(path: Path) -> bytes:
    """Read a file that must be there.

    Args:
        path: The file.

    Returns:
        Its content.

    Raises:
        DamagedRunError: It is missing, unreadable, no file, or too large to be one of ours.
    """
    with _open(path, LARGEST) as file:
        return file.read()


def read_json(path: Path) -> Any:
    """Read a JSON file that must be there, checked by its folder's manifest.

    Args:
        path: The file.

    Returns:
        What it holds.

    Raises:
        DamagedRunError: It is missing, changed, or no JSON.
    """
    return _parse(path, read_checked(path))


def read_checked(path: Path) -> bytes:
    """Read a file and compare it with its folder's manifest.

    Args:
        path: The file.

    Returns:
        Its content.

    Raises:
        DamagedRunError: The file or the manifest is missing, or they disagree.
    """
    content = read_file(path)
    _confirm(path, digest(content))
    return content


def check(path: Path, largest: int) -> None:
    """Compare a file with its folder's manifest, without holding it in memory.

    Args:
        path: The file.
        largest: Bytes that it may have.

    Raises:
        DamagedRunError: The file or the manifest is missing, or they disagree.
    """
    with _open(path, largest) as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    _confirm(path, found)


def list_folder(path: Path) -> list[Path]:
    """List what is in a folder; nothing where there is none.

    Args:
        path: The folder.

    Returns:
        Paths, in no order.

    Raises:
        DamagedRunError: It cannot be read.
    """
    try:
        return list(path.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise DamagedRunError(f"{path} cannot be read ({error.strerror}); ask for leave to read it") from error


def read_manifest(folder: Path) -> dict[str, str]:
    """Read which files a folder has.

    Args:
        folder: One that `write_folder` wrote.

    Returns:
        sha256 by file name.

    Raises:
        DamagedRunError: It is missing, or lists what cannot be a file of the folder.
    """
    path = folder / MANIFEST
    manifest = _parse(path, read_file(path))
    if not isinstance(manifest, dict) or not all(
        _NAME.fullmatch(name) and isinstance(value, str) for name, value in manifest.items()
    ):
        raise DamagedRunError(f"{path} is not a list of files; restore it from a copy")
    return manifest


def faults(folder: Path, largest: int, contents: bool = True, unlisted: Collection[str] = ()) -> list[DamagedRunError]:
    """Check every file of a folder.

    Args:
        folder: One that `write_folder` wrote.
        largest: Bytes that a file may have.
        contents: Whether the files are read, or only looked for.
        unlisted: Files that may be missing all the same.

    Returns:
        What is wrong, file by file; empty when the folder is whole.
    """
    found = []
    try:
        for name in read_manifest(folder):
            try:
                if contents:
                    check(folder / name, largest)
                else:
                    with _open(folder / name, largest):
                        pass
            except DamagedRunError as damage:
                thinned = name in unlisted and not (folder / name).exists()
                if name in read_manifest(folder) and not thinned:  # a writer may just have thinned it
                    found.append(damage)
    except DamagedRunError as damage:
        return [damage]
    return found


def remove_folder(path: Path) -> None:
    """Remove a folder: first out of sight, then file by file.

    Args:
        path: The folder; may be missing.

    Raises:
        SaveError: The file system refuses.
    """
    aside = path.with_name(f"{TEMPORARY}{path.name}-{secrets.token_hex(4)}")
    with saving(path), suppress(FileNotFoundError):
        path.rename(aside)
        _remove(aside)


def tidy(folder: Path, seconds: float = 0) -> None:
    """Remove what was being written when a process died.

    Args:
        folder: Where it was writing; may be missing.
        seconds: Only what is at least so old, where another process may be writing now.

    Raises:
        SaveError: The file system refuses.
    """
    with saving(folder):
        for path in folder.glob(f"{TEMPORARY}*"):
            with suppress(FileNotFoundError):  # another process may tidy too
                if time.time() - path.lstat().st_mtime >= seconds:
                    _remove(path)


def sync_folder(path: Path) -> None:
    """Flush a folder's list of names to disk, where the system can."""
    if os.name == "nt":  # Windows cannot open a folder, and needs no such flush
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _open(path: Path, largest: int) -> Iterator[BufferedReader]:
    """Open a file of a run for reading: a link could lead anywhere, a pipe or a device would be read for ever."""
    flags = os.O_RDONLY
    for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY", "O_CLOEXEC"):  # which of them there are hangs on the system
        flags |= getattr(os, flag, 0)
    try:
        with os.fdopen(os.open(path, flags), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise DamagedRunError(f"{path} is no file; restore it from a copy")
            if status.st_size > largest:
                raise DamagedRunError(f"{path} is larger than {largest >> 20} MiB; restore it from a copy")
            yield file
    except OSError as error:
        reason = "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror})"
        raise DamagedRunError(f"{path} {reason}; restore it from a copy") from error


def _give_name(temporary: Path, path: Path) -> None:
    if path.exists():
        raise FileExistsError(path)
    with saving(path):
        try:
            temporary.rename(path)
        except OSError as error:
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY):
                raise
            taken = error
        else:
            return
    raise FileExistsError(path) from taken  # by another process, a moment ago


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _parse(path: Path, content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DamagedRunError(f"{path} is not JSON ({error}); restore it from a copy") from error


def _confirm(path: Path, found: str) -> None:
    if read_manifest(path.parent).get(path.name) != found:
        raise DamagedRunError(
            f"{path} is not what was saved: its sha256 differs from {MANIFEST}'s; restore it from a copy"
        )


def _write_through(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
