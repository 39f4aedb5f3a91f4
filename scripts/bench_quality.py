"""Held-out loss against training seconds: chargen and PyTorch on one text, with a published transformer's figure.

Tracing and compiling count as training; scoring and saving do not. chargen learns with its defaults but for windows of
32, a cosine planned for the minutes, and units and dropout by the minutes (`FITTING`); options of `chargen train` win,
but for the number of iterations. PyTorch trains the same network, stream, window, batch, AdamW and cosine with what its
layers have: dropout on the outputs, no recurrent dropout, biases decayed too. Both are scored by chargen's own function
on the last tenth, which chooses the best epoch too; epochs that end after the minutes do not count. Needs the extra
`bench`:

    python scripts/bench_quality.py --text tinyshakespeare.txt --minutes 3 --plot quality.png
    python scripts/bench_quality.py --text alice.txt --minutes 0.5 --lowercase --ascii --join-lines
"""

import argparse
import json
import math
import os
import platform
import subprocess
import sys
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

# nanoGPT's README: character-level Shakespeare, three minutes on an A100 and on a laptop's processor.
TRANSFORMER = {"A100": 1.4697, "processor": 1.88}
# Share of the time that is planned: the rest is for tracing, and for a machine that slows down.
PLANNED = 0.95
# Minutes up to which a network fits, and its options: the more time, the more units, the more dropout.
FITTING = (
    (1, ()),
    (5, ("--units", "320", "--dropout", "0.2")),
    (math.inf, ("--units", "384", "--recurrent-dropout", "0.15")),
)
Curve = list[tuple[float, float]]


def chargen(text: str, options: list[str], minutes: float, folder: Path) -> tuple[Curve, dict[str, Any]]:
    """Train in this process as the command line does.

    Args:
        text: The text's path.
        options: Options of `chargen train`.
        minutes: Of training.
        folder: Where the runs go.

    Returns:
        Seconds of training and validation loss after each iteration; what was trained.
    """
    from chargen.cli.learning import load_tensorflow
    from chargen.cli.train import train
    from chargen.text.learning import create, learn

    given = train.make_context("train", [text, *options]).params
    given = {key: value for key, value in given.items() if value not in (None, ()) and key != "corpus"}
    given = {"schedule": "cosine", **given, "checkpoints": folder}
    trial = create(text, **given | {"iterations": 2})
    load_tensorflow(trial.training_config.towers)
    # Two iterations of a run that is thrown away tell how many fit: the second has no tracing in it.
    first, second = (report.seconds for report in learn(trial))
    iterations = max(1, int((60 * minutes * PLANNED - (first - second)) / second))
    run = create(text, **given | {"iterations": iterations})
    curve: Curve = []
    for report in learn(run):
        curve.append((report.seconds + (curve[-1][0] if curve else 0.0), report.validation_loss or math.nan))
        _tell("chargen", report.iteration, iterations, curve)
    return curve, {"run": run.name, "model": asdict(run.model), "training": asdict(run.training_config)}


def pytorch(run: str, minutes: float, folder: Path) -> tuple[Curve, dict[str, Any]]:
    """Train the network of a run of chargen's with PyTorch, from other random weights.

    Args:
        run: The run.
        minutes: Of training.
        folder: Where it is.

    Returns:
        Seconds of training and validation loss after each epoch; what was left out.
    """
    import torch

    from chargen.network import Network
    from chargen.text.run import load
    from chargen.text.scoring import score
    from chargen.windows import Streams, cut

    model, config, parts = (opened := load(run, folder)).model, opened.training_config, opened.parts
    kind = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}[model.cell]
    layer = kind(model.inputs, model.units, model.layers, batch_first=True, dropout=model.dropout)
    readout, one_hot = torch.nn.Linear(model.units, model.outputs), torch.eye(model.inputs)
    parameters = [*layer.parameters(), *readout.parameters()]
    optimizer = torch.optim.AdamW(parameters, 0.0, (0.9, 0.99), weight_decay=config.weight_decay, fused=True)
    streams = Streams(parts.training, config.seqlen, config.batch_size)
    text, dropout = parts.training.opened(), torch.nn.Dropout(model.dropout)

    def epoch(number: int, planned: int, most: int | None = None) -> None:
        state: Any = None
        for index, starts in enumerate(streams.order(np.random.default_rng(number))[:most]):
            window = torch.from_numpy(cut(text, starts, config.seqlen).astype(np.int64))
            done = number * streams.batches + index
            factor = (1 + math.cos(math.pi * done / (planned * streams.batches))) / 2
            optimizer.param_groups[0]["lr"] = config.learning_rate * factor * min(1, (done + 1) / (config.warmup + 1))
            hidden, after = layer(one_hot[window[:, :-1]], state)
            state = tuple(s.detach() for s in after) if isinstance(after, tuple) else after.detach()
            logits = readout(dropout(hidden)).reshape(-1, model.outputs)
            loss = torch.nn.functional.cross_entropy(logits, window[:, 1:].reshape(-1))
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, config.clip_norm or math.inf)
            optimizer.step()

    start = [parameter.detach().clone() for parameter in parameters]
    epoch(0, 1, 5)
    trial = time.perf_counter()
    epoch(0, 1, 50)
    per_epoch = (time.perf_counter() - trial) / min(50, streams.batches) * streams.batches
    planned = max(1, int(60 * minutes * PLANNED / per_epoch))
    with torch.no_grad():
        for parameter, value in zip(parameters, start, strict=True):
            parameter.copy_(value)
    optimizer.state.clear()
    curve: Curve = []
    for number in range(planned):
        started = time.perf_counter()
        epoch(number, planned)
        seconds = time.perf_counter() - started
        network = Network(model, _as_ours(layer, readout, model.layers))
        loss = float(np.mean(score(network, "stream", config.seqlen, parts.validation)))
        curve.append((seconds + (curve[-1][0] if curve else 0.0), loss))
        _tell("pytorch", number + 1, planned, curve)
    return curve, {"without": "recurrent dropout", "optimizer": "AdamW 0.9 / 0.99, biases decayed too"}


def _as_ours(layer: Any, readout: Any, layers: int) -> dict[str, Any]:
    # PyTorch keeps kernels transposed and the GRU's gates in the order r, z, g.
    weights = {"readout.kernel": readout.weight.detach().numpy().T, "readout.bias": readout.bias.detach().numpy()}
    for index in range(layers):
        found = {
            name: getattr(layer, f"{name}_l{index}").detach().numpy()
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        }
        if layer.mode == "GRU":
            found = {name: np.concatenate([(p := np.split(value, 3))[1], p[0], p[2]]) for name, value in found.items()}
            bias = np.stack([found["bias_ih"], found["bias_hh"]])
        else:
            bias = found["bias_ih"] + found["bias_hh"]
        ours = {"kernel": found["weight_ih"].T, "recurrent_kernel": found["weight_hh"].T, "bias": bias}
        weights |= {f"layers.{index}.{name}": value for name, value in ours.items()}
    return weights


def _tell(name: str, done: int, planned: int, curve: Curve) -> None:
    print(f"  {name} {done:>3} of {planned}  {curve[-1][0]:7.1f} s  {curve[-1][1]:.4f}", file=sys.stderr, flush=True)


def draw(curves: dict[str, Curve], title: str, path: Path, transformer: bool) -> None:
    """Draw the curves.

    Args:
        curves: Seconds and losses by contestant.
        title: The picture's title.
        path: Where it goes.
        transformer: Whether the transformer's figures are for this text.
    """
    from matplotlib.figure import Figure

    axes = (figure := Figure(figsize=(8, 5), layout="constrained")).subplots()
    for name, curve in curves.items():
        axes.plot(*zip(*curve, strict=True), marker=".", label=f"{name}: {min(loss for _, loss in curve):.4f}")
    if transformer:
        label = f"nanoGPT's README, 3 min on an A100: {TRANSFORMER['A100']}"
        axes.axhline(TRANSFORMER["A100"], linestyle="--", color="gray", label=label)
    axes.set_title(title)
    axes.set_xlabel("training, s")
    axes.set_ylabel("held out, nats per character")
    axes.set_ylim(top=min(max(loss for curve in curves.values() for _, loss in curve), 2.2))
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)


def main() -> None:
    """Read the options, train, print the table and the document, draw."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="Other options are those of 'chargen train'.",
    )
    parser.add_argument("--text", required=True, help="the text's path")
    parser.add_argument("--minutes", type=float, default=3.0, help="of training, for each contestant")
    parser.add_argument("--plot", type=Path, default=Path("quality.png"))
    parser.add_argument(
        "--peers", nargs="*", default=["pytorch"], choices=["pytorch"], help="who trains beside chargen"
    )
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options, rest = parser.parse_known_args()
    fitting = next(found for most, found in FITTING if options.minutes <= most)
    rest = ["--seqlen", "32", "--recipe", "stream", *fitting, *rest]
    if options.child:
        out = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)  # what libraries print must not get into the answer
        runs, run = Path(options.child[0]), options.child[1]
        found = pytorch(run, options.minutes, runs) if run else chargen(options.text, rest, options.minutes, runs)
        json.dump(found, out)
        return
    curves: dict[str, Curve] = {}
    facts: dict[str, dict[str, Any]] = {}
    with TemporaryDirectory() as folder:
        for name in ("chargen", *options.peers):
            run = facts["chargen"]["run"] if name != "chargen" else ""
            command = [sys.executable, __file__, *sys.argv[1:], "--child", folder, run]
            answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            curve, facts[name] = json.loads(answer.stdout)
            curves[name] = [(seconds, loss) for seconds, loss in curve if seconds <= 60 * options.minutes]
            if not curves[name]:
                raise SystemExit(f"{name}: no epoch ended within {options.minutes:g} minutes; give --minutes more")
    versions = {name: version(name) for name in ("chargen", "tensorflow", "torch", "numpy")}
    print(f"{versions}, Python {platform.python_version()}, {os.cpu_count()} cores")
    print(f"{'contestant':<12}{'epochs':>8}{'seconds':>9}{'nats':>9}{'bits':>8}")
    for name, curve in curves.items():
        seconds, loss = min(curve, key=lambda point: point[1])
        print(f"{name:<12}{len(curve):>8}{seconds:>9.1f}{loss:>9.4f}{loss / math.log(2):>8.3f}")
    shakespeare = "shakespeare" in options.text
    if shakespeare:
        print(f"{'transformer':<12}{'':>8}{180:>9.1f}{TRANSFORMER['A100']:>9.4f}  an A100 (nanoGPT's README)")
        print(f"{'transformer':<12}{'':>8}{180:>9.1f}{TRANSFORMER['processor']:>9.4f}  a processor (nanoGPT's README)")
    draw(curves, f"{Path(options.text).name}, {options.minutes:g} minutes", options.plot, shakespeare)
    print(json.dumps({"versions": versions, "minutes": options.minutes, "curves": curves, "facts": facts}))


if __name__ == "__main__":
    main()
