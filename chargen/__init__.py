"""chargen trains a character-level recurrent network on a book, writes in its manner, and forecasts time series.

run = chargen.train("alice.txt", cell="gru", iterations=25, on_report=print)
print(run.sample(seed="alice ", length=200, temperature=0.7))
model = chargen.Forecaster(cell="gru", window=24, horizon=12).fit(series)
print(model.predict().to_frame())
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from chargen.cells import CELLS
    from chargen.errors import ChargenError
    from chargen.network import ModelConfig, Network
    from chargen.series.forecaster import Forecaster
    from chargen.series.series import Series
    from chargen.text.corpus import Corpus
    from chargen.text.evaluating import Evaluation, evaluate
    from chargen.text.learning import train, training
    from chargen.text.report import Report, Sample
    from chargen.text.run import Run, load, score
    from chargen.text.vocabulary import Vocabulary
    from chargen.text.writing import Written
    from chargen.trainer import TrainConfig
    from chargen.windows import one_hot_windows

_HOMES = {
    "CELLS": "chargen.cells",
    "ChargenError": "chargen.errors",
    "Corpus": "chargen.text.corpus",
    "Evaluation": "chargen.text.evaluating",
    "Forecaster": "chargen.series.forecaster",
    "ModelConfig": "chargen.network",
    "Network": "chargen.network",
    "Report": "chargen.text.report",
    "Run": "chargen.text.run",
    "Sample": "chargen.text.report",
    "Series": "chargen.series.series",
    "TrainConfig": "chargen.trainer",
    "Vocabulary": "chargen.text.vocabulary",
    "Written": "chargen.text.writing",
    "evaluate": "chargen.text.evaluating",
    "load": "chargen.text.run",
    "one_hot_windows": "chargen.windows",
    "score": "chargen.text.run",
    "train": "chargen.text.learning",
    "training": "chargen.text.learning",
}

__all__ = [
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

if not TYPE_CHECKING:  # or a type checker would take any name for a public one

    def __getattr__(name: str) -> Any:
        # Public names load their room when they are first used: importing chargen costs nothing.
        if name not in _HOMES:
            raise AttributeError(f"module 'chargen' has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module(_HOMES[name]), name)
        globals()[name] = value
        return value
