"""Tensors survive the disk, views too, and nothing else is taken for them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import DamagedRunError
from chargen.runs.tensors import pack, read_tensors
from chargen.types import Tensors


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("run") / "weights.safetensors"


def read(path: Path, content: bytes) -> Tensors:
    path.write_bytes(content)
    return read_tensors(path)


def test_views_come_back_as_they_were(path: Path) -> None:
    whole = np.arange(12, dtype=np.float32).reshape(3, 4)
    tensors = {"transposed": whole.T, "strided": whole[::2, 1::2], "reversed": whole[::-1], "empty": whole[:0]}
    again = read(path, pack(tensors))
    assert again.keys() == tensors.keys()
    for key, tensor in tensors.items():
        assert np.array_equal(again[key], tensor)


def test_not_a_number_survives(path: Path) -> None:
    again = read(path, pack({"x": np.array([np.nan, np.inf])}))
    assert np.isnan(again["x"][0])


@given(content=st.binary(max_size=200))
def test_anything_else_is_refused(path: Path, content: bytes) -> None:
    with pytest.raises(DamagedRunError, match=r"weights.safetensors is not a safetensors file"):
        read(path, content)


@given(
    key=st.sampled_from(["x", "y"]),
    described=st.fixed_dictionaries(
        {},
        optional={
            "dtype": st.sampled_from(["F32", "F16", "BF16", "I64", "BOOL", "F8_E4M3", "X", 3]),
            "shape": st.lists(st.sampled_from([0, 1, 2, 3, 2**40, 2**64, -1, 1.5]), max_size=4),
            "data_offsets": st.lists(st.sampled_from([0, 4, 8, 24, 2**40, 2**64, -1]), max_size=3),
        },
    ),
)
def test_a_header_that_lies_is_refused(path: Path, key: str, described: dict[str, Any]) -> None:
    content = pack({"x": np.ones((2, 3), np.float32), "y": np.ones(2, np.float32)})
    end = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:end])
    header[key] |= described
    lie = json.dumps(header).encode()
    try:
        tensors = read(path, len(lie).to_bytes(8, "little") + lie + content[end:])
    except DamagedRunError:
        return
    assert sum(tensor.nbytes for tensor in tensors.values()) == 32


@pytest.mark.parametrize("claimed", [0, 2**20, 2**31, 2**63, 2**64 - 1])
def test_a_header_of_a_giant_length_takes_no_memory(path: Path, claimed: int) -> None:
    with pytest.raises(DamagedRunError):
        read(path, claimed.to_bytes(8, "little") + pack({"x": np.ones(3)})[8:])


def test_truncation_is_found(path: Path) -> None:
    content = pack({"x": np.ones(100)})
    with pytest.raises(DamagedRunError):
        read(path, content[:-1])


def test_a_missing_file(path: Path) -> None:
    with pytest.raises(DamagedRunError, match=r"missing.safetensors"):
        read_tensors(path.with_name("missing.safetensors"))
