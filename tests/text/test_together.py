"""What several machines agree on: texts, options and versions, in words that a user knows, however many texts."""

import json
from collections.abc import Callable
from typing import Any

from chargen import Run
from chargen.cluster.link import MOST_JSON
from chargen.text.together import facts


def test_facts_tell_what_differs(untrained: Callable[..., Run]) -> None:
    header = untrained().folder.header()
    found = facts(header)
    assert found["--units"] == "6"
    assert found["text 1"].startswith(f"sha256 {header['corpus']['documents'][0]['sha256'][:16]}")
    others = [facts(untrained(**options).folder.header()) for options in ({"units": 7}, {"lowercase": True})]
    changed = [{name for name in found if found[name] != other[name]} for other in others]
    assert changed[0] == {"--units"}
    assert {"--lowercase", "the number of distinct characters"} <= changed[1]
    # A machine's cores and what only the chief does are its own affair.
    assert facts(untrained(towers=2, temperature=(0.1,), keep=3).folder.header()) == found


def test_facts_of_many_texts_fit_a_message(untrained: Callable[..., Run]) -> None:
    header: dict[str, Any] = untrained().folder.header()
    document = header["corpus"]["documents"][0]
    header["corpus"]["documents"] = [document | {"sha256": f"{number:064}"} for number in range(50_000)]
    found = facts(header)
    assert len(json.dumps(found)) < MOST_JSON / 4
    header["corpus"]["documents"][-1] = document
    assert {name for name, value in facts(header).items() if found[name] != value} == {"the texts altogether"}
