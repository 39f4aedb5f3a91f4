"""Alice: the ten published trials of a SimpleRNN of 128 units, and what they would have scored on unseen text.

    python scripts/reproduce/alice.py --text alice_pg11.txt

The published course trains on the whole of Gutenberg's ASCII edition, licence and all, in lower case, lines joined:
the preset `textbook`. Nothing depends on how long training will last, so trials that differ in nothing but that are
read from one run, each after its own number of epochs. The same trainings are made once more on the book without its
licence, its last tenth held out. Each is an ordinary run in OUTPUT/checkpoints; a second call goes on where the first
was stopped.
"""

import math
import time
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from reproducing import (
    PUBLISHED,
    folder_of,
    markdown,
    options,
    parameters,
    publish,
    seconds,
    spread,
    start,
    trained,
)

from chargen.cli.learning import load_tensorflow
from chargen.learning.plot import save
from chargen.text.evaluating import evaluate
from chargen.text.learning import create, learn
from chargen.text.library import load as read
from chargen.text.run import Run, load

TRIALS: list[dict[str, Any]] = PUBLISHED["alice"]["trials"]
# What a published figure may differ from ours.
TOLERANCE = 0.05
QUICK = (1, 7)


def epochs(trial: dict[str, Any]) -> int:
    """Tell how many epochs a trial takes."""
    return int(trial["iterations"] * trial["epochs"])


def last_published(trial: dict[str, Any]) -> tuple[int, float]:
    """Find the last loss that was published of a trial, and its iteration: of trial 9 not that of the last one."""
    last = max(map(int, trial["training_loss"]))
    return last, float(trial["training_loss"][str(last)])


def run_of(text: Path, checkpoints: Path, seqlen: int, longest: int, held_out: bool, seed: int) -> Run:
    """Train the run that all trials of a window's length are read from, an epoch an iteration."""
    name = f"alice-seqlen{seqlen}-{'heldout' if held_out else 'whole'}-seed{seed}"
    honest: dict[str, Any] = {"keep_licence": False, "validation": 0.1} if held_out else {}
    return trained(
        lambda: load(name, checkpoints),
        lambda: create(
            str(text),
            name=name,
            checkpoints=checkpoints,
            preset="textbook",
            seqlen=seqlen,
            iterations=longest,
            temperature=(0.0, 0.5),
            keep=2,
            random_seed=seed,
            **honest,
        ),
        learn,
        lambda run: [document.sha256 for document in run.documents] == [read(str(text), Path("corpora")).sha256],
    )


def row(trial: dict[str, Any], whole: list[Run], held_out: list[Run]) -> tuple[list[object], dict[str, Any]]:
    """Put a trial's published loss beside ours and the held-out figures, as cells and as figures."""
    last = epochs(trial)
    iteration, published = last_published(trial)
    ours = [float(run.history[iteration * trial["epochs"] - 1]["loss"]) for run in whole]
    differs = sum(ours) / len(ours) / published - 1
    bits = [[float(line["bits_per_character"]) for line in run.history[:last]] for run in held_out]
    best = [min(run) for run in bits]
    at = [run.index(least) + 1 for run, least in zip(bits, best, strict=True)]
    trained_for = [seconds(run, last) for run in whole]
    mark = "yes" if abs(differs) <= TOLERANCE else "NO"
    told = f"{published:.4f}" if iteration == trial["iterations"] else f"{published:.4f} (iteration {iteration})"
    after = ", ".join(map(str, at))
    cells = [
        *(trial["trial"], trial["seqlen"], f"{trial['iterations']} x {trial['epochs']}"),
        *(told, spread(ours, 4), f"{100 * differs:+.1f} %", mark),
        *(spread([run[-1] for run in bits], 3), f"{spread(best, 3)} (after {after})", f"{trained_for[0]:.0f}"),
    ]
    figures = {"published": published, "loss": ours, "held_out_bits": [run[-1] for run in bits], "best_bits": best}
    return cells, {**trial, **figures, "best_epoch": at, "seconds": trained_for}


def courses(whole: dict[int, list[Run]]) -> str:
    """Put every loss that was published of a trial's course beside ours."""
    rows = []
    for trial in TRIALS:
        for iteration, published in trial["training_loss"].items():
            for runs in [whole[trial["seqlen"]]] if trial["seqlen"] in whole else []:
                epoch = int(iteration) * trial["epochs"]
                if epoch <= len(runs[0].history):
                    ours = [float(run.history[epoch - 1]["loss"]) for run in runs]
                    rows.append([trial["trial"], iteration, f"{published:.4f}", spread(ours, 4)])
    return markdown(["trial", "iteration", "published", "ours"], rows)


def samples(trials: list[dict[str, Any]], held_out: dict[int, list[Run]]) -> str:
    """Show what each trial's network writes: the likeliest character each time, and with a temperature of 0.5."""
    lines = []
    for trial in trials:
        run = held_out[trial["seqlen"]][0]
        for sample in run.folder.report(epochs(trial))["samples"]:
            start = f"{sample['seed']}|{sample['text'][: trial['predictions']]}"
            lines.append(f"- trial {trial['trial']}, temperature {sample['temperature']:g}: `{start}`")
    return "\n".join(lines)


def draw(whole: dict[int, list[Run]], held_out: dict[int, list[Run]], path: Path) -> None:
    """Draw training loss with the published points, and held-out bits, by epoch."""
    figure = Figure(figsize=(12, 5), layout="constrained")
    left, right = figure.subplots(1, 2)
    for number, seqlen in enumerate(sorted(whole)):
        look = {"color": f"C{number}", "label": f"windows of {seqlen}"}
        _curve(left, whole[seqlen][0], "loss", look)
        _curve(right, held_out[seqlen][0], "bits_per_character", look)
        for trial in [trial for trial in TRIALS if trial["seqlen"] == seqlen]:
            points = {int(at) * trial["epochs"]: loss for at, loss in trial["training_loss"].items()}
            left.plot(list(points), list(points.values()), "x", color=f"C{number}")
    left.set(xlabel="epoch", ylabel="training loss, nats", title="Training loss; x: published", xscale="log")
    right.set(xlabel="epoch", ylabel="bits per character", title="The same on unseen text", xscale="log")
    for axes in (left, right):
        axes.grid(alpha=0.3)
        axes.legend()
    save(figure, path)


def _curve(axes: Axes, run: Run, key: str, look: dict[str, Any]) -> None:
    axes.plot([line["iteration"] for line in run.history], [line[key] for line in run.history], **look)


def main() -> None:
    """Train everything that is not trained yet, and tell how it went."""
    given = options(__doc__, 1, text="Alice, Gutenberg's ASCII edition").parse_args()
    started = time.perf_counter()
    load_tensorflow(2)
    folder = folder_of(given, "alice")
    trials = [trial for trial in TRIALS if not given.quick or trial["trial"] in QUICK]
    longest: dict[int, int] = {}
    for trial in trials:
        longest[trial["seqlen"]] = max(longest.get(trial["seqlen"], 0), epochs(trial))
    whole, held_out = (
        {
            seqlen: [
                run_of(given.text, folder / "checkpoints", seqlen, most, unseen, seed) for seed in range(given.seeds)
            ]
            for seqlen, most in sorted(longest.items())
        }
        for unseen in (False, True)
    )
    rows, figures = zip(
        *(row(trial, whole[trial["seqlen"]], held_out[trial["seqlen"]]) for trial in trials), strict=True
    )
    every = [run for runs in (*whole.values(), *held_out.values()) for run in runs]
    first, unseen = whole[trials[0]["seqlen"]][0], held_out[trials[0]["seqlen"]][0]
    baselines = {baseline.name: baseline.bits for baseline in evaluate(unseen).baselines}
    others = ", ".join(f"{name} {bits:.3f}" for name, bits in baselines.items())
    head = ["trial", "seqlen", "iterations x epochs", "published", "ours", "difference", "within 5 %"]
    text = "\n\n".join(
        [
            "# Alice: the last training loss that was published, nats a character, and bits a character on unseen text",
            markdown([*head, "held-out bits at the end", "held-out bits at best (epoch)", "s"], rows),
            f"The network: {parameters(first):,} parameters, {first.model.inputs} distinct characters, "
            f"{len(first.text):,} characters of text. Held out: the last {len(unseen.parts.validation.ids):,} of "
            f"{len(unseen.text):,} characters of the book without its licence, which also chose the best epoch; "
            f"uniform guessing among {unseen.model.inputs} characters: {math.log2(unseen.model.inputs):.3f} bits. "
            f"Training all {len(every)} runs took {sum(map(seconds, every)):,.0f} s.",
            f"Baselines that learnt from the same training part, bits of the same held-out characters: {others}.",
            "Every loss that was published of a course:",
            courses(whole),
            "What the networks that had not seen the end write (seed|text), greedy as published and by chance:",
            samples(trials, held_out),
        ]
    )
    draw(whole, held_out, folder / "alice.png")
    publish(folder, "alice", text, {"trials": figures, "baselines": baselines}, started)


if __name__ == "__main__":
    start(main)
