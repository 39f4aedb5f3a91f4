"""What each option does, drawn."""

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from chargen.errors import ChargenError
from chargen.sweep import create
from chargen.sweep.plot import plot_effects
from chargen.sweep.trial import Trial
from tests.conftest import SMALL

pytest.importorskip("optuna")


def test_a_panel_for_each_option(book: Path, tmp_path: Path) -> None:
    swept = create(
        book,
        grid={"cell": ["rnn", "gru"], "dropout": {"low": 0.1, "high": 0.5, "log": True}},
        random=3,
        checkpoints=tmp_path / "checkpoints",
        **{**SMALL, "dropout": None},
    )
    with pytest.raises(ChargenError, match="no trial of sweep 'garden-sweep' has a figure to draw"):
        plot_effects(swept, tmp_path / "effects.svg")
    figures = (2.5, 900.0, None)
    for place, (setting, figure) in enumerate(zip(swept.plan.settings, figures, strict=True), start=1):
        swept.trials.append(Trial(place, "r", setting, 0, 1, figure, failure="" if figure else "nan"))
    plot_effects(swept, tmp_path / "effects.svg")
    told = " ".join(ET.parse(tmp_path / "effects.svg").getroot().itertext())  # noqa: S314 (our own file)
    comments = (tmp_path / "effects.svg").read_text()
    for text in ("garden-sweep: 2 trials; 1 failed, not drawn", "validation (also chose this iteration)", "bits per"):
        assert text in told + comments
    for text in ("cell", "dropout", "rnn", "gru"):
        assert f"<!-- {text} -->" in comments
    with pytest.raises(ChargenError, match="its name has to end in"):
        plot_effects(swept, tmp_path / "effects.jpg")
