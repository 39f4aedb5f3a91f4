"""What a network does with a text, character by character."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from chargen.cells import CELLS
from chargen.cells.cell import activate
from chargen.config import is_whole, require
from chargen.errors import RunError, SeedError
from chargen.network import ModelConfig, Network
from chargen.network.walk import walk
from chargen.text.run import Run
from chargen.text.scoring import bits, surprises
from chargen.text.seeds import encode_text
from chargen.types import Floats, Ids

# Characters that are explained at most: a row for each.
LONGEST = 2000
LIKELIEST = 3


@dataclass(frozen=True)
class Step:
    """What a network does with one character.

    Args:
        character: What it reads.
        bits: Its surprise by it, -log2 p; None for the first character, before which stands nothing.
        gates: How far each gate is open, 0 to 1, by its name in the equations.
        states: The unit's states afterwards, by name.
        activation: What the unit holds: its output; where the cell has another state besides, the activation of that,
            as Karpathy, Johnson & Fei-Fei 2015, section 4.2, show it (of an LSTM tanh(c)).
        likeliest: The likeliest characters to come, with their probabilities.
    """

    character: str
    bits: float | None
    gates: dict[str, float]
    states: dict[str, float]
    activation: float
    likeliest: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Explanation:
    """What a network does with a text.

    Args:
        run: The run's name.
        iteration: Whose network it is.
        cell: The cell's name.
        layer: The layer that is looked into, from 0.
        unit: The unit of it, from 0.
        chosen: Whether the caller chose the unit: then the gates are that unit's, else the means over the layer.
        activation: What the steps' activation is, in the equations' symbols.
        steps: A step for each character.
    """

    run: str
    iteration: int
    cell: str
    layer: int
    unit: int
    chosen: bool
    activation: str
    steps: tuple[Step, ...]

    def to_json(self) -> dict[str, Any]:
        """Give it as what JSON knows."""
        likeliest = [[{"character": c, "probability": p} for c, p in step.likeliest] for step in self.steps]
        whole = asdict(self)
        whole["steps"] = [{**step, "likeliest": each} for step, each in zip(whole["steps"], likeliest, strict=True)]
        return whole


def explain(
    run: Run, text: str, unit: int | None = None, layer: int | None = None, iteration: int | str = "best"
) -> Explanation:
    """Look into a run's network while it reads a text from zero states.

    Args:
        run: The run.
        text: Any text of up to LONGEST characters; it is prepared as the run's text was.
        unit: The unit to look at, from 0; the one that varies most over the text when left out.
        layer: The layer to look into, from 0; the last when left out.
        iteration: Whose network reads: `best`, `last` or a number.

    Returns:
        What happens at each character. After more than a window of them, a network of the recipe `classic` has read
        the last `seqlen` characters from zero states each time, as it was trained.

    Raises:
        SeedError: The text has characters that the vocabulary lacks, is too long, or nothing is left of it.
        OptionError: There is no such layer or unit.
        RunError: The run has no such iteration.
    """
    ids = encode_text(text, run.vocabulary, run.normalising, "--text")
    if len(ids) > LONGEST:
        raise SeedError(
            f"--text has {len(ids):,} characters, and up to {LONGEST:,} are explained; give a passage of it"
        )
    config = run.model
    _require_place("--layer", layer, config.layers)
    _require_place("--unit", unit, config.units)
    number, network = run.pick(iteration)
    where = config.layers - 1 if layer is None else layer
    with np.errstate(over="ignore", invalid="ignore"):  # what grows beyond all numbers is refused
        logits, inside = _read(network, run.window(), ids, where)
    if not np.isfinite(logits).all():
        raise RunError(
            f"the state of run {run.name!r}, iteration {number}, overflows on this text; try another iteration"
        )
    cell = CELLS[config.cell]
    held = _held(config, inside)
    which = int(held.std(axis=0).argmax()) if unit is None else unit
    nats = surprises(logits)
    order = np.argsort(nats, axis=-1, kind="stable")[:, :LIKELIEST]
    opened = {gate: inside[gate].mean(axis=-1) if unit is None else inside[gate][:, which] for gate in cell.gated}
    steps = tuple(
        Step(
            run.vocabulary.characters[character],
            bits(float(nats[place - 1, character])) if place else None,
            {gate: float(values[place]) for gate, values in opened.items()},
            {state: float(inside[state][place, which]) for state in cell.states},
            float(held[place, which]),
            tuple((run.vocabulary.characters[i], float(np.exp(-nats[place, i]))) for i in order[place]),
        )
        for place, character in enumerate(ids)
    )
    name = cell.states[-1]
    activation = name if len(cell.states) == 1 else f"{config.activation}({name})"
    return Explanation(run.name, number, config.cell, where, which, unit is not None, activation, steps)


def _read(network: Network, window: int | None, ids: Ids, layer: int) -> tuple[Floats, dict[str, Floats]]:
    """Read a text, float (n, V) logits and (n, units) by name of what happens in a layer."""
    start = ids[:window]
    logits, _ = network(start[None])
    seen = [step[layer] for step in walk(network, start[None])]
    inside = {name: np.concatenate([step[name] for step in seen]) for name in seen[0]}
    if len(start) == len(ids):
        return logits[0], inside
    windows = sliding_window_view(ids, len(start))[1:]
    *_, last = walk(network, windows)
    inside = {name: np.concatenate([values, last[layer][name]]) for name, values in inside.items()}
    return np.concatenate([logits[0], network.last(windows)[0]]), inside


def _held(config: ModelConfig, inside: dict[str, Floats]) -> Floats:
    states = CELLS[config.cell].states
    held = inside[states[-1]]
    return held if len(states) == 1 else activate(config.activation, held)


def _require_place(option: str, place: int | None, count: int) -> None:
    right = place is None or (is_whole(place) and place < count)
    require(right, option, place, f"a whole number from 0 to {count - 1} in this run")
