"""Samples of a run: one that streams, several in a batch, or the likeliest texts by beam search."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from chargen.network import Network
from chargen.randomness import Purpose, generator
from chargen.text.decoding import Decoding
from chargen.text.ending import Cut, Ending
from chargen.text.sampling import continuations, warm
from chargen.text.scoring import surprise, surprises
from chargen.text.vocabulary import Vocabulary
from chargen.types import Floats, Ids


@dataclass(frozen=True)
class Written:
    """A text that a network wrote.

    Args:
        seed: What it continued, as the network read it.
        text: What it wrote.
        nats: -ln p of each character that it wrote, by the network itself: whatever the temperature and the limits.
    """

    seed: str
    text: str
    nats: Floats

    def __str__(self) -> str:
        return self.seed + self.text


@dataclass(frozen=True)
class Writer:
    """A network, ready to write.

    Args:
        network: The trained network.
        vocabulary: Its characters.
        seed: Ids of what is continued, int32 (n,); `place` draws it when left out.
        place: Draws a seed from a random place of the training text.
        window: Characters that the outputs depend on; None where the state is carried on.
        decoding: From logits to probabilities.
        ending: When a text ends.
        random_seed: Where chance comes from.
    """

    network: Network
    vocabulary: Vocabulary
    seed: Ids | None
    place: Callable[[np.random.Generator], Ids]
    window: int | None
    decoding: Decoding
    ending: Ending
    random_seed: int

    def stream(self, index: int = 0, scored: bool = False) -> tuple[str, Iterator[tuple[str, float]]]:
        """Write one sample, a character at a time.

        Args:
            index: Its number; each has its own chance.
            scored: Whether to tell how unlikely each character was, which takes a little time.

        Returns:
            The seed, and an iterator over the characters, each with its -ln p as in `Written` (nan unless scored).
        """
        seeds, steps = self._begin([index])
        cut = Cut(self.ending)

        def characters() -> Iterator[tuple[str, float]]:
            for ids, logits in steps:
                nats = float(surprise(logits, ids)[0]) if scored else math.nan
                yield from cut.push(self.vocabulary.characters[ids[0]], nats)
                if cut.ended:
                    return

        return self.vocabulary.decode(seeds[0]), characters()

    def samples(self, count: int) -> list[Written]:
        """Write several samples side by side; they agree with single ones up to the rounding of a batch.

        Args:
            count: How many.

        Returns:
            The samples, in the order of their numbers.
        """
        seeds, steps = self._begin(range(count))
        cuts = [Cut(self.ending) for _ in range(count)]
        found: list[list[tuple[str, float]]] = [[] for _ in range(count)]
        for ids, logits in steps:
            for cut, written, character, nats in zip(cuts, found, ids, surprise(logits, ids), strict=True):
                if not cut.ended:
                    written.extend(cut.push(self.vocabulary.characters[character], float(nats)))
            if all(cut.ended for cut in cuts):
                break
        return [_written(self.vocabulary.decode(seed), written) for seed, written in zip(seeds, found, strict=True)]

    def beams(self, width: int, count: int = 1) -> list[Written]:
        """Look for the likeliest texts: at each character the so many likeliest beginnings are gone on with.

        Texts that end early are compared by their mean log-probability a character, so that shorter is not better
        by itself (Wu et al. 2016, section 7, with exponent 1).

        Args:
            width: Beginnings that are gone on with.
            count: Texts to return, up to the width.

        Returns:
            The best texts found, the best first.
        """
        chance = generator(self.random_seed, Purpose.SAMPLES, 0)
        seed = self.place(chance) if self.seed is None else self.seed
        stepper, logits = warm(self.network, self.window, seed[None])
        live: list[_Beam] = [_Beam(0.0, 0, [], Cut(self.ending))]
        ended: list[_Beam] = []
        while live and len(ended) < width:
            nats = surprises(logits)
            totals = np.array([beam.nats for beam in live])[:, None] + nats
            best = np.argsort(totals, axis=None, kind="stable")[: 2 * width]
            parents, ids = (places.astype(np.int32) for places in np.unravel_index(best, totals.shape))
            children: list[tuple[_Beam, int, int]] = []
            for parent, character in zip(parents, ids, strict=True):
                child = live[parent].then(self.vocabulary.characters[character], float(nats[parent, character]))
                if child.cut.ended:
                    ended.append(child)
                elif len(children) < width:
                    children.append((child, parent, character))
            live = [child for child, _, _ in children]
            if live:
                stepper.spread(np.array([parent for _, parent, _ in children], np.int32))
                logits = stepper.step(np.array([character for _, _, character in children], np.int32))
        ended.sort(key=lambda beam: beam.nats / beam.count)
        return [_written(self.vocabulary.decode(seed), beam.written) for beam in ended[:count]]

    def _begin(self, indices: Sequence[int]) -> tuple[Ids, Iterator[tuple[Ids, Floats]]]:
        chances = [generator(self.random_seed, Purpose.SAMPLES, index) for index in indices]
        if self.seed is None:
            seeds = np.stack([self.place(chance) for chance in chances])
            stepper, logits = warm(self.network, self.window, seeds)
        else:  # read once for all
            seeds = np.broadcast_to(self.seed, (len(chances), len(self.seed)))
            stepper, logits = warm(self.network, self.window, seeds[:1])
            if len(chances) > 1:
                parents = np.zeros(len(chances), np.int32)
                stepper.spread(parents)
                logits = logits[parents]
        return seeds, continuations(stepper, logits, self.decoding, chances)


@dataclass
class _Beam:
    nats: float
    count: int
    written: list[tuple[str, float]]
    cut: Cut

    def then(self, character: str, nats: float) -> "_Beam":
        cut = self.cut.copy()
        return _Beam(self.nats + nats, self.count + 1, self.written + cut.push(character, nats), cut)


def _written(seed: str, found: Sequence[tuple[str, float]]) -> Written:
    return Written(seed, "".join(character for character, _ in found), np.array([nats for _, nats in found]))
