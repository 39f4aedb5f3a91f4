"""Files that are there whole or not at all."""

import errno
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from chargen.errors import DamagedRunError, SaveError

MANIFEST = "manifest.json"
TEMPORARY = ".unfinished-"


def digest(content: bytes) -> str:
    """Compute a content's sha256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def to_json(value: object, indent: int | None = 1) -> bytes:
    """Write a value as JSON, the same bytes for the same value."""
    return (json.dumps(value, indent=indent, ensure_ascii=False, allow_nan=False) + "\n").encode()


@contextmanager
def saving(path: Path) -> Iterator[None]:
    """Turn what a file system refuses into an error that a user understands.

    Args:
        path: What is being written.

    Raises:
        SaveError: The block raised an OSError.
    """
    try:
        yield
    except OSError as error:
        reasons = {
            errno.ENOSPC: "the disk is full: make room",
            errno.EDQUOT: "your disk quota is used up: make room",
            errno.EROFS: "the file system is read-only: choose another folder with --checkpoints",
            errno.EACCES: "you may not write there: choose another folder with --checkpoints",
            errno.ENOTDIR: "a file is in the way: choose another folder with --checkpoints",
            errno.EEXIST: "a file is in the way: choose another folder with --checkpoints",
        }
        reason = reasons.get(error.errno or 0, error.strerror or str(error))
        raise SaveError(f"cannot write {path}: {reason}; what was saved before is intact") from error


def write_folder(path: Path, files: Mapping[str, bytes], replace: bool = False) -> None:
    """Write a folder of files with a manifest: whole under its name, or not at all.

    The files are flushed to disk under a temporary name beside the folder, which is then renamed.

    Args:
        path: The folder.
        files: Content by file name; `manifest.json` is added.
        replace: Whether the folder takes the place of one that is there.

    Raises:
        FileExistsError: Something is there already and shall not be replaced.
        SaveError: The file system refuses.
    """
    temporary = path.with_name(f"{TEMPORARY}{path.name}-{secrets.token_hex(4)}")
    manifest = to_json({name: digest(content) for name, content in files.items()})
    try:
        with saving(path):
            temporary.mkdir(parents=True)
            for name, content in {**files, MANIFEST: manifest}.items():
                _write_through(temporary / name, content)
            sync_folder(temporary)
        if replace:
            remove_folder(path)
        if path.exists():
            raise FileExistsError(path)
        with saving(path):
            temporary.rename(path)
            sync_folder(path.parent)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


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
        DamagedRunError: It is missing or unreadable.
    """
    with _reading(path):
        return path.read_bytes()


def read_json(path: Path) -> Any:
    """Read a JSON file that must be there.

    Args:
        path: The file.

    Returns:
        What it holds.

    Raises:
        DamagedRunError: It is missing, unreadable or no JSON.
    """
    try:
        return json.loads(read_file(path))
    except (ValueError, RecursionError) as error:
        raise DamagedRunError(f"{path} is not JSON ({error}); restore it from a copy") from error


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


def check(path: Path) -> None:
    """Compare a file with its folder's manifest, without holding it in memory.

    Args:
        path: The file.

    Raises:
        DamagedRunError: The file or the manifest is missing, or they disagree.
    """
    with _reading(path), path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    _confirm(path, found)


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
        shutil.rmtree(aside)


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
            if time.time() - path.stat().st_mtime >= seconds:
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()


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
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DamagedRunError(
            f"{path} cannot be read ({error.strerror}): the run's folder is not whole; copy it again"
        ) from error


def _confirm(path: Path, found: str) -> None:
    manifest = read_json(path.with_name(MANIFEST))
    if not isinstance(manifest, dict) or manifest.get(path.name) != found:
        raise DamagedRunError(
            f"{path} is not what was saved: its sha256 differs from {MANIFEST}'s; restore it from a copy"
        )


def _write_through(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
