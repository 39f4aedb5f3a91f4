"""Plans in TOML files."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import ChargenError
from chargen.sweep.reading import read_plan

PLAN = """
[sweep]
series = "sunspots"
method = "random"
trials = 20
seeds = 3
[options]
batch-size = 16
scaler_range = [0, 15]
[grid]
cell = ["lstm", "gru"]
learning_rate = {low = 0.0005, high = 0.01, log = true}
"""


def test_a_plan_is_what_a_sweep_is_made_from(tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(PLAN)
    assert read_plan(path) == {
        "corpus": None,
        "series": "sunspots",
        "random": 20,
        "seeds": 3,
        "batch_size": 16,
        "scaler_range": (0, 15),
        "grid": {"cell": ["lstm", "gru"], "learning_rate": {"low": 0.0005, "high": 0.01, "log": True}},
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[sweep", "is not TOML"),
        ("[swep]", r"unknown 'swep' \(did you mean 'sweep'\?\)"),
        ("[sweep]\ntrails = 3", r"unknown 'trails' \(did you mean 'trials'\?\)"),
        ("grid = 3", "grid is 3; it takes a table"),
        ("[sweep]\nmethod = 'best'", "method is 'best'; it takes grid or random"),
        ("[sweep]\nmethod = 'random'", "trials are not given"),
        ("[sweep]\nmethod = 'grid'\ntrials = 3", "trials are given"),
        ("[sweep]\nname = 3", "name is 3"),
        ("[options]\ncorpora = 'x'", "corpora is no option of training"),
    ],
)
def test_what_is_wrong_is_told(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "plan.toml"
    path.write_text(text)
    with pytest.raises(ChargenError, match=message):
        read_plan(path)
    with pytest.raises(ChargenError, match="cannot read"):
        read_plan(tmp_path)


@given(content=st.binary(max_size=60) | st.text("[]sweepgrid=\"'{}\n ,.1", max_size=60).map(str.encode))
def test_any_file_is_a_plan_or_an_error(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(content)
    with suppress(ChargenError):
        assert read_plan(path).keys() >= {"corpus", "grid"}
