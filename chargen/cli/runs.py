"""`chargen runs`."""

import json
from typing import Any

import click

from chargen.cli.app import App, pass_app
from chargen.errors import ChargenError
from chargen.runs import RunFolder, Store
from chargen.text.run import Run


@click.group()
def runs() -> None:
    """List, show and remove runs."""


@runs.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@pass_app
def list_(app: App, /, as_json: bool) -> None:
    """List the runs in the checkpoints folder.

    \b
    Examples:
      chargen runs list
      chargen runs list --json
    """
    store = Store(app.checkpoints)
    rows = [_row(RunFolder(store.path / name)) for name in store.names()]
    if as_json:
        app.ui.result(json.dumps(rows, ensure_ascii=False, indent=1))
    elif not rows:
        app.ui.notice(f"no runs in {app.checkpoints}/ yet; make one with 'chargen train alice.txt'")
    else:
        heads = {
            "name": "run",
            "cell": "cell",
            "units": "units",
            "iterations": "iterations",
            "best": "best",
            "bits_per_character": "bits per character",
            "created": "created",
            "state": "state",
        }
        app.ui.table(heads, rows)


@runs.command()
@click.argument("run", required=False)
@click.option("--samples", is_flag=True, help="Show how the samples changed over the iterations.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@pass_app
def show(app: App, /, run: str | None, samples: bool, as_json: bool) -> None:
    """Show RUN's settings and history; the most recent run when left out.

    \b
    Examples:
      chargen runs show
      chargen runs show alice-gru --samples
    """
    folder = Store(app.checkpoints).open(run)
    header, history = folder.header(), folder.history()
    reports = [folder.report(iteration) for iteration in folder.iterations()]
    written = [
        {"iteration": report["history"]["iteration"], **sample} for report in reports for sample in report["samples"]
    ]
    if as_json:
        whole = {"name": folder.name, **header, "history": history, "samples": written}
        app.ui.result(json.dumps(whole, ensure_ascii=False, indent=1))
        return
    app.ui.table({"key": folder.name, "value": ""}, _settings(header))
    app.ui.result("")
    app.ui.table({key: key.replace("_", " ") for key in (history[0] if history else {})}, history)
    if samples:
        for line in written:
            app.ui.result(f"\n─ iteration {line['iteration']}, temperature {line['temperature']}")
            app.ui.result(f"{line['seed']}{line['text']}")


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


def _row(folder: RunFolder) -> dict[str, Any]:
    try:
        run, history, best = Run(folder), folder.history(), folder.best()
        planned = run.plan.iterations
        bits = next((line["bits_per_character"] for line in history if line["iteration"] == best), None)
        created = folder.header()["created"]
    except ChargenError:
        return {"name": folder.name, "state": "damaged"}
    return {
        "name": folder.name,
        "cell": run.model.cell,
        "units": run.model.units,
        "iterations": len(history),
        "best": best,
        "bits_per_character": bits,
        "created": created[:16].replace("T", " "),
        "state": "training" if folder.is_training() else "finished" if len(history) >= planned else "stopped",
    }


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    return ", ".join(str(item) for item in value) if isinstance(value, list) else "—" if value is None else str(value)


def _settings(header: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for section, values in header.items():
        if not isinstance(values, dict):
            rows.append({"key": section, "value": _plain(values)})
            continue
        for key, value in values.items():
            several = value if isinstance(value, list) and key == "documents" else [value]
            rows += [{"key": f"{section}.{key}", "value": _plain(item)} for item in several]
    return rows
