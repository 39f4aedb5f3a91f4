"""Imports go one way, and what needs no training never loads TensorFlow. Each rule is shown to be able to fail."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import chargen

PACKAGE = Path(chargen.__file__).parent
# Rooms in the order of DESIGN: a later one may use any earlier one. The wings stand side by side, and so do
# trainer and runs.
LEVELS = [
    {"errors", "types", "__init__"},
    {"config", "download", "randomness", "snapshot"},
    {"cells", "windows", "cluster"},
    {"network"},
    {"trainer", "runs"},
    {"learning"},
    {"text", "series"},
    {"sweep", "pages", "export"},
    {"cli"},
    {"__main__"},
]
LEVEL = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}


def room_of(path: Path, package: Path) -> str:
    return path.relative_to(package).parts[0].removesuffix(".py")


def imported_rooms(source: str) -> set[str]:
    """Rooms that a module imports, at its top or inside functions; what only type checkers see does not count."""
    rooms = set()
    tree = ast.parse(source)
    hidden = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
            if node.module == "chargen":
                names = [f"chargen.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            first, _, rest = name.partition(".")
            if first == "chargen" and rest:
                rooms.add(rest.split(".")[0])
    return rooms


def backward_imports(package: Path) -> list[str]:
    found = []
    for path in sorted(package.rglob("*.py")):
        room = room_of(path, package)
        targets = sorted(imported_rooms(path.read_text()) & LEVEL.keys() - {room})
        backward = [target for target in targets if LEVEL[target] >= LEVEL[room]]
        found += [f"{path.relative_to(package)} imports {target}" for target in backward]
    return found


def test_imports_go_one_way() -> None:
    assert backward_imports(PACKAGE) == []


def test_every_room_has_its_place() -> None:
    assert {room_of(path, PACKAGE) for path in PACKAGE.rglob("*.py")} <= LEVEL.keys()


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("cells", "from chargen.network import Network"),
        ("network", "import chargen.trainer.engine"),
        ("trainer", "def f():\n    from chargen.runs import Store"),
        ("runs", "from chargen.trainer import Snapshot"),
        ("text", "from chargen.series import load"),
        ("windows", "from chargen import text"),
    ],
)
def test_a_backward_import_is_found(room: str, source: str, tmp_path: Path) -> None:
    (tmp_path / room).mkdir()
    (tmp_path / room / "module.py").write_text(source)
    assert len(backward_imports(tmp_path)) == 1


TENSORFLOW = ("tensorflow", "keras")
HEAVY = (*TENSORFLOW, "pandas")
CHECK = """
import sys
{code}
loaded = [name for name in {heavy} if name in sys.modules]
sys.exit(f"loaded: {{loaded}}" if loaded else 0)
"""


def heavy_loads(code: str, heavy: tuple[str, ...] = HEAVY) -> str:
    """What running the code in a new process says about heavy modules; nothing when it loads none."""
    check = CHECK.format(code=code, heavy=heavy)
    return subprocess.run([sys.executable, "-c", check], capture_output=True, check=False, text=True).stderr


MAIN = "from chargen.cli import main; main({}, standalone_mode=False)"
LIGHT = [
    "import chargen; chargen.load, chargen.Run, chargen.Network, chargen.CELLS, chargen.train, chargen.training",
    # One process for many: a process takes half a second, and what is loaded stays loaded.
    "; ".join(
        f"import chargen.cli.{command}"
        for command in ("sample", "resume", "runs", "corpus", "train", "plot", "evaluate", "sweep", "export")
    ),
    "import chargen.trainer, chargen.text.scoring, chargen.text.plot, chargen.text.evaluating",
    "import chargen.sweep, chargen.sweep.reading",
    "import chargen.text.explaining, chargen.text.memory",
    "import chargen.export",
    "import chargen.series.baselines, chargen.series.metrics, chargen.series.scaling",
    MAIN.format(["--help"]),
    MAIN.format(["explain", "gru"]),
    "; ".join(
        MAIN.format(["forecast", *command, "--help"])
        for command in (
            [],
            ["data"],
            ["fetch"],
            ["train"],
            ["predict"],
            ["backtest"],
            ["impute"],
            ["plot"],
            ["decompose"],
            ["anomalies"],
            ["classify"],
        )
    ),
]


@pytest.mark.parametrize("code", LIGHT)
def test_neither_tensorflow_nor_pandas_is_loaded(code: str) -> None:
    assert heavy_loads(code) == ""


LIST = """
from pathlib import Path
from chargen.cli import main
from chargen.text.learning import create
Path("book.txt").write_text("a hare sees a rose and a clock " * 9)
create("book.txt", seqlen=10, units=3)
main(["runs", "list", "--json"], standalone_mode=False)
main(["runs", "show"], standalone_mode=False)
"""


def test_runs_of_texts_are_listed_without_what_series_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(PACKAGE.parent))
    monkeypatch.chdir(tmp_path)
    assert heavy_loads(LIST) == ""


@pytest.mark.parametrize(
    "code",
    [
        "import chargen.series.builtin",
        "import chargen.series.run, chargen.series.judging, chargen.series.fitting, chargen.series.impute",
        "import chargen.series.plot, chargen.series.chart, chargen.pages.series",
        "import chargen; chargen.Forecaster, chargen.Series",
        MAIN.format(["-q", "forecast", "data"]),
    ],
)
def test_series_need_pandas_but_not_tensorflow(code: str) -> None:
    assert heavy_loads(code) == "loaded: ['pandas']\n"


def test_optuna_is_loaded_by_sweeps_that_run_alone() -> None:
    extras = ("optuna", "sqlalchemy", "matplotlib", *HEAVY)
    assert heavy_loads("import chargen.sweep, chargen.cli.sweep", extras) == ""
    assert heavy_loads(MAIN.format(["sweep", "--help"]), extras) == ""


def test_a_load_of_tensorflow_is_found() -> None:
    stand_in = "sys.modules['tensorflow'] = sys"  # that the engine does load the real one is told below
    assert heavy_loads(stand_in) == "loaded: ['tensorflow']\n"


@pytest.mark.parametrize(
    "module",
    [
        "trainer.engine",
        "cluster.collective",
        "network.keras_network",
        "network.gradients",
        "series.dense",
        "export.models",
    ],
)
def test_what_trains_loads_tensorflow_at_once(module: str) -> None:
    missing = "import sys; sys.modules['tensorflow'] = sys.modules['keras'] = None"  # as if it were not installed
    assert re.search(r"import of (tensorflow|keras) halted", heavy_loads(f"{missing}; import chargen.{module}"))


def test_public_names() -> None:
    assert sorted(chargen.__all__) == [
        "CELLS",
        "ChargenError",
        "Corpus",
        "Evaluation",
        "Forecaster",
        "ModelConfig",
        "Network",
        "Report",
        "Run",
        "Sample",
        "Series",
        "TrainConfig",
        "Vocabulary",
        "Written",
        "__version__",
        "evaluate",
        "load",
        "one_hot_windows",
        "score",
        "train",
        "training",
    ]
    for name in chargen.__all__:
        assert getattr(chargen, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        chargen.nonsense  # type: ignore[attr-defined]  # noqa: B018 (mypy knows it too)
