"""`chargen runs`."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from chargen.cli.app import App, pass_app
from chargen.cli.opening import open_run
from chargen.cli.ui import duration
from chargen.errors import ChargenError, RunError
from chargen.learning import LearningRun
from chargen.learning.comparing import Comparison, best_line, flatten
from chargen.runs import RunFolder, Store
from chargen.text.run import Run

as_json = click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
as_markdown = click.option("--markdown", "as_markdown", is_flag=True, help="As Markdown, for notes.")


@click.group()
def runs() -> None:
    """List, show, compare, rename and remove runs, of text and of series.

    \b
    Examples:
      chargen runs list
      chargen runs compare alice-gru alice-lstm
    """


@runs.command("list")
@as_json
@as_markdown
@pass_app
def list_(app: App, /, as_json: bool, as_markdown: bool) -> None:
    """List the runs in the checkpoints folder, those in training too.

    Bits per character (text) and RMSE (series, in their units) are of the best iteration, which they chose.

    \b
    Examples:
      chargen runs list
      chargen runs list --json
    """
    rows = [_row(app, name) for name in Store(app.checkpoints).names()]
    if as_json:
        app.ui.result(json.dumps(rows, ensure_ascii=False, indent=1))
    elif not rows:
        app.ui.notice(
            f"no runs in {app.checkpoints}/ yet; make one with 'chargen train alice.txt' or "
            "'chargen forecast train sunspots'"
        )
    else:
        heads = {
            "name": "run",
            "kind": "kind",
            "cell": "cell",
            "units": "units",
            "iterations": "done",
            "best": "best",
            "bits_per_character": "bits per char.",
            "validation_rmse": "RMSE",
            "size": "MiB",
            "age": "age",
            "state": "state",
        }
        # Where all runs are of one kind, the other's figure has no column: a terminal is narrow.
        for key in ("bits_per_character", "validation_rmse"):
            if all(row.get(key) is None for row in rows):
                del heads[key]
        _tables(app, as_markdown)(heads, [_table_row(row) for row in rows])


@runs.command()
@click.argument("run", required=False)
@click.option("--samples", is_flag=True, help="Show how the samples changed over the iterations.")
@as_json
@pass_app
def show(app: App, /, run: str | None, samples: bool, as_json: bool) -> None:
    """Show RUN's settings and history, and check every file; the most recent run when left out.

    \b
    Examples:
      chargen runs show
      chargen runs show alice-gru --samples
    """
    folder = Store(app.checkpoints, app.ui.warn).open(run)
    header, history, reports = folder.header(), folder.history(), folder.reports()
    written = [
        {"iteration": report["history"]["iteration"], **sample} for report in reports for sample in report["samples"]
    ]
    faults = [str(fault) for fault in folder.faults()]
    if as_json:
        whole = {"name": folder.name, **header, "history": history, "samples": written, "faults": faults}
        app.ui.result(json.dumps(whole, ensure_ascii=False, indent=1))
        return
    app.ui.table(
        {"key": folder.name, "value": ""},
        [{"key": key, "value": _plain(value)} for key, value in flatten(header).items()],
    )
    app.ui.result("")
    app.ui.table({key: key.replace("_", " ") for key in (history[0] if history else {})}, history)
    if samples:
        if header["kind"] != Run.kind:
            app.ui.notice(
                f"{folder.name} is a {header['kind']} run, which writes no samples; draw its forecasts with "
                f"'{app.program} forecast plot {folder.name}'"
            )
        for line in written:
            app.ui.result(f"\n─ iteration {line['iteration']}, temperature {line.get('temperature')}")
            app.ui.result(f"{line.get('seed')}{line.get('text')}")
    for fault in faults:
        app.ui.warn(fault)


@runs.command()
@click.argument("names", metavar="RUN RUN...", nargs=-1, required=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw the learning curves too, in one picture: .png, .svg or .pdf.",
)
@as_json
@as_markdown
@pass_app
def compare(app: App, /, names: tuple[str, ...], output: Path | None, as_json: bool, as_markdown: bool) -> None:
    """Put runs side by side, all of texts or all of series: the settings that differ, the figures, and with -o curves.

    \b
    Examples:
      chargen runs compare alice-gru alice-lstm
      chargen runs compare sunspots-gru sunspots-lstm
      chargen runs compare alice-gru alice-lstm -o curves.png
    """
    names = tuple(dict.fromkeys(names))  # a name typed twice is one run
    if len(names) < 2:
        raise click.UsageError("comparing takes two runs or more; list them with 'chargen runs list'")
    store = Store(app.checkpoints, app.ui.warn)
    comparison = _compare([open_run(store.open(name)) for name in names], output)
    if as_json:
        app.ui.result(json.dumps(vars(comparison), ensure_ascii=False, indent=1))
    else:
        columns = {name: name for name in names}
        settings = [{key: _plain(value) for key, value in row.items()} for row in comparison.settings]
        _tables(app, as_markdown)({"setting": "setting", **columns}, settings)
        app.ui.result("")
        _tables(app, as_markdown)({"figure": "figure", **columns}, comparison.figures)
    for caution in comparison.cautions:
        app.ui.warn(caution)
    if output is not None:
        app.ui.notice(f"curves: {output}")


@runs.command()
@click.argument("names", metavar="RUN...", nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_app
def remove(app: App, /, names: tuple[str, ...], yes: bool) -> None:
    """Remove runs for good; asks first.

    \b
    Examples:
      chargen runs remove alice-gru
      chargen runs remove alice-gru-2 alice-gru-3 --yes
    """
    store = Store(app.checkpoints)
    names = tuple(dict.fromkeys(names))  # a name typed twice is one run
    for name in names:
        store.open(name)
    if not yes:
        click.confirm(f"remove {', '.join(names)} for good?", abort=True, err=True)
    for name in names:
        store.remove(name)
        app.ui.notice(f"removed {name}")


@runs.command()
@click.argument("run")
@click.argument("new_name")
@pass_app
def rename(app: App, /, run: str, new_name: str) -> None:
    """Give RUN another name.

    \b
    Example:
      chargen runs rename alice-gru alice-first
    """
    Store(app.checkpoints).rename(run, new_name)
    app.ui.notice(f"{run} is now {new_name}")


def _tables(app: App, as_markdown: bool) -> Callable[..., None]:
    return app.ui.markdown if as_markdown else app.ui.table


def _compare(runs: list[LearningRun], output: Path | None) -> Comparison:
    """Compare runs as their kind is compared; what draws takes a second to load, and so does what reads series."""
    texts = [run for run in runs if isinstance(run, Run)]
    if len(texts) == len(runs):
        from chargen.text.comparing import compare as compare_texts

        comparison = compare_texts(texts)
        if output is not None:
            from chargen.text.plot import plot_comparison as plot_texts

            plot_texts(texts, output)
        return comparison
    if texts:
        other = next(run for run in runs if not isinstance(run, Run))
        raise RunError(
            f"{texts[0].name!r} is a text run and {other.name!r} a {other.kind} run, whose figures have nothing in "
            "common; compare runs of one kind: 'chargen runs list' tells which is which"
        )
    from chargen.series.comparing import compare as compare_series
    from chargen.series.run import SeriesRun

    series = [run for run in runs if isinstance(run, SeriesRun)]
    comparison = compare_series(series)
    if output is not None:
        from chargen.series.drawing import plot_comparison as plot_series

        plot_series(series, output)
    return comparison


def _row(app: App, name: str) -> dict[str, Any]:
    notices: list[str] = []
    folder = RunFolder(app.checkpoints / name, notices.append)
    row: dict[str, Any] = {"name": name, "state": "damaged", "bytes": folder.size()}
    try:
        run = open_run(folder)
        planned, best = run.plan.iterations, best_line(run)
        damaged = bool(folder.faults(contents=False))
        trained = folder.trained()
    except ChargenError:
        return row
    if notices or damaged:
        state = "damaged"
    elif folder.is_training():
        state = "training"
    else:
        state = "finished" if run.done >= planned or run.stopped_early() else "stopped"
    return row | {
        "kind": run.kind,
        "cell": run.model.cell,
        "units": run.model.units,
        "iterations": run.done,
        "planned": planned,
        "best": best.get("iteration"),
        "bits_per_character": best.get("bits_per_character"),
        "validation_rmse": best.get("validation_rmse"),
        "created": folder.header()["created"],
        "trained": trained.isoformat(timespec="seconds"),
        "state": state,
    }


def _table_row(row: dict[str, Any]) -> dict[str, Any]:
    size = {"size": f"{row['bytes'] / 2**20:,.1f}"}
    if "trained" not in row:
        return row | size
    age = datetime.now(UTC) - datetime.fromisoformat(row["trained"])
    done = f"{row['iterations']} / {row['planned']}"
    return row | size | {"iterations": done, "age": duration(max(0.0, age.total_seconds()))}


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    return ", ".join(str(item) for item in value) if isinstance(value, list) else "—" if value is None else str(value)
