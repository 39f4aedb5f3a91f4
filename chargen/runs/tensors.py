"""Tensors on disk: the one reader and writer of safetensors."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from chargen.errors import DamagedRunError, SaveError
from chargen.types import Tensors


def pack(tensors: Tensors, metadata: Mapping[str, str] | None = None) -> bytes:
    """Write tensors as safetensors, and check that they read back the same.

    A view is copied first: safetensors writes a view's whole buffer in the wrong order and says nothing.

    Args:
        tensors: Arrays by key.
        metadata: Texts by key that go with them; a run's own files have none.

    Returns:
        The file's content.

    Raises:
        SaveError: What reads back differs.
    """
    from safetensors.numpy import load, save

    contiguous = {key: np.array(tensor, order="C", copy=True) for key, tensor in tensors.items()}
    content = save(contiguous, None if metadata is None else dict(metadata))
    again = load(content)
    same = again.keys() == tensors.keys() and all(
        np.array_equal(again[key], tensor, equal_nan=True) for key, tensor in tensors.items()
    )
    if not same:
        raise SaveError("the tensors to be saved do not read back the same; nothing was written: report this")
    return content


def read_tensors(path: Path) -> Tensors:
    """Read a safetensors file through a memory map.

    Args:
        path: The file.

    Returns:
        Arrays by key.

    Raises:
        DamagedRunError: It is missing, or no safetensors.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return dict(load_file(path))
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedRunError(f"{path} is not a safetensors file ({error}); restore it from a copy") from error
