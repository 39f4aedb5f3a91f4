"""How workers meet before training: the chief waits for all, and whoever differs is named."""

import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import TypeAlias

from chargen.cluster.link import Link, Message, receive, send
from chargen.cluster.members import MOST_WORKERS, Cluster, split_address
from chargen.config import is_count
from chargen.errors import WorkerError

# All have to come within so long; who is missing is told every so often.
PATIENCE_SECONDS = 120.0
TELL_SECONDS = 15.0
# Whoever connects says who he is at once: something else may have found the port.
GREETING_SECONDS = 5.0

OnNotice: TypeAlias = Callable[[str], None]
Facts: TypeAlias = Mapping[str, str]


@dataclass(frozen=True)
class Guest:
    """A follower that has come.

    Args:
        connection: Its socket.
        facts: What it says of its texts, options and versions.
    """

    connection: socket.socket
    facts: Facts


class Team:
    """The chief's connections to the followers; leaving its block dismisses them, and tells them why.

    Args:
        cluster: Who takes part.
        connections: The followers' sockets, by index.
    """

    def __init__(self, cluster: Cluster, connections: Mapping[int, socket.socket]) -> None:
        self.cluster = cluster
        self._links = {
            index: Link(connection, cluster.name(index), self._spread)
            for index, connection in sorted(connections.items())
        }

    def __enter__(self) -> "Team":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is not None and issubclass(kind, Exception):
            why = str(error) if isinstance(error, WorkerError) else f"{self.cluster.name(0)} ended: {error}"
            self._dismiss({"error": why[:2000]})
        else:
            self._dismiss({"interrupted": kind is KeyboardInterrupt or kind is SystemExit})

    @property
    def lost(self) -> WorkerError | None:
        """Why the team is no longer whole; None as long as it is."""
        return next((link.lost for link in self._links.values() if link.lost), None)

    @property
    def asked_to_stop(self) -> bool:
        """Whether somebody interrupted a follower."""
        return any(link.asked_to_stop for link in self._links.values())

    def tell(self, message: Message) -> None:
        """Tell every follower the same.

        Args:
            message: What to tell.

        Raises:
            WorkerError: One of them is gone.
        """
        for index in self._links:
            self.tell_one(index, message)

    def tell_one(self, index: int, message: Message) -> None:
        """Tell one follower something.

        Args:
            index: Which one.
            message: What to tell.

        Raises:
            WorkerError: It is gone.
        """
        with self._named():
            self._links[index].send(message)

    def collect(self) -> list[Message]:
        """Wait for a message from each follower, in their order.

        Raises:
            WorkerError: One of them is gone.
        """
        with self._named():
            return [link.receive() for link in self._links.values()]

    def align(self) -> None:
        """Wait until every worker is as far as this one.

        Raises:
            WorkerError: One of them is gone.
        """
        self.collect()
        self.tell(Message("ready"))

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Name whoever is gone: those that are told so are dismissed, and cannot be reached either."""
        try:
            yield
        except WorkerError as error:
            raise self.lost or error from None

    def _spread(self, error: WorkerError) -> None:
        """Tell the others at once that one is gone, whatever the chief is doing."""
        self._dismiss({"error": str(error)})

    def _dismiss(self, facts: Mapping[str, object]) -> None:
        for link in self._links.values():
            link.dismiss(facts)


def meet(cluster: Cluster, facts: Facts, towers: int, on_notice: OnNotice) -> Team:
    """Wait as the chief for all followers.

    Args:
        cluster: Who takes part.
        facts: What has to be the same everywhere, by what a user calls it.
        towers: Parts of a batch that all workers compute together; the followers are told.
        on_notice: Told who is missing while waiting.

    Returns:
        The team.

    Raises:
        WorkerError: The port is in use, somebody does not come in time, or differs.
    """
    guests: dict[int, Guest] = {}
    try:
        with _listen(cluster) as listener:
            _gather(cluster, listener, guests, on_notice)
        for index, guest in sorted(guests.items()):
            if why := _difference(cluster, index, guest.facts, facts):
                for other in guests.values():
                    _tell(other.connection, Message("end", {"error": why}))
                raise WorkerError(why)
        for index, guest in sorted(guests.items()):
            if not _tell(guest.connection, Message("welcome", {"towers": towers})):
                raise WorkerError(f"{cluster.name(index)} came and is gone again; start the same command everywhere")
    except BaseException:
        for guest in guests.values():
            guest.connection.close()
        raise
    return Team(cluster, {index: guest.connection for index, guest in guests.items()})


def join(cluster: Cluster, facts: Facts, on_notice: OnNotice) -> tuple[Link, int]:
    """Go to the chief as a follower, and wait until all are there.

    Args:
        cluster: Who takes part.
        facts: As for `meet`.
        on_notice: Told for whom it waits.

    Returns:
        The connection to the chief, and the parts of a batch that all workers compute together.

    Raises:
        WorkerError: The port is in use, the chief does not come in time, refuses, or ends.
    """
    with _listen(cluster):  # TensorFlow's own listener would say it in its own way, or share a port with another's
        pass
    connection = _connect(cluster, on_notice)
    try:
        connection.settimeout(PATIENCE_SECONDS + GREETING_SECONDS)
        send(connection, Message("join", {"worker": cluster.index, "facts": _all(cluster, facts)}))
        on_notice(f"{cluster.name(cluster.index)} of {cluster.size} follows {cluster.name(0)}")
        told = receive(connection)
    except (OSError, ValueError) as error:
        connection.close()
        raise WorkerError(f"{cluster.name(0)} ended before all workers were there; its own message says why") from error
    towers = told.facts.get("towers")
    if told.what != "welcome" or not is_count(towers):
        connection.close()
        raise WorkerError(str(told.facts.get("error")))
    return Link(connection, cluster.name(0)), int(str(towers))


def _listen(cluster: Cluster) -> socket.socket:
    """Listen at this worker's port, on all addresses as TensorFlow does later."""
    port = split_address(cluster.addresses[cluster.index])[1]
    both = socket.has_dualstack_ipv6()
    family = socket.AF_INET6 if both else socket.AF_INET
    try:
        return socket.create_server(("", port), family=family, dualstack_ipv6=both, backlog=MOST_WORKERS)
    except OSError as error:
        raise WorkerError(
            f"port {port} of {cluster.name(cluster.index)} cannot be used ({os.strerror(error.errno or 0)}); "
            "give another port, the same on every machine"
        ) from error


def _connect(cluster: Cluster, on_notice: OnNotice) -> socket.socket:
    start = time.monotonic()
    told = False
    while True:
        try:
            return socket.create_connection(split_address(cluster.addresses[0]), timeout=GREETING_SECONDS)
        except OSError as error:
            if time.monotonic() - start > PATIENCE_SECONDS:
                raise WorkerError(
                    f"{cluster.name(0)} does not answer within {PATIENCE_SECONDS:g} seconds "
                    f"({error.strerror or error}); start the same command there"
                ) from error
        if not told and time.monotonic() - start > 1:
            on_notice(f"waiting for {cluster.name(0)}")
            told = True
        time.sleep(0.2)


def _gather(cluster: Cluster, listener: socket.socket, guests: dict[int, Guest], on_notice: OnNotice) -> None:
    start = time.monotonic()
    tell = start + 1
    while missing := [cluster.name(index) for index in cluster.others if index not in guests]:
        now = time.monotonic()
        if now - start > PATIENCE_SECONDS:
            raise WorkerError(
                f"{' and '.join(missing)} did not come within {PATIENCE_SECONDS:g} seconds; "
                "start the same command there"
            )
        if now >= tell:
            on_notice(f"waiting for {' and '.join(missing)}")
            tell = now + TELL_SECONDS
        listener.settimeout(1)
        with suppress(TimeoutError):
            _greet(cluster, listener.accept()[0], guests)


def _greet(cluster: Cluster, connection: socket.socket, guests: dict[int, Guest]) -> None:
    """Hear who comes; what is no worker is sent away, and nobody else hears of it."""
    try:
        connection.settimeout(GREETING_SECONDS)
        hello = receive(connection)
    except (OSError, ValueError):
        connection.close()
        return
    index, facts = hello.facts.get("worker"), hello.facts.get("facts")
    if hello.what != "join" or not isinstance(index, int) or not isinstance(facts, dict):
        connection.close()
    elif index not in cluster.others:
        right = f"--worker 1 to {cluster.size - 1}"
        _tell(
            connection, Message("end", {"error": f"--worker is {index}, which {cluster.name(0)} has not; give {right}"})
        )
        connection.close()
    elif index in guests and _is_there(guests[index].connection):
        _tell(connection, Message("end", {"error": f"{cluster.name(index)} is there already; give another --worker"}))
        connection.close()
    else:
        guests[index] = Guest(connection, {str(key): str(value) for key, value in facts.items()})


def _is_there(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
    finally:
        connection.settimeout(GREETING_SECONDS)


def _tell(connection: socket.socket, message: Message) -> bool:
    try:
        send(connection, message)
    except OSError:
        return False
    return _is_there(connection)


def _all(cluster: Cluster, facts: Facts) -> Facts:
    return {"--workers": ",".join(cluster.addresses), **facts}


def _difference(cluster: Cluster, index: int, theirs: Facts, ours: Facts) -> str | None:
    ours = _all(cluster, ours)
    for name in [*ours, *(name for name in theirs if name not in ours)]:
        if theirs.get(name) != ours.get(name):
            values = (f"{facts.get(name, 'none')}"[:200] for facts in (theirs, ours))
            return (
                f"{cluster.name(index)} has {name} {next(values)}, {cluster.name(0)} has {next(values)}; "
                "give all the same texts, options and versions"
            )
    return None
