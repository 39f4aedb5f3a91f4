"""Hostile JSON: one that parses in odd ways, or nearly one."""

import json
from typing import Any

from fuzzing.choices import Choices

# As JSON text, so that it may be what no JSON writer writes.
HOSTILE = (
    *("0", "-1", "1", "2", "3", "8", "1.0", "0.5", "-0.0", "1e-400", "1e308", "1e400", "-1e400", "NaN", "Infinity"),
    *("1000000", "2147483648", "9223372036854775808", "1" + "0" * 18, "1" + "0" * 400, "1" + "0" * 5000),
    *("true", "false", "null", '""', '"a"', '"ab"', '"\\ud800"', '"\\u0000"', '"\\u001b[31m"', '"[red]"', '"NaN"'),
    *('"../../x"', '"/dev/zero"', '"classic"', '"lstm"', '"rnn"', '"relu"', '"test"', '"validation"', '"drop"'),
    *("[]", "{}", "[[]]", "[0]", "[null]", "[1e400, NaN]", '{"a": 1}', '[{"iteration": 1}]'),
    *("[" * 100_000, '"' + "x" * 100_000 + '"', "[" + "0," * 100_000 + "0]", "", ",", "}"),
)
_MARK = "\ue000"  # a character that no file has


def mutate_json(content: bytes, data: Choices) -> bytes:
    """Make a JSON file hostile.

    Args:
        content: The file as it should be.
        data: Chooses how.

    Returns:
        The file as a stranger may write it.
    """
    way = data.number(0, 9)
    if way == 0:
        return data.take(4096)
    if way == 1:
        return _overwritten(content, data)
    for _ in range(data.number(1, 3)):
        try:
            content = _spliced(json.loads(content), data)
        except (ValueError, RecursionError):  # the last change left no JSON
            break
    return content


def _overwritten(content: bytes, data: Choices) -> bytes:
    start = data.number(0, len(content))
    gone = data.number(0, 8)
    new = data.take(8) if data.flag() else data.pick(HOSTILE).encode()
    return content[:start] + bytes(new) + content[start + gone :]


def _spliced(document: Any, data: Choices) -> bytes:
    places = [(None, None), *_places(document)]
    container, key = data.pick(places)
    raw, way = data.pick(HOSTILE), data.number(0, 5)
    if container is None:
        return str(raw).encode(errors="surrogatepass")
    if way == 0:
        del container[key]
        return json.dumps(document).encode()
    old = json.dumps(container[key])
    container[key] = _MARK
    # The key twice: the later one wins.
    new = f'{old}, "{key}": {raw}' if way == 1 and isinstance(key, str) else f"{old}, {raw}" if way == 1 else raw
    return json.dumps(document).replace(json.dumps(_MARK), new, 1).encode(errors="surrogatepass")


def _places(value: Any) -> list[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else []
    return [place for key in keys for place in [(value, key), *_places(value[key])]]
