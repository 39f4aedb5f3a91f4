"""How well a network predicts a held-out text: each character scored exactly once, dropout off."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from chargen.cells import CELLS
from chargen.network import Network, Stepper
from chargen.text.split import PRIMING, HeldOut
from chargen.types import Floats, Ids
from chargen.windows import segments

SEGMENTS = 16
# Sizes of the blocks that are run at once: memory stays flat however long the text.
STEPS_AT_ONCE = 256
FLOATS_AT_ONCE = 2**24
# What is read of logits (..., V) and the characters that came (...): figures (..., k).
Measure: TypeAlias = Callable[[Floats, Ids], Floats]


@dataclass(frozen=True, eq=False)
class Guesses:
    """What a network expected at each character of a text.

    Args:
        nats: -ln p of what came, float64 (n,).
        confidence: p of what was likeliest, float64 (n,).
        right: Whether what was likeliest came, bool (n,).
    """

    nats: Floats
    confidence: Floats
    right: NDArray[np.bool_]


def score(network: Network, recipe: str, seqlen: int, held_out: HeldOut) -> Floats:
    """Score a held-out text the way its recipe was trained.

    Args:
        network: The trained network.
        recipe: `stream` or `classic`.
        seqlen: Characters in a `classic` window.
        held_out: The text and what stands before it: at least `seqlen` characters, for `stream` at least one.

    Returns:
        -ln p of each character, in nats, float64 (n,).
    """
    return _measure(network, recipe, seqlen, held_out, lambda logits, ids: surprise(logits, ids)[..., None])[:, 0]


def guess(network: Network, recipe: str, seqlen: int, held_out: HeldOut) -> Guesses:
    """Tell what a network expects of a held-out text; its nats are those of `score`, to the bit.

    Args:
        network: As for `score`.
        recipe: As for `score`.
        seqlen: As for `score`.
        held_out: As for `score`.

    Returns:
        What was expected at each character.
    """

    def measure(logits: Floats, ids: Ids) -> Floats:
        likeliest = logits.argmax(axis=-1)
        return np.stack([surprise(logits, ids), surprise(logits, likeliest.astype(np.int32)), likeliest == ids], -1)

    nats, likeliest, right = _measure(network, recipe, seqlen, held_out, measure).T
    return Guesses(nats, np.exp(-likeliest), right == 1)


def log_probabilities(network: Network, window: int | None, before: Ids, ids: Ids) -> Floats:
    """Compute ln p of each character of a text, read once from its start.

    Args:
        network: The trained network.
        window: Characters that the outputs depend on; None where the state is carried on.
        before: What stands before the text, int32 (m,).
        ids: The text, int32 (n,), n ≥ 1.

    Returns:
        float64 (n,); the first is nan where nothing stands before it.
    """
    text = np.concatenate([before if window is None else before[-window:], ids])
    stepper = Stepper(network, window=window)
    found = [-surprises(stepper.step(read))[following] for read, following in pairwise(text)]
    return np.array([*([] if len(before) else [math.nan]), *found])[-len(ids) :]


def bits(nats: float) -> float:
    """Convert nats to bits."""
    return nats / math.log(2)


def surprises(logits: Floats) -> Floats:
    """Compute -ln p of everything that could come.

    Args:
        logits: (..., V).

    Returns:
        nats, float64 (..., V).
    """
    exact = logits.astype(np.float64)
    exact -= exact.max(axis=-1, keepdims=True)
    return np.asarray(np.log(np.exp(exact).sum(axis=-1, keepdims=True)) - exact)


def surprise(logits: Floats, ids: Ids) -> Floats:
    """Compute -ln p of what came.

    Args:
        logits: (..., V).
        ids: What came, int32 (...).

    Returns:
        nats, float64 (...).
    """
    return np.asarray(np.take_along_axis(surprises(logits), ids[..., None].astype(np.int64), axis=-1)[..., 0])


def _measure(network: Network, recipe: str, seqlen: int, held_out: HeldOut, measure: Measure) -> Floats:
    """Read figures of each character of a held-out text, float64 (n, k)."""
    if recipe == "stream":
        return _measure_stream(network, held_out, measure)
    return _measure_classic(network, held_out, seqlen, measure)


def _measure_stream(network: Network, held_out: HeldOut, measure: Measure) -> Floats:
    rows = sorted(_rows(held_out), key=lambda row: -len(row.text))
    figures = np.empty((len(held_out.ids), measure(_unread(network), held_out.ids[:1]).shape[-1]))
    for first in range(0, len(rows), SEGMENTS):
        group = rows[first : first + SEGMENTS]
        for row in group:
            if not row.primed:
                figures[row.start] = measure(_unread(network), row.text[:1])[0]
        states = None
        longest = len(group[0].text)
        for start in range(0, longest - 1, STEPS_AT_ONCE):
            # Side by side in one batch; a shorter one is filled up with its own last character, unscored.
            places = np.arange(start, min(start + STEPS_AT_ONCE + 1, longest))
            block = np.stack([row.text[np.minimum(places, len(row.text) - 1)] for row in group])
            logits, states = network(block[:, :-1], states)
            for row, found in zip(group, measure(logits, block[:, 1:]), strict=True):
                own = slice(max(row.primed, places[1]), min(len(row.text), places[-1] + 1))
                if own.start < own.stop:
                    to = row.start - row.primed
                    figures[to + own.start : to + own.stop] = found[own.start - places[1] : own.stop - places[1]]
    return figures


@dataclass(frozen=True, eq=False)
class _Row:
    """A stretch of a held-out part with what warms the states up: (text, how much of it does, place in the part)."""

    text: Ids
    primed: int
    start: int


def _rows(held_out: HeldOut) -> Iterator[_Row]:
    """Cut a held-out part into some SEGMENTS rows of about equal length, more where it is of many pieces."""
    for head, place in held_out.pieces():
        text = np.concatenate([head, held_out.ids[place]])
        length = len(text) - len(head)
        share = SEGMENTS * length / len(held_out.ids)
        _, size = segments(length, max(1, round(share)))
        for start in range(0, length, size):
            primed = min(PRIMING, len(head) + start)
            first = len(head) + start - primed
            yield _Row(text[first : first + primed + size], primed, place.start + start)


def _unread(network: Network) -> Floats:
    """What is known of the first character of a text that nothing stands before: all are equally likely."""
    return np.zeros((1, network.config.outputs), np.float32)


def _measure_classic(network: Network, held_out: HeldOut, seqlen: int, measure: Measure) -> Floats:
    measured = []
    config = network.config
    at_once = max(1, FLOATS_AT_ONCE // (seqlen * config.units * CELLS[config.cell].gates))
    for head, place in held_out.pieces():
        text = np.concatenate([head[-seqlen:], held_out.ids[place]]).astype(np.int32)
        before = len(text) - (place.stop - place.start)
        # What has less than a window before it is read from its text's start.
        if before < seqlen:
            start = text[: min(seqlen, len(text))]
            logits = network(start[None, :-1])[0][0] if len(start) > 1 else np.empty((0, config.outputs), np.float32)
            measured.append(measure(np.concatenate([_unread(network), logits]), start)[before:])
        if len(text) > seqlen:
            windows = sliding_window_view(text[:-1], seqlen)
            targets = text[seqlen:]
            for first in range(0, len(windows), at_once):
                block = windows[first : first + at_once]
                logits, _ = network.last(block)
                measured.append(measure(logits, targets[first : first + len(block)]))
    return np.concatenate(measured)
