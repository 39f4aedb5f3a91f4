"""`chargen forecast classify`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chargen.cli.app import App, pass_app
from chargen.cli.forecast.options import is_table, learning
from chargen.cli.options import ShareOrFile, given
from chargen.trainer.config import SCHEDULES

if TYPE_CHECKING:
    from chargen.series.classify.judging import Contest, Row
    from chargen.series.classify.sequences import Sequences

# Classes up to which the counts of who was told for whom are printed: more are wider than a terminal.
_MOST_COUNTED = 12


@click.command()
@click.argument("file")
@click.option("--label", metavar="COLUMN", help="Where the labels are.  [default: label, class, target, or the first]")
@click.option("--id-column", metavar="COLUMN", help="What tells sequences apart whose steps have a row each.")
@click.option("--column", multiple=True, metavar="COLUMN", help="Steps, or features by step; repeatable.")
@click.option("--decimal", type=click.Choice([".", ","]), help="The decimal sign.")
@click.option(
    "--test",
    type=ShareOrFile(),
    default=0.2,
    show_default=True,
    help="Share of each class, drawn by the random seed, or a file, that is told in the end.",
)
@click.option(
    "--validation",
    type=ShareOrFile(),
    default=0.1,
    show_default=True,
    help="Share of each class of the others, or a file, that chooses the best iteration.",
)
@click.option("--seeds", type=int, default=1, show_default=True, help="Trainings that differ in chance alone.")
@click.option("-n", "--iterations", type=int, help="Iterations at most.  [default: 100]")
@click.option(
    "--patience", type=int, help="Stop after so many iterations without a better validation loss.  [default: 20]"
)
@click.option("--batch-size", type=int, help="Sequences in a batch.  [default: 16]")
@click.option("--schedule", type=click.Choice(SCHEDULES), help="How the step size changes.  [default: constant]")
@learning
@click.option(
    "-o",
    "--output",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write labels and probabilities told (.csv), or draw who was told for whom (.png, .svg, .pdf); repeatable.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts: a row for each contestant.")
@pass_app
def classify(
    app: App,
    /,
    file: str,
    label: str | None,
    id_column: str | None,
    column: tuple[str, ...],
    decimal: str | None,
    test: float | str,
    validation: float | str,
    seeds: int,
    output: tuple[Path, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Learn to tell the classes of labelled sequences, and tell those of others, beside baselines.

    FILE has a sequence in each row, one column its label (as the files of the UCR archive), or with --id-column a step
    in each row. Sequences may differ in length.

    \b
    Examples:
      chargen forecast classify heartbeats.csv --label kind -o told.csv -o confusion.png
      chargen forecast classify ECG200_TRAIN.tsv --test ECG200_TEST.tsv --seeds 5
      chargen forecast classify machines.csv --id-column run --label state --column heat --column noise
    """
    tables = [is_table(path, file, test, validation) for path in output]
    from chargen.cli.learning import load_tensorflow
    from chargen.series.classify import contest, read
    from chargen.series.classify.plot import plot

    read_as: dict[str, Any] = {
        "label": label,
        "columns": column,
        "id_column": id_column,
        "decimal": decimal,
        "on_notice": app.ui.notice,
    }
    data = read(file, **read_as)
    asked, held = (read(part, **read_as) if isinstance(part, str) else part for part in (test, validation))
    load_tensorflow(options.get("towers") or 2)
    with app.ui.fitting() as fitting:
        found = contest(
            data,
            given(options),
            test=asked,
            validation=held,
            seeds=seeds,
            on_progress=fitting.progress,
            on_result=fitting.done,
        )
    for path, table in zip(output, tables, strict=True):
        if table:
            found.to_csv(path)
        else:
            plot(found, path)
        app.ui.notice(f"written: {path}")
    if as_json:
        app.ui.result(json.dumps([result.row.figures() for result in found.results], ensure_ascii=False, indent=1))
        return
    app.ui.notice(_describe(found, data, options.get("random_seed") or 0))
    _tell(app, found)


def _describe(found: "Contest", data: "Sequences", random_seed: int) -> str:
    """Tell what was learnt from what."""
    lengths = sorted({len(one) for one in data.values})
    steps = f"{lengths[0]} steps" if len(lengths) == 1 else f"{lengths[0]} to {lengths[-1]} steps, padded with a mask"
    features = f", {len(data.columns)} features" if len(data.columns) > 1 else ""
    counts = ", ".join(f"{label} {data.labels.count(label):,}" for label in found.classes[:8])
    more = f" and {len(found.classes) - 8} classes more" if len(found.classes) > 8 else ""
    drawn = f", drawn from each class by random seed {random_seed}" if found.test.name == data.name else ""
    chose = f"{found.chose:,} of {'them' if found.validation is None else found.validation.name}"
    chosen = f"{chose} chose the iteration" if found.chose else "nothing chose the iteration: the last is taken"
    return (
        f"{data.name}: {len(data):,} sequences of {steps}{features}; classes: {counts}{more}\n"
        f"learnt from {len(found.training):,} ({chosen}), told {len(found.test):,}{drawn}"
    )


def _tell(app: App, found: "Contest") -> None:
    """Write the scores, F1 by class, which class was told for which, and who is better."""
    rows = [result.row for result in found.results]
    heads = {"model": "model", "accuracy": "accuracy", "interval": "95 % interval", "f1": "macro F1"}
    if rows[0].accuracy_sd is not None:
        heads = {"model": "model", "accuracy": "accuracy", "accuracy_sd": "± sd", "interval": "95 % interval"}
        heads |= {"f1": "macro F1", "f1_sd": "± sd"}
    app.ui.table(heads, [row.figures() | {"interval": _interval(row)} for row in rows])
    app.ui.result("")
    count = {label: found.test.labels.count(label) for label in found.classes}
    heads = {"class": "F1 of class", "sequences": "sequences"} | {f"f1 {row.model}": row.model for row in rows}
    by_class = [
        {"class": label, "sequences": count[label]} | {f"f1 {row.model}": row.f1_by_class[label] for row in rows}
        for label in found.classes
    ]
    app.ui.table(heads, by_class)
    if len(found.classes) <= _MOST_COUNTED:
        app.ui.result("")
        told = {f"told {label}": f"told {label}" for label in found.classes}
        lines = zip(found.classes, rows[0].confusion, strict=True)
        counted = [{"class": label} | dict(zip(told, line, strict=True)) for label, line in lines]
        app.ui.table(
            {"class": f"by {rows[0].model}" + (", first seed" if rows[0].accuracy_sd is not None else "")} | told,
            counted,
        )
    app.ui.result(found.verdict())


def _interval(row: "Row") -> str:
    return f"{row.accuracy_low:.3f} to {row.accuracy_high:.3f}"
