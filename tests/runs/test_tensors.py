"""Tensors survive the disk, views too, and nothing else is taken for them."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import DamagedRunError
from chargen.runs.tensors import pack, unpack

PATH = Path("weights.safetensors")


def test_views_come_back_as_they_were() -> None:
    whole = np.arange(12, dtype=np.float32).reshape(3, 4)
    tensors = {"transposed": whole.T, "strided": whole[::2, 1::2], "reversed": whole[::-1], "empty": whole[:0]}
    again = unpack(pack(tensors), PATH)
    assert again.keys() == tensors.keys()
    for key, tensor in tensors.items():
        assert np.array_equal(again[key], tensor)


def test_not_a_number_survives() -> None:
    again = unpack(pack({"x": np.array([np.nan, np.inf])}), PATH)
    assert np.isnan(again["x"][0])


@given(st.binary(max_size=200))
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(DamagedRunError, match=r"weights.safetensors is not a safetensors file"):
        unpack(content, PATH)


def test_truncation_is_found() -> None:
    content = pack({"x": np.ones(100)})
    with pytest.raises(DamagedRunError):
        unpack(content[:-1], PATH)
