"""What a network remembers: its loss by the length of what it has read, and its gradient by distance in time."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from chargen.errors import RunError
from chargen.network import Network
from chargen.text.evaluating import held_out_part
from chargen.text.run import Run
from chargen.text.scoring import bits, surprise
from chargen.text.split import HeldOut
from chargen.types import Floats, Ids

# Lengths of context, characters.
CONTEXTS = tuple(2**power for power in range(9))
# Characters that are scored after each length of context.
SCORED = 2000
# Distance in time up to which the gradient is measured, and the losses that it is the gradient of.
DISTANCE = 100
LOSSES = 256
# Characters that warm the states up before the gradient is measured.
_PRIMING = 100


@dataclass(frozen=True)
class Memory:
    """What a run's network remembers.

    Args:
        run: The run's name.
        iteration: Whose network it is.
        cell: The cell's name.
        part: The part of the text that it is measured on.
        scored: Characters that were scored, the same ones after each length of context.
        contexts: Lengths of context, characters; of the recipe `classic` up to its window, which is the last.
        bits: The mean of -log2 p after so many characters from zero states, for each length.
        losses: Characters whose loss the gradient is of.
        gradients: The mean norm of the gradient of a character's loss by the outputs k characters before its last,
            relative to k = 0, for k = 0, 1, …, within the window of the recipe `classic`.
    """

    run: str
    iteration: int
    cell: str
    part: str
    scored: int
    contexts: tuple[int, ...]
    bits: tuple[float, ...]
    losses: int
    gradients: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        """Give it as what JSON knows."""
        return asdict(self)


def measure_memory(run: Run, iteration: int | str = "best") -> Memory:
    """Measure what a run's network remembers, on its test part, or on its validation part where it has none.

    Args:
        run: The run.
        iteration: Whose network: `best`, `last` or a number.

    Returns:
        The loss by length of context and the gradient by distance in time. TensorFlow is loaded for the gradient.

    Raises:
        RunError: The run holds nothing out, its text is too short, or it has no such iteration.
    """
    number, network = run.pick(iteration)
    part, held_out = held_out_part(run, number)
    before = len(held_out.before)
    if before < 2:
        raise RunError(f"run {run.name!r} has {before} characters before its held-out part; train one on a longer text")
    window = run.window()
    reach = before if window is None else min(before, window)
    contexts = tuple(sorted({context for context in (*CONTEXTS, window) if context and context <= reach}))
    with np.errstate(over="ignore", invalid="ignore"):  # what grows beyond all numbers is refused
        losses = _losses_by_context(network, held_out, contexts)
        norms = _gradients(network, held_out, window)
    if not (np.isfinite(losses).all() and np.isfinite(norms).all()):
        raise RunError(f"the state of run {run.name!r}, iteration {number}, overflows; try another iteration")
    return Memory(
        run.name,
        number,
        run.model.cell,
        part,
        losses.shape[1],
        contexts,
        tuple(bits(float(loss)) for loss in losses.mean(axis=1)),
        len(norms),
        _relative(norms.mean(axis=0)),
    )


def _losses_by_context(network: Network, held_out: HeldOut, contexts: Sequence[int]) -> Floats:
    """Score the same characters after each length of context, nats, float64 (contexts, scored)."""
    text, places = _places(held_out, SCORED)
    losses = []
    for context in contexts:
        windows = text[places[:, None] + np.arange(-context, 0)]
        logits, _ = network.last(windows)
        losses.append(surprise(logits, text[places]))
    return np.array(losses)


def _gradients(network: Network, held_out: HeldOut, window: int | None) -> Floats:
    """Measure the norms of gradients, float64 (losses, distances); in a window there is nothing to warm up."""
    from chargen.network.gradients import gradient_norms

    text, places = _places(held_out, LOSSES)
    steps = min(DISTANCE + 1, len(held_out.before), window or DISTANCE + 1)
    primed = 0 if window else min(_PRIMING, len(held_out.before) - steps)
    windows = text[places[:, None] + np.arange(-steps - primed, 0)]
    states = network.carry(windows[:, :primed]) if primed else network.initial_states(len(windows))
    return gradient_norms(network, windows[:, primed:], text[places], states)


def _places(held_out: HeldOut, most: int) -> tuple[Ids, Ids]:
    """Spread places evenly over a held-out part: the text with what stands before it, and places in that."""
    count = min(most, len(held_out.ids))
    places = len(held_out.before) + np.arange(count) * len(held_out.ids) // count
    return np.concatenate([held_out.before, held_out.ids]), places.astype(np.int32)


def _relative(norms: Floats) -> tuple[float, ...]:
    # A network that says the same whatever it read has no gradient at all.
    return tuple(float(norm / norms[0]) if norms[0] else 0.0 for norm in norms)
