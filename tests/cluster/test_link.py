"""Messages pass as they are, strangers' bytes are refused, and whoever is gone is noticed."""

import socket
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.cluster import Link, Message
from chargen.cluster import link as module
from chargen.cluster.link import receive, send
from chargen.errors import WorkerError


def pair() -> tuple[socket.socket, socket.socket]:
    """Two connected sockets."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = socket.create_connection(listener.getsockname())
        return one, listener.accept()[0]


def test_messages_come_whole_and_in_order() -> None:
    with Ends() as (one, other):
        tensors = {"weights/a": np.arange(6, dtype=np.float32).reshape(2, 3).T, "empty": np.zeros((0, 2), np.float32)}
        one.send(Message("start", {"batches": 7}, tensors))
        one.send(Message("run"))
        told = other.receive()
        assert (told.what, told.facts) == ("start", {"batches": 7})
        assert told.tensors.keys() == tensors.keys()
        assert all(np.array_equal(told.tensors[key], tensors[key]) for key in tensors)
        assert other.receive().what == "run"


@given(st.binary(max_size=80))
def test_any_bytes_are_a_message_or_refused(content: bytes) -> None:
    one, other = pair()
    with one, other:
        one.sendall(content)
        one.shutdown(socket.SHUT_WR)
        with pytest.raises((OSError, ValueError)):
            receive(other)


def test_an_end_without_farewell_is_told_to_whoever_waits() -> None:
    told: list[WorkerError] = []
    one, other = pair()
    link = Link(one, "worker 1 (b:2)", told.append)
    other.close()
    for _ in range(2):
        with pytest.raises(WorkerError, match=r"worker 1 \(b:2\) is gone: its connection broke .*chargen resume"):
            link.receive()
    with pytest.raises(WorkerError):
        link.send(Message("run"))
    assert told == [link.lost]
    link.close()


def test_a_farewell_is_no_loss_and_an_error_is_its_own_reason() -> None:
    for facts, lost in (({}, "None"), ({"error": "worker 2 is gone"}, "worker 2 is gone")):
        one, other = pair()
        link = Link(one, "the chief")
        send(other, Message("end", facts))
        other.close()
        assert link.receive().what == "end"
        assert str(link.lost) == lost
        link.close()


def test_a_machine_that_vanishes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SILENCE_SECONDS", 0.2)
    one, other = pair()
    link = Link(one, "worker 1 (b:2)")
    with other, pytest.raises(WorkerError, match=r"no sign of life for 0.2 seconds"):
        link.receive()
    link.close()


def test_a_handler_can_ask_the_other_end_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 0.01)
    with Ends() as (one, other):
        assert not other.asked_to_stop
        one.stop = True
        until = time.monotonic() + 20
        while not other.asked_to_stop and time.monotonic() < until:
            time.sleep(0.01)
        assert other.asked_to_stop


class Ends:
    """Two links, closed in the end."""

    def __enter__(self) -> tuple[Link, Link]:
        one, other = pair()
        self._links = Link(one, "the other"), Link(other, "the one")
        return self._links

    def __exit__(self, *_: object) -> None:
        for link in self._links:
            link.close()
