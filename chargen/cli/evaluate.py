"""`chargen evaluate`."""

import json
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

import click

from chargen.cli.app import App, pass_app
from chargen.cli.options import Iteration

if TYPE_CHECKING:
    from chargen.text.evaluating import Evaluation

SCORES = {
    "model": "model",
    "bits": "bits per character",
    "perplexity": "perplexity",
    "more": "more bits than the network",
}
PASSAGES = {"kind": "passage", "bits": "bits", "text": "text"}


@click.command()
@click.argument("run", required=False)
@click.option("--text", metavar="FILE", help="Score this text instead; a path or a title, prepared as the run's text.")
@click.option(
    "--iteration", type=Iteration(), default="best", show_default=True, help="Whose network: best, last or N."
)
@click.option(
    "--dynamic",
    is_flag=True,
    help="Score a network too that goes on learning from each piece of the text after its score.",
)
@click.option(
    "--unknown",
    type=click.Choice(("error", "nearest")),
    default="error",
    show_default=True,
    help="Characters of --text that the network does not know.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw how often the network is right by how sure it is: .png, .svg or .pdf.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@click.pass_context
@pass_app
def evaluate(
    app: App,
    ctx: click.Context,
    /,
    run: str | None,
    text: str | None,
    iteration: int | str,
    dynamic: bool,
    unknown: Any,
    output: Path | None,
    as_json: bool,
) -> None:
    """Score RUN on what it held out, beside n-grams and compressors; the most recent run when left out.

    They learn from the run's training part alone, and predict the same characters.

    \b
    Examples:
      chargen evaluate
      chargen evaluate alice-gru --dynamic -o calibration.png
      chargen evaluate alice-gru --text looking-glass.txt --unknown nearest
    """
    import numpy as np

    from chargen.text.evaluating import evaluate as score
    from chargen.text.library import load as read
    from chargen.text.run import load

    if output is not None:
        from chargen.learning.plot import require_format

        require_format(output)
    opened = load(run, app.checkpoints, app.ui.warn)
    content = None if text is None else read(text, app.corpora, app.ui.notice).text
    if dynamic:
        from chargen.cli.learning import load_tensorflow

        load_tensorflow(1)
    ctx.with_resource(np.errstate(over="ignore", invalid="ignore"))  # scoring tells it, as an error
    found = score(opened, content, iteration, dynamic, app.ui.notice, unknown)
    if as_json:
        app.ui.result(json.dumps(found.to_json(), ensure_ascii=False, indent=1, allow_nan=False))
    else:
        _tell(app, found)
    if output is not None:
        from chargen.text.plot import plot_calibration

        plot_calibration(found, output)
        app.ui.notice(f"written: {output}")


def _tell(app: App, found: "Evaluation") -> None:
    """Write the scores, who is better, how sure and how new the network is, and what was hard and easy."""
    app.ui.result(f"{found.run}, iteration {found.iteration}: {found.characters:,} characters, {found.part}")
    scores = [(found.run, found.bits)]
    if found.dynamic_bits is not None:
        scores.append((f"{found.run}, dynamic", found.dynamic_bits))
    scores += [(baseline.name, baseline.bits) for baseline in found.baselines]
    rows = [
        {"model": name, "bits": bits, "perplexity": 2**bits, "more": round(bits - found.bits, 4)}
        for name, bits in scores
    ]
    app.ui.table(SCORES, rows)
    app.ui.result(found.verdict())
    app.ui.result("")
    app.ui.result(f"accuracy {100 * found.accuracy:.1f} %, calibration error {100 * found.calibration_error:.1f} %")
    copied, looped = (100 * mean(getattr(each, share) for each in found.novelty) for share in ("copied", "looped"))
    count = len(found.novelty)
    app.ui.result(f"{count} samples: {copied:.1f} % copied from the training text, {looped:.1f} % in loops")
    app.ui.result(f"longest copy: {max((each.longest for each in found.novelty), key=len)!r}")
    app.ui.result("")
    passages = [("hardest", found.hardest), ("easiest", found.easiest)]
    app.ui.table(
        PASSAGES,
        [
            {"kind": kind, "bits": passage.bits, "text": passage.text.replace("\n", "⏎")}
            for kind, several in passages
            for passage in several
        ],
    )
