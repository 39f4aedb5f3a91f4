"""A series run from a stranger, whose manifests vouch for whatever its files hold, is used or refused."""

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargen.errors import ChargenError, DamagedRunError
from chargen.runs import pack
from chargen.runs.files import MANIFEST
from chargen.series.judging import judge
from chargen.series.learning import create, learn
from chargen.series.run import load
from tests.runs.test_hostile import VALUES, replace
from tests.series import small
from tests.series.small import CHOSEN

# What is done without is told, and numbers without end may overflow on their way to being refused.
pytestmark = pytest.mark.filterwarnings("ignore::chargen.errors.DamageWarning", "ignore::RuntimeWarning")
FILES = ["run.json", "series.json", "scaler.json", "iterations/0001/report.json", "iterations/0002/state.json"]
NUMBERS = st.sampled_from([0, 1, 2, 3, 6, 7, 12, 100, 10**6, 10**9, -1, 0.5, 1e-300, 1e300, 10**400])
WORDS = st.sampled_from(
    ["lstm", "relu", "tanh", "recursive", "skip", "none", "tutorial", "series", "sqrt", "minmax", "D"]
)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = create(small.series(40, 2), checkpoints=tmp_path_factory.mktemp("honest"), name="mine", **CHOSEN)
    list(learn(run))
    return run.folder.path


def use(path: Path) -> None:
    """Do with a run all that needs no training."""
    uses: list[Callable[[Any], object]] = [
        lambda run: run.history,
        lambda run: (run.predict(), run.predict(1), run.predict(iteration="last")),
        lambda run: run.predict_with("linear"),
        lambda run: run.predict(data=small.series(30, 2)),
        lambda run: [result.row.figures() for result in judge(run).results],
        lambda run: (run.plan, run.done, run.stopped_early(), run.folder.position()),
    ]
    with suppress(ChargenError):
        load(None, path.parent)
    for each in uses:
        with suppress(ChargenError):
            each(load("mine", path.parent))


def places_in(document: Any) -> list[tuple[Any, Any]]:
    """Every place in a document of JSON that can be changed."""
    keys = document if isinstance(document, dict) else range(len(document)) if isinstance(document, list) else ()
    return [(document, key) for key in keys] + [place for key in keys for place in places_in(document[key])]


@given(data=st.data())
def test_any_value_in_a_file_is_used_or_refused(honest: Path, data: st.DataObject) -> None:
    file = honest / data.draw(st.sampled_from(FILES))
    manifest = file.with_name(MANIFEST)
    before = file.read_bytes(), manifest.read_bytes()
    document = json.loads(before[0])
    for _ in range(data.draw(st.integers(1, 2))):
        container, key = data.draw(st.sampled_from(places_in(document)))
        if data.draw(st.integers(0, 5)) == 0:
            del container[key]
        else:
            container[key] = data.draw(VALUES | NUMBERS | WORDS)
    try:
        replace(file, json.dumps(document).encode())
        use(honest)
    finally:
        file.write_bytes(before[0])
        manifest.write_bytes(before[1])


@pytest.mark.parametrize(
    ("section", "change"),
    [
        ("forecast", {"window": 10**6}),
        ("forecast", {"window": 7}),
        ("forecast", {"horizon": 10**6}),
        ("forecast", {"strategy": "recursive"}),
        ("forecast", {"columns": ["a"]}),
        ("forecast", {"columns": ["a", "b", "c"]}),
        ("forecast", {"targets": 2}),
        ("forecast", {"linear": "none"}),
        ("forecast", {"linear": "skip"}),
        ("model", {"skip": 0}),
        ("model", {"skip": 10**6}),
        ("model", {"inputs": 3}),
        ("model", {"outputs": 10**9}),
        ("training", {"recipe": "stream"}),
        ("training", {"seqlen": 7}),
        ("training", {"frozen": ["readout.kernel"]}),
        ("scaling", {"scaler": "minmax"}),
        ("scaling", {"difference": 3}),
    ],
)
def test_settings_that_do_not_fit_each_other(honest: Path, tmp_path: Path, section: str, change: Any) -> None:
    path = Path(shutil.copytree(honest, tmp_path / "mine"))
    header = json.loads((path / "run.json").read_bytes())
    header[section] |= change
    replace(path / "run.json", json.dumps(header).encode())
    with pytest.raises(DamagedRunError, match="restore it from a copy"):
        load("mine", tmp_path).predict()


@pytest.mark.parametrize(
    "value", [np.full((40, 2), np.nan), np.full((40, 2), 1e308), np.zeros((40, 2)), np.zeros((39, 2)), np.zeros(80)]
)
def test_values_that_no_series_has(honest: Path, tmp_path: Path, value: Any) -> None:
    path = Path(shutil.copytree(honest, tmp_path / "mine"))
    tensors: dict[str, Any] = {"values": value, "index": np.arange(40)}
    replace(path / "values.safetensors", pack(tensors))
    use(path)


@pytest.mark.parametrize("index", [np.arange(40) + (2**63 - 41), np.arange(40) - (2**63 - 1), np.arange(40) * 10**17])
@pytest.mark.parametrize("dated", [True, False])
def test_dates_beyond_the_calendar(honest: Path, tmp_path: Path, index: Any, dated: bool) -> None:
    path = Path(shutil.copytree(honest, tmp_path / "mine"))
    replace(path / "values.safetensors", pack({"values": small.wave(40, 2), "index": index.astype(np.int64)}))
    about = json.loads((path / "series.json").read_bytes()) | {"dated": dated}
    replace(path / "series.json", json.dumps(about).encode())
    use(path)


@pytest.mark.parametrize("size", [1e30, np.inf, np.nan])
def test_weights_without_end(honest: Path, tmp_path: Path, size: float) -> None:
    path = Path(shutil.copytree(honest, tmp_path / "mine"))
    run = load("mine", tmp_path)
    weights = {key: np.full(shape, size, np.float32) for key, shape in run.model.shapes().items()}
    for iteration in ("0001", "0002"):
        replace(path / "iterations" / iteration / "weights.safetensors", pack(weights))
    use(path)
    if not np.isfinite(size):
        with pytest.raises(ChargenError, match="forecasts numbers without end"):
            load("mine", tmp_path).predict()
