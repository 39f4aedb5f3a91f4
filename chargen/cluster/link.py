"""A connection between two workers: messages of JSON and tensors, and a heartbeat that tells when the other is gone."""

import json
import queue
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from chargen.errors import WorkerError
from chargen.types import Tensors

HEARTBEAT_SECONDS = 1.0
# A machine that vanishes closes no connection: it is given up after so long without a sign of life.
SILENCE_SECONDS = 20.0
# Sizes of the two parts of a message, JSON and tensors, before it; and the most that they may be.
SIZES = struct.Struct("!IQ")
MOST_JSON = 2**20
MOST_TENSORS = 2**34
PIECE = 2**20
OnLost: TypeAlias = Callable[[WorkerError], None]


@dataclass(frozen=True)
class Message:
    """What one worker tells another.

    Args:
        what: Its kind.
        facts: What goes with it.
        tensors: Arrays by name.
    """

    what: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    tensors: Tensors = field(default_factory=dict)


class Link:
    """One end of a connection. It is read by a thread of its own, so that silence is noticed whatever this end does.

    Attributes:
        lost: Why nothing more will come; None as long as something may.
        stop: Whether to ask the other end to stop; a signal's handler may set it, which must wait for nothing.
        asked_to_stop: Whether the other end asked.

    Args:
        connection: The socket.
        other: The other end, for messages.
        on_lost: Told when the connection ends without a farewell.
    """

    def __init__(self, connection: socket.socket, other: str, on_lost: OnLost | None = None) -> None:
        self.lost: WorkerError | None = None
        self.stop = self.asked_to_stop = False
        self._other = other
        self._on_lost = on_lost
        self._connection = connection
        self._connection.settimeout(SILENCE_SECONDS)
        # A message is small and the other waits for it: it must not wait for more to send.
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sending = threading.Lock()
        self._came: queue.SimpleQueue[Message | WorkerError] = queue.SimpleQueue()
        self._closed = threading.Event()
        for work in (self._read, self._beat):
            threading.Thread(target=work, name=f"{work.__name__} {other}", daemon=True).start()

    def send(self, message: Message) -> None:
        """Send a message.

        Args:
            message: What to tell.

        Raises:
            WorkerError: The other end is gone.
        """
        if self.lost:
            raise self.lost
        try:
            with self._sending:
                send(self._connection, message)
        except OSError as error:
            self._lose(f"its connection broke ({error.strerror or 'it takes nothing'})")
            raise self._gone() from error

    def receive(self) -> Message:
        """Wait for the next message.

        Raises:
            WorkerError: The other end is gone.
        """
        came = self._came.get()
        if isinstance(came, WorkerError):
            self._came.put(came)  # whoever asks again is told again
            raise came
        return came

    def align(self) -> None:
        """Wait until every worker is as far as this one.

        Raises:
            WorkerError: The other end is gone, or ended.
        """
        self.send(Message("ready"))
        if (told := self.receive()).what != "ready":
            raise WorkerError(str(told.facts.get("error") or f"{self._other} was interrupted before training began"))

    def dismiss(self, facts: Mapping[str, Any]) -> None:
        """Tell the other end that this is the end; that it closes the connection then is no loss.

        Args:
            facts: The `error` that ends it, or whether it was `interrupted`.
        """
        self._closed.set()
        if self.lost is None:
            with suppress(WorkerError):
                self.send(Message("end", facts))
        self._connection.close()
        self._came.put(self._gone())

    def close(self) -> None:
        """Close the connection; that of the other end tells it nothing by then."""
        self._closed.set()
        self._connection.close()

    def _gone(self) -> WorkerError:
        return self.lost or WorkerError(f"the connection to {self._other} is closed")

    def _lose(self, why: str) -> None:
        if self.lost is None and not self._closed.is_set():
            self.lost = WorkerError(
                f"{self._other} is gone: {why}; go on with 'chargen resume', on as many workers as are left"
            )
            self._came.put(self.lost)
            if self._on_lost:
                self._on_lost(self.lost)

    def _read(self) -> None:
        try:
            while True:
                message = receive(self._connection)
                if message.what == "stop":
                    self.asked_to_stop = True
                elif message.what != "alive":
                    if message.what == "end" and (why := message.facts.get("error")):
                        self.lost = WorkerError(str(why))
                    self._came.put(message)
                if message.what == "end":
                    return
        except TimeoutError:
            self._lose(f"it has given no sign of life for {SILENCE_SECONDS:g} seconds")
        except OSError as error:
            self._lose(f"its connection broke ({error.strerror or 'it ended'})")
        except ValueError as error:
            self._lose(f"what it sent is no message ({error})")

    def _beat(self) -> None:
        while not self._closed.wait(HEARTBEAT_SECONDS) and self.lost is None:
            try:
                self.send(Message("stop" if self.stop else "alive"))
            except WorkerError:
                return


def send(connection: socket.socket, message: Message) -> None:
    """Write a message to a socket.

    Args:
        connection: The socket.
        message: What to tell.

    Raises:
        OSError: The connection is broken, or the other end takes nothing.
    """
    head = json.dumps({"what": message.what, "facts": message.facts}).encode()
    # A view would be saved wrongly, and silently.
    tensors = save({key: np.ascontiguousarray(array) for key, array in message.tensors.items()})
    body = memoryview(SIZES.pack(len(head), len(tensors)) + head + tensors)
    for start in range(0, len(body), PIECE):  # the timeout is for each piece
        connection.sendall(body[start : start + PIECE])


def receive(connection: socket.socket) -> Message:
    """Read a message from a socket.

    Args:
        connection: The socket.

    Returns:
        The message.

    Raises:
        OSError: The connection is broken or at its end, or nothing comes.
        ValueError: What came is no message.
    """
    sizes = SIZES.unpack(_exactly(connection, SIZES.size))
    if sizes[0] > MOST_JSON or sizes[1] > MOST_TENSORS:
        raise ValueError(f"of {sizes[0]:,} and {sizes[1]:,} bytes")
    head, tensors = (_exactly(connection, size) for size in sizes)
    try:
        told = json.loads(head)
        arrays = load(tensors)
    except (ValueError, RecursionError, SafetensorError, KeyError) as error:
        raise ValueError("it cannot be read") from error
    if not isinstance(told, dict) or not isinstance(told.get("what"), str) or not isinstance(told.get("facts"), dict):
        raise ValueError("it has no kind")
    return Message(told["what"], told["facts"], arrays)


def _exactly(connection: socket.socket, size: int) -> bytes:
    content = bytearray()
    while len(content) < size:
        piece = connection.recv(min(size - len(content), PIECE))
        if not piece:
            raise ConnectionError
        content += piece
    return bytes(content)
