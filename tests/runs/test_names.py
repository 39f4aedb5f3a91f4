"""Names of runs stay inside the checkpoints folder, on every system."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import RunError
from chargen.runs import is_name, require_name


@pytest.mark.parametrize("name", ["alice-gru", "niña", "a.b", "x+2", "2"])
def test_names(name: str) -> None:
    assert require_name(name) == name


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "/etc", "a/b", "a\\b", "a\0", "-x", ".hidden", "con", "NUL.txt", "x.", "y" * 101]
)
def test_no_names(name: str) -> None:
    with pytest.raises(RunError, match="cannot be called"):
        require_name(name)


@given(st.text(max_size=120))
def test_a_name_is_one_part_of_a_path(name: str) -> None:
    if is_name(name):
        assert Path("folder", name).parts == ("folder", name)
        assert Path("folder", name).parent == Path("folder")
