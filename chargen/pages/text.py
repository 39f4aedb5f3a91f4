"""The page about a run that learnt a text."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from chargen.config import is_number
from chargen.errors import DamagedRunError
from chargen.learning.comparing import best_line, figures_of, flatten
from chargen.learning.plot import draw_learning
from chargen.network import ModelConfig
from chargen.pages.chart import Chart, chart, new_axes
from chargen.pages.commands import command, file_name
from chargen.pages.page import render, require_trained
from chargen.text.evaluating import Bin, Evaluation, evaluate
from chargen.text.plot import LOSS, TRAINING
from chargen.text.run import Run
from chargen.text.scoring import bits, score
from chargen.text.settings import DECIDED, settle
from chargen.text.split import Document, HeldOut

# Held-out characters that are shown, each in the shade of its surprise.
SHOWN = 2000
# Up to so many bits, the shade of a character; the terminal's, too.
SHADES = (1.0, 2.0, 4.0, 7.0)
# Iterations whose samples are shown, and characters of a sample.
SAMPLED = 6
SAMPLE = 800
# Texts that are named one by one.
NAMED = 10


def text_page(run: Run, on_notice: Callable[[str], None] | None = None) -> str:
    """Write a page about a text run.

    Args:
        run: The run.
        on_notice: Told what is left out, and why.

    Returns:
        Self-contained HTML.

    Raises:
        RunError: Nothing is trained, or the run is damaged.
    """
    require_trained(run)
    best = best_line(run)
    held_out = run.parts.held_out
    with np.errstate(over="ignore", invalid="ignore"):  # scoring tells it, as an error
        evaluation = evaluate(run, on_notice=on_notice) if held_out else None
        heat = _heat(run, held_out) if held_out else None
    return render(
        "text.html",
        run=run,
        header=run.folder.header(),
        figures=figures_of(run, {}, "characters_per_second"),
        best=best,
        settings=flatten({key: run.folder.header()[key] for key in ("model", "training", "normalising", "samples")}),
        learnt=[each.name for each in run.documents if each.part in ("book", "training")],
        named=NAMED,
        documents=[asdict(each) | {"source": file_name(each.source)} for each in run.documents],
        parts_of=[
            ("training", len(run.parts.training)),
            ("validation", len(run.parts.validation.ids)),
            ("test", len(run.parts.test.ids)),
        ],
        learning=_learning(run),
        history=run.history,
        samples=list(_samples(run, int(best["iteration"]))),
        evaluation=evaluation,
        contestants=[] if evaluation is None else _contestants(run, evaluation),
        calibration=None if evaluation is None else _calibration(evaluation.calibration),
        heat=heat,
        shades=SHADES,
        commands=_commands(run),
    )


def _learning(run: Run) -> Chart:
    axes = new_axes()
    axes.set_prop_cycle(color=("#767676", "#0072B2", "#D55E00"), linestyle=("--", "-", "-"))
    draw_learning(axes, run.history, LOSS, TRAINING)
    axes.set_xlabel("iteration")
    return chart(axes, "Loss by iteration")


def _samples(run: Run, best: int) -> Iterator[dict[str, Any]]:
    """Choose samples that show how the network came to write: the first, the best, the last and some between."""
    reports = {report["history"]["iteration"]: report for report in run.folder.reports() if report["samples"]}
    known = sorted(reports)
    if not known:
        return
    between = np.linspace(0, len(known) - 1, min(len(known), SAMPLED - (best in reports))).round().astype(int)
    for number in sorted({known[place] for place in between} | ({best} & reports.keys())):
        line = reports[number]["history"]
        for sample in reports[number]["samples"]:
            seed, text, temperature = (sample.get(key) for key in ("seed", "text", "temperature"))
            if not isinstance(seed, str) or not isinstance(text, str) or not is_number(temperature):
                raise DamagedRunError(
                    f"iteration {number} of run {run.name!r} has a sample that is none; restore it from a copy"
                )
            cut = text if len(text) <= SAMPLE else f"{text[:SAMPLE]}…"
            yield {
                "iteration": number,
                "best": number == best,
                "bits": line.get("bits_per_character"),
                "temperature": temperature,
                "seed": seed,
                "text": cut,
            }


def _contestants(run: Run, evaluation: Evaluation) -> list[dict[str, Any]]:
    """Put the network among its baselines, the best first."""
    everyone = [
        (run.name, evaluation.bits, True),
        *((baseline.name, baseline.bits, False) for baseline in evaluation.baselines),
    ]
    most = max(figure for _, figure, _ in everyone)
    return [
        {"name": name, "bits": figure, "ours": own, "share": 100 * figure / most}
        for name, figure, own in sorted(everyone, key=lambda each: each[1])
    ]


def _calibration(bins: Sequence[Bin]) -> Chart:
    """Draw how often what was given a probability came, beside how often it should have."""
    filled = [each for each in bins if each.count]
    axes = new_axes()
    axes.plot([0, 100], [0, 100], "--", color="#767676", label="as promised")
    expected, observed = ([100 * getattr(each, key) for each in filled] for key in ("expected", "observed"))
    axes.plot(expected, observed, "-", marker=".", color="#0072B2", label="the network")
    axes.set_xlim(0, 100)
    axes.set_ylim(0, 100)
    axes.set_xlabel("probability given, %")
    axes.set_ylabel("came true, %")
    return chart(axes, "Promised and kept")


def _heat(run: Run, held_out: HeldOut) -> list[dict[str, Any]]:
    """Shade the beginning of a held-out part: runs of characters of one shade, and each surprising one alone."""
    config = run.training_config
    shown = held_out.beginning(SHOWN)
    surprises = [bits(nats) for nats in score(run.network(), config.recipe, config.seqlen, shown)]
    pieces: list[dict[str, Any]] = []
    for character, surprise in zip(run.vocabulary.decode(shown.ids), surprises, strict=True):
        shade = sum(surprise > most for most in SHADES)
        if shade == 0 and pieces and pieces[-1]["shade"] == 0:
            pieces[-1]["text"] += character
        else:
            pieces.append({"text": character, "shade": shade, "bits": surprise})
    return pieces


def _commands(run: Run) -> dict[str, list[str]]:
    """Write the commands that make the run again, and those that go on from it."""
    again = []
    settings = run.training_config
    typed = _options(run)
    parent = run.parent
    if parent and parent.how == "fork":
        again.append(f"# {command('chargen', 'resume', parent.run, fork=run.name)} with the settings above,")
        again.append(f"# from the weights of iteration {parent.iteration}")
    elif typed is None:
        again.append("# made from Python, with settings that the command line has no option for")
    else:
        # Of many books some are held out whole by their share; what is held out by name has none.
        shares = {"validation": settings.validation, "test": settings.test}
        given: dict[str, list[str]] = {"books": [], "validation": [], "test": []}
        for document in run.documents:
            named = document.part in shares and not shares[document.part]
            given[document.part if named else "books"].append(_source(document))
        for part, sources in given.items():
            if len(sources) > (NAMED if part == "books" else 1):
                again.append(f"# {part.upper()}: the folder or the pattern of its {len(sources):,} texts above")
                given[part] = [part.upper()]
        books = given.pop("books")
        held = {part: sources[0] for part, sources in given.items() if sources}
        if parent:  # its defaults differ
            started = {"from": parent.run, "learning_rate": settings.learning_rate, "patience": settings.patience}
            again.append(f"# with the weights of its iteration {parent.iteration}")
        else:
            started = {}
        again.append(command("chargen", "train", *books, **typed | started, **held, name=run.name))
    if run.done > settings.iterations:
        again.append(command("chargen", "resume", run.name, iterations=run.done - settings.iterations))
    return {
        "again": again,
        "further": [
            command("chargen", "evaluate", run.name, **({} if run.parts.held_out else {"text": "FILE"})),
            command("chargen", "sample", run.name),
            command("chargen", "report", run.name),
        ],
    }


def _options(run: Run) -> dict[str, Any] | None:
    """Find the options that make a run's settings; None where no options do."""
    sections = (run.model, run.training_config, run.normalising, run.sample_config, run.save_config)
    settings = {key: value for each in sections for key, value in asdict(each).items() if key not in DECIDED}
    del settings["towers"]  # the machine decides
    if settings["schedule_iterations"] == settings["iterations"]:
        del settings["schedule_iterations"]
    preset = "textbook" if settings["ascii"] == "drop" else None
    typed: dict[str, Any] = {}
    while True:  # the default of an option may hang on another one
        made = settle(typed, preset, run.characters)
        network = ModelConfig(inputs=run.model.inputs, outputs=run.model.outputs, **made.model)
        flat = {key: value for values in made.sections(network).values() for key, value in values.items()}
        more = {key: value for key, value in settings.items() if value != flat[key]}
        if not more:
            break
        typed |= more
    if any(value is False for value in typed.values()) or (preset and "ascii" in typed):  # flags cannot be taken back
        return None
    return ({"preset": preset} if preset else {}) | {key: _typed(key, value) for key, value in typed.items()}


def _typed(key: str, value: Any) -> Any:
    if key == "ascii":
        return True
    return list(value) if key == "temperature" else value


def _source(document: Document) -> str:
    """Name a document as `chargen train` takes it; one from a package has its title."""
    is_address = document.source.startswith(("http://", "https://"))
    return document.name if ":" in document.source and not is_address else file_name(document.source)
