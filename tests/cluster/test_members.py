"""Who takes part: TF_CONFIG as TensorFlow reads it, --workers, and what makes no sense."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.cluster import Cluster, find_cluster
from chargen.errors import ChargenError, OptionError, UsageError

NAMES = st.from_regex(r"[a-z][a-z0-9.-]{0,12}", fullmatch=True)
ADDRESSES = st.lists(
    st.builds("{}:{}".format, NAMES | st.just("[::1]") | st.just("10.0.0.7"), st.integers(1, 65535)),
    min_size=2,
    max_size=9,
    unique=True,
)


def config(cluster: object, task: object) -> dict[str, str]:
    return {"TF_CONFIG": json.dumps({"cluster": cluster, "task": task})}


@given(ADDRESSES, st.data())
def test_both_ways_to_name_workers_say_the_same(addresses: list[str], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(addresses) - 1))
    expected = Cluster(tuple(addresses), index)
    listed = ", ".join(addresses)
    told = config({"worker": addresses}, {"type": "worker", "index": index})
    assert find_cluster(listed, index, {}) == expected
    assert find_cluster(None, None, told) == expected
    assert find_cluster(listed, None, told) == find_cluster(None, index, told) == expected
    role = {"type": "chief", "index": 0} if index == 0 else {"type": "worker", "index": index - 1}
    assert find_cluster(None, None, config({"chief": addresses[:1], "worker": addresses[1:]}, role)) == expected


def test_nobody_else_is_one_process_alone() -> None:
    alone = config({"worker": ["a:1"]}, {"type": "worker", "index": 0})
    assert find_cluster(None, None, {}) is find_cluster(None, None, {"TF_CONFIG": " "}) is None
    assert find_cluster(None, None, {"TF_CONFIG": "{}"}) is find_cluster(None, None, alone) is None


def test_a_worker_is_found_by_its_host() -> None:
    # 203.0.113.0/24 is for documentation: no machine has such an address.
    found = find_cluster("203.0.113.1:3400,127.0.0.1:3400", None, {})
    assert found is not None
    assert found.index == 1
    with pytest.raises(UsageError, match=r"none of the --workers is this machine; say which .* --worker 0 to 1"):
        find_cluster("203.0.113.1:3400,203.0.113.2:3400", None, {})
    with pytest.raises(UsageError, match="2 of the --workers are this machine"):
        find_cluster("127.0.0.1:3400,127.0.0.1:3401", None, {})


@pytest.mark.parametrize(
    ("workers", "worker", "told"),
    [
        ("a:1", 0, "two or more"),
        ("a:1,b", 0, "address 'b'; it takes host:port"),
        ("a:1,b:70000", 0, "address 'b:70000'"),
        ("a:1,a:1", 0, "a:1 twice"),
        ("a:1,b:2", 2, "--worker is 2; with 2 --workers it takes 0 to 1"),
        (None, 1, "--worker is 1, and TF_CONFIG names no workers"),
        (",".join(f"n{number}:1" for number in range(65)), 0, "65 workers; it takes 64"),
    ],
)
def test_wrong_workers_are_refused(workers: str | None, worker: int, told: str) -> None:
    with pytest.raises(OptionError, match=told):
        find_cluster(workers, worker, {})


TASK = {"type": "worker", "index": 0}


@pytest.mark.parametrize(
    ("cluster", "task", "told"),
    [
        ({"worker": ["a:1", "b:1"]}, {"type": "worker", "index": 2}, "task index 2 for 2 of the role worker"),
        ({"worker": ["a:1", "b:1"]}, {"type": "worker"}, "task index None"),
        ({"worker": ["a:1", "b:1"]}, {"type": "worker", "index": True}, "task index True"),
        ({"worker": ["a:1", "b:1"]}, {"type": "evaluator", "index": 0}, "the role 'evaluator'"),
        ({"worker": ["a:1"], "ps": ["b:1"]}, TASK, "the role 'ps'"),
        ({"chief": ["a:1", "b:1"]}, {"type": "chief", "index": 0}, "2 chiefs"),
        ({"worker": "a:1"}, TASK, "TF_CONFIG is .*; it takes {"),
        ({"worker": [7, "a:1"]}, TASK, "the address 7"),
        ([], TASK, "TF_CONFIG is"),
    ],
)
def test_a_wrong_tf_config_is_refused(cluster: object, task: object, told: str) -> None:
    with pytest.raises(OptionError, match=told):
        find_cluster(None, None, config(cluster, task))


def test_what_contradicts_itself_is_refused() -> None:
    told = config({"worker": ["a:1", "b:1"]}, {"type": "worker", "index": 1})
    with pytest.raises(UsageError, match="--workers is a:1,c:1, TF_CONFIG has a:1,b:1"):
        find_cluster("a:1,c:1", None, told)
    with pytest.raises(UsageError, match="--worker is 0, TF_CONFIG says 1"):
        find_cluster("a:1,b:1", 0, told)
    with pytest.raises(UsageError, match="--worker is 0, and TF_CONFIG says that this is worker 1"):
        find_cluster(None, 0, told)


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["cluster", "task", "worker", "chief", "type", "index"]), inner, max_size=4)
    ),
)


@given(st.text(max_size=50) | JSON.map(json.dumps))
def test_any_tf_config_is_read_or_refused(text: str) -> None:
    with suppress(ChargenError):
        find_cluster(None, None, {"TF_CONFIG": text})


def test_towers_are_shared_evenly() -> None:
    cluster = Cluster(("a:1", "b:1", "c:1"), 0)
    assert [cluster.towers(asked) for asked in (1, 2, 3, 4)] == [3, 3, 3, 6]
