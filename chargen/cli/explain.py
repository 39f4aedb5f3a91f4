"""`chargen explain`."""

import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from chargen.cells import CELLS, Cell, cell_name
from chargen.cells.equations import NOTATION, Equations, parameter_count, parameter_formula, weight_sizes
from chargen.cli.app import App, pass_app
from chargen.cli.options import Iteration
from chargen.cli.ui import Shaded, activation_style, surprise_style
from chargen.config import is_count, require
from chargen.errors import OptionError, UnknownRunError, UsageError, did_you_mean
from chargen.runs import Store

if TYPE_CHECKING:
    from chargen.text.explaining import Step
    from chargen.text.memory import Memory

# What goes with which way of explaining.
TAKES = {
    "units": ("a CELL",),
    "inputs": ("a CELL",),
    "unit": ("--text",),
    "layer": ("--text",),
    "output": ("--memory",),
    "iteration": ("--text", "--memory"),
}
# Distances that are printed; the picture and --json have all.
DISTANCES = (0, 1, 2, 3, 5, 10, 20, 30, 50, 70, 100)
VISIBLE = str.maketrans({"\n": "⏎", " ": "␣", "\t": "⇥"})


@click.command()
@click.argument("names", metavar="[CELL | RUN...]", nargs=-1)
@click.option("--units", type=int, default=128, show_default=True, help="CELL: size of its state, n.")
@click.option("--inputs", type=int, default=73, show_default=True, help="CELL: size of an input vector, m.")
@click.option("--text", help="RUN: the text to read, character by character.")
@click.option("--unit", type=int, help="--text: the unit to look at, from 0.  [default: the one that varies most]")
@click.option("--layer", type=int, help="--text: the layer to look into, from 0.  [default: the last]")
@click.option("--memory", is_flag=True, help="RUN...: loss by length of context, gradient by distance in time.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="--memory: the picture as well: .png, .svg or .pdf.",
)
@click.option(
    "--iteration", type=Iteration(), default="best", show_default=True, help="RUN: whose network: best, last or N."
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_context
@pass_app
def explain(
    app: App,
    ctx: click.Context,
    /,
    names: tuple[str, ...],
    units: int,
    inputs: int,
    text: str | None,
    unit: int | None,
    layer: int | None,
    memory: bool,
    output: Path | None,
    iteration: int | str,
    as_json: bool,
) -> None:
    """Explain what a CELL computes, or what a RUN does with a text, or what runs remember.

    Alone it lists the cells. With --text or --memory the names are of runs, the most recent one when left out; without
    them the name is that of a cell, also where a run is called like it.

    \b
    Examples:
      chargen explain
      chargen explain gru --units 256
      chargen explain alice-lstm --text "Alice was beginning to get very tired" --unit 7
      chargen explain alice-rnn alice-lstm alice-gru --memory -o memory.png
    """
    _refuse(ctx, "--memory" if memory else "a CELL" if text is None else "--text")
    if memory:
        _explain_memory(app, names, iteration, output, as_json)
    elif text is not None:
        _explain_text(app, names, text, unit, layer, iteration, as_json)
    else:
        _explain_cells(app, names, inputs, units, as_json)


def _refuse(ctx: click.Context, way: str) -> None:
    """Refuse options that belong to another way of explaining."""
    given = {name for name in ctx.params if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    if {"text", "memory"} <= given:
        raise UsageError("--text and --memory do not go together; leave one out")
    for option, ways in TAKES.items():
        if option in given and way not in ways:
            raise UsageError(f"--{option} goes with {' or '.join(ways)}, not with {way}; leave it out")


def _json(app: App, found: Any) -> None:
    app.ui.result(json.dumps(found, ensure_ascii=False, indent=1, allow_nan=False))


def _explain_cells(app: App, names: tuple[str, ...], inputs: int, units: int, as_json: bool) -> None:
    for option, value in (("--inputs", inputs), ("--units", units)):
        require(is_count(value), option, value, "a whole number from 1 up")
    cells = [_cell(app, name) for name in names]
    if as_json:
        _json(app, [_facts(cell, inputs, units) for cell in cells or CELLS.values()])
    elif not cells:
        heads = {key: key for key in ("cell", "title", "gates", "states", "parameters", "formula")}
        rows = [_row(_facts(cell, inputs, units)) for cell in CELLS.values()]
        app.ui.table(heads | {"title": "name"}, rows, right=("parameters",))
        app.ui.prose(f"parameters of a layer with m = {inputs} inputs and n = {units} units, without the readout")
        app.ui.notice(f"equations: {app.program} explain lstm")
    for number, cell in enumerate(() if as_json else cells):
        if number:
            app.ui.result("")
        _show_cell(app, cell, inputs, units)


def _cell(app: App, name: str) -> Cell:
    try:
        return CELLS[cell_name(name)]
    except OptionError:
        runs = Store(app.checkpoints).names()
    if name in runs:
        raise UsageError(f"{name!r} is a run; say what of it to explain, with --text TEXT or with --memory")
    raise UnknownRunError(
        f"no cell and no run {name!r}{did_you_mean(name, [*CELLS, *runs])}; list the cells with 'chargen explain', "
        "the runs with 'chargen runs list'"
    )


def _facts(cell: Cell, inputs: int, units: int) -> dict[str, Any]:
    return {
        "cell": cell.name,
        "title": cell.title,
        "gates": cell.gated,
        "states": cell.states,
        "inputs": inputs,
        "units": units,
        "parameters": parameter_count(cell, inputs, units),
        "formula": parameter_formula(cell),
        "weights": [asdict(size) for size in weight_sizes(cell, inputs, units)],
        "equations": asdict(cell.equations),
        "variants": [asdict(variant) for variant in cell.variants],
    }


def _row(facts: dict[str, Any]) -> dict[str, Any]:
    names = {key: ", ".join(facts[key]) or None for key in ("gates", "states")}
    return facts | names | {"parameters": f"{facts['parameters']:,}"}


def _show_cell(app: App, cell: Cell, inputs: int, units: int) -> None:
    _show_equations(app, f"{cell.name}: {cell.equations.title}", cell.equations)
    app.ui.prose(NOTATION)
    app.ui.result("")
    heads = {"name": "weight", "symbols": "in the equations", "formula": "shape", "shape": "", "parameters": "numbers"}
    weights = [
        {**asdict(size), "symbols": " ".join(size.symbols), "parameters": f"{size.parameters:,}"}
        for size in weight_sizes(cell, inputs, units)
    ]
    states = [
        {"name": f"state {state}", "symbols": f"{state}ₜ", "formula": "(n)", "shape": (units,)} for state in cell.states
    ]
    app.ui.table(heads, [row | {"shape": _shape(row["shape"])} for row in [*weights, *states]], right=("parameters",))
    app.ui.prose(
        f"parameters: {parameter_formula(cell)} = {parameter_count(cell, inputs, units):,} for m = {inputs} inputs, "
        f"n = {units} units. A kernel stands on the right, as in Keras: x W where the equations have W x."
    )
    for variant in cell.variants:
        app.ui.result("")
        _show_equations(app, f"in the literature: {variant.title}", variant)


def _show_equations(app: App, title: str, equations: Equations) -> None:
    app.ui.prose(title)
    app.ui.prose(equations.source)
    width = max(len(equation) for equation, _ in equations.lines)
    for equation, meaning in equations.lines:
        app.ui.result(f"  {equation:<{width}}  {meaning}")
    if equations.note:
        app.ui.prose(equations.note)


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(str(size) for size in shape)})"


def _explain_text(
    app: App,
    names: tuple[str, ...],
    text: str,
    unit: int | None,
    layer: int | None,
    iteration: int | str,
    as_json: bool,
) -> None:
    from chargen.text.explaining import explain as look_into
    from chargen.text.run import load

    if len(names) > 1:
        raise UsageError(f"--text takes one run, and {len(names)} are given; leave out {', '.join(names[1:])}")
    run = load(names[0] if names else None, app.checkpoints, app.ui.warn)
    found = look_into(run, text, unit, layer, iteration)
    if as_json:
        _json(app, found.to_json())
        return
    which = "" if found.chosen else ", which varies most over this text"
    app.ui.prose(
        f"{found.run}, iteration {found.iteration}: {found.cell}, layer {found.layer}, unit {found.unit}{which}; "
        f"shaded by {found.activation}, blue below zero, red above"
    )
    most = max(1.0, *(abs(step.activation) for step in found.steps))
    activations = [step.activation / most for step in found.steps]
    app.ui.activations([step.character.replace("\n", "⏎") for step in found.steps], activations)
    app.ui.result("")
    gates = CELLS[found.cell].gated
    mean = "" if found.chosen else "mean "
    heads = {"read": "read", "bits": "bits"} | {gate: f"{mean}{gate}" for gate in gates}
    heads |= {"activation": f"{found.activation}, unit {found.unit}", "likeliest": "likeliest next"}
    rows = [_step_row(step, activation) for step, activation in zip(found.steps, activations, strict=True)]
    app.ui.table(heads, rows, right=("bits", *gates, "activation"))


def _step_row(step: "Step", activation: float) -> dict[str, Any]:
    nats = 0.0 if step.bits is None else step.bits * math.log(2)
    return {
        "read": Shaded(step.character.translate(VISIBLE), surprise_style(nats)),
        "bits": None if step.bits is None else f"{step.bits:.2f}",
        **{gate: f"{value:.2f}" for gate, value in step.gates.items()},
        "activation": Shaded(f"{step.activation:z.2f}", activation_style(activation)),
        "likeliest": "  ".join(f"{character.translate(VISIBLE)} {chance:.2f}" for character, chance in step.likeliest),
    }


def _explain_memory(app: App, names: tuple[str, ...], iteration: int | str, output: Path | None, as_json: bool) -> None:
    from chargen.cli.learning import load_tensorflow
    from chargen.learning.plot import require_format
    from chargen.text.comparing import cautions
    from chargen.text.memory import measure_memory
    from chargen.text.plot import plot_memory
    from chargen.text.run import load

    if output is not None:
        require_format(output)  # before what takes seconds
    runs = [load(name, app.checkpoints, app.ui.warn) for name in dict.fromkeys(names or (None,))]
    load_tensorflow(1)
    memories = [measure_memory(run, iteration) for run in runs]
    if as_json:
        _json(app, [memory.to_json() for memory in memories])
    else:
        _show_memory(app, memories)
    for caution in cautions(runs):
        app.ui.warn(caution)
    if output is not None:
        plot_memory(memories, output)
        app.ui.notice(f"picture: {output}")


def _show_memory(app: App, memories: "list[Memory]") -> None:
    columns = {memory.run: memory.run for memory in memories}
    for memory in memories:
        app.ui.prose(
            f"{memory.run}: {memory.cell}, iteration {memory.iteration}; {memory.scored:,} characters, {memory.part}"
        )
    app.ui.result("")
    app.ui.prose("bits per character after so many characters from zero state")
    losses = {memory.run: dict(zip(memory.contexts, memory.bits, strict=True)) for memory in memories}
    contexts = sorted({context for by_context in losses.values() for context in by_context})
    rows = [
        {"": context} | {run: f"{found[context]:.3f}" for run, found in losses.items() if context in found}
        for context in contexts
    ]
    app.ui.table({"": "characters"} | columns, rows, right=tuple(columns))
    app.ui.result("")
    app.ui.prose("norm of ∂loss / ∂h, h what the cells put out k characters before, relative to k = 0")
    rows = [
        {"": distance}
        | {memory.run: f"{memory.gradients[distance]:.1e}" for memory in memories if distance < len(memory.gradients)}
        for distance in DISTANCES
    ]
    app.ui.table({"": "k"} | columns, [row for row in rows if len(row) > 1], right=tuple(columns))
