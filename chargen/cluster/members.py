"""Who takes part: from TensorFlow's own convention TF_CONFIG, or from a list of addresses."""

import json
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chargen.config import is_whole
from chargen.errors import OptionError, UsageError

# A worker takes a tower at least, and `TrainConfig` has no more.
MOST_WORKERS = 64
MOST_CHARACTERS = 65536
# A name or an IPv4 address, or an IPv6 address in brackets; then a port.
ADDRESS = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9._-]+)):(?P<port>[0-9]{1,5})", re.ASCII)


@dataclass(frozen=True)
class Cluster:
    """The machines that train together; the chief, worker 0, leads and alone writes.

    Args:
        addresses: `host:port` of each worker.
        index: Which of them this process is.
    """

    addresses: tuple[str, ...]
    index: int

    @property
    def size(self) -> int:
        """How many workers take part."""
        return len(self.addresses)

    @property
    def others(self) -> list[int]:
        """Every worker but this one."""
        return [index for index in range(self.size) if index != self.index]

    def name(self, index: int) -> str:
        """Name a worker for a message."""
        return f"{'the chief, ' if index == 0 else ''}worker {index} ({self.addresses[index]})"

    def towers(self, asked: int) -> int:
        """Round the parts of a batch up so that every worker computes the same number of them.

        Args:
            asked: Parts that one machine would compute.

        Returns:
            The next multiple of the number of workers.
        """
        return -(-asked // self.size) * self.size


def find_cluster(workers: str | None, worker: int | None, environment: Mapping[str, str]) -> Cluster | None:
    """Find out who takes part.

    Args:
        workers: `host:port,host:port…`, the chief first.
        worker: Which of them this process is; found by its host when left out.
        environment: Where TF_CONFIG may be.

    Returns:
        The cluster; None where one process trains alone.

    Raises:
        OptionError: An address or TF_CONFIG makes no sense.
        UsageError: `workers` contradicts TF_CONFIG, or which worker this process is cannot be told.
    """
    told = _from_environment(environment.get("TF_CONFIG", ""))
    if workers is None:
        if worker is not None and (told is None or told.index != worker):
            known = "TF_CONFIG names no workers" if told is None else f"TF_CONFIG says that this is worker {told.index}"
            raise UsageError(f"--worker is {worker}, and {known}; name all workers with --workers host:port,host:port")
        return told if told and told.size > 1 else None
    addresses = tuple(_address(text.strip(), "--workers") for text in workers.split(","))
    _require_several(addresses, "--workers")
    if len(addresses) < 2:
        raise UsageError(
            f"--workers is {workers!r}; it takes two or more, the same list on each machine, the chief first"
        )
    if told and told.addresses != addresses:
        raise UsageError(
            f"--workers is {','.join(addresses)}, TF_CONFIG has {','.join(told.addresses)}; leave one of them out"
        )
    if told and worker not in (None, told.index):
        raise UsageError(f"--worker is {worker}, TF_CONFIG says {told.index}; leave one of them out")
    index = told.index if told else _index(addresses, worker)
    return Cluster(addresses, index)


def split_address(address: str) -> tuple[str, int]:
    """Split `host:port`, which `find_cluster` has checked."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def _index(addresses: tuple[str, ...], worker: int | None) -> int:
    if worker is not None:
        if not 0 <= worker < len(addresses):
            raise UsageError(
                f"--worker is {worker}; with {len(addresses)} --workers it takes 0 to {len(addresses) - 1}"
            )
        return worker
    ours = [index for index, address in enumerate(addresses) if _is_ours(split_address(address)[0])]
    if len(ours) == 1:
        return ours[0]
    which = "none" if not ours else f"{len(ours)}"
    raise UsageError(
        f"{which} of the --workers {'is' if len(ours) < 2 else 'are'} this machine; say which one this process is "
        f"with --worker 0 to {len(addresses) - 1}, a number counted from the chief, 0"
    )


def _is_ours(host: str) -> bool:
    """Tell whether a host is this machine: only its own addresses can be listened at."""
    try:
        found = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return False
    for family, kind, protocol, _, where in found:
        try:
            with socket.socket(family, kind, protocol) as probe:
                probe.bind(where)
        except OSError:
            continue
        return True
    return False


def _from_environment(text: str) -> Cluster | None:
    """Read TF_CONFIG, as tf.distribute.cluster_resolver.TFConfigClusterResolver describes it; None when it is empty."""
    if not text.strip():
        return None
    example = '{"cluster": {"worker": ["host:port", "host:port"]}, "task": {"type": "worker", "index": 0}}'
    try:
        config = json.loads(text) if len(text) <= MOST_CHARACTERS else None
    except (ValueError, RecursionError) as error:
        raise OptionError(f"TF_CONFIG is not JSON ({error}); it takes {example}") from error
    jobs = config.get("cluster", {}) if isinstance(config, dict) else None
    task = config.get("task", {}) if isinstance(config, dict) else None
    if not isinstance(jobs, dict) or not isinstance(task, dict) or not all(map(_is_list, jobs.values())):
        raise OptionError(f"TF_CONFIG is {_short(text)}; it takes {example}")
    if not jobs:
        return None
    for job in [*jobs, task.get("type")]:
        if job not in ("chief", "worker"):
            raise OptionError(f"TF_CONFIG has the role {_short(job)}; chargen trains with a chief and workers only")
    members = [(role, index, text) for role in ("chief", "worker") for index, text in enumerate(jobs.get(role, []))]
    addresses = tuple(_address(text, "TF_CONFIG") for _, _, text in members)
    _require_several(addresses, "TF_CONFIG")
    if len(jobs.get("chief", [])) > 1:
        raise OptionError(f"TF_CONFIG has {len(jobs['chief'])} chiefs; it takes one")
    role: str = task["type"]
    index = task.get("index")
    count = len(jobs.get(role, []))
    if not isinstance(index, int) or not is_whole(index) or index >= count:
        raise OptionError(f"TF_CONFIG has the task index {_short(index)} for {count} of the role {role}; count from 0")
    return Cluster(addresses, [member[:2] for member in members].index((role, index)))


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _address(text: object, where: str) -> str:
    found = ADDRESS.fullmatch(text) if isinstance(text, str) else None
    if found is None or not 1 <= int(found["port"]) <= 65535:
        raise OptionError(f"{where} has the address {_short(text)}; it takes host:port, such as node1:3400")
    return str(text)


def _require_several(addresses: tuple[str, ...], where: str) -> None:
    if twice := sorted({address for address in addresses if addresses.count(address) > 1}):
        raise OptionError(f"{where} has {twice[0]} twice; each worker needs a port of its own")
    if len(addresses) > MOST_WORKERS:
        raise OptionError(f"{where} has {len(addresses)} workers; it takes {MOST_WORKERS} at most")


def _short(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 120 else f"{shown[:120]}…"
