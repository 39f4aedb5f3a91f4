"""All come or somebody is named: on loopback, each worker in a thread."""

import re
import socket
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chargen.cluster import Cluster, Message, Team, join, meet
from chargen.cluster import meeting as module
from chargen.errors import WorkerError
from tests.cluster.ports import free_addresses

SAME = {"text 1": "sha256 ab", "--units": "8"}


def together(facts: Sequence[Mapping[str, str]], notices: list[str], addresses: tuple[str, ...] = ()) -> list[Any]:
    """What each worker gets, the chief first: its team or link, or the error that it meets."""
    cluster = addresses or free_addresses(len(facts))

    def work(index: int) -> Any:
        try:
            if index == 0:
                return meet(Cluster(cluster, 0), facts[0], 6, notices.append)
            return join(Cluster(cluster, index), facts[index], notices.append)
        except WorkerError as error:
            return str(error)

    with ThreadPoolExecutor(len(facts)) as pool:
        return list(pool.map(work, range(len(facts))))


def test_all_meet_and_train_together() -> None:
    team, *joined = together([SAME] * 3, [])
    assert isinstance(team, Team)
    with team:
        team.tell(Message("epoch"))
        for index, (link, towers) in enumerate(joined, start=1):
            assert towers == 6
            assert link.receive().what == "epoch"
            link.send(Message("carry", {"mine": index}))
        assert [told.facts["mine"] for told in team.collect()] == [1, 2]
        joined[0][0].close()
        told = joined[1][0].receive()
        assert "worker 1" in told.facts["error"]
        assert "worker 1" in str(team.lost)
    joined[1][0].close()


def test_the_one_that_is_gone_is_named_whoever_is_waited_for() -> None:
    team, *joined = together([SAME] * 3, [])
    with team:
        joined[1][0].close()
        for wait in (team.collect, lambda: team.tell(Message("run"))):
            with pytest.raises(WorkerError, match=r"worker 2 \(.*\) is gone"):
                wait()
    joined[0][0].close()


def test_whoever_leaves_at_the_end_is_no_loss_to_the_others() -> None:
    team, *joined = together([SAME] * 4, [])
    leaving = threading.Thread(target=lambda: (joined[0][0].receive(), joined[0][0].close()))
    leaving.start()
    with team:
        pass
    leaving.join()
    assert [link.receive().facts for link, _ in joined[1:]] == [{"interrupted": False}] * 2
    assert team.lost is None
    for link, _ in joined[1:]:
        link.close()


@pytest.mark.parametrize(
    ("differs", "told"),
    [
        ({"--units": "9"}, "has --units 9, the chief, .* has 8;"),
        ({"text 1": "sha256 cd"}, "has text 1 sha256 cd"),
        ({"text 2": "sha256 cd"}, "has text 2 sha256 cd, the chief, .* has none"),
    ],
)
def test_whoever_differs_is_named_on_every_machine(differs: dict[str, str], told: str) -> None:
    for line in together([SAME, SAME | differs, SAME], []):
        assert isinstance(line, str)
        assert line.startswith("worker 1 (127.0.0.1:")
        assert re.search(told, line)


def test_who_is_missing_is_told_while_waiting_and_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 1.2)
    addresses, notices = free_addresses(2), list[str]()
    with pytest.raises(WorkerError, match=r"worker 1 \(.*\) did not come within 1.2 seconds"):
        meet(Cluster(addresses, 0), SAME, 2, notices.append)
    assert notices == [f"waiting for worker 1 ({addresses[1]})"]
    with pytest.raises(WorkerError, match=r"the chief, worker 0 \(.*\) does not answer within 1.2 seconds"):
        join(Cluster(addresses, 1), SAME, notices.append)


def test_strangers_are_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 1.2)
    addresses = free_addresses(2)
    host, port = addresses[0].split(":")

    def knock() -> bytes:
        with socket.create_connection((host, int(port)), timeout=5) as stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\nHost: chargen\r\n\r\n")
            return stranger.recv(9)

    def wait(_: str) -> None:
        knocks.append(pool.submit(knock))

    knocks: list[Any] = []
    with ThreadPoolExecutor(1) as pool:
        with pytest.raises(WorkerError, match="did not come"):
            meet(Cluster(addresses, 0), SAME, 2, wait)
        assert knocks[0].exception() or knocks[0].result() == b""


def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("", 0)) as taken:
        addresses = (f"127.0.0.1:{taken.getsockname()[1]}", "127.0.0.1:1")
        with pytest.raises(WorkerError, match=r"port \d+ of the chief.* cannot be used \(Address already in use\)"):
            meet(Cluster(addresses, 0), SAME, 2, print)
