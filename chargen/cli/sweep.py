"""`chargen sweep`."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from chargen.cli.app import App, pass_app
from chargen.cli.forecast.options import is_table, writing
from chargen.cli.forecast.train import train as train_series
from chargen.cli.learning import load_tensorflow, one_interrupt, shown
from chargen.cli.options import given
from chargen.cli.train import train as train_text
from chargen.errors import OptionError, TrainingError, UsageError, did_you_mean
from chargen.trainer import TrainConfig

if TYPE_CHECKING:
    from chargen.cli.ui import SweepView
    from chargen.sweep import Row, Sweep, Trial


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", metavar="CORPUS...|PLAN.toml [OPTIONS OF TRAIN]", nargs=-1, type=click.UNPROCESSED)
@click.option("--grid", "grids", multiple=True, metavar="OPTION=A,B", help="Try these values; repeatable.")
@click.option("--series", help="Learn to forecast this instead: what 'chargen forecast train' takes.")
@click.option("--random", type=int, metavar="N", help="Draw N settings instead of trying all combinations.")
@click.option("--seeds", type=int, help="Trials of each setting, each with another random seed.  [default: 1]")
@click.option("--name", help="The sweep's name; its runs are NAME-1, NAME-2 and so on.  [default: corpus-sweep]")
@click.option("--resume", metavar="NAME", help="Go on with a sweep where it stopped, or show one that is over.")
@writing("trials", "what each option does")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@pass_app
def sweep(
    app: App, /, words: tuple[str, ...], resume: str | None, outputs: tuple[Path, ...], as_json: bool, **asked: Any
) -> None:
    """Train a run for each setting of some options, and compare them on the validation part.

    All options of 'chargen train' ('chargen forecast train' with --series) are taken too, and hold for every trial.
    Trials are ordinary runs. Ctrl-C stops after saving.

    \b
    Examples:
      chargen sweep alice.txt --grid units=64,128 --grid cell=lstm,gru -n 10
      chargen sweep --series sunspots --grid cell=rnn,gru,lstm --seeds 3 --test 0.1
      chargen sweep alice.txt --random 4 --grid units=64,128,256 --grid dropout=0,0.1,0.3
      chargen sweep plan.toml -o trials.csv -o effects.png
      chargen sweep --resume alice-sweep

    \b
    A plan.toml, where an option can also be drawn from a range:
      [sweep]
      corpus = "alice.txt"        # or series = "sunspots"
      method = "random"           # or "grid", without trials
      trials = 20
      seeds = 3
      [options]
      iterations = 10
      [grid]
      cell = ["lstm", "gru"]
      learning_rate = {low = 0.0005, high = 0.01, log = true}
    """
    tables = [is_table(path, *words) for path in outputs]
    swept = _open(app, words, resume, asked)
    _run(app, swept)
    rows = swept.rows()
    for path, table in zip(outputs, tables, strict=True):
        if table:
            _write(path, swept)
        else:
            from chargen.sweep.plot import plot_effects  # matplotlib takes a second to load

            plot_effects(swept, path)
        app.ui.notice(f"written: {path}")
    if as_json:
        app.ui.result(json.dumps(_whole(swept, rows), ensure_ascii=False, indent=1))
    else:
        app.ui.table(_heads(swept, rows), [_cells(row) for row in rows])
    _conclude(app, swept, rows, told=not as_json)


def _open(app: App, words: tuple[str, ...], resume: str | None, asked: dict[str, Any]) -> "Sweep":
    from chargen import sweep as room

    asked = given(asked)
    if resume is not None:
        if words or asked:
            extra = words[0] if words else f"--{next(iter(asked)).replace('grids', 'grid')}"
            raise UsageError(
                f"--resume goes on as it was planned; leave {extra} out, or begin another sweep without --resume"
            )
        return room.load(resume, app.checkpoints, app.ui.warn)
    if words and words[0].endswith(".toml"):
        if words[1:] or asked.keys() - {"name"}:
            extra = words[1] if words[1:] else f"--{next(iter(asked.keys() - {'name'})).replace('grids', 'grid')}"
            raise UsageError(f"{words[0]} says all but --name and --output; write {extra} into it")
        from chargen.sweep.reading import read_plan

        options = read_plan(Path(words[0])) | asked
    else:
        options = _options(words, asked)
    with app.ui.bars() as bar:
        return room.create(
            **options,
            corpora=app.corpora,
            checkpoints=app.checkpoints,
            on_notice=app.ui.notice,
            on_download=bar("fetching"),
        )


def _options(words: tuple[str, ...], asked: dict[str, Any]) -> dict[str, Any]:
    """Read what was typed as `chargen train` or `chargen forecast train` would."""
    series = asked.pop("series", None)
    train = train_text if series is None else train_series
    here = click.get_current_context()
    try:
        context = train.make_context("sweep", [*([] if series is None else [series]), *words])
        grid: dict[str, list[Any]] = {}
        for typed in asked.pop("grids", ()):
            name, equals, values = typed.partition("=")
            option = _parameter(train, name, typed, equals)
            converted = [option.type.convert(value.strip(), option, context) for value in values.split(",")]
            grid.setdefault(str(option.name), []).extend(converted)
    except click.UsageError as error:
        raise click.UsageError(error.format_message(), here) from error
    options = {key: value for key, value in given(context.params).items() if key != "name"}
    return {"corpus": options.pop("corpus", None), "grid": grid, **options, **asked}


def _parameter(train: click.Command, name: str, typed: str, equals: str) -> click.Option:
    command = "chargen train" if train is train_text else "chargen forecast train"
    options = {str(option.name): option for option in train.params if isinstance(option, click.Option)}
    key = name.strip().lstrip("-").replace("-", "_")
    if not equals:
        raise OptionError(f"--grid is {typed!r}; it takes an option and its values, such as units=64,128")
    if key not in options or key == "name":
        raise OptionError(f"--grid {typed}: no option {name!r}{did_you_mean(key, options)}; see '{command} --help'")
    if options[key].multiple or options[key].nargs != 1:
        raise OptionError(f"--grid {typed}: {name} takes several values at once, which cannot be swept; leave it out")
    return options[key]


def _run(app: App, swept: "Sweep") -> None:
    plan, kind = swept.plan, swept.kind
    settings = f"{len(plan.settings)} setting{'s' if len(plan.settings) > 1 else ''}"
    seeds = f" x {plan.seeds} seeds" if plan.seeds > 1 else ""
    over = f"; {len(swept.trials)} of {plan.count} are over" if swept.trials else ""
    app.ui.notice(f"sweep {swept.name}: {kind.kind} {kind.title}, {settings}{seeds}{over}")
    if not plan.comparable:
        app.ui.warn(kind.caution)
    if swept.done():
        return
    try:
        with one_interrupt(), app.ui.sweeping() as view:
            load_tensorflow(TrainConfig().towers)
            _show(view, swept)
            for trial in swept.run(
                lambda trial: view.start(f"trial {trial.number} of {plan.count}: {_setting(trial)}"),
                on_progress=view.progress,
            ):
                view.done(f"trial {trial.number} of {plan.count}: {_setting(trial)}: {_outcome(swept, trial)}")
                _show(view, swept)
    except KeyboardInterrupt:
        app.ui.error(
            f"interrupted; {len(swept.trials)} of {plan.count} trials are over, and the one in progress is saved. "
            f"Go on with: {app.program} sweep --resume {swept.name}"
        )
        sys.exit(130)


def _show(view: "SweepView", swept: "Sweep") -> None:
    rows = swept.rows()
    view.table(_heads(swept, rows), [_cells(row) for row in rows])


def _setting(of: "Trial | Row") -> str:
    told = ", ".join(f"{_typed(option)} {_plain(value)}" for option, value in of.options.items())
    seed = getattr(of, "random_seed", None)
    return told if seed is None else f"{told}, seed {seed}"


def _typed(option: str) -> str:
    return option.replace("_", "-")


def _plain(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _outcome(swept: "Sweep", trial: "Trial") -> str:
    if trial.failure:
        return f"failed: {trial.failure}"
    return f"{shown(trial.figure, '.4g')} {swept.kind.unit}, validation ({shown(trial.seconds, '.1f')} s)"


def _heads(swept: "Sweep", rows: "list[Row]") -> dict[str, str]:
    heads = {f"option {option}": _typed(option) for option in swept.plan.grid}
    several = swept.plan.seeds > 1
    for key, part in (("figure", "validation"), ("test", "test")):
        if key == "figure" or any(row.test is not None for row in rows):
            heads[key] = f"{swept.kind.unit.replace('character', 'char.')}, {part}"
            if several:
                heads[f"{key} sd"] = "± sd"
    return heads | {"parameters": "parameters", "seconds": "seconds", "runs": "runs" if several else "run"}


def _cells(row: "Row") -> dict[str, Any]:
    first, *others = [trial.run for trial in row.trials]
    cells = {
        "figure": row.figure,
        "figure sd": _short(row.sd),
        "test": row.test,
        "test sd": _short(row.test_sd),
        "parameters": row.parameters,
        "seconds": row.seconds,
        "runs": f"{first} … {others[-1].rpartition('-')[2]}" if others else first,
    }
    return cells | {f"option {option}": value for option, value in row.options.items()}


def _short(sd: float | None) -> float | None:
    return None if sd is None else float(f"{sd:.2g}")


def _write(path: Path, swept: "Sweep") -> None:
    from chargen.runs.files import write_file

    write_file(path, swept.to_csv().encode())


def _whole(swept: "Sweep", rows: "list[Row]") -> Mapping[str, Any]:
    from chargen.sweep.trial import PART

    return {
        "name": swept.name,
        "kind": swept.kind.kind,
        "figure": swept.kind.figure,
        "part": PART,
        "comparable": swept.plan.comparable,
        "settings": [asdict(row) for row in rows],
    }


def _conclude(app: App, swept: "Sweep", rows: "list[Row]", told: bool) -> None:
    """Tell what is best, how much that says, and what failed."""
    from chargen.sweep.trial import PART

    failed = [trial for trial in swept.trials if trial.failure]
    for trial in failed:
        app.ui.warn(f"trial {trial.number} ({_setting(trial)}) failed: {trial.failure}")
    if len(failed) == len(swept.trials):
        raise TrainingError(
            f"all {len(failed)} trials of sweep {swept.name!r} failed; lower the learning rate, or begin another sweep"
        )
    best, unit = rows[0], swept.kind.unit
    if told:
        flattered = f"; of {len(rows)} settings the best is flattered once more" if len(rows) > 1 else ""
        app.ui.result(f"best: {_setting(best)}: {_figure(best.figure, best.sd)} {unit}, {PART}{flattered}")
        if best.test is not None:
            app.ui.result(f"on the test part, which chose nothing: {_figure(best.test, best.test_sd)} {unit}")
    advice = [] if best.test is not None else ["--test 0.1 holds out a part that chooses nothing"]
    advice += [] if swept.plan.seeds > 1 else ["--seeds 3 tells how much is chance"]
    if advice:
        app.ui.notice("; ".join(advice))
    use, beside = ("forecast predict", "forecast backtest") if swept.kind.kind == "series" else ("sample", "evaluate")
    run = next(trial.run for trial in best.trials if not trial.failure)
    app.ui.notice(
        f"trials: {swept.table}\n"
        f"go on with the best: {app.program} {use} {run}; beside baselines: {app.program} {beside} {run}"
    )


def _figure(mean: float | None, sd: float | None) -> str:
    return shown(mean, ".4g") + ("" if sd is None else f" ± {sd:.2g}")
