"""Held-out loss against training seconds: chargen and PyTorch on one text, with a published transformer's figure.

Tracing and compiling count as training; scoring and saving do not. chargen learns with `--preset best` and a cosine
planned for the minutes (or with the options given after `--`); PyTorch trains the same network, window, batch, optimizer
and cosine with what its layers have: dropout on the outputs, no recurrent dropout. Both are scored by chargen's own
function on the last tenth. Needs the extra `bench`:

    python scripts/bench_quality.py --text tinyshakespeare.txt --minutes 3 --plot quality.png
    python scripts/bench_quality.py --text alice.txt --minutes 0.5 --lowercase --ascii --join-lines -- --units 256
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

# nanoGPT's README: character-level Shakespeare, three minutes on an A100 and on a laptop's processor.
TRANSFORMER = {"A100": 1.4697, "processor": 1.88}
# Share of the time that is planned: the rest is for tracing, and for a machine that slows down.
PLANNED = 0.97
Curve = list[tuple[float, float]]


def chargen(text: str, options: list[str], minutes: float, folder: Path) -> tuple[Curve, dict[str, Any]]:
    """Train in this process as the command line does.

    Args:
        text: The text's path.
        options: Options of `chargen train`, without the plan.
        minutes: Of training.
        folder: Where the run goes.

    Returns:
        Seconds of training and validation loss after each iteration; the run's settings.
    """
    from click.testing import CliRunner

    from chargen.cli.learning import load_tensorflow
    from chargen.cli.train import train
    from chargen.text.learning import create, learn

    context = train.make_context("train", [text, *options])
    given = {key: value for key, value in context.params.items() if value not in (None, ()) and key != "corpus"}
    load_tensorflow(2)
    # Two iterations of a run that is thrown away tell how many fit: the second has no tracing in it.
    trial = create(text, checkpoints=folder, **given | {"iterations": 2})
    first, second = (report.seconds for report in learn(trial))
    iterations = max(1, int((60 * minutes * PLANNED - (first - second)) / second))
    run = create(text, checkpoints=folder, **given | {"iterations": iterations, "schedule": "cosine"})
    curve: Curve = []
    for report in learn(run):
        used = report.seconds + (curve[-1][0] if curve else 0.0)
        if used > 60 * minutes:
            break
        curve.append((used, report.validation_loss or float("nan")))
        print(f"  {report.iteration:>3} of {iterations} {used:7.1f} s  {report.validation_loss:.4f}", file=sys.stderr)
    return curve, {"model": run.model.__dict__, "training": run.training_config.__dict__}
