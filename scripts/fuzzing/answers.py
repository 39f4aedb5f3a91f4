"""A web server on the loopback that says whatever it is told to, byte for byte."""

import gzip
import socket
import threading
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass

from chargen.download import Limits
from fuzzing.choices import Choices

LIMITS = Limits(connect=0.5, read=0.05, total=0.5, pause=0.001, size=20_000)
# Seconds that the server goes on with an answer that has no end of its own.
PATIENCE = 2.5
TEXT = b"It was a bright cold day in April. " * 20
BOMB = gzip.compress(bytes(100_000_000), mtime=0)
_STARTS = (
    *(b"HTTP/1.1 200 OK", b"HTTP/1.0 200 OK", b"HTTP/1.1 200", b"HTTP/1.1 301 Moved", b"HTTP/1.1 302 Found"),
    *(b"HTTP/1.1 204 No", b"HTTP/1.1 206 Part", b"HTTP/1.1 304 Same", b"HTTP/1.1 100 Continue", b"HTTP/1.1 503 Busy"),
    *(b"HTTP/1.1 999 X", b"HTTP/1.1 -1 X", b"HTTP/9.9 200 OK", b"HTTP/1.1 99999999999 X", b"ICY 200 OK", b"", b"\0"),
)
_HEADERS = (
    *(b"Content-Length: 700", b"Content-Length: 0", b"Content-Length: -1", b"Content-Length: 1e9"),
    *(b"Content-Length: 99999999999999999999", b"Content-Length: 5, 5", b"Content-Length: \xb2"),
    *(b"Content-Encoding: gzip", b"Content-Encoding: deflate", b"Content-Encoding: br", b"Content-Encoding: zstd"),
    *(b"Content-Encoding: gzip, gzip", b"Content-Encoding: " + b"gzip, " * 5000, b"Content-Encoding: \xff"),
    *(b"Transfer-Encoding: chunked", b"Transfer-Encoding: gzip, chunked", b"Content-Type: text/html"),
    *(
        b"Content-Type: text/plain; charset=\xff",
        b"Set-Cookie: a=b; expires=\xff; domain=.",
        b"Set-Cookie: " + b";" * 999,
    ),
    *(b"Connection: keep-alive", b"X: " + b"x" * 70_000, b"no colon", b": empty", b" folded", b"X\0: y"),
    *(
        b"Location: /",
        b"Location: //",
        b"Location: http://[",
        b"Location: http://\xff/",
        b"Location: file:///etc/passwd",
    ),
    *(b"Location: http://127.0.0.1:99999/", b"Location: http://127.0.0.1:1/", b"Location: http://example.org/"),
    *(b"Location: ", b"Location: http://" + b"a" * 300 + b"/", b"Location: http://a..b/", b"Location: " + b"/x" * 9999),
    *(b"Location: http://xn--/", b"Location: http://\xe2\x80\xae/", b"Location: mailto:x", b"Location: http://a:b@/"),
)
_BODIES = (
    *(TEXT, b"", gzip.compress(TEXT, mtime=0), gzip.compress(TEXT, mtime=0)[:60], zlib.compress(TEXT), BOMB),
    *(gzip.compress(BOMB, mtime=0), gzip.compress(b"", mtime=0) * 5000, b"\x1f\x8b" + bytes(99)),
    *(
        b"2c\r\n" + TEXT[:44] + b"\r\n0\r\n\r\n",
        b"ffffffffffffffffff\r\n" + TEXT,
        b"-5\r\n" + TEXT,
        b"5;" + b"x" * 99_999,
    ),
    *(
        b"5;" + b"x" * 99_999,
        b"0" * 99_999 + b"\r\n",
        b"0\r\n" + b"X: y\r\n" * 9999,
        b"1\r\na\r\n" * 9999 + b"0\r\n\r\n",
        b"\r\n\r\n",
    ),
)


@dataclass(frozen=True)
class Answer:
    """What the server says.

    Args:
        content: The bytes.
        end: What it does then: `close`, say the last of it again and again (`endless`), or nothing (`stall`).
    """

    content: bytes
    end: str


class Answers:
    """The server: it says its answers in turn, the last one from then on."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [Answer(b"", "close")]
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            with connection, suppress(OSError):
                connection.settimeout(PATIENCE)
                self._say(connection, answer)

    def _say(self, connection: socket.socket, answer: Answer) -> None:
        asked = b""
        while b"\r\n\r\n" not in asked and (more := connection.recv(65536)):
            asked += more
        connection.sendall(answer.content)
        until = time.monotonic() + PATIENCE
        while answer.end == "endless" and time.monotonic() < until:
            connection.sendall(answer.content[-4096:] or b"x")
        while answer.end == "stall" and connection.recv(65536):
            pass


def answer(data: Choices, url: str) -> list[Answer]:
    """Make a server's answers.

    Args:
        data: Chooses them.
        url: The server's own address, to redirect to.

    Returns:
        One or two.
    """
    own = [f"Location: {url}/again".encode(), f"Location: {url}@127.0.0.1/".encode()]
    ends = ["close", "close", "close", "close", "close", "endless", "stall"]
    answers = []
    for _ in range(data.number(1, 2)):
        end, raw, most = data.pick(ends), data.number(0, 3) == 3, data.number(0, 255)
        answers.append(Answer(data.take(most) if raw else _composed(data, own, most), end))
    return answers


def _composed(data: Choices, own: list[bytes], most: int) -> bytes:
    # The first of each is the ordinary one: half of the answers should get as far as their body.
    start = data.pick([_STARTS[0]] * 12 + list(_STARTS))
    headers = [data.pick([*_HEADERS, *own]) for _ in range(data.number(0, 4))]
    body = data.number(0, len(_BODIES))
    return b"\r\n".join([start, *headers, b"", _BODIES[body] if body < len(_BODIES) else data.take(most)])
