"""Tensors survive the disk, views too, and nothing else is taken for them."""

from pathlib import Path

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


def test_truncation_is_found(path: Path) -> None:
    content = pack({"x": np.ones(100)})
    with pytest.raises(DamagedRunError):
        read(path, content[:-1])


def test_a_missing_file(path: Path) -> None:
    with pytest.raises(DamagedRunError, match=r"missing.safetensors"):
        read_tensors(path.with_name("missing.safetensors"))
