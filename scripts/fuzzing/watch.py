"""Watching what fuzzed code does: how it ends, how long it takes, how much memory and which files it wants."""

import os
import resource
import signal
import socket
import sys
import sysconfig
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import chargen
from chargen.errors import ChargenError

Step = Callable[[], object]

# One input may take so many seconds; after GIVE_UP it is interrupted.
SECONDS = 2.0
GIVE_UP = 3.0
# Bytes of address space that a target may take beyond what it has when it is ready.
MEMORY = 768 * 2**20
PACKAGE = Path(chargen.__file__).parent
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Audit events of a change: which of their arguments are paths, and which the folders that these are relative to. What
# they change is the name itself: a link is not followed.
_CHANGES: Mapping[str, Sequence[tuple[int, int | None]]] = {
    "os.remove": ((0, 1),),
    "os.rmdir": ((0, 1),),
    "os.mkdir": ((0, 2),),
    "os.rename": ((0, 2), (1, 3)),
    "os.link": ((0, 2), (1, 3)),
    "os.symlink": ((1, 2),),
}
_FOLLOWING = ("os.truncate", "os.chmod", "os.chown", "os.utime", "os.setxattr")
_LISTINGS = ("os.listdir", "os.scandir")
_EXECUTIONS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "pickle.find_class")


class Interrupted(BaseException):
    """Raised inside an input that does not end; chargen must not catch it."""


@dataclass(frozen=True)
class Problem:
    """What an input must not do.

    Args:
        cause: A line that is the same for the same cause.
        detail: A traceback, or what was touched.
    """

    cause: str
    detail: str


@dataclass
class Outcome:
    """How an input ended.

    Attributes:
        refused: Whether a ChargenError answered a part of it.
        seconds: The time it took.
        problems: What went wrong.
    """

    refused: bool = False
    seconds: float = 0.0
    problems: list[Problem] = field(default_factory=list)


class Guard:
    """Notes each file outside a folder that is opened, listed or changed, and keeps the network shut.

    Python's audit events tell; what a library does without telling shows in the files beside the folder, which have
    to stay as they are.

    Args:
        folder: Where everything is allowed.
        beside: A folder with files that nobody may touch.
        port: The only port, of this machine, that may be called; None where any call is wrong.
    """

    def __init__(self, folder: Path, beside: Path, port: int | None = None) -> None:
        self.notes: list[str] = []
        self._folder = os.path.realpath(folder)
        self._beside, self._before = beside, _contents(beside)
        self._port = port
        self._on = False
        places = [
            *sysconfig.get_paths().values(),
            sys.prefix,
            sys.base_prefix,
            str(PACKAGE),
            str(Path(__file__).parent),
        ]
        self._readable = tuple(os.path.realpath(place) for place in places)
        sys.addaudithook(self._event)

    def __enter__(self) -> "Guard":
        self.notes = []
        self._on = True
        return self

    def __exit__(self, *_: object) -> None:
        self._on = False
        if (now := _contents(self._beside)) != self._before:
            self.notes.append("changed a file beside its folder")
            self._before = now

    def _event(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._on:
            return
        if event == "open":
            self._opened(*arguments)
        elif event in _CHANGES:
            for path, folder in _CHANGES[event]:
                self._check(event, _name(arguments[path], -1 if folder is None else arguments[folder]))
        elif event in _FOLLOWING:
            self._check(event, _target(arguments[0]))
        elif event in _LISTINGS:
            self._check(event, _target(arguments[0]), self._readable)
        elif event in _EXECUTIONS:
            self.notes.append(f"{event}: {arguments[:2]}")
        elif event in ("socket.getaddrinfo", "socket.connect"):
            self._called(event, arguments)

    def _opened(self, path: Any, mode: str | None, flags: int) -> None:
        writes = flags & _WRITING if isinstance(flags, int) else set(mode or "r") & set("wax+")
        refuses_links = isinstance(flags, int) and flags & os.O_NOFOLLOW and not isinstance(path, int)
        real = _name(path, -1) if refuses_links else _target(path)
        self._check("open to write" if writes else "open to read", real, () if writes else self._readable)

    def _called(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._port is None:
            self.notes.append(f"{event}: {arguments[-1]}")
        if event == "socket.getaddrinfo" and arguments[0] not in ("127.0.0.1", b"127.0.0.1"):
            raise socket.gaierror("names are not looked up here")
        if event == "socket.connect" and arguments[1] != ("127.0.0.1", self._port):
            raise ConnectionRefusedError("nobody is called here")

    def _check(self, event: str, real: str | None, allowed: tuple[str, ...] = ()) -> None:
        if real is None or any(real == place or real.startswith(place + os.sep) for place in (self._folder, *allowed)):
            return
        shown = os.path.relpath(real, self._beside) if Path(real).is_relative_to(self._beside.parent) else real
        frame: FrameType | None = sys._getframe()
        while frame and not Path(frame.f_code.co_filename).is_relative_to(PACKAGE):
            frame = frame.f_back
        where = _place(frame.f_code.co_filename, frame.f_lineno) if frame else "nowhere in chargen"
        self.notes.append(f"{event} {shown} at {where}")


def limit_memory() -> None:
    """Let this process take MEMORY more than it has now; what wants more meets a MemoryError."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def watch(steps: Sequence[Step], guard: Guard) -> Outcome:
    """Take an input's steps one after the other, whatever becomes of each.

    Args:
        steps: What is done with the input.
        guard: Watches the files.

    Returns:
        What came of it.
    """
    outcome = Outcome()
    errors: list[BaseException] = []
    signal.signal(signal.SIGALRM, _interrupt)
    started = time.perf_counter()
    with guard:
        for step in steps:
            signal.setitimer(signal.ITIMER_REAL, GIVE_UP)
            try:
                step()
            except ChargenError:
                outcome.refused = True
            except Exception as error:
                errors.append(error)
            except Interrupted as error:
                errors.append(error)
                break  # the next step would not end either
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
    outcome.seconds = time.perf_counter() - started
    outcome.problems = [_problem(error) for error in errors]
    outcome.problems += [Problem(f"outside its folder: {note}", note) for note in dict.fromkeys(guard.notes)]
    if outcome.seconds > SECONDS and not outcome.problems:
        outcome.problems.append(Problem(f"takes more than {SECONDS:g} s", f"{outcome.seconds:.1f} s"))
    return outcome


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted(f"still at it after {GIVE_UP:g} s")


def _problem(error: BaseException) -> Problem:
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).is_relative_to(PACKAGE)]
    last = (ours or frames)[-1]
    what = "does not end" if isinstance(error, Interrupted) else type(error).__name__
    where = _place(last.filename, last.lineno)
    return Problem(f"{what} at {where}", "".join(traceback.format_exception(error))[-6000:])


def _place(file: str, line: int | None) -> str:
    inside = Path(file).is_relative_to(PACKAGE)
    return f"{Path(file).relative_to(PACKAGE.parent) if inside else Path(file).name}:{line}"


def _name(path: Any, folder: int) -> str:
    """Find where a name is, itself not followed."""
    start = f"/proc/self/fd/{folder}" if folder >= 0 else ""
    parent, name = os.path.split(os.path.join(start, os.fsdecode(path)))  # noqa: PTH118 (joins an empty start too)
    return os.path.join(os.path.realpath(parent), name)  # noqa: PTH118


def _target(path: Any) -> str | None:
    """Find where a path leads; None for an open file."""
    return None if path is None or isinstance(path, int) else os.path.realpath(os.fsdecode(path))


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() if path.is_file() else b"" for path in sorted(folder.iterdir())}
