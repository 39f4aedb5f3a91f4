"""Fetching a text over the network: politely, within bounds, whole or not at all."""

import os
import secrets
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urljoin, urlsplit

from chargen import __version__
from chargen.errors import ChargenError, CorpusError, FetchError, UnknownBookError

if TYPE_CHECKING:
    import requests

OnProgress = Callable[[int, int | None], None]

USER_AGENT = f"chargen/{__version__} (one file at a time, kept for good)"
_CHUNK = 65536
_REDIRECTS = 5


@dataclass(frozen=True)
class Limits:
    """How long and how much.

    Args:
        connect: Seconds until a server must have answered the call.
        read: Seconds of silence that are borne.
        total: Seconds after which everything is given up.
        pause: Seconds before the one retry.
        size: Bytes of text.
    """

    connect: float = 5.0
    read: float = 10.0
    total: float = 120.0
    pause: float = 1.0
    size: int = 64 * 2**20


class _NoTextError(Exception):
    """One URL did not give the text; `again` says whether asking once more may help, `host_down` that it will not."""

    def __init__(self, reason: str, again: bool = False, host_down: bool = False) -> None:
        super().__init__(reason)
        self.again = again
        self.host_down = host_down


def download(
    urls: Sequence[str],
    destination: Path,
    check: Callable[[bytes, str], object],
    what: str = "",
    on_progress: OnProgress | None = None,
    limits: Limits = Limits(),
) -> str:
    """Fetch a text into a file.

    Args:
        urls: http(s) URLs, tried in turn.
        destination: The file; it appears when it is complete and found to be what was asked for.
        check: Given the bytes and the URL; raises a ChargenError if they are no such text.
        what: What to call it in errors; the first URL otherwise.
        on_progress: Told the bytes of text received and, when known, expected.
        limits: Bounds of time and size.

    Returns:
        The URL that the text came from.

    Raises:
        FetchError: No server gave the text.
        CorpusError: It could not be written.
        UnknownBookError: A URL is none.
    """
    deadline = time.monotonic() + limits.total
    failures: dict[str, str] = {}
    down: set[str] = set()
    with _session() as session:
        for url in urls:
            host = _host(url)
            for retry in (False, True):
                if host in down or time.monotonic() > deadline:
                    break
                if retry:
                    time.sleep(limits.pause)
                try:
                    with _part(destination) as part:
                        _receive(session, url, part, check, deadline, limits, on_progress)
                    return url
                except _NoTextError as failure:
                    failures[host] = str(failure)
                    if failure.host_down:
                        down.add(host)
                    if not failure.again:
                        break
                except OSError as error:
                    raise CorpusError(
                        f"cannot write {destination}: {error.strerror or error}; make room or choose another folder "
                        "with --corpora"
                    ) from error
    reasons = "; ".join(f"{host}: {reason}" for host, reason in failures.items()) or "no time left"
    raise FetchError(f"cannot fetch {what or urls[0]} ({reasons})")


def _host(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in ("http", "https"):
        raise UnknownBookError(f"{url} is no web address; give one that starts with http:// or https://")
    return host


@contextmanager
def _part(destination: Path) -> Iterator[BinaryIO]:
    """A file beside the destination that takes its place when all went well and is gone otherwise."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    path = destination.with_name(f".{destination.name}.{secrets.token_hex(4)}.part")
    try:
        with path.open("w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        path.replace(destination)
    finally:
        path.unlink(missing_ok=True)


def _session() -> "requests.Session":
    import requests  # what only samples never needs it

    class Session(requests.Session):
        # Left alone, requests reads a redirect's body to its end, which a server may never reach.
        def get_redirect_target(self, resp: requests.Response) -> str | None:
            return None

    session = Session()
    session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": "gzip"})
    return session


@contextmanager
def _answer(session: "requests.Session", url: str, deadline: float, limits: Limits) -> Iterator["requests.Response"]:
    """Ask, and follow redirects; only the body of the last answer is there to be read."""
    for _ in range(_REDIRECTS + 1):
        if time.monotonic() > deadline:
            raise _NoTextError(f"not finished after {limits.total:g} s", host_down=True)
        with session.get(url, stream=True, timeout=(limits.connect, limits.read)) as response:
            if not response.is_redirect:
                yield response
                return
            url = _redirected(url, response.headers["Location"])
    raise _NoTextError("redirected again and again")


def _redirected(url: str, location: str) -> str:
    try:
        return urljoin(url, location.encode("latin-1").decode())  # headers come as Latin-1, addresses are UTF-8
    except ValueError as error:
        raise _NoTextError("redirected to no web address") from error


def _receive(
    session: "requests.Session",
    url: str,
    part: BinaryIO,
    check: Callable[[bytes, str], object],
    deadline: float,
    limits: Limits,
    on_progress: OnProgress | None,
) -> None:
    with _explained(limits), _answer(session, url, deadline, limits) as response:
        _refuse(response)
        length = response.headers.get("Content-Length", "")
        known = length.isdecimal() and len(length) < 20 and not response.headers.get("Content-Encoding")
        total = int(length) if known else None
        done = 0
        _require_size(total or 0, limits)
        for chunk in _unpacked(response, deadline, limits):
            done += len(chunk)
            _require_size(done, limits)
            part.write(chunk)
            if on_progress is not None:
                on_progress(done, total)
    part.seek(0)
    try:
        check(part.read(), url)
    except ChargenError as error:
        raise _NoTextError(f"gave no text: {error}") from error


def _unpacked(response: "requests.Response", deadline: float, limits: Limits) -> Iterator[bytes]:
    """Unpack a body piece by piece; what comes is bounded as well, since it may unpack to nothing without end."""
    encoding = response.headers.get("Content-Encoding", "").lower()
    if encoding not in ("", "identity", "gzip"):
        raise _NoTextError(f"sent {encoding[:20]!r} where gzip was asked for")
    unpacker = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    received = 0
    # read1 returns what has come: a server that trickles cannot hold us beyond the deadline.
    while chunk := response.raw.read1(_CHUNK, decode_content=False):
        received += len(chunk)
        _require_size(received, limits)
        if time.monotonic() > deadline:
            raise _NoTextError(f"not finished after {limits.total:g} s", host_down=True)
        if unpacker is None:
            yield chunk
            continue
        while chunk:
            if unpacker.eof:  # another member follows
                unpacker = zlib.decompressobj(wbits=31)
            yield unpacker.decompress(chunk, _CHUNK)
            chunk = unpacker.unconsumed_tail or unpacker.unused_data.lstrip(b"\0")
    if unpacker is not None:
        yield unpacker.flush()
        if not unpacker.eof:
            raise _NoTextError("stopped before the end of the text", again=True)


def _require_size(size: int, limits: Limits) -> None:
    if size > limits.size:
        raise _NoTextError(f"larger than {limits.size / 2**20:g} MiB")


@contextmanager
def _explained(limits: Limits) -> Iterator[None]:
    import requests
    import urllib3

    try:
        yield
    except requests.exceptions.SSLError as error:
        raise _NoTextError("its certificate is not valid", host_down=True) from error
    except requests.ConnectTimeout as error:
        raise _NoTextError(f"no answer within {limits.connect:g} s", host_down=True) from error
    except (requests.Timeout, urllib3.exceptions.TimeoutError) as error:
        raise _NoTextError(f"silent for {limits.read:g} s", again=True) from error
    except requests.ConnectionError as error:
        dropped = "Connection aborted" in str(error)
        raise _NoTextError(
            "hung up" if dropped else "cannot be reached", again=dropped, host_down=not dropped
        ) from error
    except urllib3.exceptions.ProtocolError as error:
        raise _NoTextError("stopped before the end of the text", again=True) from error
    except zlib.error as error:
        raise _NoTextError("gave a damaged gzip") from error
    except (requests.RequestException, urllib3.exceptions.HTTPError, UnicodeError) as error:  # the last: of an address
        raise _NoTextError(f"gave no usable answer ({type(error).__name__})") from error


def _refuse(response: "requests.Response") -> None:
    status = response.status_code
    if status in (404, 410):
        raise _NoTextError("has no such text (404)")
    if status == 429 or status >= 500:
        raise _NoTextError(f"is busy or out of order ({status})", again=True)
    if status != 200:
        raise _NoTextError(f"refused ({status})")
    if "html" in response.headers.get("Content-Type", "").lower():
        raise _NoTextError("gave a web page, such as a captcha, not a text")
