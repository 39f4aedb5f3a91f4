"""Hostile safetensors: an honest header's length, a header in JSON, the numbers; each of them a lie."""

import json

import numpy as np
from safetensors.numpy import load, save

from fuzzing.choices import Choices
from fuzzing.values import mutate_json

_DTYPES = ("F16", "BF16", "F64", "I8", "U8", "I32", "I64", "U64", "BOOL", "F8_E4M3", "F8_E5M2", "F4", "C64", "X", "")
_SHAPES: tuple[object, ...] = (
    [],
    [0],
    [1],
    [2**40],
    [2**40, 0],
    [2**63, 2**63],
    [-1],
    [1.5],
    ["3"],
    None,
    [1] * 70,
    [3, 3],
)


def mutate_tensors(content: bytes, data: Choices) -> bytes:
    """Make a safetensors file hostile.

    Args:
        content: The file as it should be.
        data: Chooses how.

    Returns:
        The file as a stranger may write it.
    """
    ways = [_raw, _lengths, _headers, _relabelled, _cast, _odd_numbers, _other_keys]
    return bytes(data.pick(ways)(content, data))


def _raw(content: bytes, data: Choices) -> bytes:
    start, gone = data.number(0, len(content)), data.number(0, 64)
    return content[:start] + data.take(64) + content[start + gone :]


def _lengths(content: bytes, data: Choices) -> bytes:
    claimed = data.pick([0, 1, 2**20, 100_000_001, 2**31, 2**40, 2**63, 2**64 - 1, len(content)])
    return int(claimed).to_bytes(8, "little") + content[8:]


def _headers(content: bytes, data: Choices) -> bytes:
    header, body = _split(content)
    return _joined(mutate_json(header, data), body)


def _relabelled(content: bytes, data: Choices) -> bytes:
    """Change what the header says of a tensor, perhaps to something that fits."""
    header, body = _split(content)
    described = json.loads(header)
    key = data.pick(sorted(described))
    if data.flag():
        described[key]["dtype"] = data.pick(_DTYPES)
    if data.flag():
        described[key]["shape"] = data.pick(_SHAPES)
    if data.flag():
        described[key]["data_offsets"] = [data.number(0, 99), data.number(0, 2**62)]
    return _joined(json.dumps(described).encode(), body)


def _cast(content: bytes, data: Choices) -> bytes:
    """Save the right tensors in another type, some or all, or in another shape."""
    kind = data.pick([np.float16, np.float64, np.int8, np.int64, np.uint8, np.bool_, np.complex64])
    every = data.flag()
    tensors = load(content)
    keys = sorted(tensors) if every else [data.pick(sorted(tensors))]
    for key in keys:
        tensors[key] = tensors[key].astype(kind)
    if data.flag():
        tensors[keys[0]] = data.pick([tensors[keys[0]].reshape(-1), tensors[keys[0]].ravel()[0:1].reshape(())])
    return bytes(save(tensors))


def _odd_numbers(content: bytes, data: Choices) -> bytes:
    value = data.pick([np.nan, np.inf, -np.inf, 3e38, -3e38, 1e-45, 0.0, data.real()])
    tensors = load(content)
    with np.errstate(over="ignore"):
        for key in sorted(tensors) if data.flag() else [data.pick(sorted(tensors))]:
            tensors[key] = np.full_like(tensors[key], value)
    return bytes(save(tensors))


def _other_keys(content: bytes, data: Choices) -> bytes:
    tensors = load(content)
    gone = data.pick(["", *sorted(tensors)])
    new = data.pick(["", "layers.2.kernel", "readout.kernel", "layers.99999999999.kernel", "é", "../x", "\0"])
    kept = {key: value for key, value in tensors.items() if key != gone}
    return bytes(save(kept | {new: np.zeros(3, np.float32)} if data.flag() else kept))


def _split(content: bytes) -> tuple[bytes, bytes]:
    end = 8 + int.from_bytes(content[:8], "little")
    return content[8:end], content[end:]


def _joined(header: bytes, body: bytes) -> bytes:
    return len(header).to_bytes(8, "little") + header + body
