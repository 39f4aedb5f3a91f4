"""New text: a network continues seeds, one character at a time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from chargen.config import is_count, require
from chargen.network import Network, Stepper
from chargen.text.decoding import Decoding, draw, require_temperature
from chargen.types import Floats, Ids

# A state forgets within hundreds of characters; of a longer seed only its end is read.
WARM_UP = 5000
# Random numbers that a sample's generator makes at once; the same numbers as one at a time, only faster.
DRAWS_AT_ONCE = 256
# After each iteration of training so many samples of so many characters at most: a run's settings may come from a
# stranger, and training has to go on.
MOST_SAMPLES = 100
MOST_LENGTH = 1_000_000


@dataclass(frozen=True)
class SampleConfig:
    """The samples that training shows after each iteration.

    Args:
        temperature: One sample for each; 0 is greedy.
        length: New characters in a sample.
        sample_seed: The text that samples continue; `seqlen` characters from a random place of the training
            part when left out.
    """

    temperature: tuple[float, ...] = (0.5,)
    length: int = 200
    sample_seed: str | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.temperature, tuple):
            several = self.temperature if isinstance(self.temperature, list) else (self.temperature,)
            object.__setattr__(self, "temperature", tuple(several))
        count = len(self.temperature)
        require(count <= MOST_SAMPLES, "the number of --temperature", count, f"up to {MOST_SAMPLES}")
        for temperature in self.temperature:
            require_temperature(temperature)
        right = is_count(self.length) and self.length <= MOST_LENGTH
        require(right, "--length", self.length, f"a whole number from 1 to {MOST_LENGTH:,}")
        seed = self.sample_seed
        require(seed is None or isinstance(seed, str), "--sample-seed", seed, "a text")


def warm(network: Network, window: int | None, seeds: Ids) -> tuple[Stepper, Floats]:
    """Let a network read seeds.

    Args:
        network: The trained network.
        window: Characters that its outputs depend on; None where the state is carried on.
        seeds: One, int32 (n,), or several, (batch, n), n ≥ 1.

    Returns:
        The network at work, and the logits of what comes next, (V,) or (batch, V).
    """
    stepper = Stepper(network, seeds.shape[:-1], window)
    for ids in seeds[..., -(window or WARM_UP) :].T:
        logits = stepper.step(ids)
    return stepper, logits


def chance(generator: np.random.Generator) -> Iterator[float]:
    """Draw from a generator without end: uniform random numbers from 0 to 1, exclusive."""
    while True:
        yield from generator.random(DRAWS_AT_ONCE).tolist()


def continuations(
    stepper: Stepper, logits: Floats, decoding: Decoding, chances: Iterable[float] | Iterable[Floats]
) -> Iterator[tuple[Ids, Floats]]:
    """Continue one sequence or several as long as there is chance.

    Args:
        stepper: The network, which has read them.
        logits: What it says comes next, (V,) or (batch, V).
        decoding: From logits to probabilities.
        chances: For each character a uniform random number, or one for each sequence, (batch,).

    Yields:
        The new characters' ids, int32 () or (batch,), and the logits that they were drawn by.
    """
    for uniform in chances:
        ids = draw(decoding(logits), uniform)
        yield ids, logits
        logits = stepper.step(ids)
