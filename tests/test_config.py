"""Settings that come from a file: whatever it holds, they are valid or refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.config import from_json, is_count, is_number, is_whole
from chargen.errors import DamagedRunError
from chargen.network import ModelConfig
from chargen.series.scaling import ScalingConfig
from chargen.text.normalise import Normalising
from chargen.text.sampling import SampleConfig
from chargen.text.split import Document
from chargen.trainer import TrainConfig

# What a run.json says, a dataclass each.
SETTINGS: dict[type[Any], dict[str, Any]] = {
    ModelConfig: {"inputs": 5, "outputs": 5, "cell": "gru", "units": 3, "layers": 1, "dropout": 0.1},
    TrainConfig: {"recipe": "stream", "seqlen": 8, "optimizer": "adam", "learning_rate": 0.004, "batch_size": 4},
    Normalising: {"lowercase": False, "ascii": "keep"},
    SampleConfig: {"temperature": [0.5], "length": 20, "sample_seed": None},
    ScalingConfig: {"scaler": "minmax", "scaler_range": [0, 1], "difference": 12},
    Document: {"name": "x", "source": "x", "sha256": "x", "characters": 9, "part": "book"},
}
NUMBERS = st.integers() | st.sampled_from([10**18, 10**400, -(10**400)]) | st.floats()
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(st.characters(), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("kind", SETTINGS)
@given(data=st.data())
def test_one_hostile_value_is_valid_or_refused(kind: type[Any], data: st.DataObject) -> None:
    values = SETTINGS[kind] | {data.draw(st.sampled_from(sorted(SETTINGS[kind]))): data.draw(VALUES)}
    again = json.loads(json.dumps(values))  # as a file holds it
    try:
        settings = from_json(kind, again, "run.json")
    except DamagedRunError:
        return
    assert isinstance(settings, kind)
    assert hash(settings) is not None  # nothing in it can be changed


@pytest.mark.parametrize("kind", SETTINGS)
@given(values=VALUES)
def test_anything_in_the_place_of_settings_is_refused_by_name(kind: type[Any], values: Any) -> None:
    if isinstance(values, dict) and not values.keys() - SETTINGS[kind].keys():
        return
    with pytest.raises(DamagedRunError, match=r"^run\.json"):
        from_json(kind, values, "run.json")


@given(VALUES)
def test_kinds_of_numbers(value: Any) -> None:
    if is_count(value):
        assert is_whole(value)
    if is_whole(value):
        assert type(value) is int
    if is_number(value):
        assert float(value) - float(value) == 0  # neither infinite nor nan
