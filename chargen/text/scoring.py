"""How well a network predicts a held-out text: each character scored exactly once, dropout off."""

import math
from itertools import pairwise

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from chargen.cells import CELLS
from chargen.network import Network, Stepper
from chargen.text.split import PRIMING, HeldOut
from chargen.types import Floats, Ids
from chargen.windows import segments

SEGMENTS = 16
# Sizes of the blocks that are run at once: memory stays flat however long the text.
STEPS_AT_ONCE = 256
FLOATS_AT_ONCE = 2**24


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
    if recipe == "stream":
        return _score_stream(network, held_out)
    return _score_classic(network, held_out, seqlen)


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


def _score_stream(network: Network, held_out: HeldOut) -> Floats:
    # Equal segments side by side in one batch; the last is filled up with its own last character, unscored.
    length = len(held_out.ids)
    count, size = segments(length, SEGMENTS)
    primed = min(PRIMING, len(held_out.before))
    text = np.concatenate([held_out.before[-primed:], held_out.ids])
    places = np.arange(count)[:, None] * size + np.arange(primed + size)
    rows = text[np.minimum(places, len(text) - 1)]
    states = None
    losses = np.empty((count, primed + size - 1))
    for start in range(0, losses.shape[1], STEPS_AT_ONCE):
        block = rows[:, start : start + STEPS_AT_ONCE + 1]
        logits, states = network(block[:, :-1], states)
        losses[:, start : start + STEPS_AT_ONCE] = surprise(logits, block[:, 1:])
    return losses[:, primed - 1 :].reshape(-1)[:length]


def _score_classic(network: Network, held_out: HeldOut, seqlen: int) -> Floats:
    text = np.concatenate([held_out.before[-seqlen:], held_out.ids])
    windows = sliding_window_view(text[:-1], seqlen)
    losses = np.empty(len(windows))
    config = network.config
    at_once = max(1, FLOATS_AT_ONCE // (seqlen * config.units * CELLS[config.cell].gates))
    for start in range(0, len(windows), at_once):
        block = windows[start : start + at_once]
        logits, _ = network.last(block)
        losses[start : start + at_once] = surprise(logits, held_out.ids[start : start + len(block)])
    return losses
