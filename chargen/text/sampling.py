"""New text: a network continues a seed, one character at a time."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from chargen.config import is_count, is_number, require
from chargen.network import Network
from chargen.types import Floats, Ids


def require_temperature(temperature: float) -> float:
    """Refuse a temperature that means nothing; 0 is greedy."""
    right = "a number above 0, or 0 for always the likeliest character"
    require(is_number(temperature) and temperature >= 0, "--temperature", temperature, right)
    return temperature


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
        for temperature in self.temperature:
            require_temperature(temperature)
        require(is_count(self.length), "--length", self.length, "a whole number from 1 up")


def probabilities(logits: Floats, temperature: float) -> Floats:
    """Turn logits into probabilities: softmax(logits / temperature).

    Args:
        logits: (..., V).
        temperature: Below 1 sharper, above 1 flatter; 0 puts all on the largest logit.

    Returns:
        float64 (..., V), each row adding up to 1.
    """
    exact = logits.astype(np.float64)
    if temperature == 0:
        greedy = np.zeros_like(exact)
        np.put_along_axis(greedy, exact.argmax(axis=-1, keepdims=True), 1.0, axis=-1)
        return greedy
    exact -= exact.max(axis=-1, keepdims=True)  # before dividing: a tiny temperature must not overflow
    with np.errstate(over="ignore"):  # -inf is right: exp makes it 0
        weights = np.exp(exact / temperature)
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def draw(chances: Floats, generator: np.random.Generator) -> int:
    """Draw a character.

    Args:
        chances: Probabilities, float64 (V,).
        generator: The sample's own.

    Returns:
        Its id.
    """
    cumulative = np.cumsum(chances)
    return int(np.searchsorted(cumulative, generator.random() * cumulative[-1], side="right"))


def continuation(
    network: Network, recipe: str, seqlen: int, seed: Ids, temperature: float, generator: np.random.Generator
) -> Iterator[int]:
    """Continue a seed without end.

    Args:
        network: The trained network.
        recipe: `stream` carries the state on; `classic` starts from zero over the last `seqlen` characters.
        seqlen: Characters in a `classic` window.
        seed: What to continue, int32 (n,), n ≥ 1.
        temperature: 0 is greedy.
        generator: The sample's own.

    Yields:
        Ids of new characters.
    """
    states = None
    window = seed if recipe == "stream" else seed[-seqlen:]
    while True:
        logits, states = network.last(window[None], states)
        chosen = draw(probabilities(logits[0], temperature), generator)
        yield chosen
        new = np.array([chosen], np.int32)
        if recipe == "stream":
            window = new
        else:
            window, states = np.concatenate([window, new])[-seqlen:], None
