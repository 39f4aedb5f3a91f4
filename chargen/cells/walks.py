"""Walks over the steps of a sequence: written out step by step, or as a loop.

Operation by operation a loop costs more than a small cell's own products, so steps are written out. A long sequence
takes seconds to trace that way and as long again to start. The compiler XLA makes a loop of it that starts at once, and
whose steps are cheaper than those that are written out; but it would take long over many steps that are written out.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeAlias

import tensorflow as tf

Tensor: TypeAlias = Any
# (what the step before left, this step's slice of each input) -> (what it leaves, its outputs)
Step: TypeAlias = Callable[..., tuple[tuple[Tensor, ...], tuple[Tensor, ...]]]

# Steps from which the longest walk of a network is worth a loop, and the compiler.
LONG = 48
_LOOPS: ContextVar[bool] = ContextVar("loops", default=False)


@contextmanager
def loops() -> Iterator[None]:
    """Make loops of all walks that are traced meanwhile; for what XLA compiles."""
    token = _LOOPS.set(True)
    try:
        yield
    finally:
        _LOOPS.reset(token)


def looping() -> bool:
    """Tell whether walks are loops now."""
    return _LOOPS.get()


def forwards(
    step: Step, carry: tuple[Tensor, ...], inputs: Sequence[Tensor]
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Walk from the first step to the last.

    Args:
        step: What happens at a step; what it leaves has always the same shapes.
        carry: What the first step starts from; anything, None too.
        inputs: Each (time, ...).

    Returns:
        What the last step left, and the steps' outputs, each (time, ...).
    """
    return _walk(step, carry, inputs, 1)


def backwards(
    step: Step, carry: tuple[Tensor, ...], inputs: Sequence[Tensor]
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Walk from the last step to the first; see `forwards`. The outputs stand in the order of time all the same."""
    return _walk(step, carry, inputs, -1)


def _walk(
    step: Step, carry: tuple[Tensor, ...], inputs: Sequence[Tensor], stride: int
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    time = inputs[0].shape[0]
    if not looping() or time < 2:
        made = []
        for now in list(zip(*(tf.unstack(part) for part in inputs), strict=True))[::stride]:
            carry, outputs = step(carry, *now)
            made.append(outputs)
        return carry, tuple(tf.stack(each) for each in zip(*made[::stride], strict=True))
    start = 0 if stride == 1 else time - 1
    # The first step is written out: it tells the shapes, and may start from None.
    carry, outputs = step(carry, *(part[start] for part in inputs))
    arrays = [
        tf.TensorArray(each.dtype, time, element_shape=each.shape, clear_after_read=False).write(start, each)
        for each in outputs
    ]

    def body(t: Tensor, carry: tuple[Tensor, ...], arrays: list[Any]) -> Any:
        carry, outputs = step(carry, *(part[t] for part in inputs))
        return t + stride, carry, [array.write(t, each) for array, each in zip(arrays, outputs, strict=True)]

    _, carry, arrays = tf.while_loop(
        lambda t, *_: (t >= 0) & (t < time), body, (start + stride, carry, arrays), maximum_iterations=time - 1
    )
    return carry, tuple(array.stack() for array in arrays)
