"""Dynamic evaluation: a network that goes on learning from the text that it is scored on, after each piece's score."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
import tensorflow as tf
from numpy.lib.stride_tricks import sliding_window_view

from chargen.network import Network
from chargen.network.trainable import trainable_network
from chargen.text.split import HeldOut
from chargen.types import Floats, Ids

# Characters of a segment: each is scored whole before it is learnt from.
SEGMENT = 20
# The step size η and the pull λ back to the trained weights. These were chosen on The Time Machine
# (scripts/bench_dynamic.py), never on what is scored.
LEARNING_RATE = 1e-3
PULL = 1e-3
# Characters at the end of the training part whose gradients are gathered.
GATHERED = 20_000

_Tensors: TypeAlias = list[Any]


def dynamic_score(
    network: Network,
    window: int | None,
    training: Ids,
    held_out: HeldOut,
    segment: int = SEGMENT,
    learning_rate: float = LEARNING_RATE,
    pull: float = PULL,
) -> Floats:
    """Score a held-out text, segment by segment in one sequence, and learn from each segment after its score.

    With the trained weights θg, a segment's mean loss L and MS, the mean square of its gradient over segments of the
    training part, a step is θ ← θ - η ∇L / (√MS + ε) + min(λ √MS / mean √MS, 1) (θg - θ): weights whose gradients are
    large learn in smaller steps and are drawn back faster (Krause, Kahembwe, Murray & Renals 2018, "Dynamic Evaluation
    of Neural Sequence Models", section 4). Here ε is the mean of √MS over all weights: with next to nothing, as there,
    the weights of a character that the gathered segments lack would leap when it comes.

    Args:
        network: The trained network; it stays as it is.
        window: Characters that the outputs depend on; None where the state is carried on.
        training: The training part, int32 (n,), longer than `window` and than 1.
        held_out: The text and what stands before it, as for `scoring.score`.
        segment: Characters of a segment.
        learning_rate: The step size η.
        pull: The pull λ back to the trained weights.

    Returns:
        -ln p of each character, in nats, float64 (n,).
    """
    learner = trainable_network(network.config, network.weights)
    weights = list(learner.parameters().values())
    trained = [tf.constant(weight.numpy()) for weight in weights]
    squares = [tf.Variable(tf.zeros_like(weight)) for weight in trained]

    def look(inputs: Any, targets: Any, states: Any) -> tuple[Any, _Tensors, Any]:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(weights)
            outputs, after = learner(inputs, states, last=window is not None)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(targets, outputs)
            mean = tf.reduce_mean(losses)
        gradients = tape.gradient(mean, weights, unconnected_gradients="zero")
        return losses, [tf.convert_to_tensor(gradient) for gradient in gradients], after

    def gather(inputs: Any, targets: Any, states: Any) -> tuple[Any, Any]:
        losses, gradients, after = look(inputs, targets, states)
        for square, gradient in zip(squares, gradients, strict=True):
            square.assign_add(tf.square(gradient))
        return losses, after

    end = training[-GATHERED:]
    context = 1 if window is None else window
    segments = max((len(end) - context) // segment, 1)
    _walk(network, window, segment, gather, HeldOut(end[:context], end[context : context + segments * segment]))
    roots = [tf.sqrt(square / segments) for square in squares]
    mean_root = tf.add_n([tf.reduce_sum(root) for root in roots]) / sum(int(tf.size(root)) for root in roots)
    steps = [learning_rate / (root + mean_root) for root in roots]
    pulls = [tf.minimum(pull * root / mean_root, 1.0) for root in roots]

    def learn(inputs: Any, targets: Any, states: Any) -> tuple[Any, Any]:
        losses, gradients, after = look(inputs, targets, states)
        for weight, origin, gradient, step, back in zip(weights, trained, gradients, steps, pulls, strict=True):
            weight.assign_add(back * (origin - weight) - step * gradient)
        return losses, after

    return _walk(network, window, segment, learn, held_out)


def _walk(network: Network, window: int | None, segment: int, visit: Any, text: HeldOut) -> Floats:
    """Visit a text's segments in order, and give the losses of its characters, float64 (n,)."""
    compiled = tf.function(visit, autograph=False)
    states = None
    if window is None:
        before = text.before[None, :-1]
        states = network.carry(before) if before.size else network.initial_states(1)
        states = tf.nest.map_structure(tf.constant, states)
    losses = []
    for inputs, targets in _segments(window, segment, text):
        scored, after = compiled(inputs, targets, states)
        states = None if window is not None else after
        losses.append(scored.numpy().reshape(-1))
    return np.concatenate(losses).astype(np.float64)[: len(text.ids)]


def _segments(window: int | None, segment: int, text: HeldOut) -> Iterator[tuple[Ids, Ids]]:
    """Cut a text: inputs and targets of one sequence each, or a window for each character.

    The last segment is filled up with the text's last character: all have one shape, and nothing is compiled twice.
    """
    context = 1 if window is None else window
    missing = -len(text.ids) % segment
    filled = np.concatenate([text.before[-context:], text.ids, np.repeat(text.ids[-1:], missing)])
    for start in range(0, len(text.ids), segment):
        piece = filled[start : start + context + segment]
        if window is None:
            yield piece[None, :-1], piece[None, 1:]
        else:
            yield sliding_window_view(piece[:-1], window), piece[window:]
